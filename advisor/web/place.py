"""How a page is served and a request to it go in; whose it is, and whether it may be answered at all, comes out."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

_EVERYWHERE = ("0.0.0.0", "::")
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\s:/\\?#@\[\],;]+))(?::\d{1,5})?", re.ASCII)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class Asker(Protocol):
    """What is read of a request; Gradio's and Starlette's both have it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""

    @property
    def client(self) -> Any:
        """Who is connected, with its address in `host`; None where that is not known."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a page listens, whether a proxy stands before it, and the names under which it may be asked for.

    All three are chosen at the start: nothing that a client writes makes it local. `names` are "name" or "name:port".
    """

    host: str = "127.0.0.1"
    behind_proxy: bool = False
    names: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether it is served to this machine alone."""
        return is_loopback(self.host) and not self.behind_proxy

    def is_named(self, host: str) -> bool:
        """Whether a Host header is one of the page's names.

        A foreign name that leads here is a page of others' that would read this one as its own. Where the page is
        public by choice and has been given no names, it has any.
        """
        name = _name_in(host)
        own = {_name_in(one) for one in (self.host, *self.names)}
        is_public = self.behind_proxy or _name_in(self.host) in _EVERYWHERE
        return bool(name) and (is_loopback(name) or name in own or (is_public and not self.names))

    def is_own(self, asker: Asker) -> bool:
        """Whether a request was not made by a page of others': what a browser says of itself no script can change."""
        headers = asker.headers
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:  # a program
            return True
        try:
            url = urlsplit(origin.lower())
        except ValueError:  # such as http://[
            return False
        host = headers.get("host", "").lower()
        return url.scheme in ("http", "https") and bool(host) and url.netloc in (host, *map(str.lower, self.names))

    def is_from_here(self, asker: Asker) -> bool:
        """Whether it was sent by whoever sits at the machine that serves the page to itself alone.

        The peer's address tells that, and the choices made at the start. A header can only deny it.
        """
        headers = asker.headers
        return (
            self.is_local
            and asker.client is not None
            and is_loopback(str(asker.client.host))
            and not any(headers.get(name) for name in _FORWARDED)
            and is_loopback(_name_in(headers.get("host", "")))
        )

    def address(self, asker: Asker) -> str:
        """Whose requests are counted together: an address, of which a network for IPv6, as one has many of those.

        Behind a proxy the last that X-Forwarded-For names, as the proxy writes that; what stands before it is anyone's.
        """
        peer = str(asker.client.host) if asker.client is not None else ""
        told = asker.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() if self.behind_proxy else ""
        try:
            found = ipaddress.ip_address(_name_in(told) if told else peer)
        except ValueError:
            return peer
        found = getattr(found, "ipv4_mapped", None) or found  # all of IPv4 is one network of IPv6
        return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_in(host: str) -> str:
    """The name, in lower case, of "name:port", "[address]:port", or either alone; an address may come without [].

    "" where it is none of these: no name is read out of a text that only begins or ends like one.
    """
    match = _HOST.fullmatch(host.lower())
    if match and match["name"]:
        return match["name"]
    try:
        return str(ipaddress.IPv6Address(match["address"] if match else host))
    except ValueError:
        return ""
