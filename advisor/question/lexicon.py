"""`lexicon.toml`, words of plain English, goes in; constants to read messages with come out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal, get_args

_DATA = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


GENERIC: frozenset[str] = frozenset(_DATA["generic"].split())
CALENDAR: frozenset[str] = frozenset(_DATA["calendar"].split())
SHORT_FORMS: dict[str, str] = _DATA["short_forms"]
JOINING: frozenset[str] = frozenset(_DATA["joining"].split())
OPPOSITES: tuple[tuple[frozenset[str], ...], ...] = tuple(
    tuple(frozenset(side.split()) for side in pair) for pair in _DATA["opposites"]
)
RANKS: tuple[tuple[frozenset[str], ...], ...] = tuple(
    tuple(frozenset(words.split()) for words in ranks) for ranks in _DATA["ranks"]
)
HEDGES: tuple[frozenset[str], ...] = tuple(frozenset(words.split()) for words in _DATA["hedges"])
CONDITIONS: tuple[frozenset[str], ...] = tuple(frozenset(words) for words in _DATA["conditions"])
OVERRIDES = _pattern("|".join(_DATA["boundary"]["override"]))
TO_MACHINE = _pattern("|".join(_DATA["boundary"]["to_machine"]))
TASKS = _pattern("|".join(_DATA["boundary"]["task"]))
SMALL_TALK = _pattern("|".join(_DATA["boundary"]["small_talk"]))
ENGLISH: frozenset[str] = frozenset(_DATA["boundary"]["english"].split())
FOREIGN: frozenset[str] = frozenset(_DATA["boundary"]["foreign"].split())
OfAnswer = Literal["thanks", "shorter", "more", "table", "sure", "settle", "convert", "said by", "figure"]
OF_ANSWER: tuple[OfAnswer, ...] = get_args(OfAnswer)  # talk of the answer before, where there is one
TALK: dict[str, re.Pattern[str]] = {
    name.replace("_", " "): _pattern("|".join(one)) for name, one in _DATA["talk"].items()
}
ARTICLE = _pattern(_DATA["article"]["noun"])
OF_SHOWN = _pattern(_DATA["article"]["shown"])
PRONOUN = _pattern(_DATA["article"]["pronoun"])
ORDINALS = [(at, _pattern(one)) for at, one in enumerate(_DATA["article"]["ordinals"])]
ORDINALS.append((-1, _pattern(_DATA["article"]["last"])))
TOLD_BY = [_pattern(one) for one in _DATA["article"]["told_by"]]
CITES = [_pattern(one) for one in _DATA["origin"]["cites"]]
COMPARES = _pattern("|".join(_DATA["form"]["compares"]))
OF_SOURCES = _pattern("|".join(_DATA["form"]["of_sources"]))
COURTESY = _pattern(_DATA["form"]["courtesy"])
TABLE = _pattern(_DATA["form"]["table"])
DRAWN = _pattern("|".join((_DATA["form"]["table"], _DATA["form"]["drawn"])))
PLAN = _pattern("|".join(_DATA["form"]["plan"]))
GUIDE = _pattern(_DATA["form"]["guide"])
FIT = _pattern("|".join(_DATA["form"]["fit"]))
FIGURES: dict[str, re.Pattern[str]] = {name: _pattern(one) for name, one in _DATA["figures"].items()}
