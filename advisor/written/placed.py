"""A sentence or a table's cell and what it may rest on go in; what checking it said comes out, for a cell in its place.

What is true of one column is easily written into another, and a name may say something itself. Neither refuses alone:
the second reader is asked, and where there is none, the cell is not shown.
"""

from __future__ import annotations

import dataclasses
import re

from advisor.question.words import content, stems
from advisor.verify.kinds import JOINT
from advisor.verify.lines import read_lines
from advisor.verify.orders import is_order
from advisor.verify.subjects import said_of_another
from advisor.verify.verifier import Verdict, Verifier
from advisor.written.attribution import Attribution, attribute
from advisor.written.scene import Scene
from advisor.written.sentences import Written
from advisor.written.tables import InCell

_LONGEST = 60  # characters of a name
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
# A name with one of these says more than what is compared.
_RATES = re.compile(
    r"\b(?:best|worst|better|worse|more|less|most|least|fewest|(?:high|low|larg|great|small|long|short|fast|slow|eas|"
    r"hard|cheap|strong|weak|saf)i?e(?:r|st)|not?|never|always|only|must|should)\b",
    re.IGNORECASE,
)


def attributed(written: Written, scene: Scene, verifier: Verifier) -> Attribution:
    """What checking a sentence said; of a cell, also whether it stands in its place, and what its names say."""
    if isinstance(written, InCell) and (refusal := _misplaced(written)):
        return Attribution(Verdict(False, 0.0, refusal))
    found = attribute(written, scene.keyed, verifier, scene.articles, scene.conversation)
    if not isinstance(written, InCell) or not found.verdict.supported:
        return found
    read = [scene.keyed[key] for key in written.keys if key in scene.keyed]
    read = read or list(dict.fromkeys(quote.passage for quote in found.quotes))
    row, column = written.names
    doubts = (said_of_another(f"{row}: {column} {written.words}", read_lines(read), one) for one in written.grid.kinds)
    reason = next(filter(None, (*doubts, *(_claimed(name, scene) for name in written.names))), None)
    if reason is None:
        return found
    return dataclasses.replace(found, verdict=Verdict(False, found.verdict.score, reason), doubt=tuple(read))


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


def _claimed(name: str, scene: Scene) -> str:
    """Why a name may say something itself: it rates, or has words that nobody has said and no passage has."""
    if _RATES.search(name) and name.lower() not in scene.conversation.lower():
        return f"“{name}” says more than a name"
    strange = content(name) - stems(scene.conversation) - stems(scene.held)
    return f"“{name}” is not in the passages" if strange else ""
