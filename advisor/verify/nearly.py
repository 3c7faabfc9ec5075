"""A claim and texts go in; what it says otherwise than the one that it repeats nearly word for word comes out.

Nearly every word agrees then, so that no likeness tells the two apart, though one may deny the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from advisor.question.lexicon import RANKS
from advisor.question.words import GENERIC_STEMS, stem

_WORD = re.compile(r"[a-z0-9]+")
_FEWEST = 5  # words of a claim that can repeat a text
_MOST = 3  # words that may differ
_WRITINGS = tuple(  # of the same, in this order
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\b(?:can[’']t|cannot)\b", "can not"),
        (r"\bwon[’']t\b", "will not"),
        (r"n[’']t\b", " not"),
        (r"\b(?:do|does|did) not need to\b", "need not"),
        (r"\bnot (?=(?:only|just|merely|simply)\b)", ""),
    )
)
_DENIALS = re.compile(
    r"\b(?:not|no|never|nobody|nothing|none|nowhere|neither|without|fail(?:s|ed|ing)? to|rather than|instead of)\b"
)
_BESIDE = re.compile(r"\b(?:(?:nothing|none) but|or|but|nor)\b.*")  # "whether or not", "at home but not at sea"
_LESS = re.compile(r"\b(?:without|with no|in no)\b.*")
_RANK = {word: (n, rank) for n, ranks in enumerate(RANKS) for rank, words in enumerate(ranks) for word in words}
_PLAIN = GENERIC_STEMS | set(map(stem, [*_RANK, "nobody", "nothing", "none", "nowhere", "neither", "without", "fail"]))


def otherwise(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """What the claim says, and what the text says instead that it otherwise repeats; None where it repeats none so."""
    ours = _words(claim)
    changes = [found for text in texts if (found := _changes(ours, _words(text))) is not None]
    if len(ours) < _FEWEST or not changes or [] in changes:
        return None
    fewest = min(changes, key=lambda found: sum(len(a) + len(b) for a, b in found))
    is_denied = len(_DENIALS.findall(" ".join(ours))) > 1  # what is denied is denied of a part as well
    if is_denied:
        fewest = [(tuple(_LESS.sub("", " ".join(own)).split()), said) for own, said in fewest]
    one, other = (frozenset(stem(word) for change in fewest for word in change[side]) for side in (0, 1))
    if any(not word.isdigit() for word in (one ^ other) - _PLAIN):
        return None  # so much else differs that it may be said in other words
    return next((_shown(*change) for change in fewest if _turns(*change)), None)


def _words(text: str) -> list[str]:
    """The words in lower case, "isn't" as "is not"."""
    low = text.lower()
    for pattern, instead in _WRITINGS:
        low = pattern.sub(instead, low)
    return _WORD.findall(low)


def _changes(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]] | None:
    """The words that differ, place by place; None where the one does not repeat the other."""
    if abs(len(ours) - len(theirs)) > _MOST or len(set(ours) ^ set(theirs)) > 2 * _MOST:
        return None
    opcodes = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    found = [(tuple(ours[a:b]), tuple(theirs[c:d])) for kind, a, b, c, d in opcodes if kind != "equal"]
    return found if sum(max(len(one), len(other)) for one, other in found) <= _MOST else None


def _turns(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether what differs in a place says another thing: it denies, holds further, or is another figure."""
    here, there = (_BESIDE.sub("", " ".join(words)) for words in (ours, theirs))
    there = there if ours else _LESS.sub("", there)  # what is said to be without a thing is said to be
    if (len(_DENIALS.findall(here)) - len(_DENIALS.findall(there))) % 2:
        return True
    held, told = (dict(_RANK[word] for word in words if word in _RANK) for words in (ours, theirs))
    if any(told.get(kind, rank) != rank for kind, rank in held.items()):
        return True
    return len(ours) == len(theirs) and any(_is_other(one, other) for one, other in zip(ours, theirs, strict=True))


def _is_other(one: str, other: str) -> bool:
    if one.isdigit() and other.isdigit():
        return int(one) != int(other)
    return (one, other) == ("and", "or")  # of several, each may do: that both do is another thing


def _shown(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, str]:
    return " ".join(ours) or "nothing", " ".join(theirs) or "nothing"
