"""A question and the passages found for it go in; their sentences come out, scored, best first.

A linear model over a dozen signals: meaning (cosine), words (IDF-weighted, with synonyms), the role a sentence
speaks of, its topic, and whether it gives a figure where one is asked. The weights are fitted by pairwise
logistic regression (RankSVM's pairs, Joachims 2002) on the tuning cases: `python -m evals fit` prints them.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Iterator, Sequence

from advisor.find.evidence import BOUND, Section, Told, read_passage
from advisor.question.read import TOPIC_EVIDENCE, Question, Term
from advisor.question.words import GENERIC_STEMS
from corpus import Hit, Passage, Sentence

WEIGHTS = {
    "cosine": 12.03,
    "passage_cosine": 4.4,  # of its best sentence
    "fused_rank": 2.85,
    "heading_words": -0.18,
    "passage_words": 0.83,
    "words": 2.37,
    "role": -0.31,
    "other_role": -0.73,
    "topic": 0.41,
    "figure": 0.57,
    "empty": -0.66,  # a fragment, or an announcement of what follows
    "all": 0.55,  # role, topic, level and figure alike, where two or more are asked
    "level": 1.51,
    "other_level": -1.17,
    "addressed": 0.5,  # the section speaks to somebody like the asker ("You're a data analyst")
}
_SYNONYM = 0.6  # what a synonym counts beside the word itself
_SPOKEN_TO = 0.4  # how well the asker must fit the one whom a section speaks to
_ON_HEADING = 0.3  # share of the question's words from which it asks about what the heading says
_ASKS_FIGURE = re.compile(
    r"\bhow (?:much|many|long|big|fast|often)\b|percent|%|\bfigures?\b|\bnumbers?\b|\brange\b|\brate\b|\$",
    re.IGNORECASE,
)
_ASKS_WRITERS = re.compile(
    r"\b(?:who|wrote|author|writer|publisher|founder|trust|jain|dan|lee|joinai|coder)\b", re.IGNORECASE
)


@dataclasses.dataclass(frozen=True)
class Ranked:
    """One sentence of one passage, scored for a question."""

    passage: Passage
    index: int  # of the sentence in the passage
    score: float
    cosine: float
    words: float  # share of the question's words it holds, 0..1
    heading_words: float  # the same for its headings
    roles: frozenset[str]  # the roles it speaks of, by name, by its heading or by the sentences before
    addressed: bool  # its section speaks to somebody like the asker
    clashes: bool  # speaks of other roles or levels than those asked, or to somebody else
    empty: bool  # says nothing by itself, or is about the writers where they are not asked about
    fits: bool  # speaks of the asked role, and of pay, degrees or interviews where those are asked
    has_figure: bool
    signals: tuple[float, ...]  # in the order of WEIGHTS

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.passage.sentences[self.index]


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A question, prepared for scoring many sentences."""

    question: Question
    weighted: tuple[tuple[Term, float], ...]  # the weights sum to 1
    evidence: tuple[frozenset[str], ...]  # for each topic the stems that articles use for it
    bound: frozenset[str]  # topics that a fitting sentence must speak of
    figure: bool
    writers: bool

    def share(self, found: frozenset[str]) -> float:
        """How much of the question's weight a set of stems holds, 0..1."""
        held = 0.0
        for term, weight in self.weighted:
            if term.stem in found:
                held += weight
            elif not term.same.isdisjoint(found):
                held += weight * _SYNONYM
        return held


def rank(question: Question, hits: Sequence[Hit], total: int) -> list[Ranked]:
    """Every sentence of the passages, best first; `total` is the number of passages in the library."""
    weights = [term.weight * idf(term.found_in, total) for term in question.terms]
    asked = _Asked(
        question=question,
        weighted=tuple((t, w / (sum(weights) or 1.0)) for t, w in zip(question.terms, weights, strict=True)),
        evidence=tuple(TOPIC_EVIDENCE[topic] for topic in sorted(question.topics)),
        bound=question.topics & BOUND.keys(),
        figure=asks_figure(question),
        writers=bool(_ASKS_WRITERS.search(question.text)),
    )
    top = max((hit.score for hit in hits), default=1.0)
    return sorted((one for hit in hits for one in _score(asked, hit, hit.score / top)), key=lambda one: -one.score)


def asks_figure(question: Question) -> bool:
    """Whether an answer should hold a figure."""
    return "pay" in question.topics or bool(_ASKS_FIGURE.search(question.asking))


def idf(count: int, total: int) -> float:
    """Inverse document frequency as in BM25, scaled to 0..1."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5)) / math.log(2 + 2 * total)


def _score(asked: _Asked, hit: Hit, fused_rank: float) -> Iterator[Ranked]:
    section = read_passage(hit.passage)
    heading_words = asked.share(section.heading)
    shared = (max(cosine for _, cosine in hit.sentences), fused_rank, heading_words, asked.share(section.words))
    addressed = _addresses(section, asked.question)
    to_others = section.speaks_to_somebody and addressed <= 0 and heading_words < _ON_HEADING
    for index, ((_, cosine), told) in enumerate(zip(hit.sentences, section.sentences, strict=True)):
        words = asked.share(told.words)
        empty = told.is_empty or (section.is_about_writers and not asked.writers)
        values = (cosine, *shared, words, *_facets(asked, told), float(empty), *_levels(asked, told), addressed)
        yield Ranked(
            passage=hit.passage,
            index=index,
            score=sum(map(operator.mul, WEIGHTS.values(), values)),
            cosine=cosine,
            words=words,
            heading_words=heading_words,
            roles=told.roles,
            addressed=addressed > _SPOKEN_TO,
            clashes=to_others or _is_of_other_roles(asked, told) or _is_of_other_levels(asked, told),
            empty=empty,
            fits=_fits(asked, told),
            has_figure=told.has_figure,
            signals=values,
        )


def _facets(asked: _Asked, told: Told) -> tuple[float, float, float, float]:
    """Roles in common (Jaccard), other roles, topics spoken of, and a figure where one is asked."""
    roles = asked.question.roles
    common = len(roles & told.roles) / (len(roles | told.roles) or 1) if roles else 0.0
    topics = sum(not held.isdisjoint(told.words) for held in asked.evidence) / (len(asked.evidence) or 1)
    return common, float(_is_of_other_roles(asked, told)), topics, float(asked.figure and told.has_figure)


def _levels(asked: _Asked, told: Told) -> tuple[float, float, float]:
    """All that is asked at once (role, level, topic, figure, where two or more are), the level, another level."""
    question = asked.question
    wanted = (question.roles, question.levels, asked.bound, asked.figure)
    held = (question.roles & told.roles, question.levels & told.levels, _fits(asked, told), told.has_figure)
    has_all = sum(map(bool, wanted)) > 1 and all(found for want, found in zip(wanted, held, strict=True) if want)
    return float(has_all), float(bool(question.levels & told.levels)), float(_is_of_other_levels(asked, told))


def _is_of_other_roles(asked: _Asked, told: Told) -> bool:
    """Another role alone, or another one set against a part of those asked."""
    roles = asked.question.roles
    return bool(roles and told.roles - roles and not roles <= told.roles)


def _is_of_other_levels(asked: _Asked, told: Told) -> bool:
    return bool(asked.question.levels and told.levels and asked.question.levels.isdisjoint(told.levels))


def _fits(asked: _Asked, told: Told) -> bool:
    if asked.question.roles and told.roles and not asked.question.roles & told.roles:
        return False
    return not asked.bound or not asked.bound.isdisjoint(told.topics)


def _addresses(section: Section, question: Question) -> float:
    """Whether a section speaks to the asker ("You're a software engineer"): -1 no, 0 unknown, 1 yes."""
    if not (question.asker and section.speaks_to_somebody):
        return 0.0
    spoken = frozenset().union(*({term.stem} | term.same for term in question.asker))
    wanted = section.own_heading - GENERIC_STEMS
    share = len(wanted & spoken) / (len(wanted) or 1)
    return 1.0 if share >= 0.5 else share or -1.0
