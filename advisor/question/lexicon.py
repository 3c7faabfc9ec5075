"""`lexicon.toml`, words of plain English, goes in; constants to read messages with come out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_DATA = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


GENERIC: frozenset[str] = frozenset(_DATA["generic"].split())
OVERRIDES = _pattern("|".join(_DATA["boundary"]["override"]))
TO_MACHINE = _pattern("|".join(_DATA["boundary"]["to_machine"]))
TASKS = _pattern("|".join(_DATA["boundary"]["task"]))
SMALL_TALK = _pattern("|".join(_DATA["boundary"]["small_talk"]))
ENGLISH: frozenset[str] = frozenset(_DATA["boundary"]["english"].split())
FOREIGN: frozenset[str] = frozenset(_DATA["boundary"]["foreign"].split())
TALK: dict[str, re.Pattern[str]] = {name: _pattern("|".join(one)) for name, one in _DATA["talk"].items()}
COMPARES = _pattern("|".join(_DATA["form"]["compares"]))
