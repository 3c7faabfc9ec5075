"""A panel's folder with what its judges wrote goes in; their means with intervals come out, judge beside judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.case import CaseError, read_lines, read_object
from evals.estimate import estimate
from evals.panel.write import JUDGEMENTS, KEY
from evals.report import cell
from evals.trial import Score


def _is_grade(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_verdict(value: Any) -> bool:
    return isinstance(value, bool)


_GRADE, _VERDICT = (_is_grade, "a whole number from 1 to 5"), (_is_verdict, "true or false")
MEASURES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "direct": _GRADE,
    "complete": _GRADE,
    "no_padding": _GRADE,
    "reads_well": _GRADE,
    "right_to_answer": _VERDICT,
    "content": _VERDICT,
    "frames_not_borne_out": (_is_count, "a whole number"),
}
Judgements = Mapping[str, Mapping[str, float]]  # by turn, then by measure


def read_panel(folder: Path) -> str:
    """A table: of each measure the mean of the turns, each the mean of its judges, and each judge's own mean.

    Raises CaseError for a folder that is none, and at the first bad line.
    """
    key = _key(folder)
    files = sorted((folder / JUDGEMENTS).glob("*.jsonl"))
    if not files:
        raise CaseError(f"{folder / JUDGEMENTS}: no judge has written there yet; each writes NAME.jsonl")
    judges = {path.stem: _judgements(path, key["turns"]) for path in files}
    width = max(10, *(len(name) + 2 for name in judges))
    head = f"{len(key['turns'])} turns of {key['library']}, answered by {key['target']}; judges: {', '.join(judges)}"
    lines = [head, "", f"{'':22}{'mean of the judges':>30}" + "".join(f"{name:>{width}}" for name in judges)]
    for measure in MEASURES:
        own = [[found[measure] for found in of.values()] for of in judges.values()]
        means = "".join(f"{sum(values) / len(values):>{width}.3f}" if values else f"{'-':>{width}}" for values in own)
        lines.append(f"{measure:22}{cell(estimate(_by_turn(measure, key['turns'], judges.values()))):>30}{means}")
    short = {name: len(key["turns"]) - len(of) for name, of in judges.items()}
    lines += [f"{name}: {count} turns not judged" for name, count in short.items() if count]
    return "\n".join(lines)


def _by_turn(measure: str, turns: Sequence[str], judges: Any) -> list[Score]:
    found = [[of[turn][measure] for of in judges if turn in of] for turn in turns]
    return [Score(sum(values) / len(values) if values else None, "the judges' mean") for values in found]


def _key(folder: Path) -> dict[str, Any]:
    try:
        key = json.loads((folder / KEY).read_text(encoding="utf-8"))
        return {name: key[name] for name in ("library", "target")} | {"turns": list(key["turns"])}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise CaseError(f"{folder} is no panel's folder ({exc}); make it by: python -m evals panel --out") from exc


def _judgements(path: Path, turns: Sequence[str]) -> Judgements:
    found: dict[str, dict[str, float]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        fields = read_object(line, where)
        turn = str(fields.get("turn"))
        if turn not in turns or turn in found:
            raise CaseError(f"{where}: turn: {turn} is {'judged above' if turn in found else 'none of them'}")
        for measure, (is_right, wanted) in MEASURES.items():
            if not is_right(fields.get(measure)):
                raise CaseError(f"{where}: {measure}: write {wanted}, not {json.dumps(fields.get(measure))[:40]}")
        found[turn] = {measure: float(fields[measure]) for measure in MEASURES}
    return found
