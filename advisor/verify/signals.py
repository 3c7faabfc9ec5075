"""A claim and the sentences that it is read against go in; how likely it is that these state it comes out.

Of an entailment model's word and of what denies a claim; words in common decide where to read, not whether it is said:
fitted beside the others, with no weight below nothing, they had none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.verify.lines import Line, nearest
from advisor.verify.opposites import is_opposite
from advisor.verify.polarity import contradicts
from advisor.verify.windows import Window

WEIGHTS = Path(__file__).parent / "fitted.json"
SUPPORTED = "supported"  # the name of the judgement there
SIGNS = {  # which way each signal may count
    "entailment": 1,
    "entailment of the best sentence": 1,
    "denied in one alone": -1,
    "opposite word": -1,
}
_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_SUREST = 8.0  # logit


def signals(
    claim: str, lines: Sequence[Line], found: Sequence[Window], logits: NDArray[np.float32], alone: float
) -> dict[str, float]:
    """The signals by name; `logits` are the entailment of each window, `alone` that of the nearest sentence."""
    read = [lines[n] for n in found[int(np.argmax(logits))].lines]
    about, alike = nearest(claim, lines)
    values = (
        float(np.clip(logits.max(), -_SUREST, _SUREST)),
        float(np.clip(alone, -_SUREST, _SUREST)),
        float(alike >= _ABOUT and contradicts(claim, about)),
        float(is_opposite(claim, " ".join(line.whole for line in read))),
    )
    return dict(zip(SIGNS, values, strict=True))
