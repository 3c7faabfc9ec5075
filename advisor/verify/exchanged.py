"""A claim and texts go in; whether parts of it stand in each other's places in one of them comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from advisor.verify.lines import plain_words

_WORD = re.compile(r"[a-z0-9]+")
_COMMAS = re.compile(r"[a-z0-9]+(\s*,)?")
_ADVERBIAL = frozenset(_WORD.findall("after at before by during each every for from if in on since until when while"))
_EITHER_WAY = frozenset(  # between two of which either may come first
    _WORD.findall(
        "and or nor versus vs between both each other together as while with same like similar similarly differ "
        "differs different alike alongside equal equals equivalent match matches complement complements meet meets met "
        "overlap overlaps resemble resembles related marry marries married"
    )
)


def exchanged(claim: str, texts: Sequence[str]) -> bool:
    """Whether two parts of a claim stand in each other's places in a text whose words it repeats.

    "Mentors train apprentices" is not "apprentices train mentors". What is listed may stand in any order, and of what
    is mutual either may come first.
    """
    ours, is_listed = _WORD.findall(claim.lower()), [bool(one) for one in _COMMAS.findall(claim.lower())]
    for text in texts:
        theirs = _WORD.findall(text.lower())
        if ours != theirs and sorted(ours) == sorted(theirs):
            differ = [at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
            first, last = differ[0], differ[-1]
            is_when = ours[first - 1 : first] == ours[last - 1 : last] and ours[first].isdigit() != ours[last].isdigit()
            run = slice(first, last + 1)
            if not is_when and _is_swapped(ours[run], theirs[run], is_listed[run]):
                return True  # and not "in Oban" and "in 1909", either of which may stand first
    return False


def _is_swapped(ours: Sequence[str], theirs: Sequence[str], is_listed: Sequence[bool]) -> bool:
    """Whether the first and the last words of a run are another's last and first, with the same words between.

    `is_listed` says after which of ours a comma stands: what is between two is an item of a list.
    """
    whole = len(ours)
    heads = [size for size in range(1, whole - 1) if ours[:size] == theirs[whole - size :]]
    tails = [size for size in range(1, whole - 1) if ours[whole - size :] == theirs[:size]]
    for head, tail in product(heads, tails):
        between = ours[head : whole - tail]
        is_adverbial = {ours[0], ours[whole - tail]} & _ADVERBIAL  # may stand first or last
        is_same = between == theirs[tail : whole - head] and not _EITHER_WAY.intersection(between)
        is_list = is_listed[head - 1] and is_listed[whole - tail - 1]
        if is_same and plain_words(" ".join(between)) and not (is_adverbial or is_list):
            return True
    return False
