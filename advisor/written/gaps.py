"""A written sentence goes in; what it says the articles are silent on comes out, apart from what else it says.

Silence is a statement about the library, which no passage could bear out: whether it is true, the reader tells.
"""

from __future__ import annotations

import dataclasses
import re

from advisor.question.words import content, stems
from advisor.verify.figures import figures_in
from advisor.verify.names import strange_name
from advisor.written.sentences import Written

_OPENS = (
    r"(?:(?:unfortunately|however|but|beyond that),? )?(?:the|these|those) (?:articles?|passages?|sources?|texts?) "
    r"(?:(?:(?:do|does) not|don[’']t|doesn[’']t) (?:also )?"
    r"(?:say|state|mention|cover|tell|give|specify|answer|address|discuss|provide|contain|include|speak|name|report|"
    r"describe|explain|compare|list|quantify)|(?:say|says) nothing|"
    r"(?P<no>(?:give|name|mention|contain|offer)s? no(?= (?!more|less|fewer|longer|later|earlier|other|one\b))))\b"
)
_GAP = re.compile(rf"{_OPENS}(?P<what>.+?)(?:(?:;|:|—|–|, (?=but|though|although|while|only)) ?(?P<rest>.+))?", re.I)
_JOINS = re.compile(
    r"(?:(?:but|though|although|while|however),? )?(?:(?:they|the (?:articles|passages)) (?:do |only )*\w+ that )?",
    re.I,
)
# What follows may state something in passing: "... why the firm was fined".
_IN_PASSING = re.compile(r" (?:that|why|how come)\b", re.I)


@dataclasses.dataclass(frozen=True)
class Gap:
    """What a sentence says the articles do not say."""

    text: str  # the sentence as far as it says that
    what: str


def read_gap(written: Written, asked: str, held: str) -> tuple[Gap | None, Written | None]:
    """The gap that a sentence admits, and what it states besides; (None, it) where it admits none.

    `asked` is the conversation, `held` all that the model was given: a gap that names what stands in neither is none.
    """
    match = _GAP.fullmatch(written.text.rstrip(". "))
    if match is None or not _is_asked(match["what"], asked, held) or (match["no"] and written.keys):
        return None, written
    text = f"{written.text[: match.end('what')].rstrip(' ,')}."
    rest = _JOINS.sub("", (match["rest"] or "").strip(), count=1)
    stated = dataclasses.replace(written, text=f"{rest[:1].upper()}{rest[1:]}.", opens_paragraph=False)
    return Gap(text, match["what"].strip()), stated if rest.count(" ") > 1 else None


def _is_asked(what: str, asked: str, held: str) -> bool:
    words = content(what)
    if not words:
        return False
    if _IN_PASSING.match(what) and not words <= stems(asked):
        return False
    known = f"{asked} {held}"
    figures = figures_in(known)
    is_known = all(any(one.same_as(other) for other in figures) for one in figures_in(what))
    return is_known and strange_name(what, known) is None
