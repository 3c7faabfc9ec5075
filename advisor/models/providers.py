"""The name of a chat model goes in; LangChain's client for it, ready to be called, comes out."""

from __future__ import annotations

import math
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from advisor.errors import ModelError
from advisor.settings import Settings, key_in

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

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
_CONTEXT = 8192  # tokens; Ollama's own default is less than a prompt with its sources, which it would cut silently
_THINKS = re.compile(r"o\d|gpt-[5-9](?!.*chat)|gemini-[3-9]")  # as a rule for so long that little is left of the reply


def open_model(settings: Settings, key: str | None = None) -> BaseChatModel:
    """The model that `settings` names; `key` instead of the environment's. Nothing is sent yet. Raises ModelError."""
    from langchain.chat_models import init_chat_model

    provider, name = _split(settings.model or "")
    options = _options(provider, name, settings, key)
    try:
        model: Any = init_chat_model(name, model_provider=_LANGCHAIN.get(provider, provider), **options)
    except ImportError as exc:
        named = re.search(r"pip install ([\w-]+)", str(exc))
        package = named.group(1) if named else f"langchain-{provider}"
        package = f"'.[{provider}]'" if provider in (*KEYS, "huggingface", "ollama") else package  # of pyproject.toml
        needs = f"Models of {provider} need a package that is not installed"
        raise ModelError(f"{needs}; run: pip install {package}") from None
    except Exception as exc:  # each provider's client raises its own
        if "Unsupported provider" in str(exc):
            raise ModelError(f"There is no provider '{provider}'; {_EXAMPLE}") from None
        check = "ADVISOR_MODEL" + (", its folder, or access to the hub" if provider == "huggingface" else "")
        why = type(exc).__name__  # what it says may hold the key, or a server's words
        raise ModelError(f"The model '{provider}:{name}' cannot be opened ({why}); check {check}") from None
    if provider == "huggingface" and not model.tokenizer.chat_template:
        raise ModelError(f"The model '{name}' has no chat template; choose an instruct model in ADVISOR_MODEL")
    return cast("BaseChatModel", model)


def model_label(model: BaseChatModel) -> str:
    """What `Answer.mode` shows: "provider:name", without the folders of a model that lies in one."""
    provider = type(model).__name__.removeprefix("Chat").lower()
    names = [getattr(model, field, None) for field in ("model_name", "model", "model_id")]
    name = next((one for one in names if one and isinstance(one, str)), "")
    if name.startswith(("/", ".", "~")) or "\\" in name:
        name = PurePath(name.replace("\\", "/")).name
    return ":".join(filter(None, [_SHORT.get(provider, provider), name.removeprefix("models/")]))


def _split(model: str) -> tuple[str, str]:
    provider, _, name = model.partition(":")
    provider, name = provider.strip().lower().replace("-", "_"), name.strip()
    if not provider or not name:
        raise ModelError(f"'{model}' (--model or ADVISOR_MODEL) names no model; {_EXAMPLE}")
    return _SHORT.get(provider, provider), name


def _options(provider: str, name: str, settings: Settings, key: str | None) -> dict[str, Any]:
    """What the client is made with. A model that refuses one of these is asked again without it: see chat.py."""
    if provider == "huggingface":
        return _in_process(settings)
    options: dict[str, Any] = {"temperature": 0}
    if provider == "ollama":
        options |= {"num_predict": settings.max_tokens, "num_ctx": _CONTEXT, "reasoning": False}
        return options | {"client_kwargs": {"timeout": settings.timeout}, "base_url": settings.model_url}
    # Whole seconds, as some clients take no others; chat.py notices silence sooner, and tries again within its budget.
    options |= {"max_tokens": settings.max_tokens, "timeout": math.ceil(settings.timeout), "max_retries": 0}
    if settings.model_url:
        options["base_url"] = settings.model_url
    if provider in KEYS:
        options["api_key"] = key or _key(provider, settings)
    if provider == "openai":
        # The wire that every compatible server speaks; token counts come with the last piece.
        options |= {"use_responses_api": False, "stream_usage": True}
    elif provider == "google":
        options["max_retries"] = 1  # to this client 0 means its own default, and 1 none
        if name.startswith("gemini-2.5"):
            options["thinking_budget"] = 0
        if _THINKS.match(name):
            del options["temperature"]  # its makers warn of loops below their default
    if provider in ("google", "openai") and _THINKS.match(name):
        options["reasoning_effort"] = "low"
    return options


def _in_process(settings: Settings) -> dict[str, Any]:
    device = settings.device or "cpu"
    return {
        "device": -1 if device == "cpu" else int(re.sub(r"\D", "", device) or 0),  # "cuda:1" is 1, "mps" is 0
        "pipeline_kwargs": {
            "add_special_tokens": False,  # the chat template has them
            "return_full_text": False,
            "do_sample": False,
            "max_new_tokens": settings.max_tokens,
            "max_time": settings.seconds,  # a reply that nobody reads any more is not stopped otherwise
        },
    }


def _key(provider: str, settings: Settings) -> str:
    none = "not-needed" if provider == "openai" and settings.model_url else None  # what a server of one's own is sent
    key = next(filter(None, map(key_in, KEYS[provider])), none)
    if key is None:
        needed = KEYS[provider][0]
        raise ModelError(f"{settings.model} needs a key; set {needed}, or leave ADVISOR_MODEL empty for quotes")
    return key
