"""A claim and the lines of evidence go in; why they cannot support it comes out, in words, or None.

Rules veto, where they are right in 98 of 100 claims that they find: what is less sure is a doubt (`doubts`). They never
say that a claim is supported; that is for the entailment model to judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.verify.exchanged import exchanged
from advisor.verify.figures import Figure, figures_in, missing
from advisor.verify.kinds import Kind
from advisor.verify.lines import Line, plain_words
from advisor.verify.names import strange_letters
from advisor.verify.nearly import otherwise
from advisor.verify.opposites import turned
from advisor.verify.subjects import said_of_another

_NEARLY, _EXACTLY = 0.01, 0.002  # of an amount, by which another may differ and be told as the same
_MOST = 60  # how often an amount may be counted (months, people, years), and figures of a kind that sums are made of
_HUGE = 1e15  # from which a figure is none that anybody adds up


def veto(claim: str, lines: Sequence[Line], about: str = "", kinds: Sequence[Kind] = ()) -> str | None:
    """The first reason why the lines cannot support the claim.

    `about` is what else may name and give figures, `kinds` what the articles tell apart.
    """
    for check in (_opposites, _otherwise, _exchanged):
        if reason := check(claim, lines):
            return reason
    held = " ".join((about, *(line.whole for line in lines)))
    if reason := _figures(claim, held):
        return reason
    if strange := strange_letters(claim, held):
        return f"{strange} is not in the passage"
    return next((reason for kind in kinds if (reason := said_of_another(claim, lines, kind))), None)


def _figures(claim: str, held: str) -> str | None:
    """An amount that is none of the evidence's, nor what some of these come to.

    A share may be one of theirs in other words: "13% pass" where 87% fail.
    """
    there, own = figures_in(held), figures_in(claim)
    known = [*there, *(one for one in own if one.kind == "percent")]
    strange = [one for one in own if not one.is_small_count and one.kind not in ("percent", "times")]
    while found := [one for one in strange if _comes_of(one, known)]:  # what one comes to, another may come of
        known += found
        strange = [one for one in strange if one not in found]
    return missing(strange[0], there) if strange else None


def _comes_of(figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether it is one of others, or their sum or difference; of its own kind also a mean, a multiple or a share.

    A share may be off an amount, or on top of it, and of a difference. A year is none of these.
    """
    amounts = np.array([0.0, *{one.value for one in others if one.value < _HUGE}])
    sums, gaps = (each.outer(amounts, amounts).ravel() for each in (np.add, np.subtract))
    if _is_near(figure, np.concatenate([sums, gaps]), 0.0 if figure.kind == "date" else _NEARLY):
        return True
    likes = np.array(list({one.value for one in others if one.kind == figure.kind})[:_MOST])
    if figure.kind == "date" or not likes.size:
        return False
    counts = np.array([n for n in range(2, _MOST + 1) if any(one.value == n and one.is_counted for one in others)])
    shares = np.array(list({one.value / 100 for one in others if one.kind == "percent" and one.value})[:_MOST])
    changed = np.concatenate([shares, 1 - shares, 1 + shares])
    between = np.subtract.outer(likes, likes).ravel()
    exactly = np.add.outer(likes, likes) / 2, np.multiply.outer(likes, counts), np.divide.outer(likes, counts)
    about = np.multiply.outer(likes, changed), np.multiply.outer(between, shares), np.divide.outer(likes, shares)
    return any(_is_near(figure, one, slack) for some, slack in ((exactly, _EXACTLY), (about, _NEARLY)) for one in some)


def _is_near(figure: Figure, amounts: NDArray[np.float64], slack: float) -> bool:
    return bool(np.any(np.abs(amounts - figure.value) <= slack * figure.value))


def _opposites(claim: str, lines: Sequence[Line]) -> str | None:
    found = turned(claim, [line.text for line in lines])
    return f"the passage says “{found[1]}” there, the sentence “{found[0]}”" if found else None


def _otherwise(claim: str, lines: Sequence[Line]) -> str | None:
    found = otherwise(claim, [line.text for line in lines])
    return f"the passage says “{found[1]}” there, the sentence “{found[0]}”" if found else None


def _exchanged(claim: str, lines: Sequence[Line]) -> str | None:
    """What holds a sentence's own words, and no others, may not hold two of its parts in each other's places."""
    words = plain_words(claim)
    same = (line.text for line in lines if plain_words(line.text) == words)
    return "the passage says it the other way round" if any(exchanged(claim, text) for text in same) else None
