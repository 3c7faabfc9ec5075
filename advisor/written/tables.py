"""Sentences of a reply go in; a table's cells come out as sentences to be checked; of those that hold, the table.

A cell states nothing without its place: it is checked, and told in the answer's text, after the names of its row and
its column ("Pay: Welder: $24 to $38 an hour."), but for a name that it holds itself. So each word of the table that is
drawn is one of a sentence that was checked: a name without a cell that holds is drawn only where the asker named it.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from advisor.answer import Cell, Claim
from advisor.answering.tables import Table
from advisor.question.words import stems
from advisor.verify.kinds import Kind
from advisor.written.sentences import Written, read_text
from advisor.written.told import without_opener

_COLUMNS = 7  # of a table, with that of the rows' names
_ROWS = 15  # so that all cells are checked in a few seconds
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_RULE = re.compile(r"\s*:?-+:?\s*")
_SILENT = re.compile(r"\W*(?:n/?a)?\W*", re.IGNORECASE)  # a dash, as a model is told to write, or nothing


@dataclasses.dataclass(frozen=True)
class Grid:
    """The names of a table's columns, without the one of the rows' names, and of its rows."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]

    @functools.cached_property
    def kinds(self) -> tuple[Kind, Kind]:
        """What the rows tell apart, and the columns."""
        return Kind([(name,) for name in self.rows]), Kind([(name,) for name in self.columns])


@dataclasses.dataclass(frozen=True)
class InCell(Written):
    """What a cell states, with the names of its place; `words` are its own."""

    grid: Grid = Grid((), ())
    place: tuple[int, int] = (0, 0)  # row, column
    words: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """Of its row and its column."""
        return self.grid.rows[self.place[0]], self.grid.columns[self.place[1]]


def tabled(sentences: Iterable[Written]) -> Iterator[Written]:
    """The sentences, those of a table's cells in the place of its rows, once it is whole.

    Rows without a line of dashes below the first, of one column, or more of either than can be read are no table: they
    stay sentences. What a row has too much is left out, what it lacks is empty.
    """
    rows, lines = list[Written](), itertools.count(1)
    for written in sentences:
        if rows and (not written.row or written.opens_paragraph or len(rows) == _ROWS + 2):
            yield from _read(rows, lines)
            rows = []
        if written.row:
            rows.append(written)
        else:
            yield written
    yield from _read(rows, lines)


def _read(rows: Sequence[Written], lines: Iterator[int]) -> Iterator[Written]:
    split = [_PIPE.split(re.sub(r"(?<!\\)\|\s*$", "", one.row.strip()[1:])) for one in rows]
    head, rule, *body = split if len(split) > 1 else ([], [])
    if not body or not 2 <= len(head) == len(rule) <= _COLUMNS or not all(map(_RULE.fullmatch, rule)):
        yield from (dataclasses.replace(one, row="") for one in rows if one.text)
        return
    told = [
        [_cell(raw) for raw in itertools.islice(itertools.chain(row, itertools.repeat("")), len(head))] for row in body
    ]
    grid = Grid(tuple(_cell(raw)[0] for raw in head[1:]), tuple(row[0][0] for row in told))
    for number, row in enumerate(told):
        of_row = tuple(dict.fromkeys(key for _, keys in row for key in keys))
        for column, (words, keys) in enumerate(row[1:]):
            if not _SILENT.fullmatch(words):
                one = InCell("", keys or of_row, False, "|", next(lines), "", grid, (number, column), words)
                yield dataclasses.replace(one, text=_stated(one))


def _cell(raw: str) -> tuple[str, tuple[str, ...]]:
    """The words of a cell and its keys."""
    return read_text(_BREAK.sub("; ", raw.replace(r"\|", "|")).strip(" ;|"))


def _stated(cell: InCell) -> str:
    held = stems(cell.words)
    # After a colon a capital is that of a first word; after a comma it would be a name's.
    text = without_opener(": ".join((*(name for name in cell.names if name and not stems(name) <= held), cell.words)))
    return text if text[-1] in ".!?" else f"{text}."


def table_of(cells: Sequence[InCell], claims: Sequence[Claim], asked: str) -> Table | None:
    """The first table of which a cell is among the claims; its other cells are empty. None where there is none.

    A row or a column without a cell is left out, unless its name is of what was `asked`.
    """
    shown = {claim.text: claim.citations for claim in claims}
    held = {one.text: one for one in cells if one.text in shown}
    grid = next((one.grid for one in held.values()), None)
    if grid is None:
        return None
    drawn = {one.place: Cell(one.words, shown[text], text) for text, one in held.items() if one.grid is grid}
    rows, columns = (
        [n for n, name in enumerate(names) if n in {place[axis] for place in drawn} or _is_asked(name, asked)]
        for axis, names in enumerate((grid.rows, grid.columns))
    )
    head = (Cell(""), *(Cell(grid.columns[n]) for n in columns))
    return (head, *((Cell(grid.rows[r]), *(drawn.get((r, c), Cell("")) for c in columns)) for r in rows))


def _is_asked(name: str, asked: str) -> bool:
    return bool(stems(name)) and stems(name) <= stems(asked)
