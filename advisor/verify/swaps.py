"""A claim and the lines of evidence go in; what the lines say of another than the claim does comes out, in words.

Each attribute of a claim (its figure, role, level, degree, count) must be that of the sentence which the claim is
about, not merely stand somewhere in the passage.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from advisor.question.lexicon import ROLES
from advisor.question.read import roles_in
from advisor.question.words import GENERIC_STEMS, stems
from advisor.verify.comparison import order_in
from advisor.verify.figures import Figure, figures_in
from advisor.verify.lines import Line, levels_said, plain_words

_NEAR = 0.45  # share of a claim's words that a sentence must hold for the claim to be plainly about it
_FAR = 0.6  # of that, what another sentence may hold at most
_CLAUSE = re.compile(r"[;:]\s|,\s(?=(?:and|while|but|whereas|with|compared)\b)|\.\s")
_SIDE_BY_SIDE = re.compile(
    r";\s|,\s(?=(?:and|while|but|whereas|with|compared)\b)|\.\s|\s(?=(?:while|whereas)\b)|"
    r",\s(?=(?:AI|ML|[Dd]ata|[Mm]achine)\b)"
)
_PLAINLY = 0.6  # share of a clause's words that what is said of another role must hold
_MORE = 0.3  # and how much more than what is said of its own
_COUNTED = re.compile(r"[ -]((?:[a-z]+[ -]){0,1}[a-z]+)", re.IGNORECASE)
_DEGREES = {
    "a bachelor's degree": re.compile(r"bachelor|undergraduate", re.IGNORECASE),
    "a master's degree": re.compile(r"master[’']?s|\bm\.?s\b|\bmba\b", re.IGNORECASE),
    "a doctorate": re.compile(r"ph\.?d|doctora", re.IGNORECASE),
}


def listed(names: Collection[str]) -> str:
    """The names in one phrase."""
    return " and ".join(sorted(names))


def _people(roles: Collection[str]) -> str:
    return listed([ROLES[role].plural for role in roles])


def _aligned(claim: str, lines: Sequence[Line], has: Callable[[Line], bool]) -> Line | None:
    """The sentence that a claim is plainly about, where it lacks what the claim says, and all that `has` it are far."""
    words = plain_words(claim)
    if len(words) < 3 or not lines:
        return None
    shares = [len(words & plain_words(line.text)) / len(words) for line in lines]
    best = max(range(len(lines)), key=lambda number: shares[number])
    far = all(shares[number] <= _FAR * shares[best] for number, line in enumerate(lines) if has(line))
    return lines[best] if shares[best] >= _NEAR and far and not has(lines[best]) else None


def _role(claim: str, lines: Sequence[Line]) -> str | None:
    roles = roles_in(claim)
    if len(roles) != 1:
        return None
    line = _aligned(claim, lines, lambda line: bool(roles & (line.roles | roles_in(line.text))))
    return f"the passage says this of {_people(line.roles)}, not of {_people(roles)}" if line and line.roles else None


def _contrast(claim: str, lines: Sequence[Line]) -> str | None:
    """Where a sentence sets roles side by side, each clause of the claim must say of its role what is said of it."""
    told = [(roles_in(part) or line.roles, plain_words(part)) for line in lines for part in _parts(line.text)]
    for part in _parts(claim):
        roles, words = roles_in(part), plain_words(part)
        if len(roles) != 1 or len(words) < 2:
            continue
        own = _most(words, [held for whose, held in told if whose & roles])
        others = [(whose, held) for whose, held in told if whose and not whose & roles]
        most = _most(words, [held for _, held in others])
        if most >= _PLAINLY and most > own + _MORE:
            whose = next(whose for whose, held in others if _most(words, [held]) == most)
            return f"the passage says this of {_people(whose)}, not of {_people(roles)}"
    return None


def _most(words: frozenset[str], held: Sequence[frozenset[str]]) -> float:
    """The greatest share of some words that one text holds."""
    return max((len(words & one) / len(words) for one in held), default=0.0)


def _parts(text: str) -> list[str]:
    return [part for part in _SIDE_BY_SIDE.split(text) if part.strip()]


def _comparison(claim: str, lines: Sequence[Line]) -> str | None:
    """Of two roles, the one that the lines put above the other must be the claim's."""
    order, told = order_in(claim), {order_in(line.text) for line in lines}
    if order is None or order in told:
        return None
    first, second, above = order
    if (first, second, not above) in told:
        return f"the passage compares {ROLES[first].plural} and {ROLES[second].plural} the other way round"
    return None


def _level(claim: str, lines: Sequence[Line]) -> str | None:
    levels = levels_said(claim)
    line = _aligned(claim, lines, lambda line: bool(levels & line.levels)) if len(levels) == 1 else None
    return f"the passage says this of {listed(line.levels)}, not of {listed(levels)}" if line and line.levels else None


def _figure(claim: str, lines: Sequence[Line]) -> str | None:
    for figure in figures_in(claim):
        if figure.kind == "times":
            continue
        line = _aligned(claim, lines, functools.partial(_gives, figure))
        there = [other for other in figures_in(line.text) if other.kind == figure.kind] if line else []
        if there and (not figure.is_small_count or there[0].is_small_count):
            return f"the passage says {there[0].text} there, not {figure.text}"
    return None


def _gives(figure: Figure, line: Line) -> bool:
    return any(figure.same_as(other) for other in figures_in(line.whole))


def _degree(claim: str, lines: Sequence[Line]) -> str | None:
    for degree in _degrees_in(claim):
        line = _aligned(claim, lines, functools.partial(_speaks_of, degree))
        if line and (there := _degrees_in(line.text)):
            return f"the passage speaks of {listed(there)} there, not of {degree}"
    return None


def _speaks_of(degree: str, line: Line) -> bool:
    return degree in _degrees_in(line.whole)


def _degrees_in(text: str) -> set[str]:
    return {degree for degree, pattern in _DEGREES.items() if pattern.search(text)}


def _count(claim: str, lines: Sequence[Line]) -> str | None:
    """A claim of "four things" where the passage speaks of "three things"."""
    held = [(line, other) for line in lines for other in figures_in(line.text) if other.kind == "count"]
    for figure in figures_in(claim):
        if figure.kind == "count":
            noun = _noun(claim, figure)
            same = [other for line, other in held if noun & _noun(line.text, other)]
            if same and not any(figure.same_as(other) for other in same):
                return f"the passage says {same[0].text} there, not {figure.text}"
    return None


def _noun(text: str, figure: Figure) -> frozenset[str]:
    match = _COUNTED.match(text, figure.end)
    return stems(match.group(1)) - GENERIC_STEMS if match else frozenset()


def _level_of_figure(claim: str, lines: Sequence[Line]) -> str | None:
    """A figure must be given for the level that the claim gives it for."""
    for figure, same in _places(claim, lines):
        levels = levels_said(_clause(claim, figure.start)) or levels_said(claim)
        told = [levels_said(_clause(line.text, other.start)) or line.levels for line, other in same]
        if len(levels) == 1 and all(told) and not any(levels & one for one in told):
            return f"the passage gives {figure.text} for {listed(told[0])}, not for {listed(levels)}"
    return None


def _role_of_figure(claim: str, lines: Sequence[Line]) -> str | None:
    """A figure must be given for the role that the claim gives it for."""
    for figure, same in _places(claim, lines):
        roles = roles_in(_clause(claim, figure.start)) or roles_in(claim)
        told = [roles_in(_clause(line.text, other.start)) or line.roles for line, other in same]
        if len(roles) == 1 and all(told) and not any(roles & one for one in told):
            return f"the passage gives {figure.text} for {_people(told[0])}, not for {_people(roles)}"
    return None


def _places(claim: str, lines: Sequence[Line]) -> Iterator[tuple[Figure, list[tuple[Line, Figure]]]]:
    """Each figure of the claim that is not a mere count, with the lines that hold it."""
    held = [(line, figure) for line in lines for figure in figures_in(line.text)]
    for figure in figures_in(claim):
        same = [(line, other) for line, other in held if figure.same_as(other)]
        if same and not figure.is_small_count:
            yield figure, same


def _clause(text: str, at: int) -> str:
    """The part of a sentence around an offset."""
    ends = [match.end() for match in _CLAUSE.finditer(text)]
    start = max((end for end in ends if end <= at), default=0)
    return text[start : min((end for end in ends if end > at), default=len(text))]


SWAPS = (_level_of_figure, _role_of_figure, _count, _role, _contrast, _comparison, _level, _figure, _degree)
