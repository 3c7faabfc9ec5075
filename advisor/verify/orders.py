"""A text or a sentence of an article goes in; whether it speaks to a machine, not to a reader, comes out."""

from __future__ import annotations

import re

from advisor.question.lexicon import TO_MACHINE
from corpus import Sentence

_MARKS = re.compile(r"[*_`~]+")


def is_order(text: str) -> bool:
    """Whether a text speaks to a machine."""
    return bool(TO_MACHINE.search(text))


def gives_order(sentence: Sentence) -> bool:
    """Whether a sentence does, as it stands in the article or as it is read: marks may hide what is said.

    A row is read with its first cell before it, as a name that speaks to nobody ("Assistant: ...").
    """
    read = [sentence.statement]
    if sentence.kind == "row":
        read = [_MARKS.sub("", sentence.text), *sentence.statement.split(": ", 1)]
    return any(map(is_order, (sentence.text, *read)))
