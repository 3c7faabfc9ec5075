"""A passage goes in; what each of its sentences speaks of comes out: words, roles, levels, topics, figures.

Nothing here depends on a question, so that every passage is read once.
"""

from __future__ import annotations

import dataclasses
import functools
import re

from advisor.question.lexicon import TO_MACHINE
from advisor.question.read import levels_in, roles_in
from advisor.question.words import stems
from corpus import Passage, Sentence

# Topics that a fitting sentence must speak of itself: one on jobs in Berlin says nothing about pay in Berlin.
BOUND = {
    "pay": stems("salary salaries pay pays paid earn compensation comp tc"),
    "interview": stems("interview interviews vetting"),
    "education": stems("degree degrees bachelor master graduate education certificate certifications program"),
    "place": stems("location geographic hubs metropolitan region"),
}
_SPEAKS_TO = re.compile(r"\[?(?:You(?:[’']re| are)|I(?:[’']m| am)|If you(?:[’']re| are))\b")
_CARRIES_ON = re.compile(
    r"^(?:It|Its|This|That|These|Such)\b|\b(?:they|their|them|the(?:se|ir)? roles?)\b", re.IGNORECASE
)
_ABOUT_WRITERS = re.compile(r"\[?About the (?:author|publisher)")
_EMPTY = re.compile(
    r".*[:?]$|^[a-z]|^\S+(?: \S+)?$|(?:We|Our|Explore|Discover|Boost)\b|(?:This|The following) (?:article|guide)\b|"
    r"Learn more\b|Yet, for many\b|"
    r".*\b(?:becomes? clear|one of the most important factors|you may also consult)\b|"
    r".*\bthere (?:is|are) (?:some |a few |several )?(?:key |overlap)",
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Told:
    """What one sentence speaks of."""

    words: frozenset[str]  # stems
    roles: frozenset[str]  # by name, by its heading, or by the sentences before
    levels: frozenset[str]
    topics: frozenset[str]  # of BOUND
    has_figure: bool
    is_empty: bool  # a fragment, an announcement of what follows, or said to a machine


@dataclasses.dataclass(frozen=True)
class Section:
    """What a passage, its headings and its sentences speak of."""

    words: frozenset[str]  # stems of all of it
    heading: frozenset[str]  # of all its headings
    own_heading: frozenset[str]  # of the innermost
    speaks_to_somebody: bool  # "You're a software engineer"
    is_about_writers: bool
    sentences: tuple[Told, ...]


@functools.lru_cache(maxsize=4096)
def read_passage(passage: Passage) -> Section:
    """Read one passage."""
    heading = passage.headings[-1] if passage.headings else ""
    roles = _roles(passage, roles_in(heading))
    return Section(
        words=stems(passage.content),
        heading=stems(" ".join(passage.headings)),
        own_heading=stems(heading),
        speaks_to_somebody=bool(_SPEAKS_TO.match(heading)),
        is_about_writers=bool(_ABOUT_WRITERS.match(heading)),
        sentences=tuple(_told(sentence, own) for sentence, own in zip(passage.sentences, roles, strict=True)),
    )


def _told(sentence: Sentence, roles: frozenset[str]) -> Told:
    words = stems(sentence.statement)
    # A list item reads on from its heading ("AI Engineer Salary"); a sentence must say it itself.
    said = words | stems(" ".join(sentence.headings)) if sentence.kind == "item" else words
    return Told(
        words=words,
        roles=roles,
        levels=levels_in(sentence.statement),
        topics=frozenset(topic for topic, held in BOUND.items() if not held.isdisjoint(said)),
        has_figure=any(map(str.isdigit, sentence.text)),
        is_empty=bool(_EMPTY.match(sentence.text) or TO_MACHINE.search(sentence.text)),
    )


def _roles(passage: Passage, heading: frozenset[str]) -> list[frozenset[str]]:
    """For each sentence the roles it speaks of: those it names, else what "they" stands for, else its heading's."""
    spoken: list[frozenset[str]] = []
    for sentence in passage.sentences:
        named = roles_in(sentence.statement)
        if sentence.kind == "item" and len(heading) == 1:
            named |= heading  # "similar to ML roles" under "AI Engineer Salary" speaks of both
        carried = spoken[-1] if spoken and _CARRIES_ON.search(sentence.statement) else frozenset[str]()
        spoken.append(named or carried or (heading if len(heading) == 1 else frozenset()))
    return spoken
