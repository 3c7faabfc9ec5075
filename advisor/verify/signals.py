"""A claim and the sentences that it is read against go in; how likely it is that these state it comes out.

Of an entailment model's word and of what denies a claim; words in common decide where to read, not whether it is said:
fitted beside the others, with no weight below nothing, they had none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.verify.exchanged import exchanged
from advisor.verify.limits import unlimited
from advisor.verify.lines import Line, agreement, plain_words, share
from advisor.verify.opposites import is_converse, is_opposite
from advisor.verify.polarity import contradicts
from advisor.verify.windows import Window

WEIGHTS = Path(__file__).parent / "fitted.json"
SUPPORTED = "supported"  # the name of the judgement there
SIGNS = {  # which way each signal may count
    "entailment": 1,
    "entailment of the best sentence": 1,
    "denied in one alone": -1,
    "opposite word": -1,
    "exchanged": -1,
    "unlimited": -1,
}
DOUBTS = ("exchanged", "unlimited")  # where the sentence nearly repeats another, and a second reader had better look
_ABOUT = 0.5  # share of a claim's words from which a sentence is about the same
_ALIKE = 0.75  # and from which it is nearly repeated
_AGREES = 0.6  # where what it is told from holds little else
_SUREST = 8.0  # logit


def signals(
    claim: str, lines: Sequence[Line], found: Sequence[Window], logits: NDArray[np.float32], alone: float
) -> dict[str, float]:
    """The signals by name; `logits` are the entailment of each window, `alone` that of the nearest sentence."""
    read = [lines[n] for n in found[int(np.argmax(logits))].lines]
    same = any(is_converse(claim, line.text) for line in read)
    about, alike = _nearest(claim, lines)
    is_alike = alike >= _ALIKE and agreement(claim, about) >= _AGREES
    values = (
        float(np.clip(logits.max(), -_SUREST, _SUREST)),
        float(np.clip(alone, -_SUREST, _SUREST)),
        float(alike >= _ABOUT and contradicts(claim, about)),
        float(not same and is_opposite(claim, " ".join(line.whole for line in read))),
        float(is_alike and exchanged(claim, about)),
        float(is_alike and unlimited(claim, about) is not None),
    )
    return dict(zip(SIGNS, values, strict=True))


def _nearest(claim: str, lines: Sequence[Line]) -> tuple[str, float]:
    """The sentence that shares most words with the claim, and their share."""
    words = plain_words(claim)
    shares = [share(words, line.text) for line in lines]
    best = int(np.argmax(shares))
    return lines[best].text, shares[best]
