"""A claim and the lines of evidence go in; why they cannot support it comes out, in words, or None.

Rules veto: a claim's figures, their units, periods and direction, its names, its letters and whom it speaks of must be
the evidence's own. They never say that a claim is supported; that is for the entailment model to judge.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from itertools import combinations

from advisor.verify.bounds import bounded_otherwise
from advisor.verify.exchanged import exchanged
from advisor.verify.figures import Figure, figures_in
from advisor.verify.kinds import Kind
from advisor.verify.lines import Line, plain_words
from advisor.verify.moments import strange_moment
from advisor.verify.names import strange_letters, strange_name
from advisor.verify.nearly import otherwise
from advisor.verify.opposites import turned
from advisor.verify.subjects import said_of_another

_PERIOD = re.compile(
    r"\b(?:per|an?|each|every) (hour|day|week|month|year)\b|/ ?(hour|day|week|month|year|mo|yr)\b|"
    r"\b(hour|dai|week|month|year)ly\b|\b(annual)(?:ly)?\b|\b(yoy|year-over-year|per annum)\b",
    re.IGNORECASE,
)
_ONE_PERIOD = {"dai": "day", "mo": "month", "yr": "year", "annual": "year", "per annum": "year", "yoy": "year"}
_SENSES = {
    "more": r"more|higher|above|premium|increas\w*|gr[eo]w\w*|ris(?:e|es|en|ing)|rose|over|extra|greater|outpac\w*|"
    r"surg\w*|jump\w*|bump|gain\w*|climb\w*|larger|up",
    "less": r"less|lower|below|discount|decreas\w*|declin\w*|f[ae]ll\w*|drop\w*|sav(?:e|es|ing|ings)|cut\w*|reduc\w*|"
    r"fewer|smaller|shrink\w*|shrank|cheaper|down",
    "within": r"within|of each other|apart|differ\w*|similar|gap",
}


def veto(
    claim: str, lines: Sequence[Line], about: str = "", kinds: Sequence[Kind] = (), *, is_bare: bool = False
) -> str | None:
    """The first reason why the lines cannot support the claim.

    `about` is what is known of their articles besides, `kinds` what these tell apart. With `is_bare` a number without a
    unit may be one of any: what it counts may stand in another sentence ("80 percent to pass. I got 84").
    """
    if reason := _figures(claim, lines, is_bare):
        return reason
    for check in (_periods, _senses, _bounds, _opposites, _otherwise, _exchanged):
        if reason := check(claim, lines):
            return reason
    held = " ".join((about, *(line.whole for line in lines)))
    if moment := strange_moment(claim, held):
        return f"{moment} is not in the passage"
    if name := strange_name(claim, held) or strange_letters(claim, held):
        return f"{name} is not in the passage"
    return next((reason for kind in kinds if (reason := said_of_another(claim, lines, kind))), None)


def _figures(claim: str, lines: Sequence[Line], is_bare: bool) -> str | None:
    held = [figure for line in lines for figure in figures_in(line.whole)]
    bare = {figure.value for figure in held if figure.kind == "count" and is_bare}
    for figure in figures_in(claim):
        is_free = figure.is_small_count or figure.kind == "times" or figure.value in bare
        if not is_free and not any(map(figure.same_as, held)) and not _is_difference(claim, figure, held):
            near = dict.fromkeys(other.text for other in held if other.kind == figure.kind)
            says = f"; it says {' and '.join(list(near)[:3])}" if near else ""
            return f"{figure.text} is not in the passage{says}"
    return None


def _is_difference(claim: str, figure: Figure, held: Sequence[Figure]) -> bool:
    """Whether "$20,000 more" is what lies between two of the evidence's figures."""
    pairs = combinations(held, 2) if _sense(claim, figure) else ()
    gaps = (dataclasses.replace(a, value=abs(a.value - b.value)) for a, b in pairs if a.kind == b.kind == figure.kind)
    return any(map(figure.same_as, gaps))


def _periods(claim: str, lines: Sequence[Line]) -> str | None:
    """An amount must be given by the hour, the month or the year as the evidence gives it."""
    if not any(figure.kind in ("money", "count") and figure.value > 10 for figure in figures_in(claim)):
        return None
    held = _periods_in(" ".join(line.whole for line in lines))
    strange = sorted(_periods_in(claim) - (held or {"year"}))  # by the year where unsaid
    return f"the passage does not give it by the {strange[0]}" if strange else None


def _periods_in(text: str) -> set[str]:
    found = {"".join(groups).lower() for groups in _PERIOD.findall(text)}
    return {_ONE_PERIOD.get(one, one.split("-")[0]) for one in found}


def _senses(claim: str, lines: Sequence[Line]) -> str | None:
    """A share that is "within 20%" is not "20% more", nor is that "20% less"."""
    held = [(line, figure) for line in lines for figure in figures_in(line.text)]
    for figure in figures_in(claim):
        same = [_sense(line.whole, other) for line, other in held if figure.same_as(other)]
        here, there = _sense(claim, figure), set[str]().union(*same)
        if figure.kind in ("percent", "times") and here and there and not here & there:
            return f"the passage says “{_listed(there)}” of {figure.text}, the sentence “{_listed(here)}”"
    return None


def _sense(text: str, figure: Figure) -> set[str]:
    around = f"{text[max(0, figure.start - 45) : figure.start]} # {text[figure.end : figure.end + 40]}"
    return {sense for sense, words in _SENSES.items() if re.search(rf"\b(?:{words})\b", around, re.IGNORECASE)}


def _bounds(claim: str, lines: Sequence[Line]) -> str | None:
    """What is "up to 40 hours" is not "at least 40 hours"."""
    found = bounded_otherwise(claim, [line.whole for line in lines])
    return f"the passage gives {found[0]} as {found[1]}" if found else None


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


def _listed(names: Collection[str]) -> str:
    return " and ".join(sorted(names))
