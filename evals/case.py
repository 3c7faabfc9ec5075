"""Case files go in (`cases/*.jsonl`, one a kind); checked Case values come out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corpus import Article

CASES = Path(__file__).parent / "cases"
KINDS = (
    "comparison",
    "differ",
    "explanation",
    "false_premise",
    "figure",
    "follow_up",
    "half_covered",
    "hiring",
    "injection",
    "not_covered",
    "off_topic",
    "other_language",
    "paraphrase",
    "personal",
    "single_fact",
    "typos",
)
STATUSES = ("answered", "partial", "not_covered", "off_topic")


class CaseError(Exception):
    """A bad line in a case file: names the file, the line, the field and what is wrong."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One labelled question.

    `gold` holds groups of verbatim quotes: every group is needed, any one quote of a group serves. `facts` holds
    groups of strings in the same way, of which the answer's text must contain one. `status` lists what is right.
    """

    id: str
    kind: str
    held_out: bool
    question: str
    history: tuple[tuple[str, str], ...]
    profile: str | None
    gold: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, ...], ...]
    status: tuple[str, ...]
    notes: str

    @property
    def answerable(self) -> bool:
        """Whether the articles answer at least a part of it."""
        return bool(self.gold)


def load_cases(articles: Iterable[Article], folder: Path = CASES) -> list[Case]:
    """Every case, in the order of files and lines. Raises CaseError at the first bad line."""
    texts = [article.text for article in articles]
    cases: dict[str, Case] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            case = _read(line, f"{path.name}:{number}", texts)
            if case.id in cases:
                raise CaseError(f"{path.name}:{number}: id: '{case.id}' is taken; choose another")
            cases[case.id] = case
    return list(cases.values())


def _read(line: str, where: str, texts: list[str]) -> Case:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as exc:
        raise CaseError(f"{where}: not JSON ({exc.msg} at {exc.colno}); mend the line") from exc
    names = {field.name for field in dataclasses.fields(Case)}
    if not isinstance(fields, dict) or set(fields) != names:
        off = sorted(set(fields) ^ names) if isinstance(fields, dict) else "the line is no object"
        raise CaseError(f"{where}: fields missing or unknown: {off}")
    for name in ("history", "gold", "facts"):
        fields[name] = _pairs(fields[name], f"{where}: {name}")
    case = Case(**{**fields, "status": tuple(fields["status"])})
    if case.kind not in KINDS:
        raise CaseError(f"{where}: kind: '{case.kind}' is none of {', '.join(KINDS)}")
    if not case.status or any(status not in STATUSES for status in case.status):
        raise CaseError(f"{where}: status: list one or more of {', '.join(STATUSES)}")
    for quote in (quote for group in case.gold for quote in group):
        if not any(quote in text for text in texts):
            raise CaseError(f"{where}: gold: no article holds “{quote[:80]}”; copy it verbatim")
    return case


def _pairs(value: Any, where: str) -> tuple[tuple[str, ...], ...]:
    good = isinstance(value, list) and all(
        isinstance(group, list) and group and all(isinstance(text, str) for text in group) for group in value
    )
    if not good:
        raise CaseError(f"{where}: write a list of lists of strings")
    return tuple(tuple(group) for group in value)
