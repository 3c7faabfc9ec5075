"""Passages go in; their sentences come out as lines of evidence: what each says, under which headings, and of whom."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence

from advisor.question.lexicon import ROLES
from advisor.question.read import roles_in
from advisor.question.words import GENERIC_STEMS, stems
from corpus import Passage

GOES_ON = re.compile(r"(?:They|Their|Them|It|Its|This|That|These|Those|Such|He|She|His|Her|The roles?)\b")
_BOTH = re.compile(
    r"\b(?:both|either|these (?:two )?|all three|the (?:two|three)) "
    r"?(?:roles?|fields|paths|careers|professions|require|are|have|of (?:them|these))?\b",
    re.IGNORECASE,
)
_SOURCE_MARK = re.compile(r"\s*\[[\w-]+(?:\.[\w-]+)+\]")  # "[gminsights.com]": whom the article has it from
# Narrower than the levels of a question: "starting in software engineering" is no claim about beginners.
_LEVELS = {
    "entry-level": re.compile(r"\bentry[- ]level|\bjuniors?\b|\bbeginners?\b|\bnew grad", re.IGNORECASE),
    "mid-level": re.compile(r"\bmid\b|\bmid-?level|\bintermediate\b|\bmid-career", re.IGNORECASE),
    "senior": re.compile(
        r"\bseniors?\b(?! (?:decision|lead|execut|manage|rank|staff engineer))|\bprincipal\b", re.IGNORECASE
    ),
}


@dataclasses.dataclass(frozen=True)
class Line:
    """One sentence of the evidence."""

    text: str
    headings: str
    roles: frozenset[str]  # by name, by its heading, or by the sentences before
    levels: frozenset[str]
    passage: int  # number of its passage in the evidence
    index: int  # number of the sentence in its passage

    @property
    def whole(self) -> str:
        """The sentence after its headings."""
        return f"{self.headings}. {self.text}" if self.headings else self.text


def read_lines(passages: Sequence[Passage], title_roles: Mapping[str, frozenset[str]] | None = None) -> list[Line]:
    """The sentences of the passages; "both roles" are those of the article's title, by its id."""
    lines = []
    for number, passage in enumerate(passages):
        headings = " > ".join(heading.strip("[]") for heading in passage.headings)
        both = (title_roles or {}).get(passage.article, frozenset(ROLES))
        inner = roles_in(passage.headings[-1]) if passage.headings else frozenset[str]()
        subject = about = inner if len(inner) == 1 else frozenset[str]()
        for index, sentence in enumerate(passage.sentences):
            text = _SOURCE_MARK.sub("", sentence.statement)
            named = roles_in(text)
            # "Their task is to take what data scientists made" is about whoever the sentence before is about.
            goes_on = GOES_ON.match(text) and subject
            subject = subject if goes_on else named or about
            roles = subject | named | (both if _BOTH.search(text) else frozenset())
            lines.append(Line(text, headings, roles, levels_said(text) or levels_said(headings), number, index))
    return lines


@functools.lru_cache(maxsize=20_000)
def levels_said(text: str) -> frozenset[str]:
    """The levels of seniority that a text says something of."""
    return frozenset(level for level, pattern in _LEVELS.items() if pattern.search(text))


@functools.lru_cache(maxsize=20_000)
def plain_words(text: str) -> frozenset[str]:
    """The stems of a text's content words, without what the rules compare: roles, levels, figures."""
    for pattern in (*(role.pattern for role in ROLES.values()), *_LEVELS.values()):
        text = pattern.sub(" ", text)
    return frozenset(word for word in stems(text) - GENERIC_STEMS if not word[0].isdigit())
