"""An article's text and where a row of a table stands go in; the row's cells and the names of its columns come out."""

from __future__ import annotations

import re

_PIPE = re.compile(r"(?<!\\)\|")


def row_at(text: str, start: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names of the columns, cells) of the row of a Markdown table that begins at `start`; no marks in either."""
    begin = text.rfind("\n", 0, start) + 1
    row, _, _ = text[begin:].partition("\n")
    above = text[:begin].rstrip("\n").split("\n")
    first = len(above)
    while first and "|" in above[first - 1]:
        first -= 1
    names = _cells(above[first]) if first < len(above) else ()
    return names, _cells(row)


def _cells(line: str) -> tuple[str, ...]:
    bare = line.strip().removeprefix("|").removesuffix("|")
    return tuple(" ".join(re.sub(r"\*\*|`", "", cell).replace("\\|", "|").split()) for cell in _PIPE.split(bare))
