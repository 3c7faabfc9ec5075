"""A sentence goes in; which of two roles it puts above the other comes out, whichever way round it says so."""

from __future__ import annotations

import functools
import re

from advisor.question.lexicon import ROLES

_MORE = (
    r"more|higher|greater|better|faster|larger|bigger|deeper|longer|above|out-?earn\w*|outpac\w*|exceed\w*|overtak\w*|"
    r"ahead|top\w*|premium"
)
_LESS = r"less|lower|fewer|slower|worse|below|behind|under|smaller|shorter|trail\w*|lag\w*"
_COMPARES = re.compile(rf"\b(?:(?P<more>{_MORE})|(?:{_LESS}))\b", re.IGNORECASE)
_WITH = re.compile(r"\bthan\b|out-?earn|outpac|exceed|overtak|above|below|behind|ahead of|trail|lag", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:not|never|no longer|rather than)\b|n[’']t\b", re.IGNORECASE)

Order = tuple[str, str, bool]  # two roles by name, and whether the first is above


@functools.lru_cache(maxsize=20_000)
def order_in(text: str) -> Order | None:
    """The order of the two roles that a sentence compares by one word; None for any other sentence."""
    found = sorted((match.start(), role) for role, one in ROLES.items() for match in one.pattern.finditer(text))
    words = list(_COMPARES.finditer(text))
    if len({role for _, role in found}) != 2 or len(words) != 1 or _DENIES.search(text):
        return None
    (word,) = words
    before = [role for at, role in found if at < word.start()]
    after = [role for at, role in found if at > word.end()]
    if not before or not after or before[0] == after[0] or not _WITH.search(text, word.start()):
        return None
    first, second = sorted((before[0], after[0]))
    return first, second, bool(word["more"]) == (before[0] == first)
