"""A text goes in; the day that it names comes out, as YYYY-MM-DD, or why it names none."""

from __future__ import annotations

import datetime
import re

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # Python reads more forms, such as 20260101 and 2026-W01-1


def day_of(text: object) -> str:
    """The day, YYYY-MM-DD. Raises ValueError with a phrase on why there is none."""
    if not _DAY.fullmatch(str(text)):
        raise ValueError("is no date")
    try:
        return datetime.date.fromisoformat(str(text)).isoformat()
    except ValueError as exc:
        raise ValueError("is a day that does not exist") from exc
