"""Signals and the vector of a question go in; the probability that the articles answer it comes out.

Two logistic regressions, fitted by `python -m evals fit` and stored in `gate.npz`. The first also sees the question's
vector, as which questions the articles at hand answer can be learned. It was learned of the articles that come with
the project; where the best sentence is of another one, the second judges by the evidence alone.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GATE = Path(__file__).parent / "gate.npz"


@dataclasses.dataclass(frozen=True)
class Gate:
    """What was fitted: a probability of one half or more lets a question through."""

    names: tuple[str, ...]  # of the signals
    weights: NDArray[np.float32]  # of the signals, beside the vector's
    vector: NDArray[np.float32]  # of the question's vector, shape (dimensions,)
    intercept: float
    evidence: NDArray[np.float32]  # of the signals, where they judge alone
    evidence_intercept: float
    articles: frozenset[str]  # ids of the articles that it was fitted on

    def probability(self, signals: Mapping[str, float], vector: NDArray[np.float32], article: str) -> float:
        """That the question is answered, 0..1; `article` is that of the best sentence."""
        values = np.array([signals[name] for name in self.names], dtype=np.float32)
        if article in self.articles and vector.shape == self.vector.shape:
            logit = self.intercept + float(self.weights @ values) + float(self.vector @ vector)
        else:
            logit = self.evidence_intercept + float(self.evidence @ values)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))

    def save(self, path: Path = GATE) -> None:
        """Write it."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        np.savez_compressed(path, **{**fields, "articles": sorted(self.articles), "names": list(self.names)})


@functools.cache
def load_gate() -> Gate:
    """The fitted one."""
    with np.load(GATE) as stored:
        return Gate(
            names=tuple(stored["names"].tolist()),
            weights=stored["weights"],
            vector=stored["vector"],
            intercept=float(stored["intercept"]),
            evidence=stored["evidence"],
            evidence_intercept=float(stored["evidence_intercept"]),
            articles=frozenset(stored["articles"].tolist()),
        )
