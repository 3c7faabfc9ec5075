"""A claim and texts go in; a figure that it gives as a least, and they give as a most, or the reverse, comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.verify.figures import Figure, figures_in

_BEFORE, _AFTER = 24, 16  # characters around a figure
_NUMBER = r"(?:about |around |roughly |some |the |US ?)?[$€£₹¥]?$"
_MOST = re.compile(
    r"\b(?:up to|at (?:the )?most|(?:no|not) (?:more|longer|over|higher|older) than|(?:a )?maximum(?: of)?|"
    rf"less than|fewer than|under|below|within|capped at|limited to) {_NUMBER}",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:at (?:the very )?least|(?:no|not) (?:less|fewer|under|lower) than|(?:a )?minimum(?: of)?|more than|"
    rf"longer than|higher than|above|upwards? of|exceed(?:s|ed|ing)?|over) {_NUMBER}",
    re.IGNORECASE,
)
_OR_LESS = re.compile(r" (?:\w+ )?(?:or (?:less|fewer|under|below|younger|shorter)|at (?:the )?most)\b", re.I)
_OR_MORE = re.compile(r" (?:\w+ )?(?:or (?:more|over|above|older|longer)|and (?:up|over|above)|at least)\b", re.I)
_DENIED = re.compile(
    r"\b(?:not(?! (?:more|longer|over|higher|older|less|fewer|under|lower) than)|never|n[’']t|unless|except|until|"
    r"exceeded|no(?! (?:more|longer|over|higher|older|less|fewer|under|lower|later) than))\b",
    re.I,
)
_NAMED = {True: "a most", False: "a least"}


def bounded_otherwise(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """The figure as the claim gives it, and what the texts give it as; None where no figure is bounded otherwise."""
    held = [(figure, _is_most(text, figure)) for text in texts for figure in figures_in(text)]
    for figure in figures_in(claim):
        ours = _is_most(claim, figure)
        theirs = [bound for other, bound in held if figure.same_as(other)] if ours is not None else []
        if theirs and all(bound is (not ours) for bound in theirs):
            return figure.text, _NAMED[not ours]
    return None


def _is_most(text: str, figure: Figure) -> bool | None:
    """Whether a figure is given as the most that it may be, or as the least (False); None for neither."""
    if _DENIED.search(text) or (not any(map(str.isdigit, figure.text)) and figure.kind == "percent"):
        return None  # "do not wait more than ten days", "less than half as many"
    before = text[max(0, figure.start - _BEFORE) : figure.start]
    after = text[figure.end : figure.end + _AFTER]
    if _MOST.search(before) or _OR_LESS.match(after):
        return True
    is_span = figure.kind in ("day", "week", "month", "year", "hour", "minute") and before.lower().endswith("over ")
    is_least = not is_span and (_LEAST.search(before) or _OR_MORE.match(after) or figure.text.endswith("+"))
    return False if is_least else None
