"""An answer's table and the pieces of its text go in; which pieces are its rows, and its HTML, come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from advisor.answer import Cell, is_side_by_side, stated
from advisor.web.turn import Piece, introduces, paragraphs

Table = Sequence[Sequence[Cell]]
_NONE = '<span class="ours">not stated</span>'


def is_row(piece: Piece, table: Table | None) -> bool:
    """Whether a piece of the text is a row that the table shows, or what a cell of it states."""
    if told := stated(table or ()):
        return piece.text in told and bool(piece.citations)
    numbers = {number for row in table or () for cell in row for number in cell.citations}
    return not piece.is_notice and not piece.topic and len(piece.citations) == 1 and piece.citations[0] in numbers


def folded(pieces: Sequence[Piece], table: Table | None) -> Iterator[list[Piece]]:
    """The paragraphs, the first of the table's rows for all of them; what introduced others alone is gone with them."""
    rows = [piece for piece in pieces if is_row(piece, table)]
    for paragraph in paragraphs(pieces):
        kept = [piece for piece in paragraph if piece not in rows[1:]]
        if rows and kept[-1:] == rows[:1] and is_side_by_side(table or ()):
            yield rows[:1]  # whose words each cell is stands by its number
        elif len(kept) > (1 if introduces(paragraph) else 0):
            yield kept


def table_html(table: Table, link: Callable[[int], str]) -> str:
    """The table, each row with a link to its source; each cell names its column, to be stacked on a narrow screen."""
    names = [cell.text for cell in table[0]]
    head = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names)
    row_html = _cited if is_side_by_side(table) else _row
    body = "".join(f"<tr>{row_html(row, names, link)}</tr>" for row in table[1:])
    drawn = f'<table class="compared"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="wide" tabindex="0">{drawn}</div>'


def _row(row: Sequence[Cell], names: Sequence[str], link: Callable[[int], str]) -> str:
    first, *others = row
    links = "".join(map(link, first.citations or next((cell.citations for cell in others if cell.citations), ())))
    labels = (*names[1:], *[""] * len(others))
    cells = "".join(
        f'<td data-column="{escape(name)}">{escape(cell.text) or _NONE}</td>'
        for name, cell in zip(labels, others, strict=False)
    )
    return f'<th scope="row">{escape(first.text)}&#8288;{links}</th>{cells}'


def _cited(row: Sequence[Cell], names: Sequence[str], link: Callable[[int], str]) -> str:
    """A row of cells, each with a link of its own."""
    told = [(escape(cell.text) or _NONE) + "".join(map(link, cell.citations)) for cell in row[1:]]
    # Stacked on a narrow screen, what a cell holds is one thing beside the name of its column.
    cells = "".join(
        f'<td data-column="{escape(name)}"><span>{one}</span></td>' for name, one in zip(names[1:], told, strict=False)
    )
    return f'<th scope="row">{escape(row[0].text)}</th>{cells}'
