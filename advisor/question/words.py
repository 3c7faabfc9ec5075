"""A text goes in; its clean form, its words and their stems come out."""

from __future__ import annotations

import functools
import re
import unicodedata

import Stemmer

from advisor.question.lexicon import GENERIC

_STEMMER = Stemmer.Stemmer("porter")  # the stems of SQLite's index
WORD = re.compile(r"[a-z0-9]+(?:[+#]+)?")
# How a sentence opens that leans on the one before it.
LEANS = re.compile(
    r"(?:They|Their|Them|It|It[’']s|Its|This|These|Those|That|He|She|His|Her|Such|The (?:latter|former|same)|However|"
    r"And|Yet|But|So|Then|Also|Instead|Otherwise|Therefore|Both|Together|As such|In that case|If so)\b"
    r"|[^,.;:]{1,40}, (?:they|he|she|it|this|these|those)\b"
    r"|[^,.;:]{1,60}\b(?:match|reach|beat|do|does|see|mean) (?:this|that|these|so)\b"
    r"|[^,.;:]{1,40}\b(?:rarely|often|never|also|always) do\b"
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)


@functools.lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Porter stem of one lower-case word."""
    return _STEMMER.stemWord(word)  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The stems of all words of a text."""
    return frozenset(map(stem, WORD.findall(text.lower())))


def clean(text: str) -> str:
    """The text without control characters, in one line of NFKC Unicode."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFKC", text)).split())


@functools.lru_cache(maxsize=20_000)
def content(text: str) -> frozenset[str]:
    """The stems of a text's words that carry a topic."""
    return stems(text) - GENERIC_STEMS


GENERIC_STEMS = frozenset(map(stem, GENERIC)) | stems(" ".join(GENERIC))  # of words that carry no topic
