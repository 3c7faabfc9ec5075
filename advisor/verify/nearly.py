"""A claim and texts go in; what it says otherwise than the one that it repeats nearly word for word comes out.

Nearly every word agrees then, so that no likeness tells the two apart, though one may deny the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from advisor.question.lexicon import RANKS
from advisor.verify.opposites import are_opposite

_WORD = re.compile(r"[a-z0-9]+")
_FEWEST = 5  # words of a claim that can repeat a text
_MOST = 3  # words that may differ
_DENIALS = re.compile(r"\b(?:not|no|never|t|cannot|nor|neither|without|rather than|instead of)\b")
_RANK = {word: (n, rank) for n, ranks in enumerate(RANKS) for rank, words in enumerate(ranks) for word in words}


def otherwise(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """What the claim says, and what the text says instead that it otherwise repeats; None where it repeats none so."""
    ours = _WORD.findall(claim.lower())
    changes = [found for text in texts if (found := _changes(ours, _WORD.findall(text.lower()))) is not None]
    if len(ours) < _FEWEST or not changes or [] in changes:
        return None
    fewest = min(changes, key=lambda found: sum(len(a) + len(b) for a, b in found))
    if any(are_opposite(*(set(words) - _RANK.keys() for words in change)) for change in fewest):
        return None  # "few fail" may say again that "most pass"
    return next((_shown(*change) for change in fewest if _turns(*change)), None)


def _changes(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]] | None:
    """The words that differ, place by place; None where the one does not repeat the other."""
    if abs(len(ours) - len(theirs)) > _MOST or len(set(ours) ^ set(theirs)) > 2 * _MOST:
        return None
    opcodes = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    found = [(tuple(ours[a:b]), tuple(theirs[c:d])) for kind, a, b, c, d in opcodes if kind != "equal"]
    return found if sum(max(len(one), len(other)) for one, other in found) <= _MOST else None


def _turns(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether what differs in a place says another thing: it denies, holds further, or is another figure."""
    here, there = (len(_DENIALS.findall(" ".join(words))) for words in (ours, theirs))
    if (here - there) % 2:
        return True
    if len(ours) != len(theirs):
        return False
    return any(_is_other(one, other) for one, other in zip(ours, theirs, strict=True))


def _is_other(one: str, other: str) -> bool:
    if one.isdigit() and other.isdigit():
        return int(one) != int(other)
    if (one, other) == ("and", "or"):  # of several, each may do: that both do is another thing
        return True
    ranked, rank = _RANK.get(one), _RANK.get(other)
    return ranked is not None and rank is not None and ranked[0] == rank[0] and ranked[1] != rank[1]


def _shown(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, str]:
    return " ".join(ours) or "nothing", " ".join(theirs) or "nothing"
