"""A file of weights goes in; judgements come out, which say how likely it is that something holds.

Logistic regressions, fitted by `python -m evals fit-gate` and `train-verifier` (`fitted.json` beside what asks them);
they see no article and no word.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Mapping
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Fitted:
    """One logistic regression."""

    weights: Mapping[str, float]
    intercept: float

    def probability(self, values: Mapping[str, float]) -> float:
        """Of one half or more: yes."""
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@functools.cache
def read_fitted(path: Path) -> dict[str, Fitted]:
    """All of a file, by name."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: Fitted(one["weights"], one["intercept"]) for name, one in stored.items()}
