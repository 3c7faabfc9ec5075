"""A claim and the lines of evidence go in; why these may not state it comes out, in words, or None.

Its figures, how they are given, its names, and, of a sentence that it nearly repeats, the order and the limits must be
the evidence's own. Each of these is wrong in more than one of fifty claims that it finds: they refuse none, but
without a second reader, who had better look, none is shown.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import combinations

from advisor.verify.exchanged import exchanged
from advisor.verify.figures import Figure, figures_in, missing
from advisor.verify.limits import unlimited
from advisor.verify.lines import Line, agreement, nearest, plain_words, share
from advisor.verify.names import strange_name

_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_ALIKE, _AGREES = 0.75, 0.6  # from which it is nearly repeated, where the sentence holds little else
_BEFORE, _AFTER = 25, 16  # characters around a figure
_UP = "more|longer|over|above|higher|greater|larger|older"
_DOWN = "less|fewer|under|below|lower|smaller|shorter|younger"
_NOT = r"(?:no|not|never|n[’']t) (?:be |go )?"
_DIRECTION = re.compile(  # "no less than" is read before "less"
    rf"\b(?:(?P<most>up to|at (?:the )?(?:very )?most|{_NOT}(?:{_UP})|{_NOT}exceed\w*|maximum|within|capped at|"
    rf"limited to|(?:or|and) (?:{_DOWN}))|"
    rf"(?P<least>at (?:the )?(?:very )?least|{_NOT}(?:{_DOWN})|minimum|upwards?|start\w* (?:at|from)|"
    rf"(?:or|and) (?:{_UP}|up))|"
    rf"(?P<less>{_DOWN}|discount|decreas\w*|declin\w*|f[ae]ll\w*|drop\w*|sav(?:e|es|ing|ings)|cut\w*|reduc\w*|"
    r"shrink\w*|shrank|cheaper|down)|"
    rf"(?P<more>{_UP}|exceed\w*|premium|increas\w*|gr[eo]w\w*|ris(?:e|es|en|ing)|rose|extra|outpac\w*|surg\w*|jump\w*|"
    r"gain\w*|climb\w*|up))\b",
    re.IGNORECASE,
)
_LOW = ("most", "less")
_PERIOD = re.compile(
    r"(?:\b(?:per|an?|each|every) |/ ?)(hour|hr|day|week|month|mo|year|yr|annum)\b|"
    r"\b(hour|dai|week|month|year)ly\b|\b(annual)(?:ly)?\b",
    re.IGNORECASE,
)
_ONE_PERIOD = {"hr": "hour", "dai": "day", "mo": "month", "yr": "year", "annum": "year", "annual": "year"}


def doubt(claim: str, lines: Sequence[Line], about: str = "") -> str | None:
    """The first reason to doubt that the lines state a claim; `about` is what is known of their articles besides."""
    if reason := _figures(claim, lines) or _given_otherwise(claim, lines):
        return reason
    if name := strange_name(claim, " ".join((about, *(line.whole for line in lines)))):
        return f"{name} is not in the passage"
    return _repeated_otherwise(claim, lines)


def _figures(claim: str, lines: Sequence[Line]) -> str | None:
    held = [figure for line in lines for figure in figures_in(line.whole)]
    for figure in figures_in(claim):
        is_free = figure.is_small_count or figure.kind == "times"
        if not is_free and not any(map(figure.same_as, held)) and not _is_difference(claim, figure, held):
            return missing(figure, held)
    return None


def _is_difference(claim: str, figure: Figure, held: Sequence[Figure]) -> bool:
    """Whether "$20,000 more" is what lies between two of the evidence's figures."""
    pairs = combinations(held, 2) if _directions(claim, figure) else ()
    gaps = (dataclasses.replace(a, value=abs(a.value - b.value)) for a, b in pairs if a.kind == b.kind == figure.kind)
    return any(map(figure.same_as, gaps))


def _given_otherwise(claim: str, lines: Sequence[Line]) -> str | None:
    """A figure that sentences about the same give the other way ("up to", "at least"; "up", "down"), or by the day."""
    words = plain_words(claim)
    held = [
        (line.text, figure) for line in lines if share(words, line.text) >= _ABOUT for figure in figures_in(line.text)
    ]
    for figure in figures_in(claim):
        same = [(text, other) for text, other in held if figure.same_as(other)]
        for read in (_directions, _periods):
            here, there = read(claim, figure), frozenset[str]().union(*(read(*one) for one in same))
            if here and there and not here & there:
                return f"the passage gives {figure.text} {min(there)}, the sentence {min(here)}"
    return None


def _directions(text: str, figure: Figure) -> frozenset[str]:
    """Whether a text gives a figure as a most, or falling, or as a least, or rising."""
    around = f"{text[max(0, figure.start - _BEFORE) : figure.start]}#{text[figure.end : figure.end + _AFTER]}"
    found = (match.lastgroup for match in _DIRECTION.finditer(around))
    return frozenset("as a most, or less" if name in _LOW else "as a least, or more" for name in found)


def _periods(text: str, _: Figure) -> frozenset[str]:
    """By what period a text gives its figures."""
    found = ("".join(groups).lower() for groups in _PERIOD.findall(text))
    return frozenset(f"by the {_ONE_PERIOD.get(one, one)}" for one in found)


def _repeated_otherwise(claim: str, lines: Sequence[Line]) -> str | None:
    """What a claim turns round, or leaves out, of the sentence that it repeats nearly word for word."""
    text, alike = nearest(claim, lines)
    if alike < _ALIKE or agreement(claim, text) < _AGREES:
        return None
    if exchanged(claim, text):
        return "the passage says it the other way round"
    limit = unlimited(claim, text)
    return f"the passage says “{limit}” there" if limit else None
