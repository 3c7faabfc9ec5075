"""`lexicon.toml`, the words of the domain, goes in; constants to read questions with come out."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

_DATA = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))


@dataclasses.dataclass(frozen=True)
class Role:
    """A role: how it is called, and the pattern that finds it."""

    singular: str
    plural: str
    pattern: re.Pattern[str]


@dataclasses.dataclass(frozen=True)
class Topic:
    """What can be asked of a role: how the reader is told of it, words that ask for it, words that articles use."""

    label: str
    asked: str
    held: str
    question: str = ""  # the plain question for it; "{roles}" stands for the role in the plural


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


ROLES = {key: Role(r["singular"], r["plural"], _pattern(r["pattern"])) for key, r in _DATA["roles"].items()}
LEVELS = {level: _pattern(rf"\b(?:{pattern})\b") for level, pattern in _DATA["levels"].items()}
TOPICS = {key: Topic(**topic) for key, topic in _DATA["topics"].items()}
SUBJECTS: frozenset[str] = frozenset(word for words in _DATA["subjects"].values() for word in words.split())
PLACES: frozenset[str] = frozenset(name.replace("_", " ") for name in _DATA["places"].split())
SYNONYMS: dict[str, str] = _DATA["synonyms"]
GENERIC: frozenset[str] = frozenset(_DATA["generic"].split())
PHRASES = tuple((_pattern(old), new) for old, new in _DATA["phrases"])
OVERRIDES = _pattern("|".join(_DATA["boundary"]["override"]))
TO_MACHINE = _pattern("|".join(_DATA["boundary"]["to_machine"]))
TASKS = _pattern("|".join(_DATA["boundary"]["task"]))
SMALL_TALK = _pattern("|".join(_DATA["boundary"]["small_talk"]))
ENGLISH: frozenset[str] = frozenset(_DATA["boundary"]["english"].split())
FOREIGN: frozenset[str] = frozenset(_DATA["boundary"]["foreign"].split())
OCCUPATIONS: tuple[str, ...] = tuple(_DATA["jobs"]["occupations"].split())
JOB_NOUNS: tuple[str, ...] = tuple(_DATA["jobs"]["nouns"].split())
JOB_PLAIN: tuple[str, ...] = tuple(_DATA["jobs"]["plain"].split())
JOB_TITLES: tuple[str, ...] = tuple(_DATA["jobs"]["titles"].split())
