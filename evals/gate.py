"""Estimates, rows and a stored run go in; checks come out: each threshold kept or not, each metric worse or not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.estimate import paired
from evals.run import ARTICLES, SCORER_FAILED, Row
from evals.scorers import LOWER_IS_BETTER, SCORERS
from evals.summary import Metrics, Summary

MEAN, WORST = "mean of the libraries", "worst of the libraries"

# What quote mode must reach, over all cases: at least, or at most where lower is better. On the articles that it was
# made on, on the mean of the libraries that it was not made for, and on each of those. Those of conversations (lead to
# repeats) are what was measured, so that nothing gets worse; what is wanted is far more.
THRESHOLDS: dict[str, dict[str, float]] = {
    ARTICLES: {
        "quotes_valid": 1.0,
        "faithfulness": 0.99,
        "citation_recall": 0.90,
        "citation_precision": 0.80,
        "recall@5": 0.90,
        "gold_quoted": 0.84,
        "facts": 0.85,
        "right_refusal": 0.50,
        "wrong_refusal": 0.05,
        "both_sides": 0.90,
        "injection": 1.0,
        "counterfactual": 1.0,
        "lead": 0.44,
        "vital_recall": 0.60,
        "on_point": 0.45,
        "repeats": 0.15,
    },
    MEAN: {
        "quotes_valid": 1.0,
        "faithfulness": 0.99,
        "citation_recall": 0.90,
        "citation_precision": 0.80,
        "recall@5": 0.87,
        "gold_quoted": 0.76,
        "facts": 0.70,
        "right_refusal": 0.41,
        "wrong_refusal": 0.08,
        "lead": 0.29,
        "vital_recall": 0.44,
        "on_point": 0.36,
        "repeats": 0.08,
    },
    WORST: {
        "quotes_valid": 1.0,
        "faithfulness": 0.98,
        "recall@5": 0.84,
        "gold_quoted": 0.73,
        "facts": 0.69,
        "wrong_refusal": 0.12,
    },
}
# Costs depend on the machine, and what is described is neither better nor worse.
_NOT_COMPARED = frozenset({"latency_ms", "tokens", "gold_precision"})
_UNDECIDED = 0.2  # statements for each scored case that may be undecided before a mean says too little
_ENOUGH = 10  # cases of one kind from which an interval tells something


class GateError(Exception):
    """A threshold or a baseline that cannot be used: says why, and what to do."""


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    name: str
    passed: bool
    said: str


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A stored run: by case id what was answered and scored."""

    name: str
    texts: Mapping[str, str]
    scores: Mapping[str, Mapping[str, float]]


def read_thresholds(text: str) -> dict[str, float]:
    """`faithfulness=0.99,facts=0.8` as a dict. Raises GateError."""
    wanted: dict[str, float] = {}
    if not text.strip():
        raise GateError("--fail-under names no metric; write facts=0.8, or leave it out for the usual thresholds")
    for pair in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = pair.partition("=")
        if name not in SCORERS:
            raise GateError(f"--fail-under: '{name}' is no metric; take some of {', '.join(SCORERS)}")
        try:
            wanted[name] = float(value)
        except ValueError as exc:
            raise GateError(f"--fail-under: '{pair}' has no number; write {name}=0.9") from exc
    return wanted


def check_libraries(found: Summary, complete: bool) -> list[Check]:
    """The thresholds that hold: those of the articles where they were asked, those of the libraries if `complete`."""
    articles = found.libraries.get(ARTICLES)
    checks = check_thresholds(articles["all"], THRESHOLDS[ARTICLES], ARTICLES) if articles else []
    if complete:
        checks += check_thresholds(found.mean, THRESHOLDS[MEAN], MEAN)
        checks += check_thresholds(found.worst, THRESHOLDS[WORST], WORST)
    return checks


def check_thresholds(found: Metrics, wanted: Mapping[str, float], where: str = "") -> list[Check]:
    """One check a threshold; a metric that scored nothing fails, as nothing is known of it."""
    checks = []
    for metric, limit in wanted.items():
        estimate, at_most = found.get(metric), metric in LOWER_IS_BETTER
        name = f"{metric}, {where}" if where else metric
        side = "at most" if at_most else "at least"
        if estimate is None:
            checks.append(Check(name, False, f"scored nothing; wanted {side} {limit:g}"))
            continue
        if estimate.undecided > _UNDECIDED * estimate.n:
            checks.append(Check(name, False, f"{estimate.undecided} statements could not be judged; take a --judge"))
            continue
        passed = estimate.value <= limit if at_most else estimate.value >= limit
        said = f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]; wanted {side} {limit:g}"
        checks.append(Check(name, passed, said))
    return checks


def check_errors(rows: Sequence[Row]) -> list[Check]:
    """One check that no case and no scorer raised an error; none where none did."""
    errors = [f"{row.case.id}: {row.error}" for row in rows if row.error]
    errors += [
        f"{row.case.id}: {name}: {score.reason}"
        for row in rows
        for name, score in row.scores.items()
        if score.value is None and score.reason.startswith(SCORER_FAILED)
    ]
    return [Check("no errors", False, f"{len(errors)} of {len(rows)} cases, the first {errors[0]}")] if errors else []


def check_baseline(rows: Sequence[Row], baseline: Baseline, *, whole: bool = True) -> list[Check]:
    """One check a metric that both runs scored: fails where the interval of the paired difference is all worse.

    A kind of cases and a library on which a metric is worse are failed checks of their own: the others may hide it. Of
    a whole run no case of the baseline may be missing.
    """
    checks = []
    gone = sorted(baseline.scores.keys() - {row.case.id for row in rows}) if whole else []
    if gone:
        checks.append(Check(f"cases of {baseline.name}", False, f"{len(gone)} are gone, the first {gone[0]}"))
    several = len({row.library for row in rows}) > 1
    for name in SCORERS:
        if name in _NOT_COMPARED:
            continue
        pairs, groups = list[tuple[float, float]](), dict[str, list[tuple[float, float]]]()
        for row in rows:
            score, before = row.scores.get(name), baseline.scores.get(row.case.id, {})
            if score is not None and score.value is not None and name in before:
                pairs.append((before[name], round(score.value, 4)))
                for group in (row.case.kind, row.library)[: 1 + several]:
                    groups.setdefault(group, []).append(pairs[-1])
        if not pairs:
            continue
        checks.append(_compared(name, baseline.name, pairs))
        enough = {group: found for group, found in groups.items() if len(found) >= _ENOUGH}
        by_group = [_compared(name, f"{baseline.name}, {group}", found) for group, found in sorted(enough.items())]
        checks += [check for check in by_group if not check.passed]
    if len(checks) == bool(gone):
        raise GateError(f"{baseline.name} shares no scored case with this run; make one with --update-baseline")
    return checks


def _compared(metric: str, where: str, pairs: Sequence[tuple[float, float]]) -> Check:
    change = paired([before for before, _ in pairs], [after for _, after in pairs])
    worse = change.low > 0 if metric in LOWER_IS_BETTER else change.high < 0
    said = f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}] on {change.n} cases of both runs"
    return Check(f"{metric} against {where}", not worse, said)


def read_baseline(path: Path) -> Baseline:
    """A stored run: what `--update-baseline` wrote, or any report.json. Raises GateError."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        texts = {row["id"]: row["text"] if "text" in row else (row["answer"] or {}).get("text", "") for row in rows}
        scores = {row["id"]: {name: float(value) for name, value in row["scores"].items()} for row in rows}
    except OSError as exc:
        raise GateError(f"{path} cannot be read ({exc.strerror}); make it with --update-baseline") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GateError(f"{path} is no stored run ({exc!r}); make one with --update-baseline") from exc
    return Baseline(path.name, texts, scores)


def write_baseline(rows: Sequence[Row], about: Mapping[str, Any], path: Path) -> None:
    """Store a run's texts and scores, a case a line, so that a change shows in a diff."""
    lines = ",\n".join(
        json.dumps(
            {
                "id": row.case.id,
                "text": row.answer.text if row.answer else "",
                "scores": {
                    name: round(s.value, 4)
                    for name, s in row.scores.items()
                    if s.value is not None and name not in _NOT_COMPARED
                },
            },
            ensure_ascii=False,
        )
        for row in rows
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{"about": {json.dumps(dict(about))},\n"rows": [\n{lines}\n]}}\n', encoding="utf-8")
