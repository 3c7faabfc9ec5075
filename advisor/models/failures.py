"""What a chat model's client raised goes in; what it means comes out: whether to try again, and a line to show.

Clients raise errors of their own, read here by status, headers and class names, so that none needs to be imported. What
a server says of a failure is unchecked, and may hold keys: it is for LangChain's callbacks, and is not repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.errors import ModelError
from advisor.models.providers import KEYS
from advisor.models.wire import OverlongError
from advisor.settings import Settings

_UNREACHABLE = {"ConnectionError", "APIConnectionError", "TimeoutError", "TransportError"}  # classes of all the clients


class OverBudgetError(Exception):
    """The answer's seconds are over."""


def explain(error: Exception | None, label: str, settings: Settings, tries: int, has_begun: bool) -> str:
    """What went wrong, before the first word or after it, and what to do about it; no error: there was no word."""
    if error is None:
        return f"{label} sent an empty reply; ask again, or raise ADVISOR_MODEL_TOKENS if it thinks first"
    status, kinds = status_of(error), _kinds(error)
    provider, _, name = label.partition(":")
    key = KEYS.get(provider, ("the key of this provider",))[0]
    where = "ADVISOR_MODEL and ADVISOR_MODEL_URL" if settings.model_url else "ADVISOR_MODEL"
    look = "start it (ollama serve), or check" if provider == "ollama" else "check the network,"
    tried = "tried once" if tries == 1 else f"tried {tries} times"
    is_timeout, silence = any("Timeout" in kind for kind in kinds), f"silent for {settings.timeout:g} s"
    over = f"took longer than the {settings.seconds:g} s of an answer; raise ADVISOR_MODEL_SECONDS"
    causes = (  # the first that holds
        (isinstance(error, ModelError), str(error).rstrip(".")),  # our own words
        (isinstance(error, OverBudgetError), f"{label} {over}"),
        (OverlongError.__name__ in kinds, f"{label} sent more than a reply can hold; check {where}"),
        (has_begun and is_timeout, f"{label} fell {silence} in mid-reply; ask again"),
        (has_begun, f"{label} broke off in mid-reply; ask again"),
        (status in (401, 403), f"{label} refused the key; check {key}"),
        (status == 404 and provider == "ollama", f"Ollama has no model '{name}'; run: ollama pull {name}"),
        (status == 404, f"{provider} has no model '{name}' at this address; check {where}"),
        (status == 429, f"{label} takes no more requests for now (429), {tried}; wait, or check its quota"),
        (is_timeout, f"{label} was {silence}; ask again, or raise ADVISOR_MODEL_TIMEOUT"),
        (kinds & _UNREACHABLE, f"{label} cannot be reached, {tried}; {look} {where}"),
        ((status or 0) >= 500, f"{label} failed ({status}), {tried}; ask again later"),
        ((status or 400) < 400, f"{label} was redirected ({status}), which is not followed; check {where}"),
        (status, f"{label} did not take the request ({status}); check {where}"),
        (True, f"{label} failed ({type(error).__name__}); ask again, or check {where}"),
    )
    return next(text for holds, text in causes if holds)


def status_of(error: BaseException) -> int | None:
    """The HTTP status, wherever the client keeps it."""
    for one in _chain(error):
        response = getattr(one, "response", None)
        held = (getattr(one, "status_code", None), getattr(response, "status_code", None), getattr(one, "code", None))
        if found := [status for status in held if isinstance(status, int) and 300 <= status < 600]:
            return found[0]
    return None


def retry_after(error: BaseException) -> float | None:
    """The seconds that the server asks to wait, if it does."""
    held = [getattr(getattr(one, "response", None), "headers", None) or {} for one in _chain(error)]
    asked = (headers.get("retry-after", "") for headers in held)
    return next((float(value) for value in asked if re.fullmatch(r"\d+(\.\d+)?", value)), None)


def is_passing(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    status = status_of(error)
    return bool(_UNREACHABLE & _kinds(error)) if status is None else status in (408, 429) or status >= 500


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that it was raised from: clients wrap each other's."""
    while error is not None:
        yield error
        error = error.__cause__


def _kinds(error: BaseException) -> set[str]:
    """The names of the classes that it is of, and those of what it was raised from."""
    return {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
