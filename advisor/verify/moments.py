"""A claim and its evidence's text go in; a day or a time of day that is another there comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
