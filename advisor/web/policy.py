"""What is sent goes through; it leaves with headers that tell a browser what the page may do, and what it may not."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

# Nothing is fetched from elsewhere, whatever the framework's own page asks for, and nothing is lent to elsewhere. The
# framework makes functions of texts ('unsafe-eval'); what stands in the page as a script is named by its hash.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'self'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'"
)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=(), "
        "clipboard-read=(), clipboard-write=(self)"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TLS_ALONE = "max-age=31536000"  # seconds in which a browser that came by TLS comes by nothing else
_SCRIPT = re.compile(rb"<script\b[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def guarded(send: Send, scope: Scope) -> Send:
    """The same, with the headers. A page is held until it is whole, as its scripts are named in its policy."""
    begun: list[Message] = []
    parts: list[bytes] = []

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if scope["scheme"] == "https":
                headers["Strict-Transport-Security"] = _TLS_ALONE
            if _is_page(headers):
                begun.append(message)
                return
            headers["Content-Security-Policy"] = _POLICY.format(scripts="")
        elif begun:
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            start, body = begun.pop(), b"".join(parts)
            MutableHeaders(scope=start)["Content-Security-Policy"] = _POLICY.format(scripts=_hashes(body))
            await send(start)
            message = {"type": "http.response.body", "body": body}
        await send(message)

    return send_guarded


def _is_page(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


def _hashes(page: bytes) -> str:
    """The scripts that stand in a page, as a policy names them."""
    digests = (hashlib.sha256(script).digest() for script in _SCRIPT.findall(page) if script)
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
