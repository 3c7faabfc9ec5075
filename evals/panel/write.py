"""A library's conversations go in, are asked and shuffled; a folder comes out that judges can read.

`conversations.md` and `conversations.jsonl` hold the same; `articles.md` what could be answered from; `README.md` the
brief; `key.json` which turns they are and who answered. Judges write to `judgements/`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from corpus import Article, Library
from evals.case import Case, CaseError
from evals.run import Row, run
from evals.scene import case_sets, opened
from evals.target import TargetError, open_target
from evals.turns import Turn, units

BRIEF = Path(__file__).parent / "README.md"
KEY, JUDGEMENTS = "key.json", "judgements"


def write_panel(library: Library, options: argparse.Namespace) -> str:
    """Ask the conversations that the options choose and write the folder; says what was written. Raises CaseError."""
    out: Path = options.out
    if any((out / JUDGEMENTS).glob("*.jsonl")):
        raise CaseError(f"{out} holds judgements of other answers; choose another folder")
    (cases,) = case_sets(library, [options.library])
    turns = [case for case in cases.cases if isinstance(case, Turn) and (case.held_out or not options.held_out)]
    if not turns:
        raise CaseError(f"{options.library} has no such conversations; choose another --library")
    picked = pick(units(turns), options.turns, options.seed)
    chosen = tuple(turn for unit in picked for turn in unit)
    with opened(dataclasses.replace(cases, chosen=chosen), library) as scene:
        target = open_target(options.target, *scene.asked, is_default=scene.is_default)
        rows = run(target, scene.cases, scene.sources, jobs=options.jobs)
        articles = list(scene.sources.plain.values())
    if missing := next((row for row in rows if row.answer is None), None):
        raise TargetError(f"{target.name} gave no answer to {missing.case.id}: {missing.error or 'it gives none'}")
    numbered = dict(zip(_numbers(picked), rows, strict=True))
    _write(numbered, articles, {"library": options.library, "target": target.name, "seed": options.seed}, out)
    return (
        f"{len(picked)} conversations with {len(rows)} turns are in {out}; give it to judges, then: panel --read {out}"
    )


def pick(conversations: Sequence[Sequence[Case]], turns: int, seed: int) -> list[Sequence[Case]]:
    """Whole conversations in an order that the seed gives, until they have as many turns."""
    picked: list[Sequence[Case]] = []
    for one in random.Random(seed).sample(conversations, len(conversations)):
        if sum(map(len, picked)) >= turns:
            break
        picked.append(one)
    return picked


def _numbers(conversations: Iterable[Sequence[Case]]) -> Iterator[str]:
    for number, turns in enumerate(conversations, 1):
        yield from (f"{number}.{turn}" for turn in range(1, len(turns) + 1))


def _write(rows: dict[str, Row], articles: Sequence[Article], about: dict[str, object], out: Path) -> None:
    (out / JUDGEMENTS).mkdir(parents=True, exist_ok=True)
    shutil.copy(BRIEF, out / BRIEF.name)
    lines = [json.dumps(_line(number, row), ensure_ascii=False) for number, row in rows.items()]
    key = {**about, "turns": {number: row.case.id for number, row in rows.items()}}
    for name, text in (
        ("articles.md", "\n\n".join(map(_article, articles))),
        ("conversations.md", "\n\n".join(_turn(number, row) for number, row in rows.items())),
        ("conversations.jsonl", "\n".join(lines)),
        (KEY, json.dumps(key, indent=1)),
    ):
        (out / name).write_text(text + "\n", encoding="utf-8")


def _line(number: str, row: Row) -> dict[str, object]:
    assert row.answer is not None
    sources = [
        {"number": c.number, "title": c.title, "by": c.publisher or c.author, "section": c.section, "quote": c.quote}
        for c in row.answer.citations
    ]
    return {"turn": number, "question": row.case.question, "answer": row.answer.text, "sources": sources}


def _turn(number: str, row: Row) -> str:
    assert row.answer is not None
    conversation, _, turn = number.partition(".")
    opens = [f"# Conversation {conversation}"] if turn == "1" else []
    sources = [
        f"- [{c.number}] {c.title}, by {c.publisher or c.author or 'nobody who is named'}"
        f"{f', under “{c.section}”' if c.section else ''}: “{' '.join(c.quote.split())}”"
        for c in row.answer.citations
    ]
    asked = f"**Asked:** {row.case.question}"
    shown = ["Sources:\n\n" + "\n".join(sources)] if sources else []
    return "\n\n".join([*opens, f"## Turn {number}", asked, f"**Answered:** {row.answer.text}", *shown])


def _article(article: Article) -> str:
    who = ", ".join(part for part in (article.author, article.publisher, article.published) if part)
    return f"# {article.title}\n\n({who or 'nobody is named'})\n\n{article.text}"
