"""A password goes in; an owner's cookie comes out, or a line that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from advisor.errors import AdvisorError
from advisor.web.access import COOKIE, Access


def sign_in(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that sets the cookie for the right password."""

    async def endpoint(request: Request) -> Response:
        password = (await request.body()).decode("utf-8", "replace")
        address = access.place.address(request)
        try:
            await asyncio.sleep(access.pause(address))
            token = access.sign_in(password, address)
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
