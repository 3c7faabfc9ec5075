"""Scores go in; estimates with 95% bootstrap intervals come out (Efron and Tibshirani 1993, percentile method)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.trial import Score

RESAMPLES = 2000
_INTERVAL = (0.025, 0.975)
Statistic = Literal["mean", "p50", "p95"]


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A statistic over n scored cases, with its interval; `unscored` cases beside, `undecided` statements in them."""

    value: float
    low: float
    high: float
    n: int
    unscored: int = 0
    undecided: int = 0


def estimate(scores: Sequence[Score], statistic: Statistic = "mean") -> Estimate | None:
    """The statistic of what is scored; None where nothing is."""
    values = np.array([score.value for score in scores if score.value is not None], dtype=float)
    if not len(values):
        return None
    low, high = np.quantile(_reduce(values[_draws(len(values))], statistic), _INTERVAL)
    value = float(_reduce(values[np.newaxis], statistic)[0])
    undecided = sum(score.undecided for score in scores)
    return Estimate(value, float(low), float(high), len(values), len(scores) - len(values), undecided)


def paired(before: Sequence[float], after: Sequence[float]) -> Estimate:
    """The mean difference after - before of the same cases, with its interval. Raises ValueError for none."""
    if not before:
        raise ValueError("no case was scored in both runs")
    differences = np.array(after, dtype=float) - np.array(before, dtype=float)
    low, high = np.quantile(differences[_draws(len(differences))].mean(axis=1), _INTERVAL)
    return Estimate(float(differences.mean()), float(low), float(high), len(differences))


def _draws(n: int) -> NDArray[np.int64]:
    """Indices of the resamples, shape (RESAMPLES, n): the same for the same n, so that a run can be repeated."""
    return np.random.default_rng(0).integers(n, size=(RESAMPLES, n))


def _reduce(values: NDArray[np.float64], statistic: Statistic) -> NDArray[np.float64]:
    if statistic == "mean":
        return np.asarray(values.mean(axis=1))
    return np.asarray(np.quantile(values, {"p50": 0.5, "p95": 0.95}[statistic], axis=1))
