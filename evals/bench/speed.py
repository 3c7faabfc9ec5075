"""Nothing goes in; rows on speed and memory come out: this project and LangChain's stock pipeline, in turn.

The two alternate, so that a machine that changes its pace changes both.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from evals.bench.measured import own, python, row
from evals.bench.stock import QUESTIONS

ROUNDS = 5
_VERIFYING = ("a sentence against four passages, p50 ms", "a written sentence verified, p50 ms", "the same, p95 ms")
_WARM = """
import statistics, time
from advisor import Advisor
from evals.bench.stock import QUESTIONS, WARM_ROUNDS
advisor = Advisor()
for question in QUESTIONS:
    advisor.ask(question)
def milliseconds(question):
    started = time.perf_counter()
    advisor.ask(question)
    return (time.perf_counter() - started) * 1000
print(statistics.median(milliseconds(question) for question in QUESTIONS * WARM_ROUNDS))
"""


def speed() -> None:
    """Measure and print; takes about two minutes."""
    with tempfile.TemporaryDirectory() as made:
        home, stock = Path(made) / "home", str(Path(made) / "stock")
        first = python(["-m", "corpus", "sync"], home)
        stock_first = python(["-m", "evals.bench.stock", "index", stock], home)
        pairs = [
            (python(["-m", "advisor", QUESTIONS[0]], home), python(["-m", "evals.bench.stock", "ask", stock], home))
            for _ in range(ROUNDS)
        ]
        warm = [
            (
                float(python(["-c", _WARM], home).output),
                float(python(["-m", "evals.bench.stock", "warm", stock], home).output),
            )
            for _ in range(ROUNDS)
        ]
        verifying = [float(figure) for figure in python(["-m", "evals.bench.verifying"], home).output.split()]
        second = statistics.median(python(["-m", "corpus", "sync"], home).seconds for _ in range(ROUNDS))
    row("one question, whole process, s", [(a.seconds, b.seconds) for a, b in pairs], "1.5 s")
    row("one question, whole process, MB", [(a.megabytes, b.megabytes) for a, b in pairs], "300 MB")
    row("warm ask() against stock retrieval, p50 ms", warm, "70 ms")
    row("first sync, model export included, s", [(first.seconds, stock_first.seconds)], "30 s")
    own("second sync, s", second, "1.5 s")
    for name, figure, limit in zip(_VERIFYING, verifying, ("15 ms", "40 ms", "-"), strict=True):
        own(name, figure, limit)
