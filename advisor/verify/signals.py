"""A claim and the sentences that it is read against go in; how likely it is that these state it comes out.

Of an entailment model's word and of what denies a claim; words in common decide where to read, not whether it is said:
fitted beside the others, with no weight below nothing, they had none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.verify.lines import Line, plain_words
from advisor.verify.opposites import is_opposite
from advisor.verify.polarity import contradicts
from advisor.verify.windows import Window

WEIGHTS = Path(__file__).parent / "verifier.npz"
NAMES = ("entailment", "entailment of the best sentence", "denied in one alone", "opposite word")
SIGNS = (1, 1, -1, -1)  # which way each may count
_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_SUREST = 8.0  # logit


@dataclasses.dataclass(frozen=True)
class Weights:
    """A logistic regression over the signals, fitted by `python -m evals train-verifier`."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: float

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Those of a file."""
        with np.load(path) as stored:
            return cls(stored["mean"], stored["scale"], stored["weights"], float(stored["intercept"]))

    def save(self, path: Path) -> None:
        """Write them to a file."""
        np.savez(path, **dataclasses.asdict(self))

    def probability(self, values: NDArray[np.float32]) -> float:
        """How likely it is that the claim is supported; 0.5 is where the accepting begins."""
        z = float(self.weights @ ((values - self.mean) / self.scale)) + self.intercept
        return float(1 / (1 + np.exp(-z)))


def signals(
    claim: str, lines: Sequence[Line], found: Sequence[Window], logits: NDArray[np.float32], alone: float
) -> NDArray[np.float32]:
    """The figures of NAMES; `logits` are the entailment of each window, `alone` that of the nearest sentence."""
    said = " ".join(lines[n].whole for n in found[int(np.argmax(logits))].lines)
    values = (
        np.clip(logits.max(), -_SUREST, _SUREST),
        np.clip(alone, -_SUREST, _SUREST),
        float(_is_denied(claim, lines)),
        float(is_opposite(claim, said)),
    )
    return np.array(values, dtype=np.float32)


def _is_denied(claim: str, lines: Sequence[Line]) -> bool:
    """Whether the sentence that shares most words with the claim denies what the claim says, or the reverse."""
    words = plain_words(claim)
    shares = [len(words & plain_words(line.text)) / (len(words) or 1) for line in lines]
    best = int(np.argmax(shares))
    return shares[best] >= _ABOUT and contradicts(claim, lines[best].text)
