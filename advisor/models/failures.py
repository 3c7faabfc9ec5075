"""What a chat model's client raised goes in; what it means comes out: whether to try again, and one line without keys.

Each provider's client raises errors of its own, which wrap those of its HTTP library: they are read by their status,
their headers and the names of their classes, so that no client needs to be imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.models.providers import KEYS, plain
from advisor.settings import Settings

_UNREACHABLE = {"ConnectionError", "APIConnectionError", "TimeoutError", "TransportError"}  # classes of all the clients


def explain(error: Exception, label: str, settings: Settings, secrets: list[str], tries: int) -> str:
    """What went wrong before the first word, and what to do about it, in one line without keys."""
    status = status_of(error)
    provider, _, name = label.partition(":")
    where = "ADVISOR_MODEL and ADVISOR_MODEL_URL" if settings.model_url else "ADVISOR_MODEL"
    if status in (401, 403):
        return f"{label} refused the key; check {KEYS.get(provider, ('the key of this provider',))[0]}"
    if status == 404 and provider == "ollama":
        return f"Ollama has no model '{name}'; run: ollama pull {name}"
    if status == 404:
        return f"{provider} has no model '{name}' at this address; check {where}"
    if status == 429:
        return f"{label} takes no more requests for now (429), tried {_times(tries)}; wait, or check its quota"
    if _is_timeout(error):
        return f"{label} was silent for {settings.timeout:g} s; ask again, or raise ADVISOR_MODEL_TIMEOUT"
    if _is_unreachable(error):
        return f"{label} cannot be reached, tried {_times(tries)}; check the network, {where}"
    why = plain(error, secrets)
    if status and status >= 500:
        return f"{label} failed ({status}), tried {_times(tries)}; ask again later"
    if status:
        return f"{label} did not take the request ({why}); check {where}"
    return f"{label} failed ({why}); ask again, or check {where}"


def explain_break(error: Exception, label: str, settings: Settings, secrets: list[str]) -> str:
    """What went wrong after the first word."""
    if _is_timeout(error):
        return f"{label} fell silent for {settings.timeout:g} s in mid-reply; ask again"
    return f"{label} broke off in mid-reply ({plain(error, secrets)}); ask again"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that it was raised from: clients wrap each other's."""
    while error is not None:
        yield error
        error = error.__cause__


def status_of(error: BaseException) -> int | None:
    """The HTTP status, wherever the client keeps it."""
    for one in _chain(error):
        for holder, field in ((one, "status_code"), (getattr(one, "response", None), "status_code"), (one, "code")):
            status = getattr(holder, field, None)
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return None


def retry_after(error: BaseException) -> float | None:
    """The seconds that the server asks to wait, if it does."""
    for one in _chain(error):
        headers = getattr(getattr(one, "response", None), "headers", None) or {}
        value = headers.get("retry-after", "")
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value)
    return None


def is_passing(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    status = status_of(error)
    return status in (408, 429) or (status is not None and status >= 500) or (status is None and _is_unreachable(error))


def _is_unreachable(error: BaseException) -> bool:
    return any(kind.__name__ in _UNREACHABLE for one in _chain(error) for kind in type(one).__mro__)


def _is_timeout(error: BaseException) -> bool:
    return any("Timeout" in kind.__name__ for one in _chain(error) for kind in type(one).__mro__)


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times"
