"""A claim and the lines of evidence go in; why they cannot support it comes out, in words, or None.

Rules veto, where they are right in 98 of 100 claims that they find: what is less sure is a doubt (`doubts`). They never
say that a claim is supported; that is for the entailment model to judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.verify.exchanged import exchanged
from advisor.verify.figures import Figure, figures_in, missing
from advisor.verify.kinds import Kind
from advisor.verify.lines import Line, plain_words
from advisor.verify.names import strange_letters
from advisor.verify.nearly import otherwise
from advisor.verify.opposites import turned
from advisor.verify.subjects import said_of_another

_NEARLY, _EXACTLY = 0.01, 0.002  # of an amount, by which another may differ and be told as the same
_MOST_TIMES = 60  # how often an amount may be counted: months, people, years


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
    """An amount that is none of the evidence's, nor comes of these by two steps of a sum.

    A share may be one of theirs in other words: "13% pass" where 87% fail.
    """
    there, own = figures_in(held), figures_in(claim)
    known = [*there, *(one for one in own if one.kind == "percent")]
    strange = [one for one in own if not one.is_small_count and one.kind not in ("percent", "times")]
    for _ in strange[:]:  # what one comes to, another may come of
        found = [one for one in strange if _comes_of(one, known)]
        known += found
        strange = [one for one in strange if one not in found]
    return missing(strange[0], there) if strange else None


def _comes_of(figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether it is one of others, a multiple of one, a sum, a difference or a mean of two, or a share of these.

    A year is no share of anything.
    """
    amounts = np.array([0.0, *{one.value for one in others}])
    sums, gaps = (each.outer(amounts, amounts).ravel() for each in (np.add, np.subtract))
    if figure.kind == "date":
        return figure.value in sums or figure.value in gaps
    shares = np.array([one.value / 100 for one in others if one.kind == "percent" and one.value])
    counts = np.array([one.value for one in others if one.kind != "money" and 1 < one.value <= _MOST_TIMES])
    times = np.concatenate([np.multiply.outer(counts, amounts), np.divide.outer(amounts, counts).T]).ravel()
    shares = np.concatenate([shares, 1 - shares, 1 + shares])  # a fifth of it, a fifth off, a fifth more
    parts = np.concatenate([np.multiply.outer(shares, gaps), np.divide.outer(gaps, shares[shares > 0]).T]).ravel()
    about, exactly = np.concatenate([sums, gaps, parts]), np.concatenate([sums / 2, times])
    off = min(np.abs(about - figure.value).min() / _NEARLY, np.abs(exactly - figure.value).min() / _EXACTLY)
    return bool(off <= figure.value)


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
