"""A number of passages goes in; what libraries of 1,000 passages and more, up to it, cost comes out: a table's rows.

All is real but the vectors, which nobody has to wait for (`evals/bench/crowd.py`): how long embedding takes is measured
by itself. Libraries grow from row to row; a row says how busy the machine was beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from corpus import Library, chunk
from evals.bench.crowd import crowd
from evals.bench.measured import python

_SIZES = (1_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
_TIMES = 3  # that an article is added and removed, of which the median is taken
_BYTES = 40_000  # of disk for a passage: the library's and, for a moment, as much again
_SECONDS = 2 * 3600  # after which no larger library is begun
_HEAD = "passages | ingest s | disk MB | memory MB | open s | search p50/p95 ms | answer p50/p95 ms | in/out s | load"
_SERVER_HEAD = "passages | ingest s | server disk MB | server memory MB | fresh replica s | replica disk MB"


def scale(most: int, *, server: bool = False) -> None:
    """Print the rows; the embedded library takes about 5 ms of a core and 20 KB of disk for each passage."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        real, begun = folder / "real", time.monotonic()
        python(["-m", "corpus", "sync"], real)
        print(f"embedding alone: {_embedding(folder, real):.0f} passages of 240 words a second", flush=True)  # noqa: T201
        sizes = [*(size for size in _SIZES if size < most), most]
        library = _OnServer(folder, real) if server else _Embedded(folder, real)
        with contextlib.closing(library):
            print(library.head, flush=True)  # noqa: T201
            for size in sizes:
                if time.monotonic() - begun > _SECONDS or shutil.disk_usage(folder).free < size * _BYTES:
                    print(f"{size:,} passages: no time or no disk for them")  # noqa: T201
                    break
                print(library.row(size), flush=True)  # noqa: T201


def _embedding(folder: Path, real: Path) -> float:
    return float(_crowd("ingest", folder / "ingest", real)["passages"])


class _Embedded:
    """A library on this machine alone."""

    head = _HEAD

    def __init__(self, folder: Path, real: Path) -> None:
        self._home = folder / "home"
        self._real = real
        self._articles = Library.open(real).articles()
        self._each = statistics.mean(len(chunk(article)) for article in self._articles)
        self._count, self._seconds = 0, 0.0
        (self._home / "articles").mkdir(parents=True)

    def _grow(self, passages: int, **environment: str) -> float:
        """Have about so many passages; returns how many there are."""
        wanted = round(passages / self._each)
        for file, text in crowd(self._articles, range(self._count, wanted)):
            (self._home / "articles" / file).write_text(text, encoding="utf-8")
        self._count = wanted
        grown = _crowd("grow", self._home, self._real, **environment)
        self._seconds += grown["seconds"]
        return grown["passages"]

    def row(self, passages: int) -> str:
        """Grow to so many passages, and measure."""
        count = self._grow(passages)
        found = _crowd("search", self._home, self._real)
        asked = _crowd("ask", self._home, self._real)
        turns = [_crowd("one", self._home, self._real, self._extra(number)) for number in range(_TIMES)]
        added, removed = (statistics.median(turn[what] for turn in turns) for what in ("added", "removed"))
        cells = (
            f"{count:,.0f}",
            f"{self._seconds:.0f}",
            f"{_megabytes(self._home / 'index'):.0f}",
            f"{asked['resident']:.0f}",
            f"{found['opened']:.1f}",
            f"{found['p50']:.0f}/{found['p95']:.0f}",
            f"{asked['p50']:.0f}/{asked['p95']:.0f}",
            f"{added:.1f}/{removed:.1f}",
            f"{os.getloadavg()[1]:.1f}",
        )
        return " | ".join(cells)

    def _extra(self, number: int) -> Path:
        ((file, text),) = crowd(self._articles, range(10**9 + number, 10**9 + number + 1))
        path = self._home / file
        path.write_text(text, encoding="utf-8")
        return path

    def close(self) -> None:
        """Nothing runs."""


class _OnServer(_Embedded):
    """A library on a Chroma server, which runs beside it."""

    head = f"{_SERVER_HEAD} | search p50/p95 ms | answer p50/p95 ms | in/out s | load"

    def __init__(self, folder: Path, real: Path) -> None:
        super().__init__(folder, real)
        self._folder = folder / "server"
        self._folder.mkdir()
        self._fresh = folder / "fresh"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._folder)]
        command += ["--host", "127.0.0.1", "--port", str(self._port)]
        quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False", "OTEL_SDK_DISABLED": "true", "DO_NOT_TRACK": "1"}
        self._server = subprocess.Popen(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._url = f"http://127.0.0.1:{self._port}"

    def row(self, passages: int) -> str:
        """Grow to so many passages, and measure."""
        _wait_for(f"{self._url}/api/v2/heartbeat")
        environment = {"ADVISOR_CHROMA_URL": self._url}
        count = self._grow(passages, **environment)
        shutil.rmtree(self._fresh, ignore_errors=True)
        ready = _crowd("search", self._fresh, self._real, **environment)["opened"]
        found = _crowd("search", self._fresh, self._real, **environment)
        asked = _crowd("ask", self._fresh, self._real, **environment)
        turn = _crowd("one", self._fresh, self._real, self._extra(0), **environment)
        cells = (
            f"{count:,.0f}",
            f"{self._seconds:.0f}",
            f"{_megabytes(self._folder):.0f}",
            f"{_resident(self._server.pid):.0f}",
            f"{ready:.0f}",
            f"{_megabytes(self._fresh):.0f}",
            f"{found['p50']:.0f}/{found['p95']:.0f}",
            f"{asked['p50']:.0f}/{asked['p95']:.0f}",
            f"{turn['added']:.1f}/{turn['removed']:.1f}",
            f"{os.getloadavg()[1]:.1f}",
        )
        return " | ".join(cells)

    def close(self) -> None:
        """Stop the server."""
        self._server.kill()
        self._server.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the Chroma server did not come up")


def _crowd(command: str, home: Path, real: Path, *paths: Path, **environment: str) -> dict[str, float]:
    with _in_environment(environment):
        found = python(["-m", "evals.bench.crowd", command, *map(str, (home, real, *paths))], real)
    figures: dict[str, float] = json.loads(found.output)
    return figures


@contextlib.contextmanager
def _in_environment(values: dict[str, str]) -> Iterator[None]:
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 2**20
