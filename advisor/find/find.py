"""A question goes in; what the library holds on it comes out: passages, quotes, points of difference, coverage."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest

from advisor.find.coverage import Coverage, cover
from advisor.find.differences import Point, points_of
from advisor.find.quotes import Quote, choose, nearest
from advisor.find.rank import rank
from advisor.find.retrieve import retrieve
from advisor.question.read import read_question
from corpus import Library, Passage


@dataclasses.dataclass(frozen=True)
class Found:
    """What retrieval and the gate made of one question of a message."""

    passages: tuple[Passage, ...]  # best first
    quotes: list[Quote]
    nearest: Quote | None
    points: list[Point]
    coverage: Coverage

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is not covered and worth naming: a particular, or something else altogether."""
        coverage = self.coverage
        is_gap = coverage.missing and (coverage.particular or not coverage.on_topic)
        return tuple(coverage.missing) if is_gap else ()


def find(library: Library, text: str, context: str = "") -> Found:
    """Look one question up; `context` is what is known of the asker and of the turns before."""
    question = read_question(text, library.frequencies, context)
    vector = library.embedder.encode_query(question.text)
    hits = retrieve(library, question, vector=vector)
    ranked = rank(question, hits, library.passage_count())
    return Found(
        passages=tuple(dict.fromkeys(one.passage for one in ranked)),
        quotes=choose(question, ranked),
        nearest=nearest(question, ranked),
        points=points_of(library, question, ranked, vector),
        coverage=cover(question, ranked, vector),
    )


def best_passages(found: Sequence[Found]) -> list[Passage]:
    """The passages found, best first; of several questions the best of each first."""
    columns = zip_longest(*(one.passages for one in found))
    return list(dict.fromkeys(passage for row in columns for passage in row if passage))
