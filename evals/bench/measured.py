"""Arguments of this Python go in; what their process took comes out, and rows of the benchmark's table.

Speed is that of whole processes, as the operating system accounts them.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclasses.dataclass(frozen=True)
class Process:
    """What one finished process took."""

    seconds: float
    megabytes: float  # peak resident
    output: str


def own(name: str, figure: float, limit: str) -> None:
    """A row that the stock pipeline has no counterpart to."""
    print(f"{name:44}{figure:>10.2f}{'-':>10}{'-':>8}{limit:>10}")  # noqa: T201


def row(name: str, pairs: Sequence[tuple[float, float]], limit: str) -> None:
    """A row of both, each the median of its figures; the ratio is the median of those of the pairs."""
    ours, stock = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:44}{ours:>10.2f}{stock:>10.2f}{ratio:>8.2f}{limit:>10}")  # noqa: T201


def python(arguments: Sequence[str], home: Path) -> Process:
    """Run this Python to its end and read its own account from the operating system."""
    environment = {**os.environ, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1", "ANONYMIZED_TELEMETRY": "False"}
    environment["ADVISOR_MODEL"] = "quote"
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(arguments[:3])} failed; run it by hand to see why (needs: pip install '.[bench]')"
        )
    scale = 1024 if sys.platform == "linux" else 1024 * 1024  # ru_maxrss is in KB on Linux, in bytes on macOS
    return Process(seconds, usage.ru_maxrss / scale, output)
