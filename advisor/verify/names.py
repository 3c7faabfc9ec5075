"""A claim and the evidence's text go in; a name that the evidence does not hold comes out, if there is one."""

from __future__ import annotations

import re

from advisor.question.read import roles_in
from advisor.question.words import GENERIC_STEMS, stem, stems
from advisor.verify.lines import levels_said
from corpus import english_words

_NAME = re.compile(r"(?<![\w.])(?:[A-Z][A-Za-z]*[A-Z0-9][\w+#]*|[A-Z][a-z]+(?:[.][a-z]+)?)(?![\w])")
_SPELLED_OUT = {
    "ai": "artificial intelligence",
    "api": "interfaces",
    "apis": "interfaces",
    "american": "us u.s.",
    "americans": "us",
    "ceo": "chief executive",
    "cs": "computer science",
    "ds": "data scientist",
    "hr": "human resources",
    "llm": "large language model",
    "llms": "large language models",
    "mba": "master",
    "ml": "machine learning",
    "mle": "machine learning engineer",
    "mles": "machine learning engineers",
    "mlops": "machine learning operations",
    "nlp": "natural language",
    "phd": "ph.d doctorate doctoral",
    "rag": "retrieval",
    "tc": "total comp",
    "us": "u.s. united states america american usa",
    "usa": "us united states",
}
_MONTHS = "january february march april may june july august september october november december"
_PLAIN = frozenset(("i", "i'm", "english", "monday", *_MONTHS.split()))


def strange_name(claim: str, held: str) -> str | None:
    """The first tool, company, place or certificate of a claim that `held` does not name, in any writing."""
    low, known = held.lower(), stems(held)
    joined = re.sub(r"[^a-z0-9]", "", low)
    for match in _NAME.finditer(claim):
        name = match.group()
        if not _is_plain_word(name, claim, match.start()) and not _is_held(name.lower(), low, joined, known):
            return name
    return None


def _is_held(name: str, held: str, joined: str, known: frozenset[str]) -> bool:
    if stem(name) in known or re.sub(r"[^a-z0-9]", "", name) in joined or name.rstrip("s") in joined:
        return True
    return any(re.search(rf"\b{re.escape(word)}", held) for word in _SPELLED_OUT.get(name, "").split())


def _is_plain_word(name: str, claim: str, at: int) -> bool:
    """Whether a capital is only that of a sentence's first word, of a role, or of a title."""
    low, has_more = name.lower(), bool(re.search(r"[A-Z0-9]", name[1:]))
    before = claim[:at].rstrip()
    if not has_more and (not re.search(r"\w", before) or before[-1:] in '.!?:"“'):
        return True
    if roles_in(name) or levels_said(name) or low in _PLAIN or stem(low) in GENERIC_STEMS:
        return True
    in_title = re.search(r"[A-Z]\w*[ -]$", claim[:at]) or re.match(r"\w+[ -][A-Z]", claim[at:])
    return low in english_words() and not has_more and bool(in_title)
