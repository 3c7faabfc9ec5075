"""A request goes in; whether its sender may change the library comes out.

Where ADVISOR_ADMIN_PASSWORD is set, only an owner who has signed in with it may. Where it is not, whoever sits at the
machine that serves the page to itself alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time

from advisor.errors import AdvisorError
from advisor.web.place import Asker, Place
from advisor.web.rates import Line, Rate

COOKIE = "advisor_owner"
TOKEN = "x-advisor-token"  # the header of an upload
_SIGNED_IN = 12 * 3600.0  # seconds
_TRIES, _WINDOW = 10, 300.0  # wrong passwords of an address, and the seconds in which so many make it wait
_PAUSE, _LONGEST = 1.0, 60.0  # seconds between its tries from then on, and that one waits at most


class Access:
    """Who may change the library of one page. Safe to share by threads."""

    def __init__(self, place: Place, password: str | None) -> None:
        self.place = place
        self.has_password = bool(password)
        self._password = password or ""
        self._key = secrets.token_bytes(32)
        self._owners: dict[str, float] = {}  # by token, until when it is good
        self._wrong = Rate(_TRIES, _WINDOW)
        self._waiting = Line(_PAUSE, _LONGEST)
        self._lock = threading.Lock()

    def may_change(self, asker: Asker | None) -> bool:
        """Whether the sender may add and remove articles."""
        if asker is None or not self.place.is_own(asker):
            return False
        if self.has_password:
            return self._is_owner(asker.cookies.get(COOKIE, ""))
        return self.place.is_from_here(asker)

    def token(self, asker: Asker) -> str:
        """What comes with each change: only a page that may read this one's replies knows it."""
        cookie = asker.cookies.get(COOKIE, "") if self.has_password else ""
        return hmac.new(self._key, cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def is_change(self, asker: Asker | None, token: object) -> bool:
        """Whether a change may be made: its sender may, and its token is the sender's."""
        if asker is None or not self.may_change(asker) or not isinstance(token, str):
            return False
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token(asker).encode())

    def pause(self, address: str) -> float:
        """The seconds that a try waits: 0 for the first of an address. Raises AdvisorError where too many wait.

        So nobody guesses fast, and the right password of somebody at the same address is only told later.
        """
        if not self._wrong.is_reached(address):
            return 0.0
        seconds = self._waiting.wait(address)
        if seconds is None:
            raise AdvisorError("Too many wrong passwords came from your address; wait a minute, then try again.")
        return seconds

    def sign_in(self, password: str, address: str) -> str:
        """A token for the cookie. Raises AdvisorError for a wrong password."""
        if not self.has_password or not hmac.compare_digest(password.encode(), self._password.encode()):
            self._wrong.add(address)
            raise AdvisorError("That is not the password in ADVISOR_ADMIN_PASSWORD; try again.")
        now, token = time.monotonic(), secrets.token_urlsafe(32)
        with self._lock:
            self._owners = {one: until for one, until in self._owners.items() if until > now}
            self._owners[token] = now + _SIGNED_IN
        return token

    def sign_out(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self._owners.pop(token, None)

    def _is_owner(self, token: str) -> bool:
        with self._lock:
            return self._owners.get(token, 0.0) > time.monotonic()
