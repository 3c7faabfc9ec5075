"""A question, its ranked sentences and the noted differences go in; the points to show both sides of come out.

A point matters where the question is like one that the point was noted for; the less like, the nearer to the top must
be a sentence that states one of its sides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.question import Question, levels_in, roles_in
from advisor.quote import Quote, quote_at
from advisor.rank import Ranked
from corpus import Difference, Library

_LIKE = 0.38  # cosine of the question and one that the point was noted for, where its sentence is the best
_PER_RANK = 0.02  # how much liker it must be for every rank that its best sentence lies below, up to _DEEP
_DEEP = 15
MAX_POINTS = 3  # of one question, the likest


@dataclasses.dataclass(frozen=True)
class Point:
    """One difference, with a quote for each side."""

    topic: str
    kind: str
    sides: tuple[Quote, ...]


def points_of(
    library: Library, question: Question, ranked: Sequence[Ranked], vector: NDArray[np.float32]
) -> list[Point]:
    """The points, the one likest to the question first; `vector` is the question's."""
    ranks = {_place(one): rank for rank, one in enumerate(ranked[:_DEEP])}
    scored = [
        (likeness - _PER_RANK * _rank(one, ranks), one)
        for one, likeness in library.differences(vector)
        if _is_of(question, one.topic)
    ]
    chosen = sorted((pair for pair in scored if pair[0] >= _LIKE), key=lambda pair: -pair[0])[:MAX_POINTS]
    return [Point(one.topic, one.kind, tuple(_sides(library, one, ranked))) for _, one in chosen]


def _rank(difference: Difference, ranks: Mapping[tuple[str, int], int]) -> int:
    return min(ranks.get(place, _DEEP) for side in difference.sides for place in side)


def _is_of(question: Question, topic: str) -> bool:
    """Whether a point is not about another level, or about another role alone."""
    levels, roles = levels_in(topic), roles_in(topic)
    if question.levels and levels and not question.levels & levels:
        return False
    return len(question.roles) != 1 or len(roles) != 1 or question.roles == roles


def _sides(library: Library, difference: Difference, ranked: Sequence[Ranked]) -> list[Quote]:
    """For each side its best sentence for this question; where none was found for it, the plainest."""
    quotes = []
    for side in difference.sides:
        places = [(rank + 8 * side.index(_place(one)), rank) for rank, one in enumerate(ranked) if _place(one) in side]
        found = ranked[min(places)[1]] if places else None
        if found:
            quotes.append(quote_at(found.passage, found.index))
        elif passage := library.passage_at(*side[0]):
            index = next(i for i, sentence in enumerate(passage.sentences) if sentence.start == side[0][1])
            quotes.append(quote_at(passage, index))
    return quotes


def _place(one: Ranked) -> tuple[str, int]:
    return one.passage.article, one.sentence.start
