"""Figures go in, each with the limit that it is to keep; a table comes out that says which do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure of the table, and whether it is within its limit; one without a limit is."""

    name: str
    figure: str
    limit: str = ""
    holds: bool = True


def most(name: str, figure: float, limit: float, form: str = ".1f") -> Row:
    """A figure that may be so large at most."""
    return Row(name, f"{figure:{form}}", f"{limit:g}", figure <= limit)


def none(name: str, lines: Sequence[str]) -> Row:
    """What went wrong, a line each: there is to be none."""
    return Row(name, f"{len(lines)}, such as {lines[0][:100]}" if lines else "0", "0", not lines)


def table(rows: Sequence[Row]) -> str:
    """The rows as text."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'':{width}}  {'measured':>12}  {'at most':>8}"]
    lines += [
        f"{row.name:{width}}  {row.figure:>12}  {row.limit:>8}{'' if row.holds else '  FAILS'}".rstrip() for row in rows
    ]
    return "\n".join(lines)
