"""A conversation goes in; Markdown or JSON that can be kept comes out, with every citation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from advisor.answer import BEYOND, CONCLUSION, DRAWN, Answer, Cell, Citation, drawn, set_apart
from advisor.web.table import Table, folded, is_row
from advisor.web.turn import Piece, Turn, introduces, joins, opens_item

Heads = Callable[[Citation], Sequence[str]]  # the names of the columns of the table that a quote is of; () of none


def to_json(title: str, turns: Sequence[Turn]) -> str:
    """The conversation as JSON: each turn's question, who asked, and the answer as `Answer.to_dict` has it."""
    kept = [
        {
            "question": turn.question,
            "profile": turn.profile or None,
            "answer": turn.answer.to_dict() if turn.answer else None,
        }
        for turn in turns
    ]
    return json.dumps({"title": title, "turns": kept}, ensure_ascii=False, indent=2) + "\n"


def no_heads(citation: Citation) -> Sequence[str]:
    """For quotes whose articles cannot be looked up."""
    return ()


def to_markdown(title: str, turns: Sequence[Turn], heads: Heads = no_heads) -> str:
    """The conversation as Markdown: questions as headings, and below each answer its sources with their quotes."""
    return "\n".join([f"# {_line(title)}", "", *(turn_markdown(turn, heads) for turn in turns)])


def turn_markdown(turn: Turn, heads: Heads = no_heads) -> str:
    """One turn as Markdown."""
    told = {"Understood as": turn.understood, "Asked as": turn.profile}
    notes = "".join(f"*{name}: {_line(text)}*\n\n" for name, text in told.items() if text)
    end = _sources(turn.answer, heads) if turn.answer else "*This answer was not finished.*\n"
    if any(piece.is_conclusion for piece in turn.pieces):
        end = f"{DRAWN}\n\n{end}"
    if turn.answer and turn.answer.beyond:
        end += f"\n### {BEYOND}\n\n{plain(turn.answer.beyond)}\n"
    return f"## {_line(turn.question)}\n\n{notes}{_text(turn)}\n\n{end}"


def _text(turn: Turn) -> str:
    """The answer with its marks and its table; whose words follow stands out, as it does in the page."""
    pieces = turn.pieces or ((Piece(turn.answer.text),) if turn.answer else ())
    return "\n\n".join(block for told in folded(pieces, turn.table) for block in _blocks(told, turn.table))


def _blocks(pieces: Sequence[Piece], table: Table | None) -> Iterator[str]:
    for are_rows, run in groupby(pieces, key=lambda piece: is_row(piece, table)):
        yield (
            drawn(table, lambda cell: _line(set_apart(cell)))
            if are_rows and table
            else plain(_words(list(run), introduces(pieces)))
        )


def _words(pieces: Sequence[Piece], is_introduced: bool) -> str:
    first = pieces[0]
    mark = first.join.lstrip("\n") if opens_item(first) else ""
    opens = f"**{first.text}**" if is_introduced and first.is_notice else mark + _piece(first)
    return opens + "".join(f"{joins(before, piece)}{_piece(piece)}" for before, piece in pairwise(pieces))


def _piece(piece: Piece) -> str:
    text = set_apart(piece.text) if piece.citations else piece.text
    numbers = "".join(f" [{number}]" for number in piece.citations)
    return f"{text}{numbers}{CONCLUSION * piece.is_conclusion}"


def plain(text: str) -> str:
    """The text without what a reader of Markdown would run, fetch or follow: HTML, images, links."""
    return re.sub(r"[\\<]|(?<=\])[(:\[]", r"\\\g<0>", text)


def _sources(answer: Answer, heads: Heads) -> str:
    lines = []
    for one in answer.citations:
        who = _line(one.publisher or one.author or "publisher not stated")
        lines.append(f"- [{one.number}] {_line(one.title)}. {who}, {_line(one.published or 'date not stated')}.")
        lines.append(f"  {_line(one.interest or 'What the publisher sells is not known.')}")
        lines += [f"  > {line}" for line in _quote(one, heads(one))]
    return "\n".join(["Sources:", "", *lines, ""]) if lines else ""


def _quote(one: Citation, names: Sequence[str]) -> list[str]:
    """A quote in one line; of a table, its rows below the names of their columns."""
    if not names:
        return [_line(one.quote)]
    return [*drawn([[Cell(name) for name in names]], _line).split("\n"), *map(_line, one.quote.split("\n"))]


def _line(text: str) -> str:
    return plain(" ".join(text.split()))
