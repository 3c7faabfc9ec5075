"""A Chroma server in a process of its own, on a free port, and a proxy before it that asks for a token."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from page_server import free_port

DATABASES = "/api/v2/tenants/default_tenant/databases"


class ChromaServer:
    """`chroma run` over a folder; what is killed can be started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self.folder)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False", "OTEL_SDK_DISABLED": "true", "DO_NOT_TRACK": "1"}
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(command, env=quiet, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        log.close()
        deadline = time.monotonic() + 120  # on a machine that is busy with much else
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5).close()
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "the Chroma server did not come up"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

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
