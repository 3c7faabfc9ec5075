"""Events of the advisor go in; the turn that they make comes out, as it grows; a stored one is read again."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from advisor.answer import Answer, Cell, Citation, Claim, Event, Notice, Restart, Sentence, Withheld
from advisor.errors import QuestionError

_log = logging.getLogger(__name__)
_LONGEST = 2**31  # characters, more than any article has
_MOST_TURNS = 500  # of one conversation that a browser may hand in


@dataclasses.dataclass(frozen=True)
class Piece:
    """A sentence of an answer, how it joins what came before, and the numbers of its citations."""

    text: str
    join: str = ""
    citations: tuple[int, ...] = ()
    is_notice: bool = False  # the advisor's own words, in which [1] is a citation
    topic: str | None = None  # the point of difference that it belongs to
    is_conclusion: bool = False  # drawn from what it cites


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

    @property
    def table(self) -> tuple[tuple[Cell, ...], ...] | None:
        """The answer's table, where there is one."""
        return self.answer.table if self.answer else None

    @property
    def understood(self) -> str:
        """What was read as the question, where that is another than was asked: a follow-up, standing alone; else ""."""
        if self.answer is None or self.answer.standalone_question in (self.answer.question, self.question):
            return ""
        return self.answer.standalone_question

    def to_dict(self) -> dict[str, Any]:
        """The turn as plain dicts and lists, as a browser stores it."""
        return _TURN.dump_python(self, mode="json")  # type: ignore[no-any-return]


def paragraphs(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces, paragraph by paragraph."""
    paragraph: list[Piece] = []
    for piece in pieces:
        if paragraph and piece.join.startswith("\n\n"):
            yield paragraph
            paragraph = []
        paragraph.append(piece)
    if paragraph:
        yield paragraph


def opens_item(piece: Piece) -> bool:
    """Whether a piece opens an item of a list."""
    return bool(re.search(r"(?:^|\n)(?:-|\d+\.) $", piece.join))


def introduces(paragraph: Sequence[Piece]) -> bool:
    """Whether a paragraph opens with words of ours that say whose follow, and under which heading they stand."""
    first, *others = paragraph
    return first.is_notice and first.text.endswith(":") and bool(others)


def joins(before: Piece, piece: Piece) -> str:
    """What stands between two pieces: items of a list end in no full stop, and would run into each other."""
    is_open = not (before.is_notice or piece.is_notice or re.search(r"[.!?…:;]\W*$", before.text))
    return " · " if is_open and piece.join == " " else piece.join


def public(events: Iterable[Event]) -> Iterator[Event]:
    """The events as readers get them who cannot mend what fails; the server's log has the rest.

    A chat model's failure names its provider and settings, and where its key is looked for.
    """
    told: dict[str, str] = {}
    for event in events:
        match event:
            case Notice() if event.public:
                _log.warning(event.text)
                told[event.text] = event.public
                yield dataclasses.replace(event, text=event.public)
            case Restart():
                yield Restart("")
            case Answer():
                text = event.text
                for why, instead in told.items():
                    text = text.replace(why, instead)
                yield dataclasses.replace(event, text=text)
            case _:
                yield event


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
            piece = Piece(claim.text, join, claim.citations, topic=topic, is_conclusion=claim.is_conclusion)
            return dataclasses.replace(turn, pieces=(*turn.pieces, piece), citations=(*turn.citations, *new))
        case Notice(text, join, topic):
            return dataclasses.replace(turn, pieces=(*turn.pieces, Piece(text, join, is_notice=True, topic=topic)))
        case Withheld(claim):
            return dataclasses.replace(turn, withheld=(*turn.withheld, claim))
        case Answer():
            # A reply of ours may cite, too, and only the whole answer holds what it cites.
            return dataclasses.replace(turn, answer=event, citations=event.citations)


def read_turns(stored: Any) -> tuple[Turn, ...]:
    """The turns that a browser has stored. Raises QuestionError where they are none."""
    if not isinstance(stored, list) or len(stored) > _MOST_TURNS:
        raise QuestionError(f"A stored conversation is a list of at most {_MOST_TURNS} turns; start a new one.")
    try:
        turns = _TURNS.validate_python(stored)
        if all(map(_is_sound, turns)):
            return turns
        why = None
    except ValidationError as exc:
        why = exc
    raise QuestionError("This stored conversation cannot be read; delete it and ask again.") from why


def _is_sound(turn: Turn) -> bool:
    """Whether its citations have places that an article may have, and its table's rows have cells."""
    cited = (*turn.citations, *(turn.answer.citations if turn.answer else ()))
    return all(0 <= one.start <= one.end < _LONGEST for one in cited) and all(turn.table or ())


def history_of(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """The turns that were answered, as the advisor's history."""
    answered = [(turn.question, turn.answer.text) for turn in turns if turn.answer]
    return [pair for question, text in answered for pair in (("user", question), ("assistant", text))]
