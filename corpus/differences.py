"""A file of noted differences and the articles go in; the differences that the articles still bear out come out.

`differences.toml` lies beside the articles. Each side names sentences by their beginnings; what no article states any
more is left out, and a difference with fewer than two sides left is none.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


@dataclasses.dataclass(frozen=True)
class Noted:
    """A difference as it is noted in a file: each side names sentences by their beginnings."""

    topic: str
    kind: str
    asked: tuple[str, ...]
    sides: tuple[tuple[str, ...], ...]
    says: tuple[str, ...]
    note: str

    def beginnings(self) -> Iterator[str]:
        """All that its sides name."""
        return (words for side in self.sides for words in side)


def read_noted(path: Path) -> Iterator[Noted]:
    """What one file notes. Raises ArticleError (file, entry, fix) where it cannot be read."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
    except (OSError, ValueError, RecursionError) as exc:
        raise ArticleError(path, "file", f"cannot be read ({exc}); mend it") from exc
    if not isinstance(entries, list):
        raise ArticleError(path, "difference", "is no list; write each under [[difference]]")
    for number, entry in enumerate(entries, 1):
        fields = _checked(entry, path, number)
        sides = tuple(map(tuple, fields["sides"]))
        asked, says = tuple(fields["asked"]), tuple(fields["says"])
        yield Noted(fields["topic"], fields["kind"], asked, sides, says, fields["note"])


def find_beginnings(article: Article, words: Collection[str]) -> list[tuple[str, int]]:
    """Which of these beginnings an article has sentences with, each with the start of the sentence."""
    every = tuple(words)
    stated = [sentence for sentence in article.sentences() if sentence.text.startswith(every)]
    return [(one, sentence.start) for sentence in stated for one in every if sentence.text.startswith(one)]


def stated(noted: Iterable[Noted], places: Mapping[str, Sequence[Place]]) -> Iterator[Difference]:
    """The differences that are borne out, where `places` holds the sentences that begin with certain words."""
    for one in noted:
        sides: list[tuple[tuple[Place, ...], str]] = []
        is_whole = True
        for beginnings, said in zip(one.sides, one.says, strict=True):
            found = [places.get(words, ()) for words in beginnings]
            has_plainest = len(found[0]) == 1  # what a side says rests on it
            is_whole &= has_plainest
            if side := tuple(place for (place,) in (held for held in found if len(held) == 1)):
                sides.append((side, said if has_plainest else ""))
        if len(sides) > 1:
            stated_by, says = zip(*sides, strict=True)
            note = one.note if is_whole else ""  # it may speak of what is left out
            yield Difference(one.topic, one.kind, one.asked, stated_by, says, note)


def read_differences(path: Path, articles: Sequence[Article]) -> Iterator[Difference]:
    """The differences that one file notes and these articles bear out. Raises ArticleError."""
    noted = list(read_noted(path))
    words = {words for one in noted for words in one.beginnings()}
    places: dict[str, list[Place]] = {}
    for article in articles:
        for beginning, start in find_beginnings(article, words):
            places.setdefault(beginning, []).append((article.id, start))
    return stated(noted, places)


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
