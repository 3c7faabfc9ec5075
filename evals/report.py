"""A run's summary, checks and rows go in; a Report comes out: as a table, as JSON, as JUnit's XML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evals.estimate import Estimate
from evals.gate import Check
from evals.run import Row
from evals.scorers import LOWER_IS_BETTER, RETRIEVAL
from evals.summary import METRICS, Groups, Metrics, Summary
from evals.trial import Score


@dataclasses.dataclass(frozen=True)
class Report:
    """A run: where it came from, its estimates, the checks, and the rows."""

    about: Mapping[str, Any]  # target, date, command, seconds, machine
    summary: Summary
    checks: Sequence[Check]
    rows: Sequence[Row]

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)


def table(found: Summary, checks: Sequence[Check]) -> str:
    """For the terminal: of each library every metric that it scored, the libraries' mean and worst, the checks."""
    lines = list[str]()
    for name, groups in found.libraries.items():
        lines += [f"{name:20}{'all':>38}{'held out':>38}{'unscored':>10}"]
        for metric in METRICS:
            whole, held_out = groups["all"][metric], groups["held out"][metric]
            if whole:
                unscored = f"{whole.unscored}" + (f"+{whole.undecided}" if whole.undecided else "")
                lines.append(f"{metric:20}{cell(whole):>38}{cell(held_out):>38}{unscored:>10}")
        lines.append("")
    if found.worst_of:
        lines.append(f"{'the libraries':20}{'mean [range]':>38}{'worst':>38}  which")
        lines += [
            f"{metric:20}{cell(found.mean[metric]):>38}{cell(found.worst[metric]):>38}  {which}"
            for metric, which in found.worst_of.items()
        ]
    width = max((len(check.name) for check in checks), default=0)
    lines += [""] * bool(checks and lines[-1])
    lines += [f"{'passed' if c.passed else 'FAILED'}  {c.name:{width}}  {c.said}" for c in checks]
    return "\n".join(lines).rstrip()


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
    set(RETRIEVAL) - {"recall@5"} | {"gold_precision", "follow_up_gain", "words", "latency_ms", "tokens"}
)


def to_json(report: Report) -> str:
    """The whole run; `--replay` reads the answers back, `--baseline` the scores."""
    plain = {
        "about": report.about,
        "passed": report.passed,
        "checks": [dataclasses.asdict(check) for check in report.checks],
        "estimates": _groups(report.summary.whole),
        "libraries": {name: _groups(groups) for name, groups in report.summary.libraries.items()},
        "mean of the libraries": _metrics(report.summary.mean),
        "worst of the libraries": _metrics(report.summary.worst),
        "worst library": report.summary.worst_of,
    }
    head = json.dumps(plain, indent=1, ensure_ascii=False)
    rows = ",\n".join(json.dumps(_row(row), ensure_ascii=False) for row in report.rows)
    return f'{head[:-2]},\n "rows": [\n{rows}\n]}}\n'


def _groups(groups: Groups) -> dict[str, Any]:
    return {group: _metrics(metrics) for group, metrics in groups.items()}


def _metrics(metrics: Metrics) -> dict[str, Any]:
    return {metric: found and dataclasses.asdict(found) for metric, found in metrics.items()}


def _row(row: Row) -> dict[str, Any]:
    asked = row.asked
    return {
        "id": row.case.id,
        "library": row.library,
        "kind": row.case.kind,
        "held_out": row.case.held_out,
        "error": row.error,
        "scores": {name: _rounded(s.value) for name, s in row.scores.items() if s.value is not None},
        "reasons": {name: s.reason for name, s in row.scores.items() if is_miss(name, s)},
        "retrieved": asked and asked.retrieved,
        "alone": asked and asked.alone and asked.alone.to_dict(),
        "control": asked and asked.control and asked.control.to_dict(),
        "answer": row.answer and row.answer.to_dict(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def to_junit(report: Report) -> str:
    """JUnit's XML: a suite of the checks, which fail; one of each library's cases, where a miss is reported as skipped.

    A miss on one case is expected within the thresholds, as in pytest's xfail; an error is an error. The metrics are
    the suites' properties: a library's own, and those of the libraries' mean and worst with the checks.
    """
    root = ElementTree.Element("testsuites", name="evals")
    checks = ElementTree.SubElement(root, "testsuite", name="checks", tests=str(len(report.checks)))
    _properties(checks, {"mean of the libraries": report.summary.mean, "worst of the libraries": report.summary.worst})
    for check in report.checks:
        case = ElementTree.SubElement(checks, "testcase", classname="evals.checks", name=_xml(check.name))
        if not check.passed:
            ElementTree.SubElement(case, "failure", message=_xml(check.said))
    checks.set("failures", str(sum(not check.passed for check in report.checks)))
    for name, groups in report.summary.libraries.items():
        _cases(root, name, groups["all"], [row for row in report.rows if row.library == name])
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(root: ElementTree.Element, library: str, metrics: Metrics, rows: Sequence[Row]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=library, tests=str(len(rows)), failures="0")
    _properties(suite, {"": metrics})
    for row in rows:
        seconds = f"{row.answer.elapsed_ms / 1000 if row.answer else 0:.4f}"
        place = {"classname": f"evals.{library}.{row.case.kind}", "name": row.case.id, "time": seconds}
        case = ElementTree.SubElement(suite, "testcase", place)
        if row.error:
            ElementTree.SubElement(case, "error", message=_xml(row.error))
        elif misses(row):
            ElementTree.SubElement(case, "skipped", message=_xml("; ".join(misses(row))))
    suite.set("errors", str(sum(bool(row.error) for row in rows)))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))


def _properties(suite: ElementTree.Element, metrics: Mapping[str, Metrics]) -> None:
    values = {
        f"{metric}, {of}" if of else metric: f"{found.value:.4f}"
        for of, estimates in metrics.items()
        for metric, found in estimates.items()
        if found
    }
    if values:
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in values.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)


def _xml(text: str) -> str:
    """Without the control characters that XML 1.0 forbids."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def write(report: Report, page: str, folder: Path) -> None:
    """Write report.json, junit.xml and report.html into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(to_json(report), encoding="utf-8")
    (folder / "junit.xml").write_text(to_junit(report), encoding="utf-8")
    (folder / "report.html").write_text(page, encoding="utf-8")
