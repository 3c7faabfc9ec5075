"""`app.py` in a process of its own, on a free port."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from evals.bench.page import free_port

ROOT = Path(__file__).parent.parent


@contextlib.contextmanager
def served(environment: dict[str, str], *arguments: str, port: int | None = None) -> Iterator[str]:
    """The page's address, once it answers; `arguments` go to app.py."""
    with running(environment, *arguments, port=port) as (address, _):
        yield address


@contextlib.contextmanager
def running(
    environment: dict[str, str], *arguments: str, port: int | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, and its process; what that has written is told by `written`."""
    port = port or free_port()
    command = [sys.executable, "app.py", "--port", str(port), *arguments]
    with tempfile.NamedTemporaryFile() as log:  # no pipe, which would be full after some hundred answers
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        server.written = lambda: Path(log.name).read_text(encoding="utf-8")
        try:
            wait_for(f"http://127.0.0.1:{port}/", server)
            yield f"http://127.0.0.1:{port}/", server
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once the page answers, be it that one has to sign in."""
    deadline = time.monotonic() + 240  # on a machine that is busy with much else
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError as told:
            told.close()
            return
        except OSError:
            assert server.poll() is None, server.written()
            assert time.monotonic() < deadline, "the page did not come up"
            time.sleep(0.2)
