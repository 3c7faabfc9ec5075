"""A claim, the evidence's lines and a kind of things go in; that the lines say it of another thing comes out, in words.

A claim that is said of one named thing is not borne out by what is said of another of its kind: in a sentence itself,
in the sentence that it leans on, under its heading, or in its column.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Sequence

from advisor.verify.kinds import Kind
from advisor.verify.lines import GOES_ON, Line
from advisor.verify.opposites import is_opposite
from advisor.verify.polarity import contradicts

_SAID = 0.5  # share of a claim's words that what is said of another thing must hold
_MORE = 0.2  # and how much more than what is said of its own
_LEAST = 2  # words that make a part of a claim
_SIDE_BY_SIDE = re.compile(r";\s|,\s(?=(?:and|while|but|whereas|with|compared)\b)|\.\s|\s(?=(?:while|whereas)\b)")
_OF_SEVERAL = re.compile(
    r"\b(?:both|either|neither|each|all (?:of|the|two|three|four)|th(?:e|ese) (?:two|three|former|latter))\b", re.I
)
_THAN = r"\b[^.;]{0,50}?\bthan"
_COMPARES = re.compile(
    rf"\b(?:(?P<above>(?:more|higher|greater|larger){_THAN}|above|ahead of|out-?earn\w*|outpac\w*|exceed\w*)|"
    rf"(?:less|lower|fewer|smaller){_THAN}|below|behind|trail\w*|lag\w*)\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class _Part:
    """What of a line is said of which things; none: of whatever."""

    text: str
    things: frozenset[int]
    words: frozenset[str]


def said_of_another(claim: str, lines: Sequence[Line], kind: Kind) -> str | None:
    """Why lines that speak of a kind's things cannot support a claim that does."""
    if not kind.things(claim):
        return None
    told = list(_told(lines, kind))
    for text in _split(claim, kind):
        things, words = kind.things(text), kind.rest(text)
        if len(things) != 1 or len(words) < _LEAST:
            continue
        others = [part for part in told if part.things and not part.things & things]
        other = max(others, key=lambda part: len(words & part.words), default=None)
        own = max((len(words & part.words) for part in told if part not in others), default=0)
        if other is None or contradicts(text, other.text) or is_opposite(text, other.text):
            continue
        share = len(words & other.words) / len(words)
        if share >= _SAID and share > own / len(words) + _MORE:
            return f"the passage says this of {_named(other.things, kind)}, not of {_named(things, kind)}"
    if _is_compared_otherwise(claim, lines, kind):
        return "the passage says it the other way round"
    return None


def _told(lines: Sequence[Line], kind: Kind) -> Iterator[_Part]:
    """What the lines say, in parts, each of what it names, or its sentence or heading does."""
    subject, passage = frozenset[int](), -1
    for line in lines:
        about = _headed(line.headings, kind)
        subject = subject if line.passage == passage else about
        passage = line.passage
        named, leans = kind.things(line.text), bool(GOES_ON.match(line.text))
        subject = subject if leans and subject else named or about
        row = f"{line.text.partition(': ')[0]}: " if line.is_row else ""
        for number, text in enumerate(_split(line.text, kind)):
            things = kind.things(text) | (subject if leans and not number else frozenset())
            of_all = _OF_SEVERAL.search(text)
            yield _Part(text, frozenset() if of_all else things or subject | named, kind.rest(row + text))


def _headed(headings: str, kind: Kind) -> frozenset[int]:
    """The one thing that the nearest heading which names any names."""
    named = (things for one in reversed(headings.split(" > ")) if (things := kind.things(one)))
    things = next(named, frozenset[int]())
    return things if len(things) == 1 else frozenset()


def _split(text: str, kind: Kind) -> list[str]:
    """A sentence in its parts, each about one thing where it sets several side by side."""
    lists = [(start - 2, start) for start, _, _ in kind.find(text) if text[:start].endswith(", ")]
    parts, at = list[str](), 0
    for start, end in sorted([*lists, *(match.span() for match in _SIDE_BY_SIDE.finditer(text))]):
        if start >= at:
            parts.append(text[at:start])
            at = end
    return [part for part in (*parts, text[at:]) if part.strip()]


def _is_compared_otherwise(claim: str, lines: Sequence[Line], kind: Kind) -> bool:
    order, told = _order(claim, kind), {_order(line.text, kind) for line in lines}
    return order is not None and order not in told and order[::-1] in told


def _order(text: str, kind: Kind) -> tuple[frozenset[int], frozenset[int]] | None:
    """Of the two things that a sentence compares, the one that it puts above, and the other."""
    found = list(_COMPARES.finditer(text))
    if len(found) != 1 or len(kind.things(text)) != 2:
        return None
    before = [things for _, end, things in kind.find(text) if end <= found[0].start()]
    after = [things for start, _, things in kind.find(text) if start >= found[0].end()]
    if not before or not after or before[0] == after[0]:
        return None
    return (before[0], after[0]) if found[0]["above"] else (after[0], before[0])


def _named(things: Collection[int], kind: Kind) -> str:
    return " and ".join(f"“{kind.labels[number]}”" for number in sorted(things))
