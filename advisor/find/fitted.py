"""The name of a judgement and what it is judged by go in; how likely it holds comes out.

Logistic regressions, fitted by `python -m evals fit-gate` on graded questions over several libraries (`fitted.json`);
they see no article and no word.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Mapping
from pathlib import Path

FITTED = Path(__file__).parent / "fitted.json"


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
def fitted() -> dict[str, Fitted]:
    """All that ship, by name."""
    stored = json.loads(FITTED.read_text(encoding="utf-8"))
    return {name: Fitted(one["weights"], one["intercept"]) for name, one in stored.items()}
