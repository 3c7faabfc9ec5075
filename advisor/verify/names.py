"""A claim and the evidence's text go in; a name that the evidence lacks comes out, or the claim without who says it."""

from __future__ import annotations

import functools
import re

from advisor.question.words import GENERIC_STEMS, WORD, content, stem, stems
from corpus import english_words

_NAME = re.compile(r"(?<![\w.])(?:[A-Z][A-Za-z]*[A-Z0-9][\w+#]*|[A-Z][a-z]+(?:[.][a-z]+)?)(?![\w])")
_LEAD = re.compile(
    r"(?:According to (?P<source>[^,]{2,60}),|(?P<who>[A-Z(][\w.()]*(?:,? [\w.()]+){0,7}) "
    r"(?:says?|states?|notes?|reports?|adds?|explains?|writes?|puts it)(?: that)?,?) "
)
_IS_NAMED = re.compile(r"(?:(?:The|[Oo]f|[Ff]or|[Aa]nd|[Tt]he|by|at|in|[A-Z(][\w.()]*),? ?)+|The \w+(?: \w+)?")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")
# All of Cyrillic, Armenian and Cherokee; of Greek the same shapes, but not alone: that is a symbol.
_LIKE_LATIN = re.compile(r"[\u0400-\u058f\u13a0-\u13ff]|\B[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧορν]|[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧορν]\B")
_SOURCES = stems("the guide article source passage publisher author text report")


def strange_name(claim: str, held: str) -> str | None:
    """The first tool, company, place or certificate of a claim that `held` does not name, in any writing."""
    for match in _NAME.finditer(claim):
        name = match.group()
        if not _is_plain_word(name, claim, match.start()) and not _is_held(name, held):
            return name
    return None


def strange_letters(claim: str, held: str) -> str | None:
    """A word of a claim in Latin letters that has others, which only look like them, where `held` lacks that word."""
    words = _WORD.findall(claim) if len(_LATIN.findall(claim)) > sum(map(str.isalpha, claim)) / 2 else []
    strange = (word for word in words if _LIKE_LATIN.search(word) and word not in held)
    return next((f"“{word}”, in letters that only look Latin," for word in strange), None)


def without_lead(claim: str, about: str, held: str) -> str | None:
    """The claim without "According to JoinAI,", where that is what the cited article is known by.

    None where whoever is said to say it, by a name, is neither that nor in the evidence.
    """
    lead = _LEAD.match(claim)
    if lead is None:
        return claim
    who = content(lead["source"] or lead["who"])
    if lead["who"] and not _IS_NAMED.fullmatch(lead["who"]):
        return claim
    if who <= stems(about) | _SOURCES:
        rest = claim[lead.end() :]
        return rest[:1].upper() + rest[1:]
    return claim if who <= stems(about) | _SOURCES | stems(held) else None


def _is_held(name: str, held: str) -> bool:
    """Whether a text has a name: as a word, in two or three ("Ph.D."), or, where it is short for some, spelled out."""
    low = re.sub(r"[^a-z0-9]", "", name.lower())
    if stem(name.lower()) in stems(held) or {low, low.rstrip("s")} & _writings(held):
        return True
    short = name.rstrip("s")
    return short.isupper() and (short in _initials(held) or bool(re.search(rf"\b{short}[A-Z]", held)))


@functools.lru_cache(maxsize=200)
def _writings(text: str) -> frozenset[str]:
    words = WORD.findall(text.lower())
    return frozenset("".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words)))


@functools.lru_cache(maxsize=200)
def _initials(text: str) -> str:
    """What the words of a text are short for: "LLM" for "large language model", "MLE" for "ML engineer"."""
    words = re.findall(r"[A-Za-z]+|[.,;:]", text)
    return "".join(
        word.rstrip("s") if word.rstrip("s").isupper() else word[0].upper() if len(word) > 3 else " " for word in words
    )


def _is_plain_word(name: str, claim: str, at: int) -> bool:
    """Whether a capital is only that of a sentence's first word or of a title."""
    low, has_more = name.lower(), bool(re.search(r"[A-Z0-9]", name[1:]))
    before = claim[:at].rstrip()
    if not has_more and (not re.search(r"\w", before) or before[-1:] in '.!?:"“'):
        return True
    in_title = re.search(r"(?<!\w)[a-z]*[A-Z]\w*[ -]$", claim[:at]) or re.match(r"\w+[ -][A-Z]", claim[at:])
    return not has_more and (stem(low) in GENERIC_STEMS or (low in english_words() and bool(in_title)))
