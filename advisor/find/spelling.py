"""A question as it was typed and a library go in; it comes out in words as the library's articles spell them.

Retrieval, the reader and the gate know words by their spelling. A word that is neither English nor in any article, and
is one letter from one that is both, stands for that one; the short forms of messages ("ppl", "w/o") stand for words.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING

from advisor.question.inputs import Query
from advisor.question.lexicon import GENERIC, SHORT_FORMS
from advisor.question.words import stem
from corpus import Library

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_WORD = re.compile(r"(?<![\w./@:'’-])(?:w/o?|b4|[A-Za-z]+)(?![\w@'’]|[./:-]\w)")
_SHORTEST = 5  # letters of a word that is told to be misspelt: shorter ones are one letter from many
_RARE = 300  # occurrences in a billion words, below which a word of the dictionary is more likely another typo


def spelled_out(query: Query, library: Library) -> Query:
    """The query, and the turns before it, so; `typed` keeps it as it was."""
    parts = query.text.split(query.maker) if query.maker else [query.text]
    text = query.maker.join(_corrected(part, library) for part in parts)
    before = tuple(_corrected(turn, library) for turn in query.before)
    return dataclasses.replace(query, text=text, before=before, typed=query.text)


def _corrected(text: str, library: Library) -> str:
    return _WORD.sub(lambda match: _meant(match, library), text)


def _meant(match: re.Match[str], library: Library) -> str:
    """One word, as it was meant; a name, as far as its capital tells one, stays."""
    word = match.group()
    low = word.lower()
    if low in SHORT_FORMS:
        return SHORT_FORMS[low]
    is_name = word != low and (match.start() > 0 or word.isupper())
    if is_name or len(low) < _SHORTEST or low in GENERIC or library.frequencies([stem(low)]) or low in _english():
        return word
    near = {one for one in _english().candidates(low) or () if one.isalpha() and one[0] == low[0]}  # few miss the first
    held = library.frequencies(map(stem, near))
    return max(
        (one for one in near if (stem(one) in held or one in GENERIC) and _english()[one] >= _RARE),
        key=_english().__getitem__,
        default=word,
    )


@functools.cache
def _english() -> SpellChecker:
    from spellchecker import SpellChecker  # and with it its dictionary, which most questions do without

    return SpellChecker(distance=1)
