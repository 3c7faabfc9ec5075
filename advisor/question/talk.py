"""A message and the turns before it go in; what it wants of the conversation itself comes out, if that is what it does.

"Thanks", "shorter please", "more", "are you sure?", "who wrote these?", "summarise the second one": none of them asks
what the articles say on a point.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from advisor.question.inputs import Message, bare, wants
from advisor.question.lexicon import OF_ANSWER, TALK
from advisor.question.parts import asked_in, parts, tells

Talk = Literal[
    "thanks", "shorter", "more", "table", "sure", "settle", "convert", "said by", "figure",
    "sources", "believe", "differ", "summary",
]  # fmt: skip
_CLAUSES = re.compile(r"(?<=[?.!,;])\s+")
_SELLS = re.compile(
    r"\b(?:they|he|she|it|sounds?)\b.*\b(?:sell|selling|ads?|adverts?|flogging|pushing|promoting)\b", re.I
)
_ANYWHERE: tuple[Talk, ...] = ("believe", "sources")


def read_talk(message: Message) -> Talk | None:
    """What a message wants of the conversation; None where it asks what the articles say.

    "summary" where it seems to ask for an article in short: whether what it names is one, the library knows.
    """
    text = bare(message.asked)
    if of_answer := _of_answer(message, text):
        return of_answer
    for talk in _ANYWHERE:
        if TALK[talk].search(text):
            return talk
    # A remark may stand beside it: "Where does that figure come from? Smells made up."
    is_alone = not tells(message.asked) and len(parts(message.asked)) == 1
    if is_alone and (of_answer := _of_answer(message, bare(asked_in(message.asked)))):
        return of_answer
    if TALK["differ"].fullmatch(text):
        return "differ"
    return "summary" if TALK["summary"].fullmatch(text) else None


def _of_answer(message: Message, text: str) -> Talk | None:
    """What it wants of the answer before, where there is one; of several things the last ("are you sure? who says so").

    What those who told it sell is told with who they are.
    """
    if not message.said:
        return None
    clauses = [text, *map(bare, _CLAUSES.split(text))] if _CLAUSES.search(text) else [text]
    wanted = [next((one for one in OF_ANSWER if wants(one, clause)), None) for clause in clauses]
    is_all = all(one or _SELLS.search(clause) for one, clause in zip(wanted[1:], clauses[1:], strict=True))
    return wanted[0] or (next(filter(None, reversed(wanted)), None) if is_all else None)


def summed_up(asked: str) -> str:
    """What a message asks to hear in short, in its words; "" where it asks for no such thing."""
    match = TALK["summary"].fullmatch(bare(asked))
    return next(filter(None, match.groups()), "") if match else ""


def set_apart(asked: str) -> list[str]:
    """Between whom a message asks for differences, in its words; empty where it names nobody."""
    match = TALK["differ"].fullmatch(bare(asked))
    return match["among"].split(" and ") if match and match["among"] else []


def _before(message: Message) -> Message | None:
    """The message before this one, as it was then."""
    at = next((n for n in range(len(message.turns) - 1, -1, -1) if message.turns[n][0] == "user"), None)
    return None if at is None else Message(message.turns[at][1], message.turns[:at], message.about)


def resumed(message: Message, talk: Talk | None) -> Message:
    """The message before, to answer it in another length or form; `message` where `talk` wants no such thing."""
    if talk not in ("shorter", "more", "table"):
        return message
    before = _before(message)
    while before and read_talk(before) not in (None, "summary"):
        before = _before(before)
    if before and talk == "table":
        return dataclasses.replace(before, asked=f"{before.asked.rstrip(' ?.!')}, in a table")
    return before or message
