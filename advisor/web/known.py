"""The JSON of a request goes in; what the page's functions take comes out, and no more that a framework would."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from advisor.web.doors import RefusedError

PARAMETERS = ("question", "history", "profile", "sources", "since")  # of the endpoint `ask`, in its order
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_MOST_DATA = 20  # values that one function takes


@dataclasses.dataclass(frozen=True)
class Known:
    """What there is to be called: the page's component, the functions that answer it at once, the ids of its events.

    `asks` are the ids of those events that make an answer.
    """

    component: int
    calls: frozenset[str]
    events: frozenset[int]
    asks: frozenset[int] = frozenset()

    def call(self, sent: Any) -> None:
        """Check a call of a function that answers at once."""
        fields = _fields(sent)
        name, component = fields.get("fn_name"), fields.get("component_id")
        if not isinstance(name, str) or name not in self.calls or not _is_int(component) or component != self.component:
            raise RefusedError(404, "The page has no such function.")
        _id(fields, "session_hash")
        if "data" not in fields:
            raise RefusedError(422, "`data` is missing; send an object.")

    def join(self, sent: Any) -> dict[str, Any]:
        """An event of the page."""
        fields = _fields(sent)
        trigger = fields.get("trigger_id")
        return {
            "data": _data(fields),
            "event_data": fields.get("event_data"),
            "fn_index": self._event(fields),
            "trigger_id": self.component if _is_int(trigger) and trigger == self.component else None,
            "session_hash": _id(fields, "session_hash"),
        }

    def cancel(self, sent: Any) -> dict[str, Any]:
        """Which event is to end; to reset one is to name it alone."""
        fields = _fields(sent)
        known = {"event_id": _id(fields, "event_id")}
        if "fn_index" not in fields:
            return known
        return {**known, "fn_index": self._event(fields), "session_hash": _id(fields, "session_hash")}

    def is_question(self, kind: str, sent: Any) -> bool:
        """Whether a request, checked before, asks for an answer."""
        if kind == "join":
            return sent["fn_index"] in self.asks
        if kind == "call":
            return bool(sent["fn_name"] == "beyond")
        return kind == "ask" or (kind == "mcp" and isinstance(sent, dict) and sent.get("method") == "tools/call")

    def _event(self, fields: Mapping[str, Any]) -> int:
        index = fields.get("fn_index")
        if not _is_int(index) or index not in self.events:
            raise RefusedError(404, "The page has no such function.")
        return int(index)


def question(sent: Any, by_name: bool) -> list[Any]:
    """What the endpoint `ask` takes, in its order, from {"data": [...]} or by name."""
    fields = _fields(sent)
    if not by_name:
        data = _data(fields)
        if not 1 <= len(data) <= len(PARAMETERS):
            raise RefusedError(422, f"Send from one to five values in `data`: {', '.join(PARAMETERS)}.")
        return [*data, *[None] * (len(PARAMETERS) - len(data))]
    unknown = [name for name in fields if name not in PARAMETERS]
    if unknown or "question" not in fields:
        raise RefusedError(422, f"Send `question`, and no more than: {', '.join(PARAMETERS)}.")
    return [fields.get(name) for name in PARAMETERS]


def _fields(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise RefusedError(400, "The request is no JSON object; send one.")
    return sent


def _data(fields: Mapping[str, Any]) -> list[Any]:
    data = fields.get("data")
    if not isinstance(data, list) or len(data) > _MOST_DATA:
        raise RefusedError(422, f"`data` is no list of at most {_MOST_DATA} values; send one.")
    return data


def _id(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise RefusedError(422, f"`{name}` is none; send up to 64 letters, digits, '-' and '_'.")
    return value


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
