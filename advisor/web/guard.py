"""Requests and responses pass through: what the page does not ask for stays out, and what comes in has its measure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.web.access import TOKEN, Access
from advisor.web.brought import Body, Load, read_json
from advisor.web.doors import JSON, Door, RefusedError, doors, through
from advisor.web.known import Known, question
from advisor.web.limits import Limits
from advisor.web.place import Place
from advisor.web.policy import guarded
from advisor.web.sessions import Sessions
from advisor.web.signing import introduced, refuse_signed_out

_log = logging.getLogger(__name__)
_LINGER = 0.1  # seconds for what a refused client is still sending
# What the framework would believe of whoever writes it.
_BELIEVED = ("x-forwarded-host", "x-forwarded-proto", "x-gradio-server", "x-gradio-user")


class Guard:
    """ASGI middleware before all else, so that streams pass untouched."""

    def __init__(
        self, app: ASGIApp, access: Access, known: Known, sessions: Sessions, upload: int, limits: Limits
    ) -> None:
        self._app = app
        self._access = access
        self._known = known
        self._sessions = sessions
        self._doors = doors(upload)
        self._limits = limits
        self._load = Load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or refuse it in a line; add the headers to every response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)  # only the server's own "lifespan": it speaks no web sockets
            return

        believe(scope, self._access.place)
        address = self._access.place.address(Request(scope))
        send = guarded(send, scope)
        body = Body(self._load, address)
        try:
            self._load.begin(address)
        except RefusedError as exc:
            await self._refusal(exc)(scope, receive, send)
            return
        try:
            await self._pass(scope, receive, send, body, address)
        except RefusedError as exc:
            # A connection that is closed with a body unread is reset, and the refusal with it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_rest(receive), _LINGER)
            await self._refusal(exc)(scope, receive, send)
        finally:
            self._load.end(address, body.held)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, body: Body, address: str) -> None:
        request, came = Request(scope), time.monotonic()
        door, named = through(self._doors, scope["method"], scope["path"])
        is_inner = self._access.is_inner(request)
        if not is_inner and door.kind != "probe":
            self._limits.request(address)
        self._check(request, door)
        if door.kind not in ("password", "probe"):
            await introduced(self._access, request, address)
            if not self._access.may_read(request):
                await refuse_signed_out(request)(scope, receive, send)
                self._limits.watch.refused(401)
                return
        _narrow(scope, door)
        sent = await body.read(receive, door)
        async with AsyncExitStack() as stack:
            if door.type == JSON:
                told = read_json(sent)
                sent, asking = self._read(scope, door, named, told, sent)
                if self._known.is_question(door.kind, told):
                    if door.kind == "mcp":
                        self._limits.count(address)  # its tool asks the page, and waits then
                    else:
                        await stack.enter_async_context(self._limits.question(address, is_inner, came, receive))
                if asking:
                    self._sessions.asked(asking, address)
            session = self._session(request, door, named)
            if session:
                await stack.enter_async_context(self._sessions.listening(session, address))
            await self._app(scope, _replayed(scope, sent, receive), _kept(send) if door.kind == "upload" else send)

    def _check(self, request: Request, door: Door) -> None:
        """Who asks, from where. Raises RefusedError."""
        hosts = request.headers.getlist("host")
        if door.kind != "probe" and not (len(hosts) == 1 and self._access.place.is_named(hosts[0])):
            raise RefusedError(
                421, "The page does not go by this name; whoever serves it names it in ADVISOR_PAGE_HOSTS."
            )
        is_link = request.scope["path"] == "/" and request.headers.get("sec-fetch-mode") == "navigate"
        if not self._access.place.is_own(request) and not (is_link and door.kind == "get"):
            raise RefusedError(
                403, "Another site's page asks for this; open the page itself, by the address it is served at."
            )
        if door.type not in ("", request.headers.get("content-type", "").partition(";")[0].strip().lower()):
            raise RefusedError(415, f"Send this as {door.type}.")
        if door.kind == "upload" and not self._access.is_change(request, request.headers.get(TOKEN)):
            raise RefusedError(
                403, "Only who may change the library may upload; open the library anew, then try again."
            )

    def _read(
        self, scope: Scope, door: Door, named: dict[str, str], sent: Any, body: bytes
    ) -> tuple[bytes, str | None]:
        """The body as the framework gets it, and the session in which it asks for something, if it does.

        What the framework would also take, but the page never sends, is left out.
        """
        if door.kind == "mcp":
            return body, None
        if door.kind == "call":
            self._known.call(sent)
            return body, None
        if door.kind == "cancel":
            made = self._known.cancel(sent)
        elif door.kind == "join":
            made = self._known.join(sent)
        else:
            scope["path"] = scope["path"].replace("/v2/", "/").rstrip("/")
            scope["raw_path"] = scope["path"].encode()
            made = {"data": question(sent, "v2" in named), "session_hash": uuid.uuid4().hex}
        return json.dumps(made).encode(), made["session_hash"] if door.kind in ("join", "ask") else None

    def _refusal(self, exc: RefusedError) -> JSONResponse:
        """A refusal; what has not been read of the request is not waited for."""
        self._limits.watch.refused(exc.status)
        headers = {"Connection": "close"} | ({"Retry-After": str(exc.after)} if exc.after else {})
        return JSONResponse({"error": str(exc), "detail": str(exc)}, exc.status, headers)

    def _session(self, request: Request, door: Door, named: dict[str, str]) -> str | None:
        """Whose events a stream tells, where it is one."""
        if door.kind == "heard":
            return self._sessions.known(request.query_params.get("session_hash", ""))
        return self._sessions.of_event(named["event"]) if door.kind == "told" else None


def believe(scope: Scope, place: Place) -> None:
    """Put what the proxy before the page says of a request where the framework looks; drop what others say of it.

    Of several values, on lines of their own or not, the last is the proxy's.
    """
    headers = MutableHeaders(scope=scope)
    told = {name: _last(headers, name) for name in _BELIEVED if name in headers}
    for name in told:
        del headers[name]
    if "x-forwarded-for" in headers:
        headers["x-forwarded-for"] = _last(headers, "x-forwarded-for")
    if not place.behind_proxy:
        if {"x-forwarded-host", "x-forwarded-proto"} & set(told):
            headers["forwarded"] = "by=unknown"  # that there is a proxy is not forgotten
        return
    if place.is_named(told.get("x-forwarded-host", "")):
        headers["host"] = told["x-forwarded-host"]
    if told.get("x-forwarded-proto") in ("http", "https"):
        scope["scheme"] = told["x-forwarded-proto"]


def _last(headers: MutableHeaders, name: str) -> str:
    return ",".join(headers.getlist(name)).rpartition(",")[2].strip()


def _narrow(scope: Scope, door: Door) -> None:
    """Leave in the query what the door has a use for."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"))
    scope["query_string"] = urlencode([(name, value) for name, value in pairs if name in door.query]).encode()


def _kept(send: Send) -> Send:
    """What answers an upload. Raises RefusedError where it could not be kept, in the place of a 500 without a word."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:
            _log.warning("An upload could not be kept (%s).", sys.exception() or "see above")
            raise RefusedError(507, "The file could not be kept; free space on the server's disk, then try again.")
        await send(message)

    return sending


async def _rest(receive: Receive) -> None:
    """Take what is still sent of a request, and drop it."""
    while (await receive()).get("more_body"):
        pass


def _replayed(scope: Scope, body: bytes, receive: Receive) -> Receive:
    """The body once more, in one piece, and then whatever comes."""
    headers, left = MutableHeaders(scope=scope), [body]
    del headers["transfer-encoding"]
    if body:
        headers["content-length"] = str(len(body))

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay
