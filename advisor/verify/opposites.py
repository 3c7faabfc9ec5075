"""A claim and texts go in; a word of it whose opposite they have instead comes out; `lexicon.toml` pairs opposites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import product

from advisor.question.lexicon import OPPOSITES
from advisor.question.words import GENERIC_STEMS, WORD, stem, stems
from advisor.verify.lines import plain_words, share
from advisor.verify.polarity import contradicts

_ENDINGS = ("", "ed", "ing")  # the stem of "added" is not that of "add"
_PAIRS = [
    tuple(frozenset(stem(f"{word}{ending}") for word in side for ending in _ENDINGS) for side in pair)
    for pair in OPPOSITES
]
_OF = {
    word: frozenset[str]().union(*(there for pair in _PAIRS for here, there in (pair, pair[::-1]) if word in here))
    for word in frozenset[str]().union(*(side for pair in _PAIRS for side in pair))
}
_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_AS_MUCH = 0.6  # of that share, what another sentence must hold to be about the same as well
_PLACE = 3  # words of a text that may stand in the place of as many of the other
_COMPARES = re.compile(r"\b(?:than|compared|versus)\b", re.IGNORECASE)


def is_opposite(claim: str, said: str) -> bool:
    """Whether the claim has a word whose opposite alone is in the evidence."""
    ours, theirs = stems(claim), stems(said)
    return any(
        ours & one and theirs & other and not (ours & other or theirs & one)
        for pair in _PAIRS
        for one, other in (pair, pair[::-1])
    )


def turned(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """A word of the claim, and its opposite that stands in the same place in the sentence that the claim is about."""
    words = plain_words(claim)
    shares = [share(words, text) for text in texts]
    most = max(shares, default=0.0)
    if most < _ABOUT:
        return None
    text = texts[shares.index(most)]
    ours, theirs = WORD.findall(claim.lower()), WORD.findall(text.lower())
    if not (found := _replaced(list(map(stem, ours)), list(map(stem, theirs)), is_exact=bool(_COMPARES.search(claim)))):
        return None
    word, other = ours[found[0]], theirs[found[1]]
    same = (one for one, part in zip(texts, shares, strict=True) if part > _AS_MUCH * most)
    is_said = any(stem(word) in stems(one) for one in same)
    return None if is_said or contradicts(_without(word, claim), _without(other, text)) else (word, other)


def _replaced(ours: Sequence[str], theirs: Sequence[str], *, is_exact: bool) -> tuple[int, int] | None:
    """Where the one word that is turned round stands in both; `is_exact`: all others of ours are among theirs in order.

    Two that are turned round may say the same again ("few fail", "most succeed"); so may a comparison.
    """
    found = list[tuple[int, int]]()
    for kind, start, end, first, last in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind in ("replace", "delete"):
            pairs = product(range(start, end), range(first, last))
            places = [(m, n) for m, n in pairs if theirs[n] in _OF.get(ours[m], ())]
            is_short = max(end - start, last - first) <= _PLACE
            found += [place for place in places if is_short and not _has_both(ours, theirs, place)][:1]
            if is_exact and (not places or end - start > 1):
                return None
    return found[0] if len(found) == 1 and not _is_moved(ours, theirs, found[0]) else None


def _has_both(ours: Sequence[str], theirs: Sequence[str], place: tuple[int, int]) -> bool:
    """Whether one of the texts has both of the opposites."""
    return not _OF[ours[place[0]]].isdisjoint(ours) or not _OF[theirs[place[1]]].isdisjoint(theirs)


def _is_moved(ours: Sequence[str], theirs: Sequence[str], place: tuple[int, int]) -> bool:
    """Whether a word is on the other side of the opposite: "A lies north of B", "B lies south of A"."""
    (left, right), (before, after) = (
        (set(words[:at]) - GENERIC_STEMS, set(words[at + 1 :]) - GENERIC_STEMS)
        for words, at in zip((ours, theirs), place, strict=True)
    )
    return bool(left & (after - before) or right & (before - after))


def _without(word: str, text: str) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", " ", text, flags=re.IGNORECASE)
