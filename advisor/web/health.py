"""A desk goes in; what a probe asks comes out: whether the page is ready, and Prometheus's figures."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from advisor.web.access import bearer
from advisor.web.crowd import Crowd
from advisor.web.desk import Desk
from advisor.web.doors import RefusedError
from advisor.web.signing import introduced
from corpus import CorpusError

_FRESH = 10.0  # seconds for which what was looked up is told again
_PATIENCE = 1.0  # seconds for a connection to the model's server
_OLLAMA = "http://127.0.0.1:11434"  # where LangChain's client looks for it
_MEASURED = "Who may measure this page owns it, or sends ADVISOR_METRICS_TOKEN as a header, Authorization: Bearer."


def probes(desk: Desk, crowd: Crowd, metrics_token: str | None) -> list[Route]:
    """The addresses `/health`, for everybody, and `/metrics`, for the page's owner and whoever has the token."""
    look = _Fresh(lambda: _looked(desk))

    def health(request: Request) -> Response:
        desk.opening.begin()
        told = look()
        return JSONResponse(told, 200 if told["ready"] else 503, {"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        has_token = metrics_token is not None and hmac.compare_digest(bearer(request).encode(), metrics_token.encode())
        if not (has_token or await is_owner(request)):
            return JSONResponse({"error": _MEASURED}, 401, {"WWW-Authenticate": "Bearer"})
        told = await asyncio.to_thread(look)
        figures = desk.watch.figures(
            running=crowd.running,
            waiting=crowd.waiting,
            library_articles=told["articles"],
            library_passages=told["passages"],
        )
        return Response(figures, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    async def is_owner(request: Request) -> bool:
        """What is no token may be the owner's password, which nothing before has looked at."""
        with contextlib.suppress(RefusedError):
            await introduced(desk.access, request, desk.access.place.address(request))
        return desk.access.may_change(request)

    return [Route("/health", health), Route("/metrics", metrics)]


class _Fresh:
    """The value of a function, looked up again where it is no longer fresh, by one thread at a time."""

    def __init__(self, look: Callable[[], dict[str, Any]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._value: dict[str, Any] | None = None
        self._at = 0.0

    def __call__(self) -> dict[str, Any]:
        with self._lock:
            if self._value is None or not self._value["ready"] or time.monotonic() - self._at > _FRESH:
                self._value, self._at = self._look(), time.monotonic()
            return self._value


def _looked(desk: Desk) -> dict[str, Any]:
    """Whether the page answers, from which library, and whether its model can be reached: None where none is asked."""
    library, opening = desk.advisor.library, desk.opening
    is_open, articles, passages = opening.is_done and not opening.failure, 0, 0
    try:
        if is_open:
            articles, passages = len(library.listing()), library.passage_count()
            is_open = not library.is_away
    except CorpusError:  # its words name folders, and a probe is anyone
        is_open = False
    return {
        "ready": is_open,
        "library": library.state[0] if is_open else None,
        "articles": articles,
        "passages": passages,
        "mode": "quote" if desk.advisor.mode == "quote" else "written",
        "model": _reachable(desk),
    }


def _reachable(desk: Desk) -> bool | None:
    """Whether the model's server takes connections; of a provider's, whether it wrote when it was last to write."""
    mode = desk.advisor.mode
    if mode == "quote":
        return None
    address = urlsplit(desk.advisor.model_url or (_OLLAMA if mode.startswith("ollama:") else ""))
    if not address.hostname:
        return None if desk.watch.model_fails is None else not desk.watch.model_fails
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True
