"""A statement on a point of difference and its evidence go in; whether it is one that a reader noted comes out.

`corpus/articles/differences.toml` holds what a reader of the articles wrote of each side, in short, beside the
sentences that state it. Those pairs are labelled data: what they label is not left to rules on words. The note counts
only beside the sentence that it was written of, as far as its figures still stand there.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path

import corpus
from evals.judge import Judgement
from evals.statements import Evidence, figures

_FILE = Path(corpus.__file__).parent / "articles" / "differences.toml"
_Sides = tuple[tuple[str, ...], ...]  # the beginnings of the sentences of each side that a note is about


def by_note(statement: str, evidence: Sequence[Evidence], names: Collection[str]) -> Judgement | None:
    """Supported, where it is a noted one; None where it is not. `names` are whose articles the statement cites."""
    said = statement.rstrip(".")
    who = next((name for name in sorted(names, key=len, reverse=True) if said.startswith(f"{name} ")), "")
    for sides in _notes().get(said.removeprefix(f"{who} ") if who else statement, ()):
        quotes = [one.quote for one in evidence]
        is_whole = all(any(words in quote for words in side for quote in quotes) for side in sides)
        if is_whole and figures(statement).keys() <= figures(" ".join(quotes)).keys():
            return Judgement(True, "as a reader noted it of this sentence")
    return None


@functools.cache
def _notes() -> dict[str, list[_Sides]]:
    found: dict[str, list[_Sides]] = {}
    for entry in tomllib.loads(_FILE.read_text(encoding="utf-8"))["difference"]:
        for says, side in zip(entry.get("says", []), entry["sides"], strict=False):
            found.setdefault(says, []).append(((side[0],),))
        if entry.get("note"):
            found.setdefault(entry["note"], []).append(tuple(tuple(side) for side in entry["sides"]))
    return found
