"""Cited quotes go in; the answer's table comes out: rows of an article's own table, or quotes set side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from advisor.answer import Cell, Citation
from advisor.find.quotes import Quote
from advisor.find.side_by_side import Row
from corpus import Article, row_at

Table = tuple[tuple[Cell, ...], ...]  # the names of the columns first


def rows_quoted(cited: Iterable[tuple[Citation, Article | None]]) -> Table | None:
    """The rows of one table that were quoted, each with its article; None where fewer than two were."""
    found: dict[tuple[str, tuple[str, ...]], list[tuple[Cell, ...]]] = {}
    for citation, article in cited:
        if article and citation.quote.startswith("|") and "\n" not in citation.quote:
            names, cells = row_at(article.text, citation.start)
            row = tuple(Cell(text, (citation.number,) if text else ()) for text in cells)
            found.setdefault((citation.article, names), []).append(row)
    (_, names), rows = max(found.items(), key=lambda one: len(one[1]), default=(("", ()), []))
    return (tuple(map(Cell, names)), *rows) if len(rows) > 1 else None


def side_by_side(things: Sequence[str], rows: Sequence[Row], known: Callable[[Quote], Citation | None]) -> Table | None:
    """A column for each thing; `known` is the citation of a quote, where it was let through. None without rows."""
    drawn = [tuple(_cell(quote, known) for quote in row.cells) for row in rows]
    kept = [(Cell(row.label), *cells) for row, cells in zip(rows, drawn, strict=True) if sum(map(_is_told, cells)) > 1]
    return ((Cell(""), *map(Cell, things)), *kept) if kept else None


def words_of(table: Table) -> list[str]:
    """What its cells and names say, each once."""
    return list(dict.fromkeys(cell.text for row in table for cell in row if cell.text))


def reworded(table: Table, said: Mapping[str, str]) -> Table:
    """The table in the words that texts are said in, as far as they are."""
    return tuple(
        tuple(
            dataclasses.replace(cell, text=said.get(cell.text, cell.text), states=said.get(cell.states, cell.states))
            for cell in row
        )
        for row in table
    )


def _cell(quote: Quote | None, known: Callable[[Quote], Citation | None]) -> Cell:
    citation = known(quote) if quote else None
    return Cell(quote.text, (citation.number,)) if quote and citation else Cell("")


def _is_told(cell: Cell) -> bool:
    return bool(cell.citations)
