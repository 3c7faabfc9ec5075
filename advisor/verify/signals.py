"""A claim and the sentences it is read against go in; the figures that the verifier weighs come out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.question.words import GENERIC_STEMS, stems
from advisor.verify.lines import Line, plain_words
from advisor.verify.polarity import contradicts
from advisor.verify.windows import Window

NAMES = (
    "entailment",
    "entailment of the best sentence",
    "cosine",
    "words held by the best sentence",
    "words held by the window",
    "words held by the passage",
    "denied in one alone",
    "stronger than the passage",
    "opposite word",
)
_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_STRONG = re.compile(
    r"\b(?:all|every|each|always|only|must|never|guarantee\w*|entirely|completely|exclusively|sole(?:ly)?|any|"
    r"everyone|certain(?:ly)?|exactly|invariably|cannot|required?|mandatory|will|most)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:some|many|often|usually|typically|can|may|might|could|generally|sometimes|tend\w*|likely|probably|several|"
    r"mostly|frequently|commonly|prefer\w*|around|about|nearly|almost|one of|mainly|primarily)\b",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in (
        ("more|higher|greater|larger|above", "less|lower|fewer|smaller|below"),
        (r"increas\w*|grow\w*|ris\w*|surg\w*|expand\w*|explos\w*", r"decreas\w*|declin\w*|shrink\w*|fall\w*|drop\w*"),
        (r"faster|quick\w*|rapid\w*", r"slow\w*"),
        (r"easier|easy|simple", r"hard\w*|difficult\w*|complex"),
        (r"cheap\w*|cost-effective|affordable", r"expensive|costl\w*|dear\w*"),
        (r"strong\w*|solid", r"weak\w*"),
        (r"before|first", r"after|last"),
        (r"narrow\w*|deep\w*|speciali\w*", r"broad\w*|versatil\w*"),
        (r"requir\w*|mandatory|must|need\w*|essential|non-negotiable", r"optional|unnecessary|prefer\w*|not need\w*"),
        (r"shortage|scarc\w*", r"surplus|plent\w*|abundan\w*|glut"),
        (r"most|highest|best", r"least|lowest|rarest|worst"),
        (r"success\w*|win\w*", r"fail\w*"),
        (r"tighten\w*", r"loosen\w*"),
        (r"high|long\w*", r"low|short\w*"),
    )
)  # fmt: skip


def signals(
    claim: str,
    lines: Sequence[Line],
    found: Sequence[Window],
    logits: NDArray[np.float32],
    alone: float,
    cosines: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The figures of NAMES, shape (len(NAMES),).

    `logits` are the entailment of each window, `alone` that of the nearest sentence by itself.
    """
    window = found[int(np.argmax(logits))]
    best = lines[window.lines[0]]
    said = " ".join(lines[n].whole for n in window.lines)
    words = stems(claim) - GENERIC_STEMS
    passage = " ".join(line.whole for line in lines)
    values = (
        np.clip(logits.max(), -8, 8),
        np.clip(alone, -8, 8),
        cosines.max(),
        _share(words, best.whole),
        _share(words, said),
        _share(words, passage),
        float(_is_denied(claim, lines)),
        float(_is_stronger(claim, said)),
        float(_is_opposite(claim, said)),
    )
    return np.array(values, dtype=np.float32)


def _share(words: frozenset[str], text: str) -> float:
    return len(words & stems(text)) / (len(words) or 1)


def _is_denied(claim: str, lines: Sequence[Line]) -> bool:
    """Whether the sentence that shares most words with the claim denies what the claim says, or the reverse."""
    words = plain_words(claim)
    shares = [len(words & plain_words(line.text)) / (len(words) or 1) for line in lines]
    best = int(np.argmax(shares))
    return shares[best] >= _ABOUT and contradicts(claim, lines[best].text)


def _is_stronger(claim: str, said: str) -> bool:
    """Whether the claim has a strong word that the evidence has not, which hedges what the claim does not."""
    strong = {w.lower() for w in _STRONG.findall(claim)} - {w.lower() for w in _STRONG.findall(said)}
    return bool(strong) or bool(_WEAK.search(said) and not _WEAK.search(claim) and _STRONG.search(claim))


def _is_opposite(claim: str, said: str) -> bool:
    """Whether the claim has a word whose opposite alone is in the evidence."""
    return any(
        (one.search(claim) and other.search(said) and not one.search(said) and not other.search(claim))
        or (other.search(claim) and one.search(said) and not other.search(said) and not one.search(claim))
        for one, other in _OPPOSITES
    )
