"""A sentence of an article goes in; whom it cites for what it says comes out, in the article's words.

A page in brackets ("[example.com]"), the name of a link, "according to ...", "a survey by ...": nothing here knows a
source.
"""

from __future__ import annotations

import re

from advisor.question.lexicon import CITES

_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?://[^)\s\[]+)\)")
_PAGE = re.compile(r"\[((?:[\w-]+\.)+[a-z]{2,}(?:/[^\]\s]*)?)\]|https?://(?:www\.)?([^/\s)]+)", re.IGNORECASE)


def cited_in(sentence: str) -> list[str]:
    """Whom a sentence cites, each as it is named there; empty where it names nobody."""
    names = [match.group(1) for match in _LINK.finditer(sentence)]
    plain = _LINK.sub(" ", sentence)
    names += [next(filter(None, match.groups())) for match in _PAGE.finditer(plain)]
    names += [match.group("name").strip(" .") for pattern in CITES for match in pattern.finditer(plain)]
    return list(dict.fromkeys(filter(None, names)))
