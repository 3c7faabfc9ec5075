"""A Chroma server's databases, and a proxy before it that asks for a token."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import evals.bench.chroma

DATABASES = "/api/v2/tenants/default_tenant/databases"


class ChromaServer(evals.bench.chroma.ChromaServer):
    """One that has a database for each test."""

    def database(self, name: str) -> str:
        """A new database, so that tests do not see one another's libraries."""
        body = json.dumps({"name": name}).encode()
        asked = urllib.request.Request(self.url + DATABASES, body, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked, timeout=60).close()
        return name


@contextlib.contextmanager
def guarded(port: int, token: str, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[str]]]:
    """The port of a proxy before a server that lets in who has the token, and a list of the paths that it let in."""
    let_in: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("X-Chroma-Token") != token or self.headers.get("Authorization") != f"Bearer {token}":
                self._send(401, b'{"error":"Unauthorized","message":"Unauthorized"}')
                return
            let_in.append(self.path)
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as server:
                server.request(self.command, self.path, body, {"Content-Type": "application/json"})
                answer = server.getresponse()
                self._send(answer.status, answer.read())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    if context:
        proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy.server_port, let_in
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
