"""A question and the turns before it go in; the library's sentences and passages come out, read, best first.

Candidates are found by meaning and by words; the reader then reads the likeliest sentences of them, each in its
context. A passage counts by its best sentence.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import ModelError
from advisor.find.reader import pair
from advisor.models.cross_encoder import CrossEncoder
from advisor.question.inputs import Query
from advisor.question.words import stems
from corpus import Hit, Library, Passage, Sentence

PASSAGES = 40
SENTENCES = 13  # that are read: of 16 another would come first no more often, at a fifth as much time again
_BY_PASSAGE = 0.5  # what a passage's nearness counts beside its sentence's
_LONG = 25  # words that were said before a question, from which they would drown it
_BY_TOPIC = 0.7  # what its own vector then counts beside that of the conversation
_BY_VECTORS = 6.0  # what nearness counts beside the reader's log-odds
_TYPICAL = (-3.0, 2.0)  # mean and spread of the bundled reader's log-odds over what it reads of a question
_NEAR_COPY = 0.9  # share of words in common (Jaccard)
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Read:
    """One sentence of a passage, and how far it answers: log-odds, comparable between questions."""

    passage: Passage
    index: int  # of the sentence in the passage
    score: float
    logit: float  # the reader's own word
    nearness: float  # of the sentence to the question by vectors, and of its passage

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.passage.sentences[self.index]


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was found for one question."""

    query: Query
    sentences: tuple[Read, ...]  # those that were read, best first
    passages: tuple[Passage, ...]  # best first
    similarity: float  # cosine of the question and the nearest sentence
    vector: NDArray[np.float32]  # of the question, shape (dimensions,)
    is_calibrated: bool  # the scores are the bundled reader's


def retrieve(library: Library, reader: CrossEncoder | None, query: Query) -> Reading:
    """Read what the library holds on a question; without a reader, or where it fails, by vectors alone."""
    vector = _vector(library, query)
    hits = list(_without_copies(library.search(query.conversation, PASSAGES, vector=vector)))
    rows = [
        (cosine + _BY_PASSAGE * hit.score, hit.passage, index)
        for hit in hits
        for index, (_, cosine) in enumerate(hit.sentences)
    ]
    rows = sorted(rows, key=lambda row: -row[0])[:SENTENCES]
    near = np.array([row[0] for row in rows], dtype=np.float32)
    logits = _read(reader, [pair(query.read, passage, index) for _, passage, index in rows])
    is_calibrated = reader is not None and reader.is_ours and logits is not None
    if logits is None or not is_calibrated:
        logits = _standard(near if logits is None else logits)
    scores = logits + _BY_VECTORS * (near - near.mean()) if len(near) else near
    found = [
        Read(passage, index, float(score), float(logit), float(nearness))
        for (nearness, passage, index), score, logit in zip(rows, scores, logits, strict=True)
    ]
    found.sort(key=lambda one: -one.score)
    passages = dict.fromkeys([*(one.passage for one in found), *(hit.passage for hit in hits)])
    similarity = max((cosine for hit in hits for _, cosine in hit.sentences), default=0.0)
    return Reading(query, tuple(found), tuple(passages), similarity, vector, is_calibrated)


def _vector(library: Library, query: Query) -> NDArray[np.float32]:
    """That of the conversation; a question counts on its own too where what was said before would drown it."""
    encode = library.embedder.encode_query
    vector = encode(query.conversation)
    if len(" ".join(query.before).split()) < _LONG or not query.topic:
        return vector
    mixed: NDArray[np.float32] = vector + np.float32(_BY_TOPIC) * encode(query.topic)
    mixed /= np.linalg.norm(mixed)
    return mixed


def _read(reader: CrossEncoder | None, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32] | None:
    if reader is None or not pairs:
        return None
    try:
        return reader.logits(pairs)
    except ModelError as exc:
        _log.warning("%s. Until then answers are found by vectors alone.", str(exc).rstrip("."))
        return None


def _standard(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores of another scale on the scale of the bundled reader's."""
    mean, spread = _TYPICAL
    return (scores - scores.mean()) / (scores.std() + 1e-6) * spread + mean if len(scores) else scores


def _without_copies(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Of passages in nearly the same words only the best."""
    kept: list[frozenset[str]] = []
    for hit in hits:
        words = stems(hit.passage.content)
        if not any(_is_near_copy(words, other) for other in kept):
            kept.append(words)
            yield hit


def _is_near_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    # The sizes alone rule nearly every pair out, at a fraction of the cost.
    return small > _NEAR_COPY * large and len(one & other) > _NEAR_COPY * len(one | other)
