"""A text or a sentence of an article goes in; whether it speaks to a machine, not to a reader, comes out."""

from __future__ import annotations

from advisor.question.lexicon import TO_MACHINE
from corpus import Sentence


def is_order(text: str) -> bool:
    """Whether a text speaks to a machine."""
    return bool(TO_MACHINE.search(text))


def gives_order(sentence: Sentence) -> bool:
    """Whether a sentence does, as it stands in the article or as it is read: marks may hide what is said.

    A row is read with the name in its first cell before it, which speaks to nobody ("Assistant: ...").
    """
    read = sentence.statement.partition(": ")[2] if sentence.kind == "row" else sentence.statement
    return is_order(sentence.text) or is_order(read)
