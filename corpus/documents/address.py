"""A web address goes in; the IP addresses that it may be fetched from come out.

All addresses of a host must be public: what a stranger's link names must not reach what only this machine can reach.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from typing import TYPE_CHECKING

from corpus.errors import ArticleError

if TYPE_CHECKING:
    import httpx

_MAX_ADDRESS = 2000  # characters
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given to anybody of IPv6: site-local fec0::/10 is not
_ISATAP = (0x00005EFE, 0x02005EFE)  # before the IPv4 address that such a tunnel ends at
_NOBODYS = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # for protocols; some versions of Python take parts of it for public
            "168.63.129.16/32",  # in Azure, the host's own services, from every machine there
            "192.88.99.0/24",  # relays of 6to4, withdrawn
            "3fff::/20",  # for documentation
        ),
    )
)


def parse_address(url: str, text: str, base: httpx.URL | None = None) -> httpx.URL:
    """The address, if it is one to go to; `base` is the page that redirects there. Raises ArticleError."""
    import httpx

    to = "is" if base is None else "redirects to"
    try:
        found = httpx.URL(text.strip()) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError, TypeError) as exc:
        raise ArticleError(url[:_MAX_ADDRESS], "address", f"{to} no web address ({exc}); check it") from exc
    if found.userinfo:
        bare = str(found.copy_with(username=None, password=None))
        shown = bare if base is None else url
        raise ArticleError(shown, "address", f"{to} one with a user name or password; leave them out")
    if (
        found.scheme not in ("http", "https")
        or not found.host
        or (found.port or 1) > 65535
        or len(str(found)) > _MAX_ADDRESS
    ):
        raise ArticleError(
            url[:_MAX_ADDRESS], "address", f"{to} {str(found)[:80]!r}, no http or https address; use one of those"
        )
    return found.copy_with(fragment=None)


def checked_addresses(url: str, target: httpx.URL, allowed: Collection[str]) -> list[str]:
    """The IP addresses of the host. Raises ArticleError where one is not public and the host not among the allowed."""
    host = target.raw_host.decode("ascii")
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise ArticleError(
            url, "address", f"the host {host!r} is not known; check its spelling and the network"
        ) from exc
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    shown = f"[{host}]" if ":" in host else host
    if not {shown.lower(), f"{shown.lower()}:{port}"} & set(allowed):
        for address in addresses:
            if not is_public(address):
                fix = (
                    f"{shown} is at {address}, which is not public; if that is meant, set ADVISOR_ALLOWED_HOSTS={shown}"
                )
                raise ArticleError(url, "address", f"{fix}:{port}")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, and so is the IPv4 address that it embeds, if any."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and (ip in _NAT64 or ip in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))):
            return False
        if ip not in _UNICAST:
            return False
    if any(ip in network for network in _NOBODYS):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)
