"""Case files go in (`cases/*.jsonl`, one a kind); checked Case values come out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus import Article

CASES = Path(__file__).parent / "cases"
KINDS = (
    "comparison",
    "counterfactual",
    "differ",
    "explanation",
    "false_premise",
    "figure",
    "follow_up",
    "half_covered",
    "hiring",
    "injection",
    "keyword",
    "not_covered",
    "off_topic",
    "other_language",
    "paraphrase",
    "personal",
    "plan",
    "several_parts",
    "single_fact",
    "situation",
    "typos",
)
STATUSES = ("answered", "partial", "not_covered", "off_topic")


class CaseError(Exception):
    """A bad line in a case file: names the file, the line, the field and what is wrong."""


_OPTIONAL: dict[str, Any] = {"edits": [], "forbidden": []}


@dataclasses.dataclass(frozen=True)
class Case:
    """One labelled question.

    `gold` holds groups of verbatim quotes: every group is needed, any one quote of a group serves. `facts` holds
    groups of strings in the same way, of which the answer's text must contain one. `status` lists what is right.
    `edits` are pairs (old, new): the case is asked over a copy of the articles in which all cases' edits are made,
    and its gold stands in that copy. `forbidden` are strings that the answer's text must not contain.
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
    edits: tuple[tuple[str, str], ...] = ()
    forbidden: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the articles answer at least a part of it."""
        return bool(self.gold)


def load_cases(articles: Iterable[Article], folder: Path = CASES) -> list[Case]:
    """Every case, in the order of files and lines. Raises CaseError at the first bad line."""
    cases: dict[str, tuple[Case, str]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for where, case in read_cases(path):
            if case.id in cases:
                raise CaseError(f"{where}: id: '{case.id}' is taken; choose another")
            cases[case.id] = case, where
    if not cases:
        raise CaseError(f"{folder}: no case files (*.jsonl); name a folder that has some")
    texts = {article.id: article.text for article in articles}
    altered = alter(texts, ((where, *edit) for case, where in cases.values() for edit in case.edits))
    for case, where in cases.values():
        for quote in (quote for group in case.gold for quote in group):
            if not any(quote in text for text in (altered if case.edits else texts).values()):
                raise CaseError(f"{where}: gold: no article holds “{quote[:80]}”; copy it verbatim")
    return [case for case, _ in cases.values()]


def alter(texts: Mapping[str, str], edits: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The texts with every edit (where it is from, old, new) made; one that several cases share is made once."""
    altered, made = dict(texts), set[tuple[str, str]]()
    for where, old, new in edits:
        if (old, new) in made:
            continue
        made.add((old, new))
        holding = [name for name, text in altered.items() if old in text]
        if len(holding) != 1 or altered[holding[0]].count(old) != 1:
            raise CaseError(f"{where}: edits: “{old[:80]}” must stand once in the articles, and in no other's edits")
        altered[holding[0]] = altered[holding[0]].replace(old, new)
    return altered


def read_lines(path: Path) -> list[str]:
    """The lines of a JSONL file. Raises CaseError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise CaseError(f"{path} cannot be read ({exc}); name a JSONL file in UTF-8") from exc


def read_cases(path: Path) -> Iterator[tuple[str, Case]]:
    """The cases of one file, each with its place ("file:line"); quotes are not yet held against the articles."""
    for number, line in enumerate(read_lines(path), 1):
        where = f"{path.name}:{number}"
        yield where, _read(line, where)


def read_object(line: str, where: str) -> dict[str, Any]:
    """One line of JSONL. Raises CaseError where it is no JSON object."""
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as exc:
        raise CaseError(f"{where}: not JSON ({exc.msg} at {exc.colno}); mend the line") from exc
    except (ValueError, RecursionError) as exc:
        raise CaseError(f"{where}: cannot be read as JSON ({exc}); mend the line") from exc
    if not isinstance(fields, dict):
        raise CaseError(f"{where}: the line is no object; write one JSON object a line")
    return fields


def _read(line: str, where: str) -> Case:
    fields = read_object(line, where)
    names = [field.name for field in dataclasses.fields(Case)]
    fields = _OPTIONAL | fields
    if missing := [name for name in names if name not in fields]:
        raise CaseError(f"{where}: {missing[0]}: missing; add it")
    if unknown := [name for name in fields if name not in names]:
        raise CaseError(f"{where}: {unknown[0]}: unknown field; the fields are {', '.join(names)}")
    values = {name: _value(name, fields[name], f"{where}: {name}") for name in names}
    case = Case(**values)
    if not case.status or any(status not in STATUSES for status in case.status):
        raise CaseError(f"{where}: status: list one or more of {', '.join(STATUSES)}")
    return case


def _value(name: str, value: Any, where: str) -> Any:
    if name in ("history", "edits"):
        return groups(value, where, size=2)
    if name in ("gold", "facts"):
        return groups(value, where)
    if name in ("status", "forbidden"):
        return groups([value] if value else [], where)[0] if value else ()
    if name == "held_out":
        if not isinstance(value, bool):
            raise CaseError(f"{where}: write true or false")
        return value
    if not (isinstance(value, str) or (name == "profile" and value is None)):
        raise CaseError(f"{where}: write a text, not {json.dumps(value)[:40]}")
    if name in ("id", "question") and not str(value).strip():
        raise CaseError(f"{where}: is empty; fill it in")
    if name == "kind" and value not in KINDS:
        raise CaseError(f"{where}: '{value}' is none of {', '.join(KINDS)}")
    return value


def groups(value: Any, where: str, size: int = 0) -> tuple[tuple[Any, ...], ...]:
    """A list of lists of texts, each of `size` texts where that is given, as tuples. Raises CaseError."""
    good = isinstance(value, list) and all(
        isinstance(group, list)
        and len(group) in (range(1, 10_000) if not size else (size,))
        and all(isinstance(text, str) and text for text in group)
        for group in value
    )
    if not good:
        raise CaseError(f"{where}: write a list of lists of {f'{size} ' if size else ''}texts, none of them empty")
    return tuple(tuple(group) for group in value)
