"""A message and the turns before it go in; what it wants of the conversation itself comes out, if that is what it does.

"Thanks", "shorter please", "more", "are you sure?", "who wrote these?": none of them asks what the articles say.
"""

from __future__ import annotations

from typing import Literal

from advisor.question.inputs import Message
from advisor.question.lexicon import TALK

Talk = Literal["thanks", "shorter", "more", "sure", "sources", "said by"]
_WHOLE: tuple[tuple[Talk, str], ...] = (
    ("thanks", "thanks"),
    ("shorter", "shorter"),
    ("more", "more"),
    ("sure", "sure"),
    ("said by", "said_by"),
)


def read_talk(message: Message) -> Talk | None:
    """What a message wants of the conversation; None where it asks what the articles say."""
    text = message.asked.strip(" ?!.,…")
    if message.said:
        for talk, name in _WHOLE:
            if TALK[name].fullmatch(text):
                return talk
    return "sources" if TALK["sources"].search(text) else None


def resumed(message: Message) -> Message:
    """The message before, to answer it in another length; `message` where there is none."""
    for at in range(len(message.turns) - 1, -1, -1):
        role, text = message.turns[at]
        if role == "user" and read_talk(Message(text, message.turns[:at], "")) is None:
            return Message(text, message.turns[:at], message.about)
    return message
