"""The tuning cases go in; the weights of the advisor's two linear models come out, to be copied into its source.

Sentence ranking: logistic regression on differences of signals between a gold and another sentence (the pairs of
RankSVM, Joachims 2002). The gate: logistic regression on whether a question is answerable. Held-out cases are
never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from advisor import Advisor, coverage
from advisor.boundary import boundary
from advisor.condense import condense
from advisor.question import Question, parts, read_question
from advisor.rank import WEIGHTS, Ranked, rank
from advisor.retrieve import retrieve
from evals.case import Case

_OTHERS = 25  # sentences compared with each gold one
_GOLD = 6  # gold sentences of a question that are used


def fit(advisor: Advisor, cases: Sequence[Case]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights for ranking and for the gate (with its intercept), by name."""
    tuning = [case for case in cases if not case.held_out and boundary(case.question) is None]
    ranked = [(case, *_ranked(advisor, case)) for case in tuning]
    return _fit_rank([(case, found) for case, _, found in ranked]), _fit_gate(ranked)


def _ranked(advisor: Advisor, case: Case) -> tuple[Question, list[Ranked]]:
    library = advisor.library
    standalone = condense(case.question, case.history)
    context = standalone.removesuffix(case.question) if standalone.endswith(case.question) else ""
    question = read_question(standalone.removeprefix(context), library.frequencies, context)
    return question, rank(question, retrieve(library, question), library.passage_count())


def _fit_rank(ranked: Sequence[tuple[Case, list[Ranked]]]) -> dict[str, float]:
    pairs = [pair for case, found in ranked if case.answerable for pair in _pairs(case, found)]
    differences = np.array([difference for difference, _ in pairs])
    weights = np.array([weight for _, weight in pairs])
    both = np.concatenate([differences, -differences])
    labels = np.repeat([1, 0], len(differences))
    model = LogisticRegression(fit_intercept=False, max_iter=3000)
    model.fit(both, labels, sample_weight=np.concatenate([weights, weights]))
    return dict(zip(WEIGHTS, model.coef_[0].round(2).tolist(), strict=True))


def _pairs(case: Case, found: Sequence[Ranked]) -> Iterator[tuple[NDArray[np.float64], float]]:
    quotes = [quote for group in case.gold for quote in group]
    is_gold = [any(quote in one.sentence.text or one.sentence.text in quote for quote in quotes) for one in found]
    gold = [np.array(one.signals) for one, good in zip(found, is_gold, strict=True) if good][:_GOLD]
    others = [np.array(one.signals) for one, good in zip(found, is_gold, strict=True) if not good]
    chosen = np.random.default_rng(0).choice(len(others), min(_OTHERS, len(others)), replace=False)
    for signals in gold:
        for index in chosen:
            yield signals - others[index], 1 / len(gold)


def _fit_gate(ranked: Sequence[tuple[Case, Question, list[Ranked]]]) -> dict[str, float]:
    rows, labels = [], []
    for case, question, found in ranked:
        if len(parts(case.question)) > 1 or coverage.cover(question, found).particular:
            continue  # decided otherwise
        rows.append(list(coverage.signals(question, found).values()))
        labels.append(case.answerable)
    model = LogisticRegression(C=3, max_iter=3000, class_weight=None).fit(np.array(rows), labels)
    weights = dict(zip(coverage.WEIGHTS, model.coef_[0].round(2).tolist(), strict=True))
    return weights | {"intercept": round(float(model.intercept_[0]), 2)}
