"""Rows of a run go in; a table for the terminal comes out."""

from __future__ import annotations

from collections.abc import Sequence

from evals.run import Row, mean
from evals.scorers import SCORERS


def table(rows: Sequence[Row]) -> str:
    """Every scorer's mean with its interval and count: on the tuning cases and on those held out."""
    tuning = [row for row in rows if not row.case.held_out]
    held_out = [row for row in rows if row.case.held_out]
    lines = [f"{'':16}{'tuning':>30}{'held out':>30}"]
    for scorer in SCORERS:
        lines.append(f"{scorer:16}{_cell(tuning, scorer):>30}{_cell(held_out, scorer):>30}")
    return "\n".join(lines)


def failures(rows: Sequence[Row]) -> str:
    """The tuning cases that went wrong, each with its reasons; those held out stay unseen."""
    lines = []
    for row in rows:
        wrong = [
            f"{name}: {s.reason}" for name, s in row.scores.items() if name != "latency_ms" and _is_bad(name, s.value)
        ]
        if (row.error or wrong) and not row.case.held_out:
            lines.append(f"{row.case.id} {row.case.kind}: {row.case.question}\n    {row.error or '; '.join(wrong)}")
    return "\n".join(lines)


def _is_bad(name: str, value: float | None) -> bool:
    return value is not None and (value > 0 if name == "wrong_refusal" else value < 1)


def _cell(rows: Sequence[Row], scorer: str) -> str:
    found = mean(rows, scorer)
    if found is None:
        return "-"
    digits = 1 if scorer == "latency_ms" else 3
    value, low, high = (f"{number:.{digits}f}" for number in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}] n={found.n}"
