"""The name of a chat model goes in; LangChain's client for it, ready to be called, comes out."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import urllib.request
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from advisor.errors import ModelError
from advisor.settings import Settings, key_in

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRAS = ("anthropic", "google", "groq", "huggingface", "mistral", "ollama", "openai")  # of pyproject.toml
KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
}
_LANGCHAIN = {"google": "google_genai", "mistral": "mistralai"}  # LangChain's names, where ours are shorter
_SHORT = {"google_genai": "google", "googlegenerativeai": "google", "mistralai": "mistral"}
_EXAMPLE = "write provider:name, such as ADVISOR_MODEL=openai:gpt-5-mini or ADVISOR_MODEL=ollama:qwen3:8b"
_NO_KEY = "not-needed"  # what a server of one's own is sent
_CONTEXT = 8192  # tokens; Ollama's own default is less than a prompt with its sources, which it would cut silently
_THINKS = re.compile(r"o\d|gpt-[5-9](?!.*chat)|gemini-[3-9]")  # as a rule for so long that little is left of the reply
_SECRET = re.compile(
    r"\b(?:sk|pk|gsk|hf|xai)[-_][\w*.-]{6,}|\bAIza[\w-]{8,}|(?<=bearer )\S+|(?<=://)[^/\s@]*(?=@)|(?<=key=)[^\s&'\"]+",
    re.IGNORECASE,
)


def open_model(settings: Settings) -> BaseChatModel:
    """The model that `settings` names. Nothing is sent yet. Raises ModelError."""
    provider, name = _split(settings.model or "")
    if provider == "huggingface":
        return _open_in_process(name, settings)
    from langchain.chat_models import init_chat_model

    if provider in EXTRAS and importlib.util.find_spec(f"langchain_{_LANGCHAIN.get(provider, provider)}") is None:
        raise ModelError(_missing_package(provider, ImportError()))
    options = _options(provider, name, settings)
    try:
        model: BaseChatModel = init_chat_model(name, model_provider=_LANGCHAIN.get(provider, provider), **options)
        return model
    except ImportError as exc:
        raise ModelError(_missing_package(provider, exc)) from None
    except Exception as exc:  # each provider's client raises its own
        if "Unsupported provider" in str(exc):
            raise ModelError(f"There is no provider '{provider}'; {_EXAMPLE}") from None
        why = plain(exc, [str(options.get("api_key", ""))])
        raise ModelError(f"The model '{provider}:{name}' cannot be opened ({why}); check ADVISOR_MODEL") from None


def model_label(model: BaseChatModel | str) -> str:
    """What `Answer.mode` shows: "provider:name", without the folders of a model that lies in one."""
    if isinstance(model, str):
        provider, _, name = model.partition(":")
    else:
        provider = type(model).__name__.removeprefix("Chat").lower()
        fields = ("model_name", "model", "model_id")
        name = next((value for field in fields if isinstance(value := getattr(model, field, None), str) and value), "")
    if name.startswith(("/", ".", "~")) or "\\" in name:
        name = PurePath(name.replace("\\", "/")).name
    return ":".join(filter(None, [_SHORT.get(provider, provider), name.removeprefix("models/")]))


def secrets_of(model: BaseChatModel) -> list[str]:
    """The keys that a client holds, to keep them out of messages."""
    values: list[Any] = [getattr(model, field, None) for field in type(model).model_fields]
    return [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]


def plain(error: BaseException, secrets: list[str]) -> str:
    """What an error says, in one short line without keys."""
    text = " ".join(str(error).split()) or type(error).__name__
    for secret in secrets:
        if secret and secret != _NO_KEY:
            text = text.replace(secret, "...")
    text = _SECRET.sub("...", text)
    return text if len(text) <= 200 else f"{text[:200]} ..."


def ollama_hint(url: str = "http://127.0.0.1:11434/api/tags") -> str | None:
    """A line on how to use the Ollama server at `url`; None where none answers. Never raises."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
        with direct.open(url, timeout=0.2) as reply:
            listed = json.loads(reply.read(1_000_000))["models"]
        names = [one["name"] for one in listed if "bert" not in str(one.get("details")) and "embed" not in one["name"]]
    except Exception:  # whatever listens there, it is not an Ollama to speak of
        return None
    if not names or not re.fullmatch(r"[\w./:-]+", names[0]):
        return None
    return f"Ollama is running here with {names[0]}: to have answers written by it, set ADVISOR_MODEL=ollama:{names[0]}"


def _split(model: str) -> tuple[str, str]:
    provider, _, name = model.partition(":")
    provider, name = provider.strip().lower().replace("-", "_"), name.strip()
    if not provider or not name:
        raise ModelError(f"ADVISOR_MODEL is '{model}'; {_EXAMPLE}")
    return _SHORT.get(provider, provider), name


def _options(provider: str, name: str, settings: Settings) -> dict[str, Any]:
    """What the client is made with. A model that refuses one of these is asked again without it: see advisor.chat."""
    options: dict[str, Any] = {"temperature": 0, "max_tokens": settings.max_tokens, "timeout": settings.timeout}
    options["max_retries"] = 0  # advisor.chat tries again, within its budget
    if settings.model_url:
        options["base_url"] = settings.model_url
    if provider in KEYS:
        options["api_key"] = _key(provider, settings)
    if provider == "openai":
        # The wire that every compatible server speaks; token counts come with the last piece.
        options |= {"use_responses_api": False, "stream_usage": True}
    elif provider == "ollama":
        options = {
            "temperature": 0,
            "num_predict": options["max_tokens"],
            "num_ctx": _CONTEXT,
            "reasoning": False,
            "client_kwargs": {"timeout": options["timeout"]},
            "base_url": settings.model_url,
        }
    elif provider == "google":
        options["max_retries"] = 1  # to this client 0 means its own default, and 1 none
        if name.startswith("gemini-2.5"):
            options["thinking_budget"] = 0
        if _THINKS.match(name):
            del options["temperature"]  # its makers warn of loops below their default
    elif provider == "mistral":
        options["timeout"] = math.ceil(settings.timeout)
    if provider in ("google", "openai") and _THINKS.match(name):
        options["reasoning_effort"] = "low"
    return options


def _key(provider: str, settings: Settings) -> str:
    variables = KEYS[provider]
    key = next(filter(None, map(key_in, variables)), None)
    if key is None and provider == "openai" and settings.model_url:
        return _NO_KEY
    if key is None:
        raise ModelError(f"{settings.model} needs a key; set {variables[0]}, or leave ADVISOR_MODEL empty for quotes")
    return key


def _missing_package(provider: str, error: ImportError) -> str:
    if provider in EXTRAS:
        return f"Models of {provider} need a package that is not installed; run: pip install '.[{provider}]'"
    named = re.search(r"pip install ([\w-]+)", str(error))
    package = named.group(1) if named else f"langchain-{provider.replace('_', '-')}"
    return f"Models of {provider} need a package that is not installed; run: pip install {package}"


def _open_in_process(name: str, settings: Settings) -> BaseChatModel:
    """An instruct model, in a folder or by its name on the hub, run by transformers in this process."""
    try:
        from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline
        from transformers import pipeline
    except ImportError as exc:
        raise ModelError(_missing_package("huggingface", exc)) from None

    try:
        runner: Any = pipeline(
            "text-generation",
            model=name,
            device=settings.device or "cpu",
            add_special_tokens=False,  # the chat template has them
            return_full_text=False,
            do_sample=False,
            max_new_tokens=settings.max_tokens,
            max_time=settings.seconds,  # a reply that nobody reads any more is not stopped otherwise
        )
    except Exception as exc:  # transformers raises whatever it meets
        why = plain(exc, [])
        raise ModelError(f"The model '{name}' cannot be loaded ({why}); check ADVISOR_MODEL, or its folder") from None
    if not runner.tokenizer.chat_template:
        raise ModelError(f"The model '{name}' has no chat template; choose an instruct model in ADVISOR_MODEL")
    llm = HuggingFacePipeline(pipeline=runner, model_id=name)
    return ChatHuggingFace(llm=llm, tokenizer=runner.tokenizer, model_id=name)
