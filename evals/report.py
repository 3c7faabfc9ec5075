"""Rows of a run go in; a Report comes out: estimates in all and by kind, as JSON, as a table, as JUnit's XML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evals.estimate import Estimate, Statistic, estimate
from evals.gate import Check
from evals.run import Row, by_scorer
from evals.scorers import LOWER_IS_BETTER, SCORERS
from evals.trial import Score

METRICS: dict[str, tuple[str, Statistic]] = {
    **{name: (name, "mean") for name in SCORERS if name != "latency_ms"},
    "latency_p50_ms": ("latency_ms", "p50"),
    "latency_p95_ms": ("latency_ms", "p95"),
}
GROUPS = ("all", "tuning", "held out")


@dataclasses.dataclass(frozen=True)
class Report:
    """A run: where it came from, its estimates by group of cases and metric, the checks, and the rows."""

    about: Mapping[str, Any]  # target, date, command, seconds, machine
    estimates: Mapping[str, Mapping[str, Estimate | None]]
    checks: Sequence[Check]
    rows: Sequence[Row]

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)


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


def table(found: Mapping[str, Mapping[str, Estimate | None]], checks: Sequence[Check]) -> str:
    """For the terminal: every metric in all and held out, then the checks."""
    lines = [f"{'':20}{'all':>38}{'held out':>38}{'unscored':>10}"]
    for metric in METRICS:
        whole, held_out = found["all"][metric], found["held out"][metric]
        unscored = f"{whole.unscored}" + (f"+{whole.undecided}" if whole.undecided else "") if whole else "-"
        lines.append(f"{metric:20}{cell(whole):>38}{cell(held_out):>38}{unscored:>10}")
    width = max((len(check.name) for check in checks), default=0)
    lines += [""] * bool(checks)
    lines += [f"{'passed' if c.passed else 'FAILED'}  {c.name:{width}}  {c.said}" for c in checks]
    return "\n".join(lines)


def cell(found: Estimate | None) -> str:
    """An estimate as `0.91 [0.88, 0.94] n=357`, or a dash."""
    if found is None:
        return "-"
    digits = 3 if abs(found.value) < 10 else 1
    value, low, high = (f"{number:.{digits}f}" for number in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}] n={found.n}"


def failures(rows: Sequence[Row]) -> str:
    """The tuning cases that went wrong, each with its reasons; those held out stay unseen."""
    tuning = [row for row in rows if not row.case.held_out]
    return "\n".join(
        f"{row.case.id} {row.case.kind}: {row.case.question}\n    {'; '.join(misses(row))}"
        for row in tuning
        if misses(row)
    )


def misses(row: Row) -> list[str]:
    """What went wrong on one case: its error, or each scorer that is not satisfied, with its reason."""
    wrong = [f"{name}: {score.reason}" for name, score in row.scores.items() if is_miss(name, score)]
    return [row.error] if row.error else wrong


def is_miss(name: str, score: Score) -> bool:
    """Whether a score is less than it could be; what only describes (ranks, costs, gains) never is."""
    if score.value is None or name in DESCRIPTIVE:
        return False
    return score.value > 0 if name in LOWER_IS_BETTER else score.value < 1


DESCRIPTIVE = frozenset(
    {"recall@1", "recall@10", "mrr", "ndcg@5", "gold_precision", "follow_up_gain", "latency_ms", "tokens"}
)


def to_json(report: Report) -> str:
    """The whole run; `--replay` reads the answers back, `--baseline` the scores."""
    plain = {
        "about": report.about,
        "passed": report.passed,
        "checks": [dataclasses.asdict(check) for check in report.checks],
        "estimates": {
            group: {metric: found and dataclasses.asdict(found) for metric, found in metrics.items()}
            for group, metrics in report.estimates.items()
        },
    }
    head = json.dumps(plain, indent=1, ensure_ascii=False)
    rows = ",\n".join(json.dumps(_row(row), ensure_ascii=False) for row in report.rows)
    return f'{head[:-2]},\n "rows": [\n{rows}\n]}}\n'


def _row(row: Row) -> dict[str, Any]:
    asked = row.asked
    return {
        "id": row.case.id,
        "kind": row.case.kind,
        "held_out": row.case.held_out,
        "error": row.error,
        "scores": {name: _rounded(s.value) for name, s in row.scores.items() if s.value is not None},
        "reasons": {name: s.reason for name, s in row.scores.items() if is_miss(name, s)},
        "retrieved": asked and asked.retrieved,
        "alone": asked and asked.alone and asked.alone.to_dict(),
        "control": asked and asked.control and asked.control.to_dict(),
        "answer": asked and asked.answer.to_dict(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def to_junit(report: Report) -> str:
    """JUnit's XML: a suite of the checks, which fail; a suite of the cases, where a miss is reported as skipped.

    A miss on one case is expected within the thresholds, as in pytest's xfail; an error is an error.
    """
    root = ElementTree.Element("testsuites", name="evals")
    checks = ElementTree.SubElement(root, "testsuite", name="checks", tests=str(len(report.checks)))
    for check in report.checks:
        case = ElementTree.SubElement(checks, "testcase", classname="evals.checks", name=_xml(check.name))
        if not check.passed:
            ElementTree.SubElement(case, "failure", message=_xml(check.said))
    checks.set("failures", str(sum(not check.passed for check in report.checks)))
    cases = ElementTree.SubElement(root, "testsuite", name="cases", tests=str(len(report.rows)), failures="0")
    for row in report.rows:
        seconds = row.asked.answer.elapsed_ms / 1000 if row.asked else 0
        case = ElementTree.SubElement(
            cases, "testcase", classname=f"evals.{row.case.kind}", name=row.case.id, time=f"{seconds:.4f}"
        )
        if row.error:
            ElementTree.SubElement(case, "error", message=_xml(row.error))
        elif misses(row):
            ElementTree.SubElement(case, "skipped", message=_xml("; ".join(misses(row))))
    cases.set("errors", str(sum(bool(row.error) for row in report.rows)))
    cases.set("skipped", str(len(cases.findall("testcase/skipped"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Without the control characters that XML 1.0 forbids."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def write(report: Report, page: str, folder: Path) -> None:
    """Write report.json, junit.xml and report.html into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(to_json(report), encoding="utf-8")
    (folder / "junit.xml").write_text(to_junit(report), encoding="utf-8")
    (folder / "report.html").write_text(page, encoding="utf-8")
