"""A request goes in; whether its sender may read, and whether he or she may change the library, comes out.

Served beyond this machine, or where ADVISOR_PASSWORD is set, readers sign in, unless ADVISOR_PUBLIC lets everybody in.
Where ADVISOR_ADMIN_PASSWORD is set, only an owner who has signed in with it may change the library. Where it is not,
whoever sits at the machine that serves the page to itself alone.
"""

from __future__ import annotations

import collections
import hashlib
import hmac
import secrets
import threading
import time
from contextlib import AbstractAsyncContextManager
from typing import Literal

from advisor.errors import AdvisorError, SettingsError
from advisor.settings import Settings
from advisor.web.passwords import read_password
from advisor.web.place import Asker, Place
from advisor.web.rates import Line, Rate

Role = Literal["reader", "owner"]

COOKIE = "advisor_session"
TOKEN = "x-advisor-token"  # the header of an upload
INNER = "x-advisor-inner"  # the header by which the page asks itself
UNSAID = (
    "Served beyond this machine, the page asks who reads it; set ADVISOR_PASSWORD (to a password, or its hash from: "
    "python app.py --hash-password), or ADVISOR_PUBLIC=1 to let everybody read"
)
SHARED = "ADVISOR_PASSWORD and ADVISOR_ADMIN_PASSWORD are the same, which makes readers owners; set two passwords"
_SIGNED_IN = 12 * 3600.0  # seconds
_TRIES, _WINDOW = 10, 300.0  # wrong passwords of an address, and the seconds in which so many make it wait
_PAUSE, _MOST_WAITING = 1.0, 50  # seconds before each of its tries from then on, and tries that wait: for a minute
_MOST_KNOWN = 1_000  # passwords that came with requests and were right: each is hashed once, not with each request


class Access:
    """Who may read one page and change its library. Safe to share by threads."""

    def __init__(
        self,
        place: Place,
        password: str | None,
        reader: str | None = None,
        *,
        is_public: bool = False,
        secret: str | None = None,
    ) -> None:
        """`password` is the owner's, `reader` the readers'; `secret` is shared by pages that know each other's cookies.

        Raises SettingsError for a broken hash.
        """
        self.place = place
        self.has_password = bool(password)
        self.asks_readers = bool(reader) or not (place.is_local or is_public)
        told: dict[Role, tuple[str | None, str]] = {
            "owner": (password, "ADVISOR_ADMIN_PASSWORD"),
            "reader": (reader, "ADVISOR_PASSWORD"),
        }
        self._passwords = {role: read_password(text, variable) for role, (text, variable) in told.items() if text}
        # Cookies end with the passwords that they were given for.
        given = "\0".join((password or "", reader or ""))
        key = secret.encode() if secret else secrets.token_bytes(32)
        self._key = hmac.digest(key, given.encode("utf-8", "surrogateescape"), "sha256")
        self.inner = secrets.token_urlsafe(32)  # nobody else knows it
        self.has_passwords = bool(self._passwords)
        self._known: collections.OrderedDict[bytes, Role] = collections.OrderedDict()
        self._ended: dict[str, float] = {}  # cookies that were signed out here, and until when they would be good
        self._wrong = Rate(_TRIES, _WINDOW)
        self._line = Line(_MOST_WAITING)
        self._lock = threading.Lock()

    def is_shared(self, *given: str | None) -> bool:
        """Whether one of these settings is, as it stands or as a hash, the password of readers and of the owner."""
        own = self._passwords.values()
        return len(own) > 1 and (
            len(set(own)) == 1 or any(text and all(one.is_it(text) for one in own) for text in given)
        )

    def role(self, asker: Asker) -> Role | None:
        """As what its sender has signed in; None for nobody. A password that came with it counts once `knows` it."""
        return self._in_cookie(asker.cookies.get(COOKIE, "")) or self._known.get(self._digest(bearer(asker)))

    def may_read(self, asker: Asker) -> bool:
        """Whether the sender may see the page and ask."""
        return not self.asks_readers or self.is_inner(asker) or self.role(asker) is not None

    def is_inner(self, asker: Asker) -> bool:
        """Whether the page itself asks, for a program that may."""
        return _is_same(asker.headers.get(INNER, ""), self.inner)

    def may_change(self, asker: Asker | None) -> bool:
        """Whether the sender may add and remove articles."""
        if asker is None or not self.place.is_own(asker):
            return False
        if self.has_password:
            return self.role(asker) == "owner"
        return self.place.is_from_here(asker)

    def token(self, asker: Asker) -> str:
        """What comes with each change: only a page that may read this one's replies knows it."""
        cookie = asker.cookies.get(COOKIE, "") if self.has_password else ""
        return self._signed(f"change {cookie}")

    def is_change(self, asker: Asker | None, token: object) -> bool:
        """Whether a change may be made: its sender may, and its token is the sender's."""
        if asker is None or not self.may_change(asker) or not isinstance(token, str):
            return False
        return _is_same(token, self.token(asker))

    def turn(self, address: str) -> AbstractAsyncContextManager[None]:
        """For a try: an address has one at a time, which knows of all before it and takes little from other addresses.

        So nobody guesses fast, and the right password of somebody at the same address is only told later. Raises
        AdvisorError where too many wait.
        """
        if self._line.is_full(address):
            raise AdvisorError("Too many passwords came from your address; wait a minute, then try again.")
        return self._line.turn(address)

    def pause(self, address: str) -> float:
        """The seconds that a try waits in its turn: 0 for the first of an address."""
        return _PAUSE if self._wrong.is_reached(address) else 0.0

    def sign_in(self, password: str, address: str) -> str:
        """What a cookie holds. Raises AdvisorError for a wrong password."""
        told = f"{self._role_of(password, address)}.{int(time.time() + _SIGNED_IN)}.{secrets.token_urlsafe(16)}"
        return f"{told}.{self._signed(f'signed in {told}')}"

    def knows(self, asker: Asker) -> bool:
        """Whether the password that comes with a request was right before."""
        with self._lock:
            return self._digest(bearer(asker)) in self._known

    def learn(self, password: str, address: str) -> None:
        """Know a password that comes with requests from now on. Raises AdvisorError where it is wrong."""
        with self._lock:
            if self._digest(password) in self._known:  # from a request that came at the same time
                return
        role = self._role_of(password, address)
        with self._lock:
            self._known[self._digest(password)] = role
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)

    def sign_out(self, token: str) -> None:
        """Forget what a cookie holds."""
        if self._in_cookie(token):
            with self._lock:
                self._ended = {one: until for one, until in self._ended.items() if until > time.time()}
                self._ended[token] = float(token.split(".")[1])

    def _role_of(self, password: str, address: str) -> Role:
        """Whose password it is; each is tried, so that how long it takes tells nothing."""
        found = [role for role, one in self._passwords.items() if one.is_it(password)]
        if not found:
            self._wrong.add(address)
            raise AdvisorError("That is not the password of this page; try again.")
        if len(found) > 1:  # two hashes of one password look different until it comes
            raise AdvisorError(SHARED)
        return found[0]

    def _in_cookie(self, token: str) -> Role | None:
        told, _, signature = token.rpartition(".")
        if not told or not _is_same(signature, self._signed(f"signed in {told}")):
            return None
        role, until, _ = told.split(".", 2)
        with self._lock:
            is_over = float(until) <= time.time() or token in self._ended
        return None if is_over else "owner" if role == "owner" else "reader"

    def _signed(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, b"bearer " + password.encode("utf-8", "surrogateescape"), "sha256")


def open_access(place: Place, settings: Settings) -> Access:
    """Who may do what by the settings. Raises SettingsError where they let in nobody, or do not say whom."""
    if settings.is_public and settings.password:
        raise SettingsError("ADVISOR_PASSWORD and ADVISOR_PUBLIC are both set; unset one, as readers sign in or not")
    if not place.is_local and not (settings.is_public or settings.password or settings.admin_password):
        raise SettingsError(UNSAID)
    access = Access(
        place,
        settings.admin_password,
        settings.password,
        is_public=settings.is_public,
        secret=settings.secret,
    )
    if access.is_shared(settings.admin_password, settings.password):
        raise SettingsError(SHARED)
    return access


def bearer(asker: Asker) -> str:
    """The password that a program sends with a request (Authorization: Bearer ...); "" where none comes with it."""
    scheme, _, told = asker.headers.get("authorization", "").partition(" ")
    told = told.strip() if scheme.lower() == "bearer" else ""
    return told.encode("latin-1", "replace").decode("utf-8", "replace")  # as headers are read, and as they are sent


def _is_same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
