"""The name of a part goes in, or none for all of them; a table of what the advisor takes comes out."""

from __future__ import annotations

from evals.bench.library import library_bench
from evals.bench.measured import own
from evals.bench.serving import measure
from evals.bench.speed import speed


def bench(part: str | None = None) -> None:
    """Measure and print: "speed" and "page" take about two minutes, "library" about ten; all where `part` is None."""
    print(f"{'':44}{'this':>10}{'stock':>10}{'ratio':>8}{'at most':>10}")  # noqa: T201
    if part in (None, "speed"):
        speed()
    if part in (None, "library"):
        library_bench()
    if part in (None, "page"):
        for name, figure, limit in measure():
            own(name, figure, limit)
