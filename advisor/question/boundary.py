"""A question goes in; a friendly boundary comes out where it is none that articles could answer, else None.

Requests to ignore the sources, small talk, errands, other languages, and messages without words are met here,
before anything is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.answer import Status
from advisor.question.lexicon import ENGLISH, FOREIGN, OVERRIDES, SMALL_TALK, TALK, TASKS

_NOT_LATIN = 1 / 3  # share of letters outside ASCII from which a text is not English


def boundary(text: str, scope: Callable[[], str]) -> tuple[Status, str] | None:
    """The status and the sentence to give instead of an answer, or None for an ordinary question.

    `scope` gives a sentence on what can be asked.
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words:
        return "off_topic", f"I could not find a question in that. {scope()}"
    if is_foreign(text):
        return "not_covered", "The articles are in English, and I read only English so far. Please ask in English."
    bare = text.strip(" ?!.,")
    if SMALL_TALK.fullmatch(bare) or TALK["thanks"].fullmatch(bare):
        return "off_topic", f"{scope()} Ask me anything there, in your own words."
    if OVERRIDES.search(text):
        return "off_topic", f"I answer only from the articles and always show the source. {scope()}"
    if TASKS.search(text):
        return "off_topic", off_topic(scope())
    return None


def off_topic(scope: str) -> str:
    """The boundary for a question about something else."""
    return f"That is outside what my articles are about. {scope}"


def is_foreign(text: str) -> bool:
    """Whether a text is in another language than English, as far as its commonest words tell."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    letters = "".join(words)
    if sum(not char.isascii() for char in letters) > len(letters) * _NOT_LATIN:
        return True
    foreign = sum(word in FOREIGN and word not in ENGLISH for word in words)
    return foreign >= 2 and foreign > sum(word in ENGLISH for word in words)
