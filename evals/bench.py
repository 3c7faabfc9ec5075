"""Nothing goes in; a table of speed and memory comes out: this project and LangChain's stock pipeline, in turn.

Every figure of speed is of whole processes, as the operating system accounts them, and the two alternate, so that a
machine that changes its pace changes both. A large library is measured by `evals/library_bench.py`.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from evals.stock import QUESTIONS

ROUNDS = 5
_VERIFYING = ("a sentence against four passages, p50 ms", "a written sentence verified, p50 ms", "the same, p95 ms")
_ROOT = Path(__file__).parent.parent
_WARM = """
import statistics, time
from advisor import Advisor
from evals.stock import QUESTIONS, WARM_ROUNDS
advisor = Advisor()
for question in QUESTIONS:
    advisor.ask(question)
def milliseconds(question):
    started = time.perf_counter()
    advisor.ask(question)
    return (time.perf_counter() - started) * 1000
print(statistics.median(milliseconds(question) for question in QUESTIONS * WARM_ROUNDS))
"""


@dataclasses.dataclass(frozen=True)
class Process:
    """What one finished process took."""

    seconds: float
    megabytes: float  # peak resident
    output: str


def bench(part: str | None = None) -> None:
    """Measure and print: "speed" and "page" take about two minutes, "library" about ten; all where `part` is None."""
    from evals.library_bench import library_bench  # which uses what is below
    from evals.serving import measure

    print(f"{'':44}{'this':>10}{'stock':>10}{'ratio':>8}{'at most':>10}")  # noqa: T201
    if part in (None, "speed"):
        _speed()
    if part in (None, "library"):
        library_bench()
    if part in (None, "page"):
        for name, figure, limit in measure():
            own(name, figure, limit)


def _speed() -> None:
    with tempfile.TemporaryDirectory() as made:
        home, stock = Path(made) / "home", str(Path(made) / "stock")
        first = python(["-m", "corpus", "sync"], home)
        stock_first = python(["-m", "evals.stock", "index", stock], home)
        pairs = [
            (python(["-m", "advisor", QUESTIONS[0]], home), python(["-m", "evals.stock", "ask", stock], home))
            for _ in range(ROUNDS)
        ]
        warm = [
            (
                float(python(["-c", _WARM], home).output),
                float(python(["-m", "evals.stock", "warm", stock], home).output),
            )
            for _ in range(ROUNDS)
        ]
        verifying = [float(figure) for figure in python(["-m", "evals.verifying"], home).output.split()]
        second = statistics.median(python(["-m", "corpus", "sync"], home).seconds for _ in range(ROUNDS))
    row("one question, whole process, s", [(a.seconds, b.seconds) for a, b in pairs], "1.5 s")
    row("one question, whole process, MB", [(a.megabytes, b.megabytes) for a, b in pairs], "300 MB")
    row("warm ask() against stock retrieval, p50 ms", warm, "ratio 0.7")
    row("first sync, model export included, s", [(first.seconds, stock_first.seconds)], "30 s")
    own("second sync, s", second, "1.5 s")
    for name, figure, limit in zip(_VERIFYING, verifying, ("15 ms", "40 ms", "-"), strict=True):
        own(name, figure, limit)


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
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(
            f"{' '.join(arguments[:3])} failed; run it by hand to see why (needs: pip install '.[bench]')"
        )
    scale = 1024 if sys.platform == "linux" else 1024 * 1024  # ru_maxrss is in KB on Linux, in bytes on macOS
    return Process(seconds, usage.ru_maxrss / scale, output)
