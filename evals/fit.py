"""The examples go in; what the advisor has learned comes out: the query adapter, the ranking and the gate.

The adapter is trained first (`evals/adapter.py`). Ranking and gate are then fitted on signals under adapters that have
not seen the writer of the question (cross-fitting), as new questions will be. Sentence ranking: logistic regression
on differences of signals between a gold and another sentence (the pairs of RankSVM, Joachims 2002). The gate:
logistic regression on whether a question is answered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from advisor import Advisor, coverage
from advisor.find.gate import Gate
from advisor.find.particulars import missing_particulars
from advisor.find.rank import WEIGHTS, Ranked, rank
from advisor.find.retrieve import retrieve
from advisor.question.boundary import boundary
from advisor.question.condense import condense
from advisor.question.inputs import read_message
from advisor.question.read import Question, read_question
from corpus.embed import ADAPTER, OnnxEmbedder
from corpus.sync import in_context
from evals.adapter import train
from evals.training import Example

_OTHERS = 20  # sentences compared with each gold one
_GOLD = 5  # gold sentences of a question that are used
_CASE_WEIGHT = 3.0  # what a case counts beside a training question: it was written as a person would ask it
_C = 0.02  # inverse strength of the penalty, where the question's vector is among the columns
_SIGNAL_SCALE = 6.0  # how much less the signals are held back by the penalty than the vector
_WRONG_REFUSALS = 0.049  # share of answered cases that the gate may refuse, left-out writers counted


@dataclasses.dataclass(frozen=True)
class _Found:
    """An example as the advisor reads it, under an adapter that has not seen its writer."""

    example: Example
    question: Question
    ranked: list[Ranked]
    vector: NDArray[np.float32]


def fit(advisor: Advisor, examples: Sequence[Example]) -> dict[str, float]:
    """Write the adapter and the gate; the weights for ranking, by name."""
    asked = [example for example in examples if boundary(example.question) is None]
    found = _cross_fitted(advisor, asked)
    _fit_gate(found, frozenset(article.id for article in advisor.library.articles())).save()
    return _fit_rank(found)


def _cross_fitted(advisor: Advisor, examples: Sequence[Example]) -> list[_Found]:
    """Train the adapter without each writer in turn, and read that writer's questions with it; write the full one."""
    library, embedder = advisor.library, advisor.library.embedder
    assert isinstance(embedder, OnnxEmbedder)
    places = [(article.id, sentence) for article in library.articles() for sentence in article.sentences()]
    sentences = embedder.encode([in_context(sentence) for _, sentence in places])
    gold = np.array([[(id_, s.start) in example.gold for id_, s in places] for example in examples])
    whole = [_read(advisor, example, whole=True).text for example in examples]
    vectors = np.concatenate([embedder.encode([text]) for text in whole])  # one by one, as they will be asked
    folds, answered = np.array([example.fold for example in examples]), gold.any(axis=1)
    found = []
    for fold in tqdm(sorted(set(folds)), desc="Leaving out one writer at a time", disable=None):
        use = (folds != fold) & answered
        embedder.adapter = train(vectors[use], sentences, gold[use])
        for number in map(int, np.flatnonzero(folds == fold)):
            question = _read(advisor, examples[number])
            vector = embedder.encode_query(question.text)
            ranked = rank(question, retrieve(library, question, vector=vector), library.passage_count())
            found.append(_Found(examples[number], question, ranked, vector))
    embedder.adapter = train(vectors[answered], sentences, gold[answered])
    embedder.adapter.save(ADAPTER)
    return found


def _read(advisor: Advisor, example: Example, *, whole: bool = False) -> Question:
    """The example's question; of several in one message the first, or all as one."""
    asking, context = _asking(example)
    return read_question(" ".join(asking) if whole else asking[0], advisor.library.frequencies, context)


def _is_single(found: _Found) -> bool:
    return len(_asking(found.example)[0]) == 1


def _asking(example: Example) -> tuple[list[str], str]:
    message = read_message(example.question, example.history, example.profile)
    return message.questions(condense(message.asked, message.turns))


def _fit_rank(found: Sequence[_Found]) -> dict[str, float]:
    generator = np.random.default_rng(0)
    pairs = [pair for one in found if one.example.gold and _is_single(one) for pair in _pairs(one, generator)]
    differences = np.array([difference for difference, _ in pairs])
    weights = np.array([weight for _, weight in pairs])
    both = np.concatenate([differences, -differences])
    labels = np.repeat([1, 0], len(differences))
    model = LogisticRegression(fit_intercept=False, max_iter=3000)
    model.fit(both, labels, sample_weight=np.concatenate([weights, weights]))
    return dict(zip(WEIGHTS, model.coef_[0].round(2).tolist(), strict=True))


def _pairs(found: _Found, generator: np.random.Generator) -> Iterator[tuple[NDArray[np.float64], float]]:
    is_gold = [(one.passage.article, one.sentence.start) in found.example.gold for one in found.ranked]
    gold = [np.array(one.signals) for one, good in zip(found.ranked, is_gold, strict=True) if good][:_GOLD]
    others = [np.array(one.signals) for one, good in zip(found.ranked, is_gold, strict=True) if not good]
    for signals in gold:
        for index in generator.choice(len(others), min(_OTHERS, len(others)), replace=False):
            yield signals - others[index], 1 / len(gold)


def _fit_gate(found: Sequence[_Found], articles: frozenset[str]) -> Gate:
    """The gate; prints what leaving out one writer at a time says of it."""
    asked = [one for one in found if one.example.answered is not None and _is_single(one)]
    signals = [_signals(one) for one in asked]
    plain = np.array([list(values.values()) for values in signals])
    vectors = np.array([one.vector for one in asked])
    answered = np.array([bool(one.example.answered) for one in asked])
    folds = np.array([one.example.fold for one in asked])
    weights = np.where([one.example.is_case for one in asked], _CASE_WEIGHT, 1.0)
    models, count = [], plain.shape[1]
    for name, rows, strength in (("with the vector", np.hstack([plain, vectors]), _C), ("evidence alone", plain, 1.0)):
        left_out = np.empty(len(asked))
        for fold in set(folds):
            test = folds == fold
            left_out[test] = _logits(
                _logistic(rows[~test], answered[~test], weights[~test], strength, count), rows[test]
            )
        cases = weights > 1
        threshold = float(np.quantile(left_out[answered & cases], _WRONG_REFUSALS))
        weight, intercept = _logistic(rows, answered, weights, strength, count)
        models.append((weight, intercept - threshold))
        refused = left_out < threshold
        said = "".join(
            f"\n  {label}: {refused[group & ~answered].mean():.3f} of the unanswered refused, "
            f"{refused[group & answered].mean():.3f} of the answered"
            for label, group in (("cases", cases), ("training questions", ~cases))
        )
        print(f"gate, {name}, one writer left out at a time:{said}")  # noqa: T201
    (both, intercept), (evidence, evidence_intercept) = models
    return Gate(
        names=tuple(signals[0]),
        weights=both[:count].astype(np.float32),
        vector=both[count:].astype(np.float32),
        intercept=intercept,
        evidence=evidence.astype(np.float32),
        evidence_intercept=evidence_intercept,
        articles=articles,
    )


def _signals(one: _Found) -> dict[str, float]:
    values: dict[str, float] = coverage.signals(one.question, one.ranked, missing_particulars(one.question, one.ranked))
    return values


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64], strength: float, signals: int
) -> tuple[NDArray[np.float64], float]:
    """Weights and intercept of a logistic regression on standardised columns, for the columns as they are."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    spread[:signals] /= _SIGNAL_SCALE
    model = LogisticRegression(C=strength, max_iter=3000, class_weight="balanced")
    model.fit((rows - mean) / spread, labels, sample_weight=weights)
    weight = model.coef_[0] / spread
    return weight, float(model.intercept_[0] - weight @ mean)


def _logits(model: tuple[NDArray[np.float64], float], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    weight, intercept = model
    return np.asarray(rows @ weight + intercept)
