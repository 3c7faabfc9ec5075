"""A question and read sentences go in; where it asks for a figure, those that hold one of its kind come out first."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from advisor.find.retrieve import Read
from advisor.question.lexicon import COMPARES, FIGURES
from advisor.verify.figures import figures_in

_WITHOUT = 1.5  # log-odds that a sentence without such a figure falls back: the best that there is may have none
_KINDS = {
    "time": {"year", "month", "week", "day", "hour", "minute", "date"},
    "money": {"money", "percent"},
}


def with_figures(asked: str, sentences: Sequence[Read]) -> list[Read]:
    """The sentences, best first; unchanged where no figure is asked for, or more than one thing's."""
    kind = None if COMPARES.search(asked) else next((name for name, one in FIGURES.items() if one.search(asked)), None)
    if kind is None:
        return list(sentences)
    moved = [one if _holds(one, kind) else dataclasses.replace(one, score=one.score - _WITHOUT) for one in sentences]
    return sorted(moved, key=lambda one: -one.score)


def _holds(one: Read, kind: str) -> bool:
    """Whether a sentence holds a figure of a kind; a name of none is of any."""
    kinds = {figure.kind for figure in figures_in(one.sentence.statement)}
    return bool(kinds & _KINDS.get(kind, kinds))
