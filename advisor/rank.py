"""A question and the passages found for it go in; their sentences come out, scored, best first.

A linear model over a dozen signals: meaning (cosine), words (IDF-weighted, with synonyms), the role a sentence
speaks of, its topic, and whether it gives a figure where one is asked. The weights are fitted by pairwise
logistic regression (RankSVM's pairs, Joachims 2002) on the tuning cases: `python -m evals fit` prints them.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence

from advisor.question import TOPIC_EVIDENCE, Question, Term, roles_in, stems
from corpus import Hit, Passage, Sentence

WEIGHTS = {
    "cosine": 5.3,
    "passage_cosine": 2.6,
    "fused_rank": 9.6,
    "words": 4.5,
    "heading_words": 2.6,
    "passage_words": 1.2,
    "role": 0.1,
    "other_role": -1.0,
    "topic": 0.8,
    "figure": 2.1,
    "unfinished": -1.5,
}
_SYNONYM = 0.6  # what a synonym counts beside the word itself
_ASKS_FIGURE = re.compile(
    r"\bhow (?:much|many|long|big|fast|often)\b|percent|%|\bfigures?\b|\bnumbers?\b|\brange\b|\brate\b|\$", re.IGNORECASE
)
_UNFINISHED = re.compile(r".*[:?]$|^[a-z]|(?:This|The following) (?:article|guide)\b", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Ranked:
    """One sentence of one passage, scored for a question."""

    passage: Passage
    index: int  # of the sentence in the passage
    score: float
    cosine: float
    words: float  # share of the question's words it holds, 0..1
    roles: frozenset[str]  # the roles it speaks of, by name, by its heading or by the sentences before
    signals: tuple[float, ...] = ()  # in the order of WEIGHTS

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.passage.sentences[self.index]


def rank(question: Question, hits: Sequence[Hit], total: int) -> list[Ranked]:
    """Every sentence of the passages, best first; `total` is the number of passages in the library."""
    weighted = [(term, term.weight * idf(term.found_in, total)) for term in question.terms]
    top = max((hit.score for hit in hits), default=1.0)
    ranked = [one for hit in hits for one in _score(question, hit, hit.score / top, weighted)]
    return sorted(ranked, key=lambda one: -one.score)


def idf(count: int, total: int) -> float:
    """Inverse document frequency as in BM25, scaled to 0..1."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5)) / math.log(2 + 2 * total)


def _score(
    question: Question, hit: Hit, fused_rank: float, weighted: Sequence[tuple[Term, float]]
) -> Iterator[Ranked]:
    asks_figure = bool(_ASKS_FIGURE.search(question.asking))
    heading = stems(" ".join(hit.passage.headings))
    shared = {
        "passage_cosine": max(cosine for _, cosine in hit.sentences),
        "fused_rank": fused_rank,
        "heading_words": _share(weighted, heading),
        "passage_words": _share(weighted, stems(hit.passage.content)),
    }
    for index, ((sentence, cosine), roles) in enumerate(zip(hit.sentences, _roles(hit.passage), strict=True)):
        found = stems(sentence.statement)
        words = _share(weighted, found)
        evidence = [bool(TOPIC_EVIDENCE[topic] & found) for topic in question.topics]
        signals = shared | {
            "cosine": cosine,
            "words": words,
            "role": len(question.roles & roles) / (len(question.roles) or 1),
            "other_role": float(bool(question.roles and roles and not question.roles & roles)),
            "topic": sum(evidence) / (len(evidence) or 1),
            "figure": float(asks_figure and any(map(str.isdigit, sentence.text))),
            "unfinished": float(bool(_UNFINISHED.match(sentence.text))),
        }
        values = tuple(signals[name] for name in WEIGHTS)
        score = sum(weight * value for weight, value in zip(WEIGHTS.values(), values, strict=True))
        yield Ranked(hit.passage, index, score, cosine, words, roles, values)


def _share(weighted: Sequence[tuple[Term, float]], found: frozenset[str]) -> float:
    """How much of the question's weight a set of stems holds, 0..1."""
    total = sum(weight for _, weight in weighted)
    held = (w * (1.0 if t.stem in found else _SYNONYM if t.same & found else 0.0) for t, w in weighted)
    return sum(held) / total if total else 0.0


def _roles(passage: Passage) -> Iterator[frozenset[str]]:
    """For each sentence the roles it speaks of: those it names, else its heading's, else the sentence before's."""
    heading = roles_in(passage.headings[-1]) if passage.headings else frozenset()
    current = heading
    for sentence in passage.sentences:
        named = roles_in(sentence.statement)
        current = named or (heading if len(heading) == 1 else current)
        yield current
