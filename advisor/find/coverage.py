"""A question and its ranked sentences go in; whether the articles cover it, and what they miss, comes out.

The gate (`advisor/find/gate.py`) weighs how near the sentences come in meaning and words, and
whether every particular that the question names is held by a sentence that fits.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.find.gate import load_gate
from advisor.find.particulars import missing_particulars, quoted
from advisor.find.rank import Ranked, asks_figure
from advisor.question.lexicon import SUBJECTS
from advisor.question.read import Question, roles_in
from advisor.question.words import stems

_ENOUGH = 0.5  # probability of being answerable, from which a question is answered
_SURE = 0.6  # the same for a question without a word of the domain
_KEYWORDS, _RARE, _ALL_WORDS = 3, 3, 0.95  # words of a lookup, passages that hold a rare one, share of them in one
_BEST = 3  # sentences whose nearness counts
_NEAR_TOPIC, _FAR_TOPIC = 0.38, 0.24  # cosine of the nearest sentence; other subjects mostly lie below 0.25
_ANCHORS = stems(
    "ai ml model models data llm algorithm mlops machine engineer role gig job career title recruiter candidate"
)
_ANCHOR_TOPICS = frozenset({"pay", "education", "skills", "hiring", "interview", "outlook", "industry"})
_JOINED = re.compile(r",? (?:and|or|plus|versus|vs\.?|&|as well as|compared (?:to|with)|than)\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What the gate found."""

    covered: bool
    on_topic: bool
    missing: tuple[str, ...]  # phrases that complete "The articles say nothing about ..."
    particular: bool  # what is missing is plain to see: a place, a fee, a year, or every word of the question


def cover(question: Question, ranked: Sequence[Ranked], vector: NDArray[np.float32]) -> Coverage:
    """Judge one question (or one part of a longer one) by its vector and the sentences found for it, best first."""
    missing = missing_particulars(question, ranked)
    article = ranked[0].passage.article if ranked else ""
    probability = load_gate().probability(signals(question, ranked, missing), vector, article)
    on_topic = _is_on_topic(question, ranked, probability)
    covered = on_topic and (probability >= _ENOUGH or _is_lookup(question, ranked))
    named = missing or (() if covered else (quoted(question),))
    return Coverage(covered, on_topic, named, bool(missing) or _is_all_strange(question))


def signals(question: Question, ranked: Sequence[Ranked], missing: Sequence[str]) -> dict[str, float]:
    """What tells an answerable question from another, each about 0..1, by name."""
    asked = [term for term in question.terms if term.weight >= 0.5]
    unknown = sum(not term.found_in and not term.same for term in asked)
    best = ranked[:_BEST]
    wants, has_figure = asks_figure(question), any(one.has_figure and one.fits for one in best)
    nearest = sorted((one.cosine for one in ranked), reverse=True)[:_BEST]
    return {
        "cosine": sum(nearest) / (len(nearest) or 1),
        "score": sum(one.score for one in best) / (len(best) or 1) / 20,
        "words": max((one.words for one in best), default=0.0),
        "figure": float(wants and has_figure),
        "no_figure": float(wants and not has_figure),
        "unknown": min(unknown, 4) / 4,
        "length": len(question.terms) / 10,
        "missing": float(bool(missing) and not _only_added(question, missing)),
        "missing_subject": float(any(not phrase.startswith("“") for phrase in missing)),
    }


def _is_all_strange(question: Question) -> bool:
    """Whether no article holds any word of a question whose role was borrowed from the rest of its message."""
    asked = [term for term in question.terms if term.weight >= 0.5]
    is_borrowed = question.asking.endswith(")?")  # as `parts` writes it
    return is_borrowed and len(asked) > 1 and not any(term.found_in or term.same for term in asked)


def _nearest(ranked: Sequence[Ranked]) -> float:
    return max((one.cosine for one in ranked), default=0.0)


def _is_on_topic(question: Question, ranked: Sequence[Ranked], probability: float) -> bool:
    """Whether the question is about careers in AI at all."""
    nearest = _nearest(ranked)
    named = re.findall(r"[a-z0-9+#]+", question.asking.lower())
    if _is_lookup(question, ranked):
        return True
    if question.roles or nearest >= (_FAR_TOPIC if not SUBJECTS.isdisjoint(named) else _NEAR_TOPIC):
        return True
    anchored = not (_ANCHORS.isdisjoint(stems(question.text)) and _ANCHOR_TOPICS.isdisjoint(question.topics))
    return nearest >= _FAR_TOPIC and probability >= (_ENOUGH if anchored else _SURE)


def _is_lookup(question: Question, ranked: Sequence[Ranked]) -> bool:
    """Whether a few keywords, as typed into a search box, all stand in one sentence, and one of them is rare."""
    asked = [term for term in question.terms if term.weight >= 0.5]
    is_rare = any(0 < term.found_in <= _RARE for term in asked)
    is_short = 0 < len(asked) <= _KEYWORDS and len(question.asking.split()) <= _KEYWORDS
    return is_short and is_rare and any(one.words >= _ALL_WORDS for one in ranked[:_BEST])


def _only_added(question: Question, missing: Sequence[str]) -> bool:
    """Whether all that is missing was joined on ("... and at banks"), so that what comes first still stands."""
    head = _JOINED.split(question.asking, maxsplit=1)[0]
    if head == question.asking or not (roles_in(head) or (question.topics and len(head.split()) > 3)):
        return False
    return not any(phrase.strip("“”?").split()[-1].lower() in head.lower() for phrase in missing)
