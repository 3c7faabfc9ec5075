"""A question as it was typed and a library go in; it comes out in words as the library's articles spell them.

Retrieval, the reader and the gate know words by their spelling. A word that is neither English nor in any article, and
is one letter from one that is both, stands for that one; the short forms of messages ("ppl", "w/o") stand for words.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING

from advisor.find.told import known_by
from advisor.question.inputs import Query
from advisor.question.lexicon import GENERIC, SHORT_FORMS
from advisor.question.words import stem
from corpus import Library, english_words

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_WORD = re.compile(r"(?<![\w./@:'’-])(?:w/o?|b4|[A-Za-z]+)(?![\w@'’]|[./:-]\w)")
_SHORTEST = 5  # letters of a word that is told to be misspelt: shorter ones are one letter from many
_HALF = 3  # letters of the shorter half of a joined word, at least
_ALIKE = (frozenset("aeiouy"), frozenset("sz"))  # letters that are written for one another
_COMMON = 20_000  # occurrences in a billion words, of the halves of a joined word
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
    is_name = word != low and (match.start() > 0 or word.isupper())
    is_held = library.frequencies([stem(low)])
    if not is_name and low in SHORT_FORMS and (low.isalpha() or not is_held):  # a pay band may be called "B4"
        return SHORT_FORMS[low]
    if is_name or low in GENERIC or is_held:
        return word
    near = _near(low) if len(low) >= _SHORTEST else frozenset()
    if near and any(low in known_by(one).lower() for one in library.listing()):
        return word
    held = library.frequencies(map(stem, near))
    return max(
        (one for one in near if (stem(one) in held or one in GENERIC) and _english()[one] >= _RARE),
        key=_english().__getitem__,
        default=word,
    )


@functools.lru_cache(maxsize=4096)
def _near(word: str) -> frozenset[str]:
    """Words that a misspelt one may stand for: a letter too many, too few or in the wrong place; none for a word.

    Another letter in place of one makes another word more often than a misspelt one, unless the two sound alike.
    """
    if _is_word(word):
        return frozenset()
    near = (one for one in _english().candidates(word) or () if one.isalpha() and one[0] == word[0])  # few miss it
    return frozenset(one for one in near if not _is_other(word, one))


def _is_word(word: str) -> bool:
    """Whether it is English, written without an apostrophe ("wasnt"), joined of two ("backend"), or in the embedding's.

    The embedding's vocabulary has names and short forms that the dictionary lacks ("porto", "intro").
    """
    english = _english()
    halves = ((word[:at], word[at:]) for at in range(_HALF, len(word) - _HALF + 1))
    return (
        word in english
        or word in english_words()
        or f"{word[:-1]}'{word[-1]}" in english
        or any(min(english[one], english[other]) >= _COMMON for one, other in halves)
    )


def _is_other(word: str, near: str) -> bool:
    """Whether it has another letter in place of one, which does not sound like it."""
    changed = [(one, other) for one, other in zip(word, near, strict=False) if one != other]
    return len(word) == len(near) and len(changed) == 1 and not any(same.issuperset(changed[0]) for same in _ALIKE)


@functools.cache
def _english() -> SpellChecker:
    from spellchecker import SpellChecker  # and with it its dictionary, which most questions do without

    return SpellChecker(distance=1)
