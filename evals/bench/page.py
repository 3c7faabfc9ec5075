"""A home goes in; the page over it runs in a process of its own, and what that takes comes out."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from evals.bench.measured import ROOT

_STARTED = 120.0  # seconds that a page may take to start, on a machine that is busy with much else


class Page:
    """A page that runs; `address` is where."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.address = f"http://127.0.0.1:{port}/"

    def megabytes(self) -> float:
        """MB of its memory in use; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def handles(self) -> int:
        """How many files and sockets it has open; 0 where the system does not say."""
        try:
            return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())
        except OSError:
            return 0

    def wait(self) -> float:
        """Wait until it answers; returns the seconds. Raises RuntimeError where it does not."""
        begun = time.monotonic()
        while time.monotonic() < begun + _STARTED:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.address}config", timeout=5).close()
                return time.monotonic() - begun
            time.sleep(0.05)
        raise RuntimeError("the page did not start; run 'python app.py' by hand to see why")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def page(home: Path, settings: Mapping[str, str]) -> Iterator[Page]:
    """A page over a home, with these variables, until it ends by itself or is no longer needed."""
    port = free_port()
    environment = {**os.environ, "ADVISOR_MODEL": "quote", **settings, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1"}
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        running = Page(process, port)
        running.wait()
        yield running
    finally:
        process.kill()
        process.wait()
