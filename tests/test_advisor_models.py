"""From a name and the environment to a client, or to one line that says what is missing."""

from __future__ import annotations

import sys

import pytest
from langchain.chat_models import base

from advisor import ModelError, SettingsError
from advisor.models.chat import Chat
from advisor.models.providers import KEYS, model_label, open_model
from advisor.settings import Settings, load_settings

NAMES = ("MODEL", "MODEL_URL", "MODEL_TIMEOUT", "MODEL_RETRIES", "MODEL_TOKENS", "MODEL_SECONDS")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    others = ("ADVISOR_SECOND_READER", "ADVISOR_ENTAILMENT_MODEL", "ADVISOR_DEVICE", "OPENAI_BASE_URL")
    keys = [variable for variables in KEYS.values() for variable in variables]
    for name in (*(f"ADVISOR_{one}" for one in NAMES), *others, *keys):
        monkeypatch.delenv(name, raising=False)


def test_settings_are_the_argument_then_the_environment_then_the_default(monkeypatch):
    assert load_settings() == Settings()
    monkeypatch.setenv("ADVISOR_MODEL", "ollama:qwen3:8b")
    monkeypatch.setenv("ADVISOR_MODEL_TIMEOUT", "2.5")
    monkeypatch.setenv("ADVISOR_MODEL_RETRIES", "0")
    monkeypatch.setenv("ADVISOR_SECOND_READER", "Off")
    monkeypatch.setenv("ADVISOR_ENTAILMENT_MODEL", " ")
    read = load_settings()
    assert (read.model, read.timeout, read.retries) == ("ollama:qwen3:8b", 2.5, 0)
    assert (read.second_reader, read.entailment_model) == (False, None)
    assert load_settings("openai:gpt-5-mini").model == "openai:gpt-5-mini"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADVISOR_MODEL_TIMEOUT", "soon"),
        ("ADVISOR_MODEL_TIMEOUT", "0"),
        ("ADVISOR_MODEL_SECONDS", "inf"),
        ("ADVISOR_MODEL_SECONDS", "nan"),
        ("ADVISOR_MODEL_RETRIES", "-1"),
        ("ADVISOR_MODEL_RETRIES", "9" * 5_000),
        ("ADVISOR_MODEL_TOKENS", "1.5"),
        ("ADVISOR_MODEL_TOKENS", "0"),
        ("ADVISOR_MODEL_TOKENS", "²"),
    ],
)
def test_a_setting_that_is_no_number(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name} is '.*'; set it to a .*$"):
        load_settings()


def refusal(model: str, **settings: str) -> str:
    with pytest.raises(ModelError) as caught:
        open_model(Settings(model=model, **settings))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("model", ["", "gpt-5-mini", ":gpt-5-mini", "openai:", "nobody:gpt"])
def test_a_name_that_names_no_model(model):
    assert "write provider:name, such as ADVISOR_MODEL=openai:gpt-5-mini" in refusal(model)


@pytest.mark.parametrize("provider", KEYS)
def test_a_key_is_asked_for_by_its_name(provider):
    said = refusal(f"{provider}:some")
    assert said.startswith(f"{provider}:some needs a key; set {provider.upper()}_API_KEY, or ")


@pytest.mark.parametrize("provider", [*KEYS, "ollama", "huggingface"])
def test_a_package_that_is_missing(provider, monkeypatch):
    for variables in KEYS.values():
        monkeypatch.setenv(variables[0], "some-key")
    names = {"google": "google_genai", "mistral": "mistralai"}
    monkeypatch.setitem(sys.modules, f"langchain_{names.get(provider, provider)}", None)
    base._get_chat_model_creator.cache_clear()  # it keeps what an earlier test opened
    assert refusal(f"{provider}:some").endswith(f"run: pip install '.[{provider}]'")


def test_a_package_that_we_have_no_extra_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_cohere", None)
    assert refusal("cohere:command").endswith("run: pip install langchain-cohere")


def test_openai_speaks_the_wire_that_every_server_speaks(monkeypatch):
    model = open_model(Settings(model="openai:a:b", model_url="http://127.0.0.1:1/v1", timeout=3, max_tokens=7))
    shown = model.model_dump()
    assert (shown["model_name"], shown["temperature"], shown["max_tokens"]) == ("a:b", 0, 7)
    assert (shown["use_responses_api"], shown["max_retries"], shown["request_timeout"]) == (False, 0, 3)
    monkeypatch.setenv("OPENAI_API_KEY", " sk-spaces-around \n")
    model = open_model(Settings(model="openai:gpt-4o-mini"))
    assert model.openai_api_key.get_secret_value() == "sk-spaces-around"  # type: ignore[attr-defined]


def test_models_that_think_are_told_to_be_brief(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "some-key")
    thinks = open_model(Settings(model="openai:gpt-5-mini")).model_dump()
    assert (thinks["reasoning_effort"], thinks["temperature"]) == ("low", None)
    assert open_model(Settings(model="openai:gpt-4o-mini")).model_dump()["reasoning_effort"] is None


def test_what_a_client_refuses_is_said_without_the_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-ones-own")
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda *_, **kw: (_ for _ in ()).throw(ValueError(kw)))
    said = refusal("openai:some")
    assert said == "The model 'openai:some' cannot be opened (ValueError); check ADVISOR_MODEL"


@pytest.mark.parametrize(
    ("client", "name", "label"),
    [
        ("ChatOpenAI", "gpt-5-mini", "openai:gpt-5-mini"),
        ("ChatOllama", "qwen3:8b", "ollama:qwen3:8b"),
        ("ChatGoogleGenerativeAI", "models/gemini-2.5-flash", "google:gemini-2.5-flash"),
        ("ChatMistralAI", "small", "mistral:small"),
        ("ChatHuggingFace", "/home/me/models/small/", "huggingface:small"),
        ("ChatHuggingFace", "C:\\models\\small", "huggingface:small"),
        ("ChatHuggingFace", "Qwen/Qwen3-0.6B", "huggingface:Qwen/Qwen3-0.6B"),
        ("Scripted", "", "scripted"),
    ],
)
def test_labels(client, name, label):
    assert model_label(type(client, (), {"model_name": None, "model": name})()) == label


@pytest.fixture(scope="module")
def tiny_chat_model(tmp_path_factory):
    """A chat model of random weights: it says nonsense, the same each time."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("models") / "tiny"
    words = {word: at for at, word in enumerate(["<|end|>", *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_model_in_this_process(tiny_chat_model, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    settings = Settings(model=f"huggingface:{tiny_chat_model}", max_tokens=24)
    model = open_model(settings)
    asked = [("system", "Be brief."), ("user", "Hello?")]
    chunks = [str(chunk.text) for chunk in model.stream(asked)]
    said = "".join(chunks)
    assert len(chunks) > 2
    assert said == model.invoke(asked).text  # the new text alone, and the likeliest: the same each time
    assert "Hello?" not in said
    chat = Chat(model, settings)
    assert chat.label == "huggingface:tiny"
    assert "".join(chat.begin().stream(asked)) == said.lstrip()


def test_a_folder_that_holds_no_chat_model(tiny_chat_model, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = refusal(f"huggingface:{tmp_path}")
    assert said.endswith("cannot be opened (ValueError); check ADVISOR_MODEL, its folder, or access to the hub")
    folder = shutil.copytree(tiny_chat_model, tmp_path / "base")
    (folder / "chat_template.jinja").unlink()
    assert refusal(f"huggingface:{folder}").endswith("has no chat template; choose an instruct model in ADVISOR_MODEL")
