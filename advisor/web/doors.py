"""A path and a method go in; the door comes out that they lead through, with what may be brought along.

The framework answers far more than the page asks for. What is not named here does not exist.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Literal

Kind = Literal["get", "call", "join", "ask", "cancel", "mcp", "upload", "password", "probe", "heard", "told"]

_KB, _MB = 1_000, 1_000_000
_API = "/gradio_api"
JSON, _FORM = "application/json", "multipart/form-data"


@dataclasses.dataclass(frozen=True)
class Door:
    """What one kind of request may bring: a body of a type, its bytes, seconds to bring them in, names in the query."""

    kind: Kind
    pattern: str
    methods: tuple[str, ...] = ("GET", "HEAD")
    most: int = 0
    type: str = ""  # of the body; "" for any
    seconds: float = 30.0
    query: tuple[str, ...] = ()


class RefusedError(Exception):
    """A request that is not answered: its status, a line that says why and what to do, and in how many seconds."""

    def __init__(self, status: int, line: str, after: int | None = None) -> None:
        super().__init__(line)
        self.status, self.after = status, after


def doors(upload: int) -> tuple[Door, ...]:
    """All that the page has; `upload` are the bytes that a file may have."""
    post = ("POST",)
    return (
        Door("get", "/"),
        Door("get", r"/(?:assets|static)(?:/[\w@+~-][\w@+~.-]*)+"),
        Door("get", rf"(?:{_API})?/theme\.css|/(?:favicon\.ico|manifest\.json|robots\.txt)"),
        Door("get", rf"/config/?|{_API}/(?:info|app_id)/?"),
        Door("heard", f"{_API}/queue/data", ("GET",), query=("session_hash",)),
        Door("told", rf"{_API}/call/(?:v2/)?ask/(?P<event>[\w-]{{1,64}})", ("GET",)),
        # A conversation is as long as a browser has room for, which is 5 MB.
        Door("call", f"{_API}/component_server/?", post, 6 * _MB, JSON),
        Door("join", f"{_API}/queue/join", post, 2 * _MB, JSON),
        Door("ask", rf"{_API}/call/(?P<v2>v2/)?ask/?", post, _MB, JSON),
        Door("cancel", f"{_API}/(?:cancel|reset)/?", post, 10 * _KB, JSON),
        Door("mcp", f"{_API}/mcp/?", post, _MB, JSON),
        # Whoever may upload is known, and may have a slow line.
        Door("upload", f"{_API}/upload", post, upload + 100 * _KB, _FORM, seconds=300.0),
        Door("password", "/sign-(?:in|out)", post, _KB),
        Door("probe", "/(?:health|metrics)"),
    )


def through(all_: Sequence[Door], method: str, path: str) -> tuple[Door, dict[str, str]]:
    """The door, and what of the path is named in its pattern. Raises RefusedError where there is none."""
    for door in all_:
        found = re.fullmatch(door.pattern, path, re.ASCII)
        if found and method not in door.methods:
            raise RefusedError(405, f"This address takes {' and '.join(door.methods)} alone.")
        if found:
            return door, {name: text for name, text in found.groupdict().items() if text}
    raise RefusedError(404, "The page has no such address.")
