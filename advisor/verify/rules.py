"""A claim and the lines of evidence go in; why they cannot support it comes out, in words, or None.

Rules veto, where they are right in 98 of 100 claims that they find: what is less sure is a doubt (`doubts`). They never
say that a claim is supported; that is for the entailment model to judge.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from advisor.verify.exchanged import exchanged
from advisor.verify.figures import figures_in, missing
from advisor.verify.kinds import Kind
from advisor.verify.lines import Line, plain_words
from advisor.verify.names import strange_letters
from advisor.verify.nearly import otherwise
from advisor.verify.opposites import turned
from advisor.verify.subjects import said_of_another

_NEARLY = 0.01  # of an amount, by which another may differ and be told as the same


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
    """An amount that is none of the evidence's, nor what two of them make together, or what lies between them.

    A share may be one of theirs in other words: "13% pass" where 87% fail. Nor what a share of an amount, or an amount
    of which another is a share, comes to.
    """
    there, own = figures_in(held), figures_in(claim)
    amounts = sorted({figure.value for figure in there})
    apart = (0.0, *amounts, *(-amount for amount in amounts))
    shares = {figure.value / 100 for figure in (*there, *own) if figure.kind == "percent" and figure.value}
    for figure in own:
        is_free = figure.is_small_count or figure.kind in ("percent", "times")
        slack = 0.0 if figure.kind == "date" else figure.value * _NEARLY
        others = sorted({*amounts, *(one.value for one in own if one.value != figure.value)})
        parts = (part for share in shares for part in (figure.value * share, figure.value / share))
        if (
            not is_free
            and not any(_is_among(figure.value + one, slack, amounts) for one in apart)
            and (figure.kind == "date" or not any(_is_among(part, part * _NEARLY, others) for part in parts))
        ):
            return missing(figure, there)
    return None


def _is_among(amount: float, slack: float, amounts: Sequence[float]) -> bool:
    at = bisect.bisect_left(amounts, amount - slack)
    return at < len(amounts) and amounts[at] <= amount + slack


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
