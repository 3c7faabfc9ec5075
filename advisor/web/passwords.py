"""A password goes in; its scrypt hash comes out, and whether a guess is the password that a hash was made of."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import secrets

from advisor.errors import SettingsError

_N, _R, _P = 2**14, 8, 5  # 16 MiB and some tenth of a second for a guess
_MOST = (2**17, 16, 16)  # n, r and p that a setting may ask for: half a gigabyte
_MEMORY = 132  # bytes of it for each n times r, of which scrypt takes 128
_LONG = 32  # bytes of what is made
_PREFIX = "scrypt"


@dataclasses.dataclass(frozen=True)
class Password:
    """What is kept of a password: a salt, the costs of a guess, and what scrypt makes of it with them."""

    n: int
    r: int
    p: int
    salt: bytes = dataclasses.field(repr=False)
    made: bytes = dataclasses.field(repr=False)

    def is_it(self, guess: str) -> bool:
        """Whether that is the password; takes as long for one as for another.

        One that ends in a null byte is not: to scrypt, which fills up with them, it would be the same.
        """
        is_same = hmac.compare_digest(_scrypt(guess, self.salt, self.n, self.r, self.p), self.made)
        return is_same and "\0" not in guess

    def __str__(self) -> str:
        """The line that a setting takes: no sign in it has a meaning in a shell or in compose."""
        salt, made = (base64.urlsafe_b64encode(part).decode() for part in (self.salt, self.made))
        return ":".join((_PREFIX, str(self.n), str(self.r), str(self.p), salt, made))


def hashed(password: str) -> Password:
    """A hash of a plain password, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return Password(_N, _R, _P, salt, _scrypt(password, salt, _N, _R, _P))


def read_password(setting: str, variable: str) -> Password:
    """What a setting holds: a hash as `Password.__str__` writes it, or the password itself, which is hashed here.

    Raises SettingsError for a broken hash; it names the variable, never what it holds.
    """
    if not setting.startswith(f"{_PREFIX}:"):
        return hashed(setting)
    try:
        _, n, r, p, salt, made = setting.split(":")
        read = Password(int(n), int(r), int(p), _bytes(salt), _bytes(made))
        costs = (read.n, read.r, read.p)
        if not all(1 <= cost <= most for cost, most in zip(costs, _MOST, strict=True)) or len(read.made) != _LONG:
            raise ValueError(variable)
        read.is_it("")  # n is a power of two, or it is told here
    except (ValueError, binascii.Error) as exc:
        raise SettingsError(f"{variable} holds a broken hash; make one with: python app.py --hash-password") from exc
    return read


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "surrogateescape")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY * r * (n + p + 2), dklen=_LONG)
