"""A folder with others' libraries goes in; graded cases over those that nothing was trained or tuned on come out.

`learn/questions/<library>.jsonl` names sentences by file and offsets; the libraries are no part of the project, but for
those in `learn/libraries`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from corpus import Article
from corpus.article import split_front_matter
from evals.case import Case

QUESTIONS = Path(__file__).parent / "learn" / "questions"
WRITTEN = Path(__file__).parent / "learn" / "libraries"
LEFT_OUT = ("18f-handbook", "medquad", "hiring", "phd", "wills")  # never trained or tuned on
TUNED_ON = (  # on which cuts are chosen
    *("digitalgov", "gsoc", "identityhelp", "innersource", "rapnhs"),
    *("designers", "legalcareers", "marketing", "socialwork"),
)
_KINDS = {"near_miss": "not_covered", "slang_typos": "typos"}
_STATUSES = {
    "near_miss": ("not_covered", "off_topic"),
    "off_topic": ("not_covered", "off_topic"),
    "half_covered": ("partial",),
}
_ANSWERED = ("answered", "partial")


def folder_of(name: str, folder: Path) -> Path:
    """Where a library lies: among those written for this project, or in the folder with others'."""
    written = WRITTEN / name
    return written if written.is_dir() else folder / name


def read_foreign(path: Path) -> Article:
    """A Markdown file whose front matter may have other fields than ours; its id is made of its name."""
    front, text = split_front_matter(path.read_text(encoding="utf-8"), path)
    fields = front or {}
    id_ = re.sub(r"[^a-z0-9._-]", "-", path.stem.lower()).strip("-._")
    publisher = fields.get("publisher")
    return Article(id_, str(fields.get("title") or id_), text.strip("\n"), str(publisher) if publisher else None)


def graded_cases(folder: Path) -> tuple[Case, ...]:
    """The cases over one library; where several sentences answer, any one of them serves."""
    texts = {path.name: read_foreign(path).text for path in sorted(folder.glob("*.md"))}
    lines = (QUESTIONS / f"{folder.name}.jsonl").read_text(encoding="utf-8").splitlines()
    graded = [fields for fields in map(json.loads, lines) if "passage" not in fields]  # others: over a passage alone
    return tuple(_case(f"{folder.name}-{number:03}", fields, texts) for number, fields in enumerate(graded, 1))


def _case(id_: str, fields: Mapping[str, Any], texts: Mapping[str, str]) -> Case:
    gold = tuple(texts[name][start:end] for name, start, end in fields["vital"])
    return Case(
        id=id_,
        kind=_KINDS.get(fields["kind"], fields["kind"]),
        held_out=True,
        question=fields["question"],
        history=tuple(("user", turn) for turn in fields["before"]),
        profile=None,
        gold=(gold,) if gold else (),
        facts=tuple(map(tuple, fields.get("facts", ()))),
        status=_STATUSES.get(fields["kind"], _ANSWERED),
        notes="",
    )


@contextlib.contextmanager
def as_ours(folder: Path) -> Iterator[Path]:
    """A copy of a library with front matter as ours is; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        for path in sorted(folder.glob("*.md")):
            article = read_foreign(path)
            fields = {name: value for name, value in dataclasses.asdict(article).items() if name != "text"}
            source = f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n\n{article.text}\n"
            (Path(made) / f"{article.id}.md").write_text(source, encoding="utf-8")
        yield Path(made)
