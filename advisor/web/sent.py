"""What a client sent goes in, which may be anything; a key, places in a text, what is known of an article come out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MOST_SPANS = 2_000  # characters


def key_of(data: Mapping[str, Any]) -> str:
    """A turn's key, of which its element ids are made: letters, digits and hyphens."""
    return "".join(char for char in str(data.get("key", "turn")) if char.isalnum() or char == "-")[:64]


def told_of(data: Any) -> dict[str, str]:
    """What a reader knows of the articles to be added."""
    known = data if isinstance(data, dict) else {}
    return {name: str(known[name])[:300] for name in ("publisher", "published", "interest") if known.get(name)}


def spans_of(value: Any) -> list[tuple[int, int]]:
    """Where the quotes begin and end that a button names, "12-80 90-120"; what else there is names none."""
    told = str(value)[:_MOST_SPANS] if isinstance(value, str) else ""
    return [(int(start), int(end)) for start, end in re.findall(r"\b([0-9]{1,9})-([0-9]{1,9})\b", told)]
