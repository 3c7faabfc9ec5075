"""Events of the advisor go in; the turn that they make comes out, as it grows; a stored one is read again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from advisor.answer import Answer, Citation, Claim, Event, Notice, Restart, Sentence, Withheld
from advisor.errors import QuestionError

_MOST_TURNS = 500  # of one conversation that a browser may hand in


@dataclasses.dataclass(frozen=True)
class Piece:
    """A sentence of an answer, how it joins what came before, and the numbers of its citations."""

    text: str
    join: str = ""
    citations: tuple[int, ...] = ()
    is_notice: bool = False  # the advisor's own words, in which [1] is a citation
    topic: str | None = None  # the point of difference that it belongs to


@dataclasses.dataclass(frozen=True)
class Turn:
    """One question and what came of it so far: the pieces, their citations, and the Answer once it is whole."""

    question: str
    profile: str = ""
    pieces: tuple[Piece, ...] = ()
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Claim, ...] = ()
    answer: Answer | None = None
    error: str = ""
    is_stopped: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The turn as plain dicts and lists, as a browser stores it."""
        return _TURN.dump_python(self, mode="json")  # type: ignore[no-any-return]


_TURN = TypeAdapter(Turn)
_TURNS = TypeAdapter(tuple[Turn, ...])


def growing(turn: Turn, events: Iterable[Event]) -> Iterator[Turn]:
    """The turn after each event."""
    for event in events:
        turn = _grown(turn, event)
        yield turn


def _grown(turn: Turn, event: Event) -> Turn:
    match event:
        case Restart():
            return dataclasses.replace(turn, pieces=(), citations=())
        case Sentence(claim, citations, join, topic):
            new = tuple(citation for citation in citations if citation not in turn.citations)
            piece = Piece(claim.text, join, claim.citations, topic=topic)
            return dataclasses.replace(turn, pieces=(*turn.pieces, piece), citations=(*turn.citations, *new))
        case Notice(text, join, topic):
            return dataclasses.replace(turn, pieces=(*turn.pieces, Piece(text, join, is_notice=True, topic=topic)))
        case Withheld(claim):
            return dataclasses.replace(turn, withheld=(*turn.withheld, claim))
        case Answer():
            return dataclasses.replace(turn, answer=event)


def read_turns(stored: Any) -> tuple[Turn, ...]:
    """The turns that a browser has stored. Raises QuestionError where they are none."""
    if not isinstance(stored, list) or len(stored) > _MOST_TURNS:
        raise QuestionError(f"A stored conversation is a list of at most {_MOST_TURNS} turns; start a new one.")
    try:
        return _TURNS.validate_python(stored)
    except ValidationError as exc:
        raise QuestionError("This stored conversation cannot be read; delete it and ask again.") from exc


def history_of(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """The turns that were answered, as the advisor's history."""
    answered = [(turn.question, turn.answer.text) for turn in turns if turn.answer]
    return [pair for question, text in answered for pair in (("user", question), ("assistant", text))]
