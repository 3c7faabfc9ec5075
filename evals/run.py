"""Cases and a function of the shape of `ask()` go in; a score for each case and scorer comes out, with means."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from tqdm import tqdm

from advisor import Answer
from corpus import Article
from evals.case import Case
from evals.scorers import SCORERS, Score

Ask = Callable[..., Answer]
_RESAMPLES = 2000


@dataclasses.dataclass(frozen=True)
class Row:
    """One case with its answer, or the error it raised, and its scores by scorer."""

    case: Case
    answer: Answer | None
    scores: Mapping[str, Score]
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Mean:
    """A mean with its 95% bootstrap interval, over n scored and besides `unscored` cases."""

    value: float
    low: float
    high: float
    n: int
    unscored: int


def run(ask: Ask, cases: Iterable[Case], articles: Sequence[Article]) -> list[Row]:
    """Ask every case and score the answers; an error is a row that scores nothing, not the end."""
    by_id = {article.id: article for article in articles}
    return [_row(ask, case, by_id) for case in tqdm(list(cases), desc="Asking", unit="case", leave=False)]


def _row(ask: Ask, case: Case, articles: Mapping[str, Article]) -> Row:
    try:
        answer = ask(case.question, history=case.history, profile=case.profile)
    except Exception as exc:  # whatever another chain raises is a finding about it
        return Row(case, None, {}, f"{type(exc).__name__}: {exc}")
    return Row(case, answer, {name: scorer(case, answer, articles) for name, scorer in SCORERS.items()})


def mean(rows: Sequence[Row], scorer: str) -> Mean | None:
    """The mean of one scorer; None where it scored nothing."""
    values = [row.scores[scorer].value for row in rows if scorer in row.scores]
    scored = np.array([value for value in values if value is not None])
    if not len(scored):
        return None
    draws = np.random.default_rng(0).choice(scored, (_RESAMPLES, len(scored))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return Mean(float(scored.mean()), float(low), float(high), len(scored), len(rows) - len(scored))
