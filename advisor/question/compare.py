"""A question goes in; the things that it asks to compare, and in what, come out, in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.question.lexicon import COMPARES, COURTESY, TABLE
from advisor.question.words import GENERIC_STEMS, stem, stems

_MOST = 5  # things of one table
_LONGEST = 6  # words of a thing
_BETWEEN = re.compile(
    r".*?\b(?:compar(?:e|ing|ed|ison)|differences?|differs?)\b(?: (?:of|between|among))?\s*:?\s*", re.IGNORECASE
)
_JOINT = re.compile(
    r"(?:(?<!\s)\s+)?(?:,\s*(?:and |or )?|[&/]\s*)|(?<!\s)\s+(?:and|or|vs\.?|versus|with|to|against|from)\s+",
    re.IGNORECASE,
)
_IN = re.compile(
    r"(?<!\s)\s+(?:in terms of|regarding|when it comes to|on|by|in|for)\s+(?P<what>.+)$", re.IGNORECASE | re.DOTALL
)
_OF = re.compile(r"^(?P<what>.+?)(?<!\s)\s+(?:of|for|between)\s+(?P<thing>.+)$", re.IGNORECASE | re.DOTALL)
_OPENS = re.compile(r"^(?:me|us|the|an?|both|being|what|which|is|are|how|do|does|between|of|in|put)\s+", re.IGNORECASE)
_ASKS = re.compile(r"(?:is|are|do|does)(?:n'?t)?\b|(?:what|which|who|how|why|should|can|would)\b", re.IGNORECASE)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}
_ALL = rf"(?:all )?(?:the |these |those |both )?(?:(?P<count>{'|'.join(_COUNTS)}) )?(?:different )?(?P<kind>%s)\b"
_ALONE = re.compile(
    rf"\b(?:all|the|these|those) (?P<count>{'|'.join(_COUNTS)})(?= (?:in|on|by|for|regarding)\b|[ ,.?!]*$)",
    re.IGNORECASE,
)


def compared(question: str) -> tuple[tuple[str, ...], str]:
    """The things, and in what they are to be compared ("" where that is not said); () where no two are named."""
    left = COURTESY.sub(" ", TABLE.sub(" ", question)).strip(" ?!.,")
    if match := _BETWEEN.match(left):
        left = left[match.end() :]
    elif not (COMPARES.search(question)):
        return (), ""
    what = ""
    if match := _IN.search(left):
        what, left = match["what"], left[: match.start()]
    things = _split(left)
    if (match := _OF.match(left)) and len(of := _split(match["thing"])) > 1:
        what, things = what or match["what"], of
    are_things = all(len(one.split()) <= _LONGEST and not stems(one) <= GENERIC_STEMS for one in things)
    return (tuple(things), _bare(what)) if are_things and 2 <= len(things) <= _MOST else ((), "")


def _split(text: str) -> list[str]:
    first, *others = _JOINT.split(text)
    return [_bare(piece) for piece in (first, *(one for one in others if not _ASKS.match(one))) if piece.strip()]


def spelled(question: str, kinds: Sequence[str], names: Sequence[Sequence[Sequence[str]]]) -> str:
    """A comparison of "the three roles" with the names of a library's roles in their place; else the question."""
    if not kinds or not COMPARES.search(question):
        return question
    forms = {form: number for number, kind in enumerate(kinds) for form in (kind.lower(), f"{stem(kind.lower())}s")}
    if len(kinds) == 1 and (alone := _ALONE.search(question)):
        question = f"{question[: alone.end()]} {kinds[0]}{question[alone.end() :]}"
    match = re.search(_ALL % "|".join(map(re.escape, forms)), question, re.IGNORECASE)
    if match is None or match.group() == match["kind"]:
        return question
    things = [writings[0] for writings in names[forms[match["kind"].lower()]]]
    if len(things) < 2 or _COUNTS.get((match["count"] or "").lower(), len(things)) != len(things):
        return question
    return f"{question[: match.start()]}{', '.join(things[:-1])} and {things[-1]}{question[match.end() :]}"


def _bare(piece: str) -> str:
    piece = piece.strip(" ?!.,:")
    while match := _OPENS.match(piece):
        piece = piece[match.end() :]
    return piece
