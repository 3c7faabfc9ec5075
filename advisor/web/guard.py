"""Requests and responses pass through: no page fetches from elsewhere, only who may change the library uploads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.errors import AdvisorError
from advisor.web.access import COOKIE, Access

# Nothing is fetched from elsewhere, whatever the framework's own page asks for.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'self'; "
        "base-uri 'self'; form-action 'self'; object-src 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LONGEST = 1_000  # bytes of a password's request


class Guard:
    """ASGI middleware, so that streams pass untouched."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an upload that is not allowed; add the headers to every response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        request = Request(scope)
        if scope["path"].rstrip("/").endswith("/upload") and not self._access.may_change(request):
            refusal = JSONResponse({"detail": "Only who may change the library may upload."}, status_code=403)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def sign_in(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that sets an owner's cookie for the right password."""

    async def endpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST:
                return JSONResponse({"error": "That password is too long."}, status_code=413)
        try:
            token = await run_in_threadpool(access.sign_in, body.decode("utf-8", "replace"))
        except AdvisorError as exc:
            return JSONResponse({"error": str(exc)}, status_code=403)
        response = JSONResponse({"signed_in": True})
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    return endpoint


def sign_out(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that forgets it."""

    async def endpoint(request: Request) -> Response:
        access.sign_out(request.cookies.get(COOKIE, ""))
        response = JSONResponse({"signed_in": False})
        response.delete_cookie(COOKIE)
        return response

    return endpoint
