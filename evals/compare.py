"""The rows of two targets on the same cases go in; a table of paired differences comes out, for each library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.estimate import Estimate, paired
from evals.run import ARTICLES, Row
from evals.scorers import LOWER_IS_BETTER, SCORERS

_APART = "follow_up"  # a kind of cases whose retrieval is shown by itself, too
_APART_BY = ("hit@4", "hit@8", "hit@20")
_Pairs = Sequence[tuple[Row, Row]]


def compare(first_name: str, first: Sequence[Row], second_name: str, second: Sequence[Row]) -> str:
    """For each metric that both were scored on: both means and the difference with its 95% interval."""
    lines = [f"A: {first_name}, B: {second_name}; {len(first)} cases, only those scored for both count"]
    members: dict[str, list[tuple[Row, Row]]] = {}
    for both in zip(first, second, strict=True):
        members.setdefault(both[0].library, []).append(both)
    for library, pairs in members.items():
        lines += ["", f"{library:24}{'A':>10}{'B':>10}{'B - A':>28}{'n':>6}"]
        lines += filter(None, (_line(label, metric, some) for label, metric, some in _shown(pairs)))
    lines += _means([pairs for library, pairs in members.items() if library != ARTICLES])
    for name, rows in ((first_name, first), (second_name, second)):
        if errors := [row.error for row in rows if row.error]:
            lines.append(f"{name}: {len(errors)} errors, the first {errors[0]}")
    return "\n".join(lines)


def _shown(pairs: _Pairs) -> list[tuple[str, str, _Pairs]]:
    """Every line of a library: its label, its metric, and the rows that count."""
    apart = [pair for pair in pairs if pair[0].case.kind == _APART]
    return [(name, name, pairs) for name in SCORERS] + [(f"{name}, {_APART}", name, apart) for name in _APART_BY]


def _line(label: str, metric: str, pairs: _Pairs) -> str:
    """One metric's line; empty where no case was scored for both."""
    both = _scored(metric, pairs)
    if not both:
        return ""
    change = paired([a for a, _ in both], [b for _, b in both])
    means = "".join(f"{mean:10.3f}" for mean in _both_means(both))
    interval = f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
    return f"{label:24}{means}{interval:>28}{change.n:6}  {_verdict(metric, change)}".rstrip()


def _means(libraries: Sequence[_Pairs]) -> Iterator[str]:
    """The means of the libraries, where every library counts the same; none for a single one."""
    if len(libraries) < 2:
        return
    yield ""
    yield f"{f'mean of {len(libraries)} libraries':24}{'A':>10}{'B':>10}{'B - A':>28}"
    for shown in zip(*map(_shown, libraries), strict=True):
        found = [_both_means(both) for _, metric, pairs in shown if (both := _scored(metric, pairs))]
        if found:
            a, b = _both_means(found)
            yield f"{shown[0][0]:24}{a:10.3f}{b:10.3f}{b - a:+28.3f}"


def _both_means(both: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(a for a, _ in both) / len(both), sum(b for _, b in both) / len(both)


def _scored(metric: str, pairs: _Pairs) -> list[tuple[float, float]]:
    found = ((one.scores.get(metric), other.scores.get(metric)) for one, other in pairs)
    values = ((a.value, b.value) for a, b in found if a and b)
    return [(a, b) for a, b in values if a is not None and b is not None]


def _verdict(metric: str, change: Estimate) -> str:
    if change.low <= 0 <= change.high:
        return ""
    return "B better" if (change.high < 0) == (metric in LOWER_IS_BETTER) else "B worse"
