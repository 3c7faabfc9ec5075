"""What the library holds goes in; questions worth asking come out: to start with, to go on with, and by topic."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.question.inputs import Message
from corpus import Library, Passage, question_of

MOST = 3


def follow_ups(library: Library, message: Message, found: Sequence[Passage], used: Sequence[str]) -> tuple[str, ...]:
    """Questions to go on with: of the sections that were found but not quoted, then the library's own starters.

    None that the conversation has asked.
    """
    headings = (passage.headings[-1] for passage in found if passage.id not in used and passage.headings)
    asks = sorted(dict.fromkeys(headings), key=lambda heading: not heading.endswith("?"))
    questions = dict.fromkeys((*map(question_of, asks[:MOST]), *library.about().starters))
    asked = {text.lower() for text in (message.asked, *(text for role, text in message.turns if role == "user"))}
    return tuple(question for question in questions if question.lower() not in asked)[:MOST]


def scope(library: Library) -> str:
    """A sentence on what can be asked."""
    subjects = library.about().subjects
    return f"I answer questions about {'; '.join(subjects)}." if subjects else "My library is empty so far."
