"""A chat model goes in; its calls of ours can be cut off at any time, bring so many bytes, and go nowhere else.

By httpx's event hooks, which httpx2 has too: the one seam of every provider's client. Clients may be shared; of calls
that are not ours the hooks know nothing.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

_LINE = 1_000_000  # bytes
_TOKEN = 4_000  # bytes, at the very most, with all that a server wraps it in
_HELD_AS = ("client", "root_client", "_client", "_api_client", "_httpx_client")  # what providers' clients call with


class OverlongError(Exception):
    """A line or a reply of more bytes than any that is one."""


class Wire:
    """What one call has open; another thread closes it, as the one that calls may wait for ever."""

    def __init__(self, max_tokens: int) -> None:
        self.is_closed = False
        self._most = _LINE + _TOKEN * max_tokens
        self._streams: list[Any] = []

    def close(self) -> None:
        """Close what is open, and what is about to be."""
        self.is_closed = True
        for stream in self._streams:
            # `close` would not wake a thread that waits, and an SSLSocket's own `shutdown` takes from it what it reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)

    def keep(self, stream: Any) -> None:
        """A connection of this call, if it is one."""
        if hasattr(stream, "get_extra_info"):
            self._streams.append(stream)
        if self.is_closed:
            self.close()

    def bounded(self, read: Callable[[], Iterator[bytes]], *_: Any) -> Iterator[bytes]:
        """The bytes that `read` gives. Raises OverlongError."""
        whole = line = 0
        for data in read():
            ended = data.rfind(b"\n") + 1
            whole, line = whole + len(data), len(data) - ended + (0 if ended else line)
            if line > _LINE or whole > self._most:
                raise OverlongError
            yield data


WIRE: ContextVar[Wire | None] = ContextVar("WIRE", default=None)  # of the call that this thread makes


def watch(holder: Any, depth: int = 3) -> None:
    """Hang the hooks on the HTTP client that a chat model holds, if it is one of httpx's."""
    for name in _HELD_AS if depth else ():
        held: Any = getattr(holder, name, None)
        hooks = getattr(held, "event_hooks", None)
        if hooks is None:
            watch(held, depth - 1)
        elif _send not in hooks["request"]:
            held.event_hooks = {"request": [*hooks["request"], _send], "response": [*hooks["response"], _receive]}


def _send(request: Any) -> None:
    if wire := WIRE.get():
        if wire.is_closed:
            raise ConnectionAbortedError  # for a client that tries again by itself
        request.headers.update({"Accept-Encoding": "identity", "Connection": "close"})  # which is then its own
        request.extensions["trace"] = lambda _, event: wire.keep(event.get("return_value"))  # before any response


def _receive(response: Any) -> None:
    if wire := WIRE.get():
        wire.keep(response.extensions.get("network_stream"))  # which another call may have opened
        response.headers.pop("location", None)  # to which the client would take the prompt
        response.headers.pop("content-encoding", None)  # a few packed bytes can be any number
        response.iter_raw = partial(wire.bounded, response.iter_raw)
