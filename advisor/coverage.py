"""A question and its ranked sentences go in; whether the articles cover it, and what they miss, comes out.

The gate before anything is answered. A question is covered when every particular that it names is held by a
sentence that fits, and its sentences are near enough in meaning and words.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence

from advisor.lexicon import SUBJECTS
from advisor.particulars import missing_particulars, quoted
from advisor.question import Question, roles_in, stems
from advisor.rank import Ranked

# Logistic regression on `signals`, fitted on the tuning cases: `python -m evals fit` prints the weights.
WEIGHTS = {"cosine": 4.37, "words": 0.3, "unknown": -2.09, "unknown_count": -0.02, "role": -0.5, "topic": 0.88}
INTERCEPT = 0.55
_ENOUGH = 0.6  # probability of being answerable, from which a question is answered
_SURE = 0.7  # the same for a question without a word of the domain
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


def cover(question: Question, ranked: Sequence[Ranked]) -> Coverage:
    """Judge one question (or one part of a longer one) by the sentences found for it, best first."""
    missing = missing_particulars(question, ranked)
    probability = answerable(question, ranked)
    on_topic = _is_on_topic(question, ranked, probability)
    strange = _is_all_strange(question)
    covered = (not missing or _only_added(question, missing)) and probability >= _ENOUGH and on_topic and not strange
    named = missing or (() if covered else (quoted(question),))
    return Coverage(covered, on_topic, named, bool(missing) or strange)


def _is_all_strange(question: Question) -> bool:
    """Whether no article holds any word of a question whose role was borrowed from the rest of its message."""
    asked = [term for term in question.terms if term.weight >= 0.5]
    is_borrowed = question.asking.endswith(")?")  # as `parts` writes it
    return is_borrowed and len(asked) > 1 and not any(term.found_in or term.same for term in asked)


def answerable(question: Question, ranked: Sequence[Ranked]) -> float:
    """Probability that the sentences answer the question, 0..1."""
    values = signals(question, ranked)
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[name] * value for name, value in values.items())))


def signals(question: Question, ranked: Sequence[Ranked]) -> dict[str, float]:
    """What tells an answerable question from another, each about 0..1."""
    asked = [term for term in question.terms if term.weight >= 0.5]
    unknown = [term for term in asked if not term.found_in and not term.same]
    return {
        "cosine": _nearest(ranked),
        "words": max((one.words for one in ranked[:6]), default=0.0),
        "unknown": len(unknown) / (len(asked) or 1),
        "unknown_count": min(len(unknown), 4) / 4,
        "role": float(bool(question.roles)),
        "topic": float(bool(question.topics)),
    }


def _nearest(ranked: Sequence[Ranked]) -> float:
    return max((one.cosine for one in ranked), default=0.0)


def _is_on_topic(question: Question, ranked: Sequence[Ranked], probability: float) -> bool:
    """Whether the question is about careers in AI at all."""
    nearest = _nearest(ranked)
    named = re.findall(r"[a-z0-9+#]+", question.asking.lower())
    if question.roles or nearest >= (_FAR_TOPIC if not SUBJECTS.isdisjoint(named) else _NEAR_TOPIC):
        return True
    anchored = not (_ANCHORS.isdisjoint(stems(question.text)) and _ANCHOR_TOPICS.isdisjoint(question.topics))
    return nearest >= _FAR_TOPIC and probability >= (_ENOUGH if anchored else _SURE)


def _only_added(question: Question, missing: Sequence[str]) -> bool:
    """Whether all that is missing was joined on ("... and at banks"), so that what comes first still stands."""
    head = _JOINED.split(question.asking, maxsplit=1)[0]
    if head == question.asking or not (roles_in(head) or (question.topics and len(head.split()) > 3)):
        return False
    return not any(phrase.strip("“”?").split()[-1].lower() in head.lower() for phrase in missing)
