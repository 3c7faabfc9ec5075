"""A claim and the lines of evidence go in; why they cannot support it comes out, in words, or None.

Rules veto: figures, units, periods, levels, credentials and names must be the evidence's own, and be said of the same
role and level. They never say that a claim is supported; that is for the entailment model to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.question.lexicon import ROLES
from advisor.question.read import levels_in, roles_in
from advisor.verify.figures import Figure, figures_in
from advisor.verify.lines import Line, levels_said
from advisor.verify.names import strange_name
from advisor.verify.swaps import SWAPS, listed

Check = Callable[[str, Sequence[Line]], str | None]

_PERIODS = {
    "hour": r"per hour|hourly|an hour|/ ?h(?:ou)?r\b",
    "day": r"per day|a day|daily rate",
    "week": r"per week|weekly (?:pay|salary|wage)",
    "month": r"per month|monthly|a month|each month|every month",
    "year": r"per year|annual(?:ly)?|a year|yearly|per annum|each year|every year|year-over-year|yoy",
}
_PAY = {
    "base pay": r"base (?:salary|salaries|pay|compensation)|\bbase\b",
    "total compensation": r"total (?:comp(?:ensation)?|pay|package)|\btc\b|total comp",
    "a bonus": r"\bbonus(?:es)?\b",
    "equity": r"\bequity\b|\bstock\b|\bshares\b",
}
_HIGHER = r"(?<!under)graduate degree|postgraduate|advanced degree|graduate-level"
DEGREES = {
    "a bachelor's degree": r"bachelor|undergraduate|\bb\.?sc?\b|\bba\b|four-year degree",
    "a master's degree": rf"master[’']?s|\bm\.?sc?\b|\bmba\b|{_HIGHER}",
    "a doctorate": rf"ph\.?d|doctora|doctor[’']s|{_HIGHER}",
    "a bootcamp": r"boot ?camp",
    "an associate degree": r"associate[’']?s? degree",
}
_SENSES = {
    "more": r"more|higher|above|premium|increas\w*|grow\w*|ris(?:e|es|en|ing)|over|extra|greater|outpac\w*|surg\w*|"
    r"jump\w*|bump|gain\w*|climb\w*|larger|up",
    "less": r"less|lower|below|discount|decreas\w*|declin\w*|fall\w*|drop\w*|sav(?:e|es|ing|ings)|cut\w*|reduc\w*|"
    r"fewer|smaller|shrink\w*|shrank|cheaper|down",
    "within": r"within|of each other|apart|differ\w*|similar|gap",
}


def veto(claim: str, lines: Sequence[Line], about: str = "") -> str | None:
    """The first reason why the lines cannot support the claim; `about` is what is known of their articles besides."""
    for check in CHECKS:
        reason = check(claim, lines)
        if reason:
            return reason
    name = strange_name(claim, " ".join((about, *(line.whole for line in lines))))
    return f"{name} is not in the passage" if name else None


def named(patterns: dict[str, str], text: str) -> set[str]:
    """The names of the patterns that a text holds."""
    return {name for name, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)}


def _levels(claim: str, lines: Sequence[Line]) -> str | None:
    held = frozenset[str]().union(*(levels_in(line.whole) | levels_said(line.whole) for line in lines))
    strange = sorted(levels_said(claim) - held)
    return f"the passage does not speak of {strange[0]} people" if strange else None


def _roles(claim: str, lines: Sequence[Line]) -> str | None:
    held = frozenset[str]().union(*(roles_in(line.whole) | line.roles for line in lines))
    strange = sorted(roles_in(claim) - held)
    return f"the passage does not speak of {ROLES[strange[0]].plural}" if strange else None


def _degrees(claim: str, lines: Sequence[Line]) -> str | None:
    held, asked = named(DEGREES, " ".join(line.whole for line in lines)), named(DEGREES, claim)
    higher = {"a master's degree", "a doctorate"}
    if re.search(_HIGHER, claim, re.IGNORECASE) and held & higher:  # "a graduate degree": either will do
        asked -= higher
    strange = sorted(asked - held)
    return f"the passage does not speak of {strange[0]}" if strange else None


def _periods(claim: str, lines: Sequence[Line]) -> str | None:
    if not any(figure.kind in ("money", "count") and figure.value > 10 for figure in figures_in(claim)):
        return None
    held = named(_PERIODS, " ".join(line.whole for line in lines))
    strange = sorted(named(_PERIODS, claim) - held - (set() if held else {"year"}))  # pay is by the year where unsaid
    return f"the passage does not give it by the {strange[0]}" if strange else None


def _pay(claim: str, lines: Sequence[Line]) -> str | None:
    if not any(figure.kind == "money" for figure in figures_in(claim)):
        return None
    strange = sorted(named(_PAY, claim) - named(_PAY, " ".join(line.whole for line in lines)))
    return f"the passage does not speak of {strange[0]} here" if strange else None


def _figures(claim: str, lines: Sequence[Line]) -> str | None:
    held = [figure for line in lines for figure in figures_in(line.whole)]
    for figure in figures_in(claim):
        same = [other for other in held if figure.same_as(other)]
        if not same and not figure.is_small_count and figure.kind != "times":
            near = dict.fromkeys(other.text for other in held if other.kind == figure.kind)
            says = f"; it says {' and '.join(list(near)[:3])}" if near else ""
            return f"{figure.text} is not in the passage{says}"
        bounds = {other.bound for other in same}
        if figure.bound and same and "" not in bounds and figure.bound not in bounds:
            return f"the passage gives {figure.text} as the {same[0].bound}, the sentence as the {figure.bound}"
    return None


def _senses(claim: str, lines: Sequence[Line]) -> str | None:
    """A share that is "within 20%" is not "20% more", nor is that "20% less"."""
    held = [(line, figure) for line in lines for figure in figures_in(line.text)]
    for figure in figures_in(claim):
        same = [(line, other) for line, other in held if figure.same_as(other)]
        if figure.kind not in ("percent", "times") or not same:
            continue
        here = _sense(claim, figure)
        there = set[str]().union(*(_sense(line.whole, other) for line, other in same))
        if here and there and not here & there:
            return f"the passage says “{listed(there)}” of {figure.text}, the sentence “{listed(here)}”"
    return None


def _sense(text: str, figure: Figure) -> set[str]:
    around = f"{text[max(0, figure.start - 45) : figure.start]} # {text[figure.end : figure.end + 40]}"
    return named({name: rf"\b(?:{words})\b" for name, words in _SENSES.items()}, around)


CHECKS: tuple[Check, ...] = (_figures, _levels, _roles, _degrees, _periods, _pay, _senses, *SWAPS)
