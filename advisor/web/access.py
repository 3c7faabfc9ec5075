"""A request goes in; whether its sender may change the library comes out.

That may whoever sits at the machine that serves the page, where it is served to that machine alone, and an owner who
has signed in with ADVISOR_ADMIN_PASSWORD.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from advisor.errors import AdvisorError

COOKIE = "advisor_owner"
_SIGNED_IN = 12 * 3600.0  # seconds
_TRIES, _WINDOW = 10, 300.0  # wrong passwords, and the seconds in which so many close the door
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Asker(Protocol):
    """What is read of a request; Gradio's and Starlette's both have it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""


class Access:
    """Who may change the library of one page. Safe to share by threads."""

    def __init__(self, host: str, password: str | None) -> None:
        self.has_password = bool(password)
        self._password = password or ""
        self._is_local = is_loopback(host)
        self._owners: dict[str, float] = {}  # by token, until when it is good
        self._wrong: list[float] = []
        self._lock = threading.Lock()

    def may_change(self, request: Asker | None) -> bool:
        """Whether the sender may add and remove articles."""
        if request is None:
            return False
        return self._is_from_here(request) or self._is_owner(request.cookies.get(COOKIE, ""))

    def sign_in(self, password: str) -> str:
        """A token for the cookie. Raises AdvisorError for a wrong password, and for any after too many of those."""
        now = time.monotonic()
        with self._lock:
            self._wrong = [at for at in self._wrong if now - at < _WINDOW]
            if len(self._wrong) >= _TRIES:
                raise AdvisorError("Too many wrong passwords; wait five minutes, then try again.")
            if not self.has_password or not hmac.compare_digest(password.encode(), self._password.encode()):
                self._wrong.append(now)
                raise AdvisorError("That is not the password in ADVISOR_ADMIN_PASSWORD; try again.")
            token = secrets.token_urlsafe(32)
            self._owners = {t: until for t, until in self._owners.items() if until > now}
            self._owners[token] = now + _SIGNED_IN
        return token

    def sign_out(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self._owners.pop(token, None)

    def _is_owner(self, token: str) -> bool:
        with self._lock:
            return self._owners.get(token, 0.0) > time.monotonic()

    def _is_from_here(self, request: Asker) -> bool:
        """Served to this machine alone and asked for by its name: no proxy between, no foreign name that leads here.

        A page from elsewhere that is open in the browser here sends its own origin along, or "null" to hide it.
        """
        headers = request.headers
        host = headers.get("host", "")
        return (
            self._is_local
            and not any(headers.get(name) for name in _FORWARDED)
            and is_loopback(_name_in(host))
            and headers.get("origin", f"http://{host}") in (f"http://{host}", f"https://{host}")
        )


def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_in(host: str) -> str:
    """The name of "name:port" or "[address]:port"."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
