"""A folder goes in; a Chroma server over it runs in a process of its own, and can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from evals.bench.page import free_port

_STARTED = 120.0  # seconds that it may take to start, on a machine that is busy with much else


class ChromaServer:
    """`chroma run` over a folder; what is killed can be started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers. Raises RuntimeError where it does not."""
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self.folder)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False", "OTEL_SDK_DISABLED": "true", "DO_NOT_TRACK": "1"}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=quiet, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        until = time.monotonic() + _STARTED
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"the Chroma server did not start: {(self.folder / 'log').read_text()[-500:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
