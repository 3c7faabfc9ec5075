"""A web address goes in; the page's bytes come out, or one line that says why not.

An address that somebody else wrote, or a page's redirect, must not reach what only this machine can reach: each host
is looked up once, and the connection goes to the address that was checked.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from corpus.documents.address import checked_addresses, parse_address
from corpus.documents.extract import SUFFIXES
from corpus.errors import ArticleError
from corpus.settings import Settings

if TYPE_CHECKING:
    import httpx

_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_TYPES = {
    *("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown", "application/pdf"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")  # then the name has to tell
_HEADERS = {
    "User-Agent": "career-advisor (reads the articles that its owner adds)",
    "Accept": "text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf, */*;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


@dataclasses.dataclass(frozen=True)
class Fetched:
    """What a server sent."""

    url: str  # after redirects
    body: bytes
    content_type: str | None  # as the server says, with its charset
    name: str  # the last part of the address's path, or the host


def fetch(url: str, settings: Settings) -> Fetched:
    """Fetch a page by http or https, following up to five redirects.

    Raises ArticleError (address, field, fix): a host that is not public and not in `allowed_hosts`, a server that
    fails, is late or sends too much, or a page of a kind that is not read.
    """
    with _Deadline(settings) as deadline:
        target, seen = parse_address(url, url), set[str]()
        while len(seen) <= _MAX_REDIRECTS and str(target) not in seen:
            seen.add(str(target))
            with deadline.mapped(url, target), _response(url, target, settings, deadline) as response:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    return _received(url, target, response, settings)
                target = parse_address(url, response.headers["location"], target)
    raise ArticleError(url, "address", f"redirects in a circle or more than {_MAX_REDIRECTS} times; name the last page")


@contextlib.contextmanager
def _response(url: str, target: httpx.URL, settings: Settings, deadline: _Deadline) -> Iterator[httpx.Response]:
    """The response of the first address that answers, its body not yet read."""
    import httpx

    addresses = checked_addresses(url, target, settings.allowed_hosts)
    extensions = {
        "sni_hostname": target.raw_host.decode("ascii"),  # TLS checks the certificate for the name, not the address
        "timeout": httpx.Timeout(settings.fetch_timeout).as_dict(),
        "trace": deadline.watch,
    }
    headers = {**_HEADERS, "Host": target.netloc.decode("ascii")}
    # A client above the transport would keep cookies and read the Location itself. A proxy of the environment would
    # look the host up again, and nobody could check what it finds: trust_env=False.
    with httpx.HTTPTransport(trust_env=False) as transport:
        for address in addresses:
            place = target.copy_with(host=address.partition("%")[0])
            request = httpx.Request("GET", place, headers=headers, extensions=extensions)
            try:
                response = transport.handle_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == addresses[-1] or deadline.passed:
                    raise
                continue
            response.request = request
            with contextlib.closing(response):
                yield response
            return


def _received(url: str, target: httpx.URL, response: httpx.Response, settings: Settings) -> Fetched:
    if response.status_code != 200:
        said = f"{response.status_code} {response.reason_phrase}".strip()
        raise ArticleError(url, "page", f"the server answers {said[:80]}; check the address in a browser")
    name = "".join(char for char in re.split(r"[/\\]", target.path)[-1] if char.isprintable()) or target.host
    content_type = response.headers.get("content-type")
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind not in _TYPES and not (kind in _UNTOLD and (not kind or PurePosixPath(name).suffix.lower() in SUFFIXES)):
        raise ArticleError(url, "page", f"is of a kind that is not read ({kind[:80]}); add a page, text, PDF or DOCX")
    return Fetched(str(target), _body(url, response, settings), content_type if kind not in _UNTOLD else None, name)


def _body(url: str, response: httpx.Response, settings: Settings) -> bytes:
    """The body, unpacked by ourselves, as a library would unpack a bomb whole before we can count."""
    most = int(settings.max_file_mb * 1e6)
    large = ArticleError(
        url, "page", f"is too large (the limit is {settings.max_file_mb:g} MB); raise ADVISOR_MAX_FILE_MB if need be"
    )
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise ArticleError(url, "page", f"comes packed as {encoding[:40]!r}; save it from a browser and add that")
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise large
    unpacker: Any = None if encoding in ("identity", "") else zlib.decompressobj(wbits=47)
    pieces, size = list[bytes](), 0
    for raw in response.iter_raw(65536):
        try:
            piece = raw if unpacker is None else unpacker.decompress(raw, most - size + 1)
        except zlib.error as exc:
            raise ArticleError(url, "page", "comes damaged (its gzip cannot be unpacked); try again later") from exc
        size += len(piece)
        if size > most:
            raise large
        pieces.append(piece)
    if unpacker is not None and size and not unpacker.eof:
        raise ArticleError(url, "page", "comes damaged (its end is missing); try again later")
    return b"".join(pieces)


class _Deadline:
    """Ends the connection when the time for the whole page is over, however busily the server drips."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.passed = False
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(settings.fetch_seconds, self._end)

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._forget()

    def watch(self, event: str, details: dict[str, Any]) -> None:
        """Httpcore tells of each step: of the new connection we keep a copy, which TLS does not take from us."""
        if event == "connection.connect_tcp.complete":
            with self._lock:
                self._forget()
                self._connection = details["return_value"].get_extra_info("socket").dup()
        if self.passed:
            self._end()

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            if self._connection is not None:
                with contextlib.suppress(OSError):  # the server was quicker
                    self._connection.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def mapped(self, url: str, target: httpx.URL) -> Iterator[None]:
        """Turn httpx's errors into ours."""
        import httpx

        try:
            yield
        except (httpx.HTTPError, httpx.StreamError) as exc:
            where = target.host
            if self.passed:
                why = f"takes longer than {self.settings.fetch_seconds:g} seconds; raise ADVISOR_FETCH_SECONDS"
            elif isinstance(exc, httpx.TimeoutException):
                why = f"{where} is silent for {self.settings.fetch_timeout:g} seconds; raise ADVISOR_FETCH_TIMEOUT"
            elif "CERTIFICATE" in str(exc).upper() or "SSL" in str(exc).upper() or "TLS" in str(exc).upper():
                why = f"{where} has no valid certificate ({_one_line(exc)}); open it in a browser and save the page"
            elif isinstance(exc, httpx.ConnectError):
                why = f"{where} refuses the connection; check the address, or try later"
            else:
                why = f"{where} breaks the connection off ({_one_line(exc)}); try later"
            raise ArticleError(url, "page", why) from exc
        if self.passed:
            why = f"takes longer than {self.settings.fetch_seconds:g} seconds; raise ADVISOR_FETCH_SECONDS"
            raise ArticleError(url, "page", why)


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split())[:120] or type(exc).__name__
