"""A question and the passages found for it go in; their sentences come out, scored, best first.

A linear model over a dozen signals: meaning (cosine), words (IDF-weighted, with synonyms), the role a sentence
speaks of, its topic, and whether it gives a figure where one is asked. The weights are fitted by pairwise
logistic regression (RankSVM's pairs, Joachims 2002) on the tuning cases: `python -m evals fit` prints them.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
import re
from collections.abc import Iterator, Sequence

from advisor.question import GENERIC_STEMS, TOPIC_EVIDENCE, Question, Term, levels_in, roles_in, stems
from corpus import Hit, Passage, Sentence

WEIGHTS = {
    "cosine": 6.63,
    "passage_cosine": 1.4,  # of its best sentence
    "fused_rank": 5.8,
    "heading_words": 1.72,
    "passage_words": 1.96,
    "words": 3.85,
    "role": 0.11,
    "other_role": -1.03,
    "topic": 0.41,
    "figure": 1.66,
    "empty": -1.34,  # a fragment, or an announcement of what follows
    "all": 0.59,  # role, topic, level and figure alike, where two or more are asked
    "level": 1.63,
    "other_level": -0.37,
    "addressed": 2.85,  # the section speaks to somebody like the asker ("You're a data analyst")
}
# Topics that a fitting sentence must speak of itself: one on jobs in Berlin says nothing about pay in Berlin.
_BOUND = {
    "pay": stems("salary salaries pay pays paid earn compensation comp tc"),
    "interview": stems("interview interviews vetting"),
    "education": stems("degree degrees bachelor master graduate education certificate certifications program"),
    "place": stems("location geographic hubs metropolitan region"),
}
_SYNONYM = 0.6  # what a synonym counts beside the word itself
_ASKS_FIGURE = re.compile(
    r"\bhow (?:much|many|long|big|fast|often)\b|percent|%|\bfigures?\b|\bnumbers?\b|\brange\b|\brate\b|\$",
    re.IGNORECASE,
)
_ASKS_WRITERS = re.compile(
    r"\b(?:who|wrote|author|writer|publisher|founder|trust|jain|dan|lee|joinai|coder)\b", re.IGNORECASE
)
_SPOKEN_TO = 0.4  # how well the asker must fit the one whom a section speaks to
_ON_HEADING = 0.3  # share of the question's words from which it asks about what the heading says
_ABOUT_WRITERS = re.compile(r"\[?About the (?:author|publisher)")
_SPEAKS_TO = re.compile(r"\[?(?:You(?:[’']re| are)|I(?:[’']m| am)|If you(?:[’']re| are))\b")
_EMPTY = re.compile(
    r".*[:?]$|^[a-z]|^\S+(?: \S+)?$|(?:We|Our|Explore|Discover|Boost)\b|(?:This|The following) (?:article|guide)\b|"
    r"Learn more\b|Yet, for many\b|"
    r".*\b(?:becomes? clear|one of the most important factors|you may also consult)\b|"
    r".*\bthere (?:is|are) (?:some |a few |several )?(?:key |overlap)",
    re.DOTALL,
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
    empty: bool  # says nothing by itself: a fragment, or an announcement of what follows
    fits: bool  # speaks of the asked role, and of pay, degrees or interviews where those are asked
    signals: tuple[float, ...]  # in the order of WEIGHTS

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.passage.sentences[self.index]


def rank(question: Question, hits: Sequence[Hit], total: int) -> list[Ranked]:
    """Every sentence of the passages, best first; `total` is the number of passages in the library."""
    weighted = [(term, term.weight * idf(term.found_in, total)) for term in question.terms]
    whole = sum(weight for _, weight in weighted) or 1.0
    weighted = [(term, weight / whole) for term, weight in weighted]
    top = max((hit.score for hit in hits), default=1.0)
    ranked = [one for hit in hits for one in _score(question, hit, hit.score / top, weighted)]
    return sorted(ranked, key=lambda one: -one.score)


def idf(count: int, total: int) -> float:
    """Inverse document frequency as in BM25, scaled to 0..1."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5)) / math.log(2 + 2 * total)


def _score(question: Question, hit: Hit, fused_rank: float, weighted: Sequence[tuple[Term, float]]) -> Iterator[Ranked]:
    asks_figure = "pay" in question.topics or bool(_ASKS_FIGURE.search(question.asking))
    content = stems(hit.passage.content)
    heading_words = _share(weighted, stems(" ".join(hit.passage.headings)))
    shared = (
        max(cosine for _, cosine in hit.sentences),
        fused_rank,
        heading_words,
        _share(weighted, content),
    )
    addressed = _addresses(hit.passage, question)
    spoken_to_others = addressed <= 0 and bool(
        _SPEAKS_TO.match(hit.passage.headings[-1] if hit.passage.headings else "")
    )
    about_writers = bool(_ABOUT_WRITERS.match(hit.passage.headings[-1] if hit.passage.headings else ""))
    about_writers &= not _ASKS_WRITERS.search(question.text)
    evidence = [TOPIC_EVIDENCE[topic] for topic in question.topics]
    for index, ((sentence, cosine), roles) in enumerate(zip(hit.sentences, _spoken_of(hit.passage), strict=True)):
        found = stems(sentence.statement)
        words = _share(weighted, found)
        levels = levels_in(sentence.statement)
        # Another role alone, or another one set against a part of those asked.
        other_role = bool(question.roles and roles - question.roles and not question.roles <= roles)
        other_level = bool(question.levels and levels and question.levels.isdisjoint(levels))
        empty = _is_empty(sentence.text) or about_writers
        values = (
            cosine,
            *shared,
            words,
            len(question.roles & roles) / (len(question.roles | roles) or 1) if question.roles else 0.0,
            float(other_role),
            sum(not held.isdisjoint(found) for held in evidence) / (len(evidence) or 1),
            float(asks_figure and _has_figure(sentence.text)),
            float(empty),
            float(_has_all(question, sentence, roles, asks_figure)),
            float(not question.levels.isdisjoint(levels)),
            float(other_level),
            addressed,
        )
        score = sum(map(operator.mul, WEIGHTS.values(), values))
        clashes = other_role or other_level or (spoken_to_others and heading_words < _ON_HEADING)
        fits = _fits(question, sentence, roles)
        yield Ranked(
            passage=hit.passage,
            index=index,
            score=score,
            cosine=cosine,
            words=words,
            heading_words=heading_words,
            roles=roles,
            addressed=addressed > _SPOKEN_TO,
            clashes=clashes,
            empty=empty,
            fits=fits,
            signals=values,
        )


def _has_all(question: Question, sentence: Sentence, roles: frozenset[str], asks_figure: bool) -> bool:
    wanted = (question.roles, question.levels, question.topics & _BOUND.keys(), asks_figure)
    held = (
        question.roles & roles,
        question.levels & levels_in(sentence.statement),
        _fits(question, sentence, roles),
        _has_figure(sentence.text),
    )
    return sum(map(bool, wanted)) > 1 and all(found for want, found in zip(wanted, held, strict=True) if want)


def _fits(question: Question, sentence: Sentence, roles: frozenset[str]) -> bool:
    if question.roles and roles and not question.roles & roles:
        return False
    bound = [_BOUND[topic] for topic in question.topics if topic in _BOUND]
    # A list item reads on from its heading ("AI Engineer Salary"); a sentence must say it itself.
    words = stems(" ".join((sentence.statement, *sentence.headings)) if sentence.kind == "item" else sentence.statement)
    return not bound or any(not words.isdisjoint(evidence) for evidence in bound)


def _addresses(passage: Passage, question: Question) -> float:
    """Whether a section speaks to the asker ("You're a software engineer"): -1 no, 0 unknown, 1 yes."""
    heading = passage.headings[-1] if passage.headings else ""
    if not (question.asker and _SPEAKS_TO.match(heading)):
        return 0.0
    words = stems(heading)
    spoken = frozenset().union(*({term.stem} | term.same for term in question.asker))
    wanted = words - GENERIC_STEMS
    share = len(wanted & spoken) / (len(wanted) or 1)
    return 1.0 if share >= 0.5 else share or -1.0


@functools.lru_cache(maxsize=20_000)
def _has_figure(text: str) -> bool:
    return any(map(str.isdigit, text))


@functools.lru_cache(maxsize=20_000)
def _is_empty(text: str) -> bool:
    return bool(_EMPTY.match(text))


def _share(weighted: Sequence[tuple[Term, float]], found: frozenset[str]) -> float:
    """How much of the question's weight a set of stems holds, 0..1; the weights sum to 1."""
    held = 0.0
    for term, weight in weighted:
        if term.stem in found:
            held += weight
        elif not term.same.isdisjoint(found):
            held += weight * _SYNONYM
    return held


@functools.lru_cache(maxsize=4096)
def _spoken_of(passage: Passage) -> tuple[frozenset[str], ...]:
    """For each sentence the roles it speaks of: those it names, else its heading's, else the sentence before's."""
    heading = roles_in(passage.headings[-1]) if passage.headings else frozenset()
    spoken: list[frozenset[str]] = []
    for sentence in passage.sentences:
        named = roles_in(sentence.statement)
        if sentence.kind == "item" and len(heading) == 1:
            named |= heading  # "similar to ML roles" under "AI Engineer Salary" speaks of both
        spoken.append(named or (heading if len(heading) == 1 or not spoken else spoken[-1]))
    return tuple(spoken)
