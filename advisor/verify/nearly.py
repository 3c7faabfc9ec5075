"""A claim and texts go in; what it says otherwise than the one that it repeats nearly word for word comes out.

Nearly every word agrees then, so that no likeness tells the two apart, though one may deny the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from advisor.question.lexicon import RANKS
from advisor.verify.lines import plain_words
from advisor.verify.opposites import are_opposite

_WORD = re.compile(r"[a-z0-9]+")
_FEWEST = 5  # words of a claim that can repeat a text
_MOST = 3  # words that may differ
_ADVERBIAL = frozenset(_WORD.findall("after at before by during each every for from if in on since until when while"))
_EITHER_WAY = frozenset(
    _WORD.findall("and or nor versus vs between both each other together is are as while with same")
)
_DENIALS = re.compile(r"\b(?:not|no|never|t|cannot|nor|neither|without|rather than|instead of)\b")
_RANK = {word: (n, rank) for n, ranks in enumerate(RANKS) for rank, words in enumerate(ranks) for word in words}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?\b(?!:)"
_DAYS = rf"(?P<days>{_DAY}(?:(?:, | ?[-–] ?|,? (?:to|and|or|until|through) ){_DAY}){{0,9}})"  # "3, 5 and 9", "1 to 30"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE) for pattern in (rf"\b{_DAYS}(?: of)? {_MONTH}\b", rf"\b{_MONTH}\.? {_DAYS}")
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")


def otherwise(claim: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """What the claim says, and what the text says instead that it otherwise repeats; None where it repeats none so."""
    ours = _WORD.findall(claim.lower())
    changes = [found for text in texts if (found := _changes(ours, _WORD.findall(text.lower()))) is not None]
    if len(ours) < _FEWEST or not changes or [] in changes:
        return None
    fewest = min(changes, key=lambda found: sum(len(a) + len(b) for a, b in found))
    if any(are_opposite(*(set(words) - _RANK.keys() for words in change)) for change in fewest):
        return None  # "few fail" may say again that "most pass"
    return next((_shown(*change) for change in fewest if _turns(*change)), None)


def exchanged(claim: str, texts: Sequence[str]) -> bool:
    """Whether two parts of a claim stand in each other's places in a text whose words it repeats.

    "Mentors train apprentices" is not "apprentices train mentors". What is listed may stand in any order, and of what
    is mutual either may come first.
    """
    ours = _WORD.findall(claim.lower())
    for text in texts:
        theirs = _WORD.findall(text.lower())
        if ours != theirs and sorted(ours) == sorted(theirs):
            differ = [at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
            first, last = differ[0], differ[-1]
            is_when = ours[first - 1 : first] == ours[last - 1 : last] and ours[first].isdigit() != ours[last].isdigit()
            if not is_when and _is_swapped(ours[first : last + 1], theirs[first : last + 1]):
                return True  # and not "in Oban" and "in 1909", either of which may stand first
    return False


def _is_swapped(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether the first and the last words of a run are another's last and first, with the same words between."""
    if _EITHER_WAY.intersection(ours):
        return False
    for size in range(1, len(ours) - 1):
        for tail in range(1, len(ours) - size):
            between = ours[size : len(ours) - tail]
            is_adverbial = {ours[0], ours[-tail]} & _ADVERBIAL  # may stand first or last
            is_other = theirs == [*ours[-tail:], *between, *ours[:size]] and plain_words(" ".join(between))
            if is_other and not is_adverbial:
                return True
    return False


def strange_moment(claim: str, held: str) -> str | None:
    """A day of a month, or a time of day, of which the evidence has another alone."""
    days, known = set(_days(claim)), set(_days(held))
    months = {month for _, month in known}
    for day, month in sorted(days - known):
        if month in months:
            return f"{day} {month.capitalize()}"
    clock = {(int(hour) % 12, minute): f"{hour}:{minute}" for hour, minute in _CLOCK.findall(claim)}
    told = {(int(hour) % 12, minute) for hour, minute in _CLOCK.findall(held)}
    return next((text for time, text in clock.items() if told and time not in told), None)


def _days(text: str) -> Iterator[tuple[int, str]]:
    for pattern in _DATES:
        for match in pattern.finditer(text):
            for day in re.findall(r"\d+", match["days"]):
                yield int(day), match["month"].lower()[:3]


def _changes(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]] | None:
    """The words that differ, place by place; None where the one does not repeat the other."""
    if abs(len(ours) - len(theirs)) > _MOST or len(set(ours) ^ set(theirs)) > 2 * _MOST:
        return None
    opcodes = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    found = [(tuple(ours[a:b]), tuple(theirs[c:d])) for kind, a, b, c, d in opcodes if kind != "equal"]
    return found if sum(max(len(one), len(other)) for one, other in found) <= _MOST else None


def _turns(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether what differs in a place says another thing: it denies, holds further, or is another figure."""
    here, there = (len(_DENIALS.findall(" ".join(words))) for words in (ours, theirs))
    if (here - there) % 2:
        return True
    if len(ours) != len(theirs):
        return False
    return any(_is_other(one, other) for one, other in zip(ours, theirs, strict=True))


def _is_other(one: str, other: str) -> bool:
    if one.isdigit() and other.isdigit():
        return int(one) != int(other)
    if (one, other) == ("and", "or"):  # of several, each may do: that both do is another thing
        return True
    ranked, rank = _RANK.get(one), _RANK.get(other)
    return ranked is not None and rank is not None and ranked[0] == rank[0] and ranked[1] != rank[1]


def _shown(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, str]:
    return " ".join(ours) or "nothing", " ".join(theirs) or "nothing"
