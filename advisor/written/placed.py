"""A sentence or a table's cell and what it may rest on go in; what checking it said comes out, for a cell in its place.

What is true of one column is easily written into another, and a name may say something itself. Neither refuses alone:
the second reader is asked, and where there is none, the cell is not shown.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from advisor.find.quotes import Quote, quote_at
from advisor.question.words import content, stems
from advisor.verify.kinds import JOINT
from advisor.verify.lines import read_lines
from advisor.verify.orders import is_order
from advisor.verify.quotes import repeated_cell
from advisor.verify.subjects import said_of_another
from advisor.verify.verifier import Verdict
from advisor.written.attribution import Attribution, attribute
from advisor.written.scene import Scene
from advisor.written.sentences import Written
from advisor.written.tables import InCell
from corpus import Passage

_LONGEST = 60  # characters of a name
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
# A name with one of these says more than what is compared.
_RATES = re.compile(
    r"\b(?:best|worst|better|worse|more|less|most|least|fewest|(?:high|low|larg|great|small|long|short|fast|slow|eas|"
    r"hard|cheap|strong|weak|saf)i?e(?:r|st)|not?|never|always|only|must|should)\b",
    re.IGNORECASE,
)


def attributed(written: Written, scene: Scene) -> Attribution:
    """What checking a sentence said; of a cell, also whether it stands in its place, and what its names say."""
    if not isinstance(written, InCell):
        return attribute(written, scene)
    if refusal := _misplaced(written):
        return Attribution(Verdict(False, 0.0, refusal))
    if quote := _repeated(written, scene):
        return Attribution(Verdict(True, 1.0, "word for word in the passage"), (quote,))
    found = attribute(written, scene)
    cited = [scene.keyed[key] for key in written.keys if key in scene.keyed]
    read = cited or list(dict.fromkeys(quote.passage for quote in found.quotes))
    if not found.verdict.supported or not (reason := _doubted(written, scene, read)):
        return found
    return dataclasses.replace(found, verdict=Verdict(False, found.verdict.score, reason), doubt=tuple(read))


def _doubted(cell: InCell, scene: Scene, read: Sequence[Passage]) -> str:
    """Why passages may say it of another row or column, or a name of its place may say something itself."""
    row, column = cell.names
    lines = read_lines(read)
    exchanged = (said_of_another(f"{row}: {column} {cell.words}", lines, kind) for kind in cell.grid.kinds)
    return next(filter(None, (*exchanged, *(_claimed(name, scene) for name in cell.names))), "")


def _misplaced(cell: InCell) -> str:
    """Why a cell cannot stand where it does: it opens with the name of another place, or a name of its own is none."""
    for name, kind, own in zip(cell.names, cell.grid.kinds, cell.place, strict=True):
        if len(name) > _LONGEST or is_order(name) or is_order(cell.words):
            return "it speaks to a machine, or its row or column is named by more than a name"
        text = _ARTICLE.sub("", cell.words)
        start, end, things = next(iter(kind.find(text)), (1, 0, frozenset()))
        if start == 0 and own not in things and text[end:].strip(" .") and not re.match(JOINT, text[end:]):
            return f"it speaks of another than “{name}”"
    return ""


def _repeated(cell: InCell, scene: Scene) -> Quote | None:
    """The row of an article's table that it repeats, with the names of its place."""
    passages = [*(scene.keyed[key] for key in cell.keys if key in scene.keyed), *scene.passages]
    place = repeated_cell(cell.names, cell.words, read_lines(passages))
    quote = quote_at(passages[place[0]], place[1]) if place else None
    return None if quote is None or quote.gives_orders else quote


def _claimed(name: str, scene: Scene) -> str:
    """Why a name may say something itself: it rates, or has words that nobody has said and no passage has."""
    if _RATES.search(name) and name.lower() not in scene.conversation.lower():
        return f"“{name}” says more than a name"
    strange = content(name) - stems(scene.conversation) - stems(scene.held)
    return f"“{name}” is not in the passages" if strange else ""
