"""Pages fetched from a real server on this machine, which does what servers should not."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from corpus.documents.address import is_public
from corpus.documents.fetch import fetch
from corpus.errors import ArticleError
from corpus.settings import Settings, load_settings

PAGE = b"<!doctype html><title>T</title><p>Some words.</p>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.seen.append((self.path, dict(self.headers)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client went, as it should
            getattr(self, "at_" + self.path.split("/")[1].split("?")[0])()

    def reply(self, body: bytes = PAGE, code: int = 200, length: int | None = -1, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        self.wfile.write(body)

    def at_page(self) -> None:
        self.reply(Set_Cookie="a=b; Path=/")

    def at_notes(self) -> None:
        self.reply(b"# T\n\nWords.", Content_Type="text/plain")

    def at_packed(self) -> None:
        self.reply(gzip.compress(PAGE), Content_Encoding="gzip")

    def at_file(self) -> None:
        self.reply(Content_Type="application/octet-stream")

    def at_video(self) -> None:
        self.reply(Content_Type="video/mp4")

    def at_gone(self) -> None:
        self.reply(code=404)

    def at_bomb(self) -> None:
        self.reply(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def at_brotli(self) -> None:
        self.reply(Content_Encoding="br")

    def at_cut(self) -> None:
        self.reply(gzip.compress(PAGE * 100)[:60], Content_Encoding="gzip")

    def at_notgzip(self) -> None:
        self.reply(Content_Encoding="gzip")

    def at_short(self) -> None:
        self.reply(length=5000)

    def at_large(self) -> None:
        self.reply(b"", length=500_000_000)

    def at_endless(self) -> None:
        self.reply(b"", length=None)
        while not self.server.closing.is_set():
            self.wfile.write(b"word " * 10_000)

    def at_drip(self) -> None:
        self.reply(b"", length=1000)
        while not self.server.closing.wait(0.02):
            self.wfile.write(b"w")

    def at_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.closing.wait(0.02):
            self.wfile.write(b"w")

    def at_silent(self) -> None:
        self.server.closing.wait(30)

    def at_hangup(self) -> None:
        self.connection.close()

    def at_orders(self) -> None:
        self.wfile.write(b"HTTP/1.1 404 \x1b[31mred\x9b2J\x7f\r\nContent-Length: 0\r\n\r\n")

    def at_garbage(self) -> None:
        self.wfile.write(b"\x00\x01 no http\r\n\r\n")

    def at_to(self) -> None:
        self.reply(b"", 302, Location=self.path.partition("?")[2])

    def at_circle(self) -> None:
        self.reply(b"", 301, Location="/circle")

    def at_far(self) -> None:
        self.reply(b"", 307, Location=self.path + "/1")


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # server_close() waits for them, so that nothing outlives a test
    server.seen, server.closing = [], threading.Event()
    server.handle_error = lambda *_: None  # a client that goes in the middle of TLS
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with serving() as started:
        yield started


@pytest.fixture
def base(server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def settings(base, tmp_path) -> Settings:
    return dataclasses.replace(
        load_settings(tmp_path),
        max_file_mb=1.0,
        fetch_seconds=5.0,
        fetch_timeout=2.0,
        allowed_hosts=(base.removeprefix("http://"),),
    )


def refusal(url: str, settings: Settings) -> str:
    with pytest.raises(ArticleError) as caught:
        fetch(url, settings)
    message = str(caught.value)
    assert "\n" not in message
    assert "; " in caught.value.fix, "a refusal says what to do"
    return message


def test_a_page_is_fetched_with_its_address_kind_and_name(base, settings, server):
    found = fetch(f"{base}/page/careers.html?x=1#part", settings)
    assert (found.body, found.content_type, found.name) == (PAGE, "text/html; charset=utf-8", "careers.html")
    assert found.url == f"{base}/page/careers.html?x=1"
    headers = server.seen[-1][1]
    assert headers["Host"] == base.removeprefix("http://")
    assert headers["User-Agent"].startswith("career-advisor")
    assert "Cookie" not in headers
    fetch(f"{base}/page", settings)
    assert "Cookie" not in server.seen[-1][1]


def test_what_is_packed_or_moved_is_found(base, settings):
    assert fetch(f"{base}/packed", settings).body == PAGE
    moved = fetch(f"{base}/to?/notes/a.md", settings)
    assert (moved.url, moved.name, moved.content_type) == (f"{base}/notes/a.md", "a.md", "text/plain")
    found = fetch(f"{base}/file/a.pdf", settings)
    assert (found.name, found.content_type) == ("a.pdf", None)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone", "404 Not Found"),
        ("video", "(video/mp4)"),
        ("file/a.exe", "(application/octet-stream)"),
        ("bomb", "too large (the limit is 1 MB); raise ADVISOR_MAX_FILE_MB"),
        ("large", "too large"),
        ("endless", "too large"),
        ("brotli", "packed as 'br'"),
        ("cut", "damaged"),
        ("notgzip", "damaged"),
        ("short", "breaks the connection off"),
        ("hangup", "breaks the connection off"),
        ("garbage", "breaks the connection off"),
        ("circle", "redirects in a circle"),
        ("far", "more than 5 times"),
    ],
)
def test_a_server_that_does_as_it_should_not_is_refused_in_one_line(base, settings, path, reason):
    assert reason in refusal(f"{base}/{path}", settings)


@pytest.mark.parametrize("path", ["drip", "headers"])
def test_a_server_that_drips_is_ended_at_the_deadline(base, settings, path):
    message = refusal(f"{base}/{path}", dataclasses.replace(settings, fetch_seconds=0.5))
    assert "takes longer than 0.5 seconds; raise ADVISOR_FETCH_SECONDS" in message


def test_a_server_that_never_answers_is_left(base, settings):
    message = refusal(f"{base}/silent", dataclasses.replace(settings, fetch_timeout=0.3))
    assert "silent for 0.3 seconds; raise ADVISOR_FETCH_TIMEOUT" in message


def test_a_host_that_refuses_or_does_not_exist_is_a_line(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        allowed = dataclasses.replace(settings, allowed_hosts=("127.0.0.1",))
        assert "refuses the connection" in refusal(f"http://127.0.0.1:{port}/", allowed)
    assert "is not known" in refusal("http://no-such-host.invalid/", settings)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "https://127.0.0.1/",
    ],
)
def test_a_private_address_is_refused_at_once_and_after_a_redirect(base, settings, server, target):
    for url in (target, f"{base}/to?{target}"):
        message = refusal(url, settings)
        assert "which is not public; if that is meant, set ADVISOR_ALLOWED_HOSTS=" in message


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "no http or https address"),
        ("ftp://example.com/a", "no http or https address"),
        ("gopher://127.0.0.1:6379/_x", "no http or https address"),
        ("javascript:alert(1)", "no http or https address"),
        ("http://me:pass1@example.com/", "user name or password"),
        ("http://exa mple.com/", "no web address"),
        ("http://example.com:99999/", "no http or https address"),
        ("http://example.com:port/", "no web address"),
        ("http://example.com/" + "a" * 3000, "no http or https address"),
    ],
)
def test_what_is_no_web_address_is_refused_at_once_and_after_a_redirect(base, settings, target, reason):
    for url in (target, f"{base}/to?{target}"):
        message = refusal(url, settings)
        assert reason in message or (" " in target and "not known" in message)
        assert "pass1" not in message.removeprefix(f"{base}/to?{target}")
        assert len(message) < 5000


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("fec0::1", "site-local"),
        ("feff::1", "site-local, to its end"),
        ("2606:4700::5efe:10.0.0.1", "ISATAP, to a private one"),
        ("2606:4700::200:5efe:127.0.0.1", "ISATAP, to this machine"),
        ("2606:4700::5efe:168.63.129.16", "ISATAP, to the next"),
        ("168.63.129.16", "the host that a machine in Azure runs on"),
        ("::ffff:168.63.129.16", "the same, mapped"),
        ("64:ff9b::a83f:8110", "the same, by NAT64"),
        ("192.88.99.1", "a relay of 6to4"),
        ("3fff::1", "for documentation"),
        ("64:ff9b:1::a00:1", "NAT64 of one's own network"),
    ],
)
def test_addresses_that_only_look_public(address, why):
    assert not is_public(address), why


def test_a_tunnel_to_a_public_address_is_public():
    assert is_public("2606:4700::5efe:8.8.8.8")


@pytest.mark.parametrize(
    "address", ["224.0.0.1", "ff02::1", "240.0.0.1", "::", "::127.0.0.1", "fc00::1", "x", "fe80::1%eth0"]
)
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """From now on, names resolve to these addresses, one list a look-up and the last for all that follow."""
    asked, left, real = [], list(answers), socket.getaddrinfo

    def answer(host, port, *args, **options):
        if str(host).replace(".", "").isdigit():
            return real(host, port, *args, **options)
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_what_a_server_says_is_quoted_without_orders_to_the_terminal(base, settings):
    for path in ("orders", "orders?\x1b[31m", "to?http://127.0.0.1:1/\x1b[31m", "\x1b[31m"):
        assert refusal(f"{base}/{path}", settings).isprintable()


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch, settings):
    resolving(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    assert "careers.example is at 127.0.0.1, which is not public" in refusal("http://careers.example/", settings)


def test_a_host_is_looked_up_once_and_the_connection_goes_to_what_was_checked(monkeypatch, base, settings, server):
    port = server.server_address[1]
    asked = resolving(monkeypatch, ["127.0.0.1"], ["8.8.8.8"])
    named = dataclasses.replace(settings, allowed_hosts=("careers.example",))
    assert fetch(f"http://careers.example:{port}/page", named).url == f"http://careers.example:{port}/page"
    assert asked == ["careers.example"]
    assert server.seen[-1][1]["Host"] == f"careers.example:{port}"


def test_a_redirect_is_looked_up_and_checked_again(monkeypatch, settings, server):
    port = server.server_address[1]
    resolving(monkeypatch, ["127.0.0.1"])
    named = dataclasses.replace(settings, allowed_hosts=(f"careers.example:{port}",))
    before = len(server.seen)
    assert "evil.example is at 127.0.0.1" in refusal(
        f"http://careers.example:{port}/to?http://evil.example:{port}/page", named
    )
    assert len(server.seen) == before + 1


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch, settings, server):
    port = server.server_address[1]
    resolving(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    named = dataclasses.replace(settings, allowed_hosts=("careers.example",))
    assert fetch(f"http://careers.example:{port}/page", named).body == PAGE


def test_proxies_of_the_environment_are_not_used(monkeypatch, base, settings):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(f"{base}/page", settings).body == PAGE


def certificate(folder, name: str) -> str:
    """A file with a key and a certificate that it signs itself."""
    key, path = ec.generate_private_key(ec.SECP256R1()), folder / "certificate.pem"
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    built = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), now - day, now + day)
    signed = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(
        key, hashes.SHA256()
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, *plain) + signed.public_bytes(pem))
    return str(path)


def test_a_certificate_is_checked_for_the_name_though_the_connection_goes_to_the_address(
    monkeypatch, settings, tmp_path
):
    path = certificate(tmp_path, "careers.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    resolving(monkeypatch, ["127.0.0.1"])
    named = dataclasses.replace(settings, allowed_hosts=("careers.example", "other.example"))
    with serving(context) as secure:
        port = secure.server_address[1]
        assert "no valid certificate" in refusal(f"https://careers.example:{port}/page", named)
        monkeypatch.setattr(certifi, "where", lambda: path)  # now it is an authority's
        assert fetch(f"https://careers.example:{port}/page", named).body == PAGE
        assert "no valid certificate" in refusal(f"https://other.example:{port}/page", named)
        assert "breaks the connection" in refusal(f"http://careers.example:{port}/page", named)
