"""A reading goes in; whether the library answers its question comes out.

Logistic regressions over how far the best sentences answer and how that falls off, how near the library comes at all,
and what the question names that no article holds.
"""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np

from advisor.find.fitted import fitted
from advisor.find.makers import tellers_in
from advisor.find.retrieve import Reading
from advisor.question.inputs import Query
from advisor.question.lexicon import CALENDAR
from advisor.question.parts import told_in
from advisor.question.words import content, stems
from corpus import Library

_BEST, _FIRST = 6, 3  # sentences whose scores count, and whose words
_SURE = 0.6  # of what is less likely, half is not covered, where three questions in ten are not
_NOT_IN = 0.2  # that a part of a message is answered, below which it is not, whatever the whole of it is
_OFF = 0.2  # likelihood that it is on the topic, below which nobody would take it to be
_ABSENT = 3  # words of a question that no article holds, from which more of them tell no more
_NOTHING = -9.0  # log-odds where nothing is read
_OWN = 2  # words of a question's own that no article holds, from which it may be on another thing
_FAR = 0.25  # its cosine, below which it is, where none of its words stands anywhere; less where some do
_WHEN = stems(" ".join(CALENDAR))
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b(?![\w-]|\.\w)|\b(?:19|20)\d\d\b")


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What the gate found."""

    is_covered: bool
    is_sure: bool  # that it is covered
    is_on_topic: bool
    probability: float  # that the question is answered
    unknown: tuple[str, ...]  # names and years of the question that no article holds
    may_be_on_topic: bool = True  # it is not plainly off it, so that whoever understands it had better look


def judge(library: Library, reading: Reading) -> Coverage:
    """Judge one question."""
    named = unknown(library, reading.query)
    if reading.query.before and (absent := _elsewhere(library, reading.query.topic)):
        is_near = len(absent) < _ABSENT  # a word or two may be missing by chance
        return Coverage(False, False, is_near, 0.0, named, is_near)
    if _is_told_by(reading.query.topic, named):
        return Coverage(False, False, True, 0.0, named)
    values = signals(library, reading, named)
    probability = fitted()["read" if reading.is_calibrated else "unread"].probability(values)
    topic = fitted()["on topic"].probability(values)
    # Whoever asks what somebody says of a thing is answered by what he or she says of it, however little that is.
    is_said = bool(reading.query.maker) and values["words of a sentence"] == 1.0
    is_sure, is_on_topic, may_be = probability >= _SURE or is_said, topic >= 0.5, topic >= _OFF
    is_covered = (probability >= 0.5 and may_be) or is_said
    return Coverage(is_covered, is_sure, is_on_topic or is_covered, probability, named, may_be or is_covered)


def of_part(part: Coverage, whole: Coverage) -> Coverage:
    """What holds of one of several questions that a message asks of what it tells, where that was judged as a whole."""
    if not whole.is_covered or part.probability < _NOT_IN:
        return dataclasses.replace(part, is_covered=False, is_sure=False)
    return dataclasses.replace(part, is_covered=True, is_sure=whole.is_sure or part.is_sure, is_on_topic=True)


def _elsewhere(library: Library, topic: str) -> frozenset[str]:
    """The words by which a question that follows another is on a thing far from all that the library holds.

    Read with the one before, which may be near, it would look near too.
    """
    words = content(topic)
    absent = words - library.frequencies(words).keys()
    if len(absent) < _OWN:
        return frozenset()
    hits = library.search(topic, _BEST, vector=library.embedder.encode_query(topic))
    nearest = max((cosine for hit in hits for _, cosine in hit.sentences), default=0.0)
    return absent if nearest < _FAR * len(absent) / len(words) else frozenset()


def _is_told_by(topic: str, named: tuple[str, ...]) -> bool:
    """Whether a question asks what somebody says of whom no article has a word: what others say is no answer to it."""
    return any(name in teller for teller in tellers_in(topic) for name in named)


def signals(library: Library, reading: Reading, named: tuple[str, ...]) -> dict[str, float]:
    """What tells an answerable question from another, by name."""
    logits = sorted((one.logit for one in reading.sentences), reverse=True)[:_BEST] or [_NOTHING]
    words = content(reading.query.read)
    counts, total = library.frequencies(words), library.passage_count()
    weights = {word: math.log(1 + total / (1 + counts.get(word, 0))) for word in words}
    whole = sum(weights.values()) or 1.0
    best = reading.sentences[:_FIRST]
    passages = [stems(one.passage.content) for one in best]
    told = [stems(one.sentence.statement) for one in best]
    asked = content(reading.query.topic)
    missing = asked - frozenset().union(*passages)
    return {
        "best": logits[0],
        "mean": float(np.mean(logits)),
        "score": best[0].score if best else _NOTHING,
        "similarity": reading.similarity,
        "words of a passage": max((sum(weights[w] for w in words & one) for one in passages), default=0.0) / whole,
        "words of a sentence": max((sum(weights[w] for w in words & one) for one in told), default=0.0) / whole,
        "missing": max((weights[word] for word in missing), default=0.0),
        "absent": min(len(asked - counts.keys()), _ABSENT) / _ABSENT,
        "unknown": float(bool(named)),
        "length": min(len(reading.query.topic.split()), 40) / 40,
    }


def unknown(library: Library, query: Query) -> tuple[str, ...]:
    """The names and years in what is asked that stand in no article, each whole: "Blue Card".

    Those that a message tells of whoever asks it, as where she lives, are none of them, nor are they later.
    """
    text, told = query.topic, " ".join(map(told_in, (*query.before, query.topic)))
    named = [(match.start(), match.end(), content(match.group())) for match in _NAME.finditer(text)]
    counts = library.frequencies({word for *_, words in named for word in words})
    found: list[tuple[int, int]] = []
    for start, end, words in named:
        if words - _WHEN and not words & counts.keys():
            is_joined = found and text[found[-1][1] : start] == " "
            found[-1:] = [(found[-1][0], end)] if is_joined else [*found[-1:], (start, end)]
    names = dict.fromkeys(text[start:end] for start, end in found)
    return tuple(name for name in names if name not in told)
