"""The advisor's part of the environment goes in; one frozen Settings value comes out.

Argument over environment over default, decided here and nowhere else in this package.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re

from advisor.errors import SettingsError

_DIGITS = 10  # a whole number has fewer
_SECRET = 24  # a secret that a program guesses has more signs
_ON, _OFF = ("1", "on", "true", "yes"), ("0", "off", "false", "no")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Which chat model writes, how long it may take, who reads what it wrote; and to whom the page is open."""

    model: str | None = None  # "provider:name"; None: quote mode
    model_url: str | None = None  # a server of one's own that speaks the provider's protocol
    timeout: float = 30.0  # seconds that the model may be silent
    retries: int = 2
    max_tokens: int = 900  # of one reply
    seconds: float = 60.0  # of one answer, all calls together
    second_reader: bool = True
    entailment_model: str | None = None
    reranker_model: str | None = None  # that reads sentences in place of the bundled one
    device: str | None = None  # for a model run in this process; None: the CPU
    admin_password: str | None = dataclasses.field(default=None, repr=False)  # of the owner, for the page, or its hash
    password: str | None = dataclasses.field(default=None, repr=False)  # of the page's readers, or its hash
    is_public: bool = False  # whether a page that is served to others is read without one
    secret: str | None = dataclasses.field(default=None, repr=False)  # several pages know each other's cookies by it
    metrics_token: str | None = dataclasses.field(default=None, repr=False)  # by which others than the owner measure
    page_hosts: tuple[str, ...] = ()  # names under which the page may be asked for, "name" or "name:port"
    answers: int | None = None  # that the page makes at once; None: by the processors, or more where a model writes
    waiting: int = 100  # questions that may wait for one of these
    rate: int = 30  # questions a minute of one address, where the page is served to others
    log_questions: bool = False  # whether the log of answers holds what was asked


def load_settings(model: str | None = None) -> Settings:
    """Read ADVISOR_MODEL, what begins with it, and the second readers; the argument wins. Raises SettingsError."""
    return Settings(
        model=(model or _text("ADVISOR_MODEL") or "").strip() or None,
        model_url=_address("ADVISOR_MODEL_URL"),
        timeout=_number("ADVISOR_MODEL_TIMEOUT", Settings.timeout),
        retries=_whole("ADVISOR_MODEL_RETRIES", Settings.retries, least=0),
        max_tokens=_whole("ADVISOR_MODEL_TOKENS", Settings.max_tokens),
        seconds=_number("ADVISOR_MODEL_SECONDS", Settings.seconds),
        second_reader=(_text("ADVISOR_SECOND_READER") or "on").lower() not in _OFF,
        entailment_model=_text("ADVISOR_ENTAILMENT_MODEL"),
        reranker_model=_text("ADVISOR_RERANKER_MODEL"),
        device=_text("ADVISOR_DEVICE"),
        admin_password=_text("ADVISOR_ADMIN_PASSWORD"),
        password=_text("ADVISOR_PASSWORD"),
        is_public=_is_on("ADVISOR_PUBLIC"),
        secret=_secret("ADVISOR_SECRET"),
        metrics_token=_secret("ADVISOR_METRICS_TOKEN"),
        page_hosts=_hosts("ADVISOR_PAGE_HOSTS"),
        answers=_whole("ADVISOR_ANSWERS", 0) or None,
        waiting=_whole("ADVISOR_WAITING", Settings.waiting, least=0),
        rate=_whole("ADVISOR_RATE", Settings.rate),
        log_questions=_is_on("ADVISOR_LOG_QUESTIONS"),
    )


def key_in(variable: str) -> str | None:
    """The key that an environment variable holds. It is never kept in Settings, so that no repr can show it."""
    return _text(variable)


def _text(variable: str) -> str | None:
    return os.environ.get(variable, "").strip() or None


def _is_on(variable: str) -> bool:
    text = (_text(variable) or "off").lower()
    if text not in (*_ON, *_OFF):
        raise SettingsError(f"{variable} is {text[:60]!r}; set it to 1 or 0")
    return text in _ON


def _secret(variable: str) -> str | None:
    text = _text(variable)
    if text is not None and not (text.isascii() and len(text) >= _SECRET):
        raise SettingsError(f"{variable} is no secret; set it to {_SECRET} or more random ASCII letters and digits")
    return text


def _address(variable: str) -> str | None:
    text = _text(variable)
    host = r"(?:[^\s/:\[\]]+|\[[\da-f:]+\])"
    if text is None or re.fullmatch(rf"https?://{host}(?::[1-6]?\d{{1,4}})?(?:/\S*)?", text, re.IGNORECASE):
        return text
    raise SettingsError(f"{variable} is {text!r}; set it to an address such as http://127.0.0.1:8000/v1")


def _hosts(variable: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in (_text(variable) or "").split(",") if name.strip())
    wrong = [name for name in names if not re.fullmatch(r"(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?", name, re.IGNORECASE)]
    if wrong:
        raise SettingsError(
            f"{variable} has {wrong[0]!r}; set it to names such as advisor.example, with commas between"
        )
    return names


def _number(variable: str, default: float) -> float:
    text = _text(variable)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise SettingsError(f"{variable} is {text!r}; set it to a number of seconds above 0, such as {default:g}")
    return value


def _whole(variable: str, default: int, least: int = 1) -> int:
    text = _text(variable)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS and int(text) >= least):
        raise SettingsError(
            f"{variable} is {text[:60]!r}; set it to a whole number from {least} up, such as {default or 8}"
        )
    return int(text)
