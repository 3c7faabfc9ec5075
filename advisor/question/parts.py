"""One message goes in; the questions that it asks come out, in order."""

from __future__ import annotations

import re

from advisor.question.words import content

MOST = 6  # questions of one message that are answered
_FEWEST = 3  # words of a question that stands beside others
_ASKS = (
    r"what|whats|which|how|why|who|whose|where|when|is|are|am|was|were|do|does|did|can|could|should|would|will|"
    r"has|have|may|must"
)
_OPENS = re.compile(rf"(?:and |so |but |also |then |plus |ok |hi |hey )*(?:{_ASKS}|tell|explain|list|compare)\b", re.I)
_TOLD = 15  # words of a message from which what it tells may be what its questions turn on
_NEXT = re.compile(
    rf"(?<=\?)\s+|(?:[,;]|(?<![\s,;]))\s+(?:and|plus|also|&)\s+(?:also |then )?(?=(?:{_ASKS})\b)", re.IGNORECASE
)


def parts(text: str) -> list[str]:
    """The questions of a message; what is told before the first of them, and after, stays with each."""
    pieces = [piece.strip(" ,;") for piece in _NEXT.split(text) if piece.strip(" ,;")]
    told: list[str] = []
    asked: list[str] = []
    for piece in pieces:
        *story, question = re.split(r"(?<=[.!;])\s+", piece)
        told += story
        (asked if _OPENS.match(question) or question.endswith("?") else told).append(question)
    if len(asked) < 2 or any(len(question.split()) < _FEWEST or not content(question) for question in asked):
        return [text]  # "What do I do first, and what after that?" asks one thing
    return [" ".join((*told, question)) for question in asked]


def asked_in(text: str) -> str:
    """What a message asks, without what it tells: its last sentence that asks something, or all of it."""
    return (_asking(text) or [text])[-1]


def tells(text: str) -> bool:
    """Whether a message tells something, at some length, beside what it asks."""
    return len(text.split()) > _TOLD and bool(told_in(text))


def told_in(text: str) -> str:
    """What a message tells beside what it asks; nothing of one that asks nothing."""
    asking = _asking(text)
    return " ".join(one for one in _sentences(text) if one not in asking) if asking else ""


def _asking(text: str) -> list[str]:
    return [one for one in _sentences(text) if (one.endswith("?") or _OPENS.match(one)) and len(one.split()) >= _FEWEST]


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?;])\s+", text)
