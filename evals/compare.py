"""The rows of two targets on the same cases go in; a table of paired differences comes out."""

from __future__ import annotations

from collections.abc import Sequence

from evals.estimate import paired
from evals.run import Row
from evals.scorers import LOWER_IS_BETTER, SCORERS


def compare(first_name: str, first: Sequence[Row], second_name: str, second: Sequence[Row]) -> str:
    """For each metric that both were scored on: both means and the difference with its 95% interval."""
    lines = [
        f"A: {first_name}, B: {second_name}; {len(first)} cases, only those scored for both count",
        f"{'':20}{'A':>10}{'B':>10}{'B - A':>28}{'n':>6}",
    ]
    for name in SCORERS:
        pairs = [
            (one.scores[name].value, other.scores[name].value)
            for one, other in zip(first, second, strict=True)
            if name in one.scores and name in other.scores
        ]
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        if not both:
            continue
        before, after = [a for a, _ in both], [b for _, b in both]
        change = paired(before, after)
        means = f"{sum(before) / len(both):10.3f}{sum(after) / len(both):10.3f}"
        interval = f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
        lines.append(f"{name:20}{means}{interval:>28}{change.n:6}  {_verdict(name, change.low, change.high)}".rstrip())
    errors = [
        f"{name}: {len(bad)} errors, the first {bad[0]}"
        for name, bad in _errors(first_name, first, second_name, second)
    ]
    return "\n".join(lines + errors)


def _verdict(name: str, low: float, high: float) -> str:
    if low <= 0 <= high:
        return ""
    return "B better" if (high < 0) == (name in LOWER_IS_BETTER) else "B worse"


def _errors(
    first_name: str, first: Sequence[Row], second_name: str, second: Sequence[Row]
) -> list[tuple[str, list[str]]]:
    both = (
        (name, [row.error for row in rows if row.error]) for name, rows in ((first_name, first), (second_name, second))
    )
    return [(name, errors) for name, errors in both if errors]
