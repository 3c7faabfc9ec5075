"""A text goes in; its figures come out, whatever way they are written: "$149,000", "$149K", "149 thousand dollars"."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Iterable, Iterator

_ONES = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_SCALES = {
    "hundred": 100.0, "k": 1e3, "thousand": 1e3, "grand": 1e3, "lakh": 1e5, "m": 1e6, "mn": 1e6, "million": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "trillion": 1e12,
}  # fmt: skip
_VALUES = {word: float(n) for n, word in enumerate(_ONES)} | {w: 20.0 + 10 * n for n, w in enumerate(_TENS)}
_WORDS = "|".join([*_TENS, *reversed(_ONES)])
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SPELLED = rf"(?:{_WORDS})(?:[ -](?:{'|'.join(_ONES[1:10])}))?(?:[ -]hundred(?: and)?(?:[ -](?:{_WORDS}))*)?"
_SCALE = "|".join(sorted((s for s in _SCALES if len(s) > 2), key=len, reverse=True))
_FIGURE = re.compile(
    rf"(?<![\w.,/])(?<![A-Za-z]-)(?!24/7)(?P<currency>US ?\$|[$€£₹¥]|USD ?|EUR ?|GBP ?|INR ?)?"
    rf"(?:(?P<digits>{_DIGITS})|(?P<spelled>\b(?:{_SPELLED}|(?:a|one) (?:hundred|thousand|million|billion))\b))"
    rf"(?:[ -]?(?P<scale>{_SCALE})\b|(?P<letter>[kKmMbB]|bn)\b)?\+?"
    r"(?:[ -]?(?P<percent>%|per ?cent\b|percentage points?\b)"
    r"|[ -](?P<time>years?|yrs?|months?|weeks?|days?|hours?|hrs?|minutes?|decades?)\b"
    r"|[ ](?P<money>dollars|usd|euros?|pounds|rupees)\b"
    r"|[ -]?(?P<times>x|times(?= (?:more|higher|as|the|larger|faster))|fold)\b)?",
    re.IGNORECASE,
)
_PARTS = (
    (re.compile(r"\bhalf\b(?! an| a\b)", re.IGNORECASE), 50.0, "percent"),
    (re.compile(r"\btwo[- ]thirds\b", re.IGNORECASE), 200 / 3, "percent"),
    (re.compile(r"\b(?:a|one)[- ]third\b", re.IGNORECASE), 100 / 3, "percent"),
    (re.compile(r"\b(?:a|one)[- ]quarter of\b|\bone in four\b", re.IGNORECASE), 25.0, "percent"),
    (re.compile(r"\bthree[- ]quarters\b", re.IGNORECASE), 75.0, "percent"),
    (re.compile(r"\b(?:doubl(?:e|es|ed|ing)|twice|twofold)\b", re.IGNORECASE), 2.0, "times"),
    (re.compile(r"\b(?:tripl(?:e|es|ed|ing)|threefold)\b", re.IGNORECASE), 3.0, "times"),
    (re.compile(r"\b(?:a|one) decade\b", re.IGNORECASE), 10.0, "year"),
)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or|through|\.\.)\s*\$?", re.IGNORECASE)
_TIMES = {"yr": "year", "hr": "hour", "decade": "year"}


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure: `kind` is money, percent, times, date (a calendar year), count, or a unit of time ("year")."""

    value: float
    kind: str
    text: str
    start: int
    end: int

    def same_as(self, other: Figure) -> bool:
        """Whether both say the same amount of the same thing; a bare number may stand for one with a unit."""
        kinds = {self.kind, other.kind}
        fits = len(kinds) == 1 or kinds in ({"money", "count"}, {"date", "count"})
        return fits and math.isclose(self.value, other.value, rel_tol=0.002 if "money" in kinds else 1e-6)

    @property
    def is_counted(self) -> bool:
        """Whether it may say how often something comes: 18 months, 12 people."""
        return self.kind not in ("money", "percent", "times", "date")

    @property
    def is_small_count(self) -> bool:
        """Whether it may be a count that the writer made: "both", "these three roles"."""
        return self.kind == "count" and self.value <= 10


@functools.lru_cache(maxsize=20_000)
def figures_in(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in order; numbers within names ("GPT-4", "S3") are none."""
    found = list(_read(text))
    for at in range(len(found) - 2, -1, -1):
        found[at] = _of_range(text, found[at], found[at + 1])
    taken = [range(one.start, one.end) for one in found]
    for pattern, value, kind in _PARTS:
        for match in pattern.finditer(text):
            if not any(match.start() in one for one in taken):
                found.append(Figure(value, kind, match.group(), match.start(), match.end()))
    return tuple(sorted(found, key=lambda figure: figure.start))


def missing(figure: Figure, held: Iterable[Figure]) -> str:
    """What to say of a figure that is not among those of the evidence: up to three of its kind that are."""
    near = dict.fromkeys(other.text for other in held if other.kind == figure.kind)
    says = f"; it says {' and '.join(list(near)[:3])}" if near else ""
    return f"{figure.text} is not in the passage{says}"


def _read(text: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        digits, spelled = match["digits"], match["spelled"]
        if match.end() < len(text) and text[match.end()].isalpha() and digits:
            continue  # part of a name: "3D"
        value = float(digits.replace(",", "")) if digits else _spelled(spelled)
        scale = (match["scale"] or match["letter"] or "").lower()
        value *= _SCALES.get(scale, 1.0)
        if spelled == "one" and not scale and not match["time"]:
            continue  # a pronoun, most often
        kind = _kind(match, value, is_plain=digits is not None and "," not in digits and not scale)
        if (match["time"] or "").lower().startswith("decade"):
            value *= 10
        yield Figure(value, kind, match.group().strip(), match.start(), match.end())


def _kind(match: re.Match[str], value: float, *, is_plain: bool) -> str:
    if match["currency"] or match["money"]:
        return "money"
    if match["percent"]:
        return "percent"
    if match["times"]:
        return "times"
    if match["time"]:
        unit = match["time"].lower().rstrip("s")
        return _TIMES.get(unit, unit)
    return "date" if is_plain and 1900 <= value <= 2100 and value == int(value) else "count"


def _of_range(text: str, low: Figure, high: Figure) -> Figure:
    """The lower end of "149-192K" or "$149–$192K" is in the upper end's unit."""
    between = text[low.end : high.start]
    if not _RANGE.fullmatch(between) or (low.kind not in ("count", "money", "date")):
        return low
    value = low.value
    if high.value >= 1000 and value < 1000 and value * 1000 <= high.value * 1.001:
        value *= 1000
    kind = high.kind if low.kind in ("count", "date") and high.kind != "date" else low.kind
    return dataclasses.replace(low, value=value, kind=kind)


def _spelled(words: str) -> float:
    total = current = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _VALUES:
            current += _VALUES[word]
        elif word in ("hundred", "thousand", "million", "billion"):
            current = max(current, 1.0) * _SCALES[word]
        elif word == "a":
            current = 1.0
    return total + current
