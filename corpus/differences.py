"""A file of noted differences and the articles go in; the differences that the articles still bear out come out.

`differences.toml` lies beside the articles. Each side names sentences by their beginnings; what no article states any
more is left out, and a difference with fewer than two sides left is none.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus.article import Article
from corpus.errors import ArticleError

NAME = "differences.toml"
KINDS = ("figure", "scope", "date", "contradiction")
Place = tuple[str, int]  # article id, start of a sentence


@dataclasses.dataclass(frozen=True)
class Difference:
    """A point on which the articles differ: for each side the sentences that state it, the plainest first."""

    topic: str  # completes "The articles differ on ..."
    kind: str  # of KINDS
    asked: tuple[str, ...]  # questions to which the point matters
    sides: tuple[tuple[Place, ...], ...]
    says: tuple[str, ...]  # for each side what its plainest sentence states, completes "<publisher> ..."; "" if unsaid
    note: str = ""  # how the sides do not measure the same thing, one sentence


def read_differences(path: Path, articles: Sequence[Article]) -> Iterator[Difference]:
    """The differences of one file. Raises ArticleError (file, entry, fix) where it cannot be read."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
    except (OSError, ValueError, RecursionError) as exc:
        raise ArticleError(path, "file", f"cannot be read ({exc}); mend it") from exc
    if not isinstance(entries, list):
        raise ArticleError(path, "difference", "is no list; write each under [[difference]]")
    sentences = [(article.id, one) for article in articles for one in article.sentences()]
    for number, entry in enumerate(entries, 1):
        fields = _checked(entry, path, number)
        stated: list[tuple[tuple[Place, ...], str]] = []
        is_whole = True
        for beginnings, said in zip(fields["sides"], fields["says"], strict=True):
            found = [[(id_, s.start) for id_, s in sentences if s.text.startswith(words)] for words in beginnings]
            has_plainest = len(found[0]) == 1  # what a side says rests on it
            is_whole &= has_plainest
            if side := tuple(places[0] for places in found if len(places) == 1):
                stated.append((side, said if has_plainest else ""))
        if len(stated) > 1:
            sides, says = zip(*stated, strict=True)
            note = fields["note"] if is_whole else ""  # it may speak of what is left out
            yield Difference(fields["topic"], fields["kind"], tuple(fields["asked"]), sides, says, note)


def _checked(entry: Any, path: Path, number: int) -> dict[str, Any]:
    where = f"difference {number}"
    if not isinstance(entry, dict) or set(entry) - {"says", "note"} != {"topic", "kind", "asked", "sides"}:
        raise ArticleError(path, where, "needs topic, kind, asked and sides, may have says and note, and nothing else")
    if not _are_texts([entry["topic"]]) or entry["kind"] not in KINDS:
        raise ArticleError(path, where, f"topic is a text, and kind one of {', '.join(KINDS)}")
    if (
        not _are_texts(entry["asked"])
        or not isinstance(entry["sides"], list)
        or not all(map(_are_texts, entry["sides"]))
    ):
        raise ArticleError(path, where, "asked is a list of texts, and sides a list of lists of texts")
    sides = entry["sides"]
    if "says" in entry and not (_are_texts(entry["says"]) and len(entry["says"]) == len(sides)):
        raise ArticleError(path, where, "says is a list with one text for each side")
    if "note" in entry and not _are_texts([entry["note"]]):
        raise ArticleError(path, where, "note is a text")
    return {"says": [""] * len(sides), "note": ""} | entry


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) and text.strip() for text in value)
