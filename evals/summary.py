"""Rows of a run go in; a Summary comes out: every metric in all and of each library, the libraries' mean and worst.

`articles` stand by themselves: the advisor was made on them. Mean and worst are of the other libraries, where every
library counts the same, however many cases it has.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from evals.estimate import Estimate, Statistic, estimate
from evals.run import ARTICLES, Row, by_scorer
from evals.scorers import LOWER_IS_BETTER, SCORERS

METRICS: dict[str, tuple[str, Statistic]] = {
    **{name: (name, "mean") for name in SCORERS if name != "latency_ms"},
    "latency_p50_ms": ("latency_ms", "p50"),
    "latency_p95_ms": ("latency_ms", "p95"),
}
GROUPS = ("all", "tuning", "held out")
Metrics = Mapping[str, Estimate | None]
Groups = Mapping[str, Metrics]  # by group of cases: GROUPS, and kinds


@dataclasses.dataclass(frozen=True)
class Summary:
    """Estimates by group of cases: of all rows, and of each library's; the libraries' mean and worst by metric.

    The mean's interval is the range of the libraries, not one of chance.
    """

    whole: Groups
    libraries: Mapping[str, Groups]
    mean: Metrics
    worst: Metrics
    worst_of: Mapping[str, str]  # which library is worst, by metric


def summarise(rows: Sequence[Row]) -> Summary:
    """Every metric of a run."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(row.library, []).append(row)
    libraries = {name: estimates(of) for name, of in members.items()}
    mean, worst, worst_of = dict[str, Estimate | None](), dict[str, Estimate | None](), dict[str, str]()
    for metric in METRICS:
        found = {n: one for n, of in libraries.items() if n != ARTICLES and (one := of["all"][metric]) is not None}
        mean[metric], worst[metric] = _mean(list(found.values())), None
        if found:
            pick = max if METRICS[metric][0] in LOWER_IS_BETTER else min
            worst_of[metric] = pick(found, key=lambda name: found[name].value)
            worst[metric] = found[worst_of[metric]]
    return Summary(estimates(rows), libraries, mean, worst, worst_of)


def estimates(rows: Sequence[Row]) -> dict[str, dict[str, Estimate | None]]:
    """Every metric for all rows, those to tune on, those held out, and each kind."""
    groups = {
        "all": list(rows),
        "tuning": [row for row in rows if not row.case.held_out],
        "held out": [row for row in rows if row.case.held_out],
    }
    for kind in sorted({row.case.kind for row in rows}):
        groups[kind] = [row for row in rows if row.case.kind == kind]
    return {
        group: {metric: estimate(by_scorer(members, scorer), how) for metric, (scorer, how) in METRICS.items()}
        for group, members in groups.items()
    }


def _mean(found: Sequence[Estimate]) -> Estimate | None:
    if not found:
        return None
    values = [one.value for one in found]
    n, unscored, undecided = (sum(getattr(one, name) for one in found) for name in ("n", "unscored", "undecided"))
    return Estimate(sum(values) / len(values), min(values), max(values), n, unscored, undecided)
