"""An ASGI application goes in and is served; a connection on which no request becomes whole is closed."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from advisor.errors import AdvisorError
from advisor.web.place import Place

_HEAD = 30.0  # seconds for the head of a request; the guard gives its body the same
_LONGEST = 64_000  # bytes of it: a link holds a question of 4,000 letters, which may take 9 bytes each
_MOST_WAITING = 400  # connections without a whole head, of the 1,024 files that a process has open at most
_LEAVING = 10  # seconds that answers have to end in when the page is told to stop


def serve(app: ASGIApp, place: Place, port: int, ready: Callable[[], None]) -> None:
    """Serve until told to stop; what is answered then may end. Raises OSError where the address is not free."""
    server = uvicorn.Server(configured(app))
    sockets = listening(place.host, port)
    ready()
    # Not by `run`, which waits for its threads: one that asks a chat model may be at it for a minute more.
    asyncio.new_event_loop().run_until_complete(server.serve(sockets))
    if not server.started:
        raise AdvisorError("The page could not be served; what is said above is why.")


def configured(app: ASGIApp) -> uvicorn.Config:
    """How the page is served."""
    return uvicorn.Config(
        app,
        http=functools.partial(_Patient, waiting={}),  # type: ignore[arg-type]
        h11_max_incomplete_event_size=_LONGEST,
        ws="none",
        lifespan="on",
        log_level="warning",
        proxy_headers=False,  # who is connected is who is connected
        server_header=False,
        timeout_graceful_shutdown=_LEAVING,
    )


def listening(host: str, port: int) -> list[socket.socket]:
    """A socket for each address that the host's name stands for. Raises OSError where there is none."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets, failed = list[socket.socket](), list[OSError]()
    for family, *_, address in dict.fromkeys(found):
        try:
            sockets.append(socket.create_server(address[:2], family=family))
        except OSError as exc:
            failed.append(exc)
    if not sockets:
        raise failed[0]
    return sockets


class _Patient(H11Protocol):
    """HTTP whose heads have a limit in bytes, which is h11's, and one in seconds.

    Where too many connections wait for theirs, the one that has waited longest is closed: none can be kept out by them.
    """

    def __init__(self, *given: Any, waiting: dict[_Patient, asyncio.TimerHandle], **named: Any) -> None:
        super().__init__(*given, **named)
        self._waiting = waiting  # of all connections, in the order in which they came

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_head()

    def on_response_complete(self) -> None:
        """One that is kept open for the next request waits for its head as well."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """Start the clock where there is no whole head; stop it where there is one."""
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self not in self._waiting:
            self._waiting[self] = self.loop.call_later(_HEAD, self.transport.close)
            if len(self._waiting) > _MOST_WAITING:
                oldest = next(iter(self._waiting))
                oldest._stop()
                oldest.transport.close()

    def _stop(self) -> None:
        timer = self._waiting.pop(self, None)
        if timer is not None:
            timer.cancel()
