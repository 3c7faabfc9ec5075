"""A password goes in; a cookie comes out, or a line that says why not; and the page that asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from advisor.errors import AdvisorError
from advisor.web.access import COOKIE, Access, bearer
from advisor.web.doors import RefusedError

_Told = TypeVar("_Told")
_FORM = "application/x-www-form-urlencoded"
_PAGE = Path(__file__).parent / "client" / "sign_in.html"
_SIGNED_OUT = "Sign in first: open the page in a browser, or send its password as a header, Authorization: Bearer."
_AGAIN = '<meta http-equiv="refresh" content="0">'


def sign_in(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that sets the cookie for the right password, be it sent alone or by the form of the page."""

    async def endpoint(request: Request) -> Response:
        told = (await request.body()).decode("utf-8", "replace")
        is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        password = parse_qs(told).get("password", [""])[0] if is_form else told
        try:
            token = await tried(access, access.sign_in, password, access.place.address(request))
        except AdvisorError as exc:
            return _asking(str(exc), 403) if is_form else JSONResponse({"error": str(exc)}, status_code=403)
        response = RedirectResponse("/", 303) if is_form else JSONResponse({"signed_in": True})
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    return endpoint


def sign_out(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that forgets it."""

    async def endpoint(request: Request) -> Response:
        access.sign_out(request.cookies.get(COOKIE, ""))
        response = JSONResponse({"signed_in": False})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    return endpoint


async def introduced(access: Access, request: Request, address: str) -> None:
    """Take the password that comes with a request, where one does. Raises RefusedError where it is wrong."""
    password = bearer(request)
    if not password or not access.has_passwords or access.knows(request):
        return
    try:
        await tried(access, access.learn, password, address)
    except AdvisorError as exc:
        raise RefusedError(401, str(exc)) from exc


async def tried(access: Access, try_: Callable[[str, str], _Told], password: str, address: str) -> _Told:
    """What a try with a password gives, in the turn and after the pause of its address. Raises AdvisorError."""
    async with access.turn(address):
        await asyncio.sleep(access.pause(address))
        return await asyncio.to_thread(try_, password, address)  # it takes the processor for a tenth of a second


def refuse_signed_out(request: Request) -> Response:
    """What those get who have not signed in: the page that asks for the password, or a line.

    A link on another site's page comes without the cookie, which only this page's own requests bring: it is asked for
    once more, from here.
    """
    if request.url.path != "/":
        return JSONResponse({"error": _SIGNED_OUT, "detail": _SIGNED_OUT}, 401, {"WWW-Authenticate": "Bearer"})
    is_foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return HTMLResponse(_AGAIN) if is_foreign else _asking("", 401)


def _asking(line: str, status: int) -> HTMLResponse:
    page = _PAGE.read_text(encoding="utf-8").replace("{line}", escape(line))
    return HTMLResponse(page, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {})
