"""A claim and texts go in; a figure that it gives as a least, and they give as a most, or the reverse, comes out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from advisor.verify.figures import Figure, figures_in
from advisor.verify.lines import plain_words, share

_BEFORE, _AFTER = 28, 20  # characters around a figure
_ABOUT = 0.5  # share of a claim's words from which a text is about the same
_UP = "more|longer|over|above|higher|greater|larger|older"
_DOWN = "less|fewer|under|below|lower|smaller|shorter|younger"
_EXCEED = r"exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?"
_NOT = r"(?:no|not|never|n[’']t) (?:be |go )?"
_NONE = re.compile(r"(?!)")


@dataclasses.dataclass(frozen=True)
class _Bound:
    """How far a figure reaches: the most or the least of something, which the figure itself is not if it `excludes`."""

    is_most: bool
    excludes: bool

    @property
    def name(self) -> str:
        return "a most" if self.is_most else "a least"


def _before(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words}) (?:about |around |roughly |some |the |US ?)?[$€£₹¥]?$", re.IGNORECASE)


# What stands before and after a figure that is such a bound; "no less than" is read before "less than".
_WRITINGS = (
    (
        _Bound(is_most=True, excludes=False),
        _before(
            rf"up to|at (?:the )?(?:very )?most|{_NOT}(?:{_UP}) than|{_NOT}(?:over|above|{_EXCEED})|"
            r"(?:a )?maximum(?: of)?|within|capped at|limited to|a (?:cap|ceiling|limit) of|tops? out at|"
            r"as (?:many|much|high|long) as"
        ),
        re.compile(
            rf" (?:\w+ )?(?:(?:or|and) (?:{_DOWN}|sooner|earlier)|at (?:the )?(?:very )?most|maximum)\b", re.IGNORECASE
        ),
    ),
    (
        _Bound(is_most=False, excludes=False),
        _before(
            rf"at (?:the )?(?:very )?least|{_NOT}(?:{_DOWN}) than|{_NOT}(?:under|below)|(?:a )?minimum(?: of)?|"
            r"upwards? of|(?:start|begin)(?:s|n?ing)? (?:at|from)|a floor of|as (?:few|little|low) as"
        ),
        re.compile(
            rf" (?:\w+ )?(?:(?:or|and) (?:{_UP}|up)|at (?:the )?(?:very )?least|(?:(?:or|and) )?upwards|minimum)\b|"
            r"(?<=\+)",
            re.IGNORECASE,
        ),
    ),
    (_Bound(is_most=True, excludes=True), _before(rf"(?:{_DOWN}) than|under|below"), _NONE),
    (
        _Bound(is_most=False, excludes=True),
        _before(rf"(?:{_UP}) than|above|over|north of|in excess of|{_EXCEED}"),
        _NONE,
    ),
)
_COMPARES = re.compile(rf"\b(?:{_UP}|{_DOWN}|most|least|maximum|minimum|up to|{_EXCEED})\b", re.IGNORECASE)
_OPEN = r"\b(?:{})(?: than (?:that|this))?(?=[.,;:!?)]|$)"  # "junior roles pay less": than what was named before
_REST = {True: re.compile(_OPEN.format(_UP), re.I), False: re.compile(_OPEN.format(_DOWN), re.I)}
_DENIED = re.compile(
    rf"\b(?:(?:not|never|n[’']t)(?! (?:be |go )?(?:(?:{_UP}|{_DOWN})\b|exceed|surpass))|unless|except|until|exceeded|"
    rf"no(?! (?:{_UP}|{_DOWN}|later) than))\b",
    re.IGNORECASE,
)


def bounded_otherwise(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """The figure as the claim gives it, and what the texts give it as; None where no figure is bounded otherwise."""
    held = [(figure, _bound(text, figure), at) for at, text in enumerate(texts) for figure in figures_in(text)]
    for figure in figures_in(claim):
        ours = _bound(claim, figure)
        theirs = [(bound, at) for other, bound, at in held if figure.same_as(other)] if ours else []
        is_other = ours and theirs and all(bound and bound.is_most is not ours.is_most for bound, _ in theirs)
        if ours and is_other and not any(bound and _is_rest(claim, ours, texts, at, bound) for bound, at in theirs):
            return figure.text, theirs[0][0].name if theirs[0][0] else ""
    return None


def _is_rest(claim: str, ours: _Bound, texts: Sequence[str], at: int, theirs: _Bound) -> bool:
    """Whether the claim may be true of all that a bound leaves.

    "Staff below 200 were left out" of "at least 200 were asked"; or the text goes on with it: "above 200; others less".
    """
    if any(_REST[theirs.is_most].search(text) for text in texts[at : at + 2]):
        return True
    is_all = ours.excludes is not theirs.excludes
    is_twofold = any(
        len(_COMPARES.findall(text)) > 1 for text in (claim, texts[at])
    )  # "fewer than a third last longer"
    return is_all and (is_twofold or share(plain_words(claim), texts[at]) < _ABOUT)


def _bound(text: str, figure: Figure) -> _Bound | None:
    """How a figure bounds what it counts; None where it does not, or where that is denied."""
    if _DENIED.search(text) or (not any(map(str.isdigit, figure.text)) and figure.kind == "percent"):
        return None  # "do not wait more than ten days", "less than half as many"
    before = text[max(0, figure.start - _BEFORE) : figure.start]
    after = text[figure.end - 1 : figure.end + _AFTER]
    if before.lower().endswith("over ") and figure.kind in ("day", "week", "month", "year", "hour", "minute"):
        return None  # "over two years" may be in their course
    return next((bound for bound, first, last in _WRITINGS if first.search(before) or last.match(after, 1)), None)
