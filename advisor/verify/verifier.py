"""A claim and what it cites go in; whether that says it, how surely, and why, comes out.

A claim that repeats a sentence is supported (`quotes`). Any other is read in steps, each of which may decide: rules,
which only ever refuse (`rules`), what makes it doubtful (`doubts`), and an entailment model of our own (`entailment`),
whose word is weighed with what denies the claim (`signals`). The chat model's second reading, which alone can settle a
doubt, is asked by `advisor.written`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.models.cross_encoder import CrossEncoder
from advisor.models.fitted import Fitted, read_fitted
from advisor.settings import load_settings
from advisor.verify.doubts import doubt
from advisor.verify.entailment import open_entailment
from advisor.verify.kinds import Names, kinds_of
from advisor.verify.lines import Line, read_lines, read_pieces
from advisor.verify.names import without_lead
from advisor.verify.quotes import repeated
from advisor.verify.rules import veto
from advisor.verify.signals import SUPPORTED, WEIGHTS, signals
from advisor.verify.windows import Window, nearness, windows
from corpus import Library, Passage

if TYPE_CHECKING:
    from corpus import Embedder

_SURE = 0.75  # score, up to which a second reader had better look
_STATES_NOTHING = re.compile(r"[?:]$|^(?:the )?(?:question|answer|sentence)\b[^.]*:|^\S+(?:\s\S+)?$", re.IGNORECASE)
_LONGEST = 1_000  # characters of a claim


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether evidence states a claim, how likely that is (0..1), and why."""

    supported: bool
    score: float
    reason: str


@dataclasses.dataclass(frozen=True)
class Reading:
    """A verdict, the sentences it rests on (of which passage, which; the best first), and whether it is unsure.

    Of what is not supported that is all but what cannot be checked, and what a rule refuses.
    """

    verdict: Verdict
    places: tuple[tuple[int, int], ...] = ()  # (number of the passage, index of the sentence)
    is_unsure: bool = False


class Verifier:
    """Checks claims in any words against evidence. Safe to share by threads."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        entailment: CrossEncoder | None = None,
        names: Callable[[], Names] = tuple,
    ) -> None:
        """With the library's embedder, and the model that ADVISOR_ENTAILMENT_MODEL names or the bundled one.

        `names` are those of the library: what it tells apart, see `About.names`.
        """
        self._embedder = embedder or Library.open().embedder
        self._entailment = entailment or open_entailment(load_settings().entailment_model)
        self._names = names
        self._vector = functools.lru_cache(maxsize=20_000)(self._encode)

    def check(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """Whether the pieces of evidence, taken together, state the whole claim; Markdown is understood."""
        return self.read(claim, read_pieces(evidence)).verdict

    def read(
        self, claim: str, passages: Sequence[Passage], titles: Mapping[str, str] | None = None, asked: str = ""
    ) -> Reading:
        """Whether the passages, taken together, state the whole claim; `titles` are those of their articles.

        A figure that stands in `asked`, the conversation, is not refused: it is a doubt.
        """
        lines = read_lines(passages)
        refusal = _unreadable(claim, lines)
        if refusal:
            return _refused(refusal)
        place = repeated(claim, lines)
        if place:
            return Reading(Verdict(True, 1.0, "word for word in the passage"), (place,))
        about = " ".join((titles or {}).get(passage.article, "") for passage in passages)
        reason = veto(claim, lines, f"{about} {asked}", kinds_of(self._names()))
        if reason:
            return _refused(reason)
        plain = without_lead(claim, about, " ".join(line.whole for line in lines))
        if plain is None:
            return _refused("the passage is not by whoever is said to say it")
        if doubted := doubt(plain, lines, about):
            return Reading(Verdict(False, 0.0, doubted), is_unsure=True)
        return self._weigh(plain, lines)

    def nearest(self, claim: str, passages: Sequence[Passage]) -> list[Passage]:
        """The passages, the one with the sentence nearest to the claim first."""
        lines = read_lines(passages)
        near = nearness(claim, lines, self._cosines(claim, lines)).tolist()
        best: dict[int, float] = {}
        for line, value in zip(lines, near, strict=True):
            best[line.passage] = max(value, best.get(line.passage, -1.0))
        return [passages[number] for number in sorted(best, key=lambda number: -best[number])]

    def likeness(self, claim: str, passage: Passage) -> float:
        """The cosine of the claim and the passage's nearest sentence."""
        vector = self._encode(claim)
        return max(float(self._vector(line.text) @ vector) for line in read_lines([passage]))

    def windows(self, claim: str, lines: Sequence[Line]) -> list[Window]:
        """The short texts that the entailment model reads the claim against."""
        return windows(lines, nearness(claim, lines, self._cosines(claim, lines)))

    def weighed(self, claim: str, passages: Sequence[Passage]) -> dict[str, float] | None:
        """The signals of a claim, to fit the weights on; None where it is decided without."""
        lines = read_lines(passages)
        if repeated(claim, lines) or veto(claim, lines) or doubt(claim, lines):
            return None
        return self._signals(claim, lines)[0]

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Load the model and take the sentences' vectors, which costs a few milliseconds each the first time."""
        self._entailment.logits([("ready", "ready")])
        for line in read_lines(passages):
            self._vector(line.text)

    def _weigh(self, claim: str, lines: Sequence[Line]) -> Reading:
        values, numbers = self._signals(claim, lines)
        score = _weights().probability(values)
        places = tuple((lines[n].passage, lines[n].index) for n in numbers)
        supported = score >= 0.5
        nearest = f"the passage does not state this; nearest: “{_shortened(lines[numbers[0]].text)}”"
        reason = "the passage states it in other words" if supported else nearest
        return Reading(Verdict(supported, round(score, 4), reason), places, is_unsure=score <= _SURE)

    def _signals(self, claim: str, lines: Sequence[Line]) -> tuple[dict[str, float], tuple[int, ...]]:
        near = nearness(claim, lines, self._cosines(claim, lines))
        found, alone = windows(lines, near), lines[int(np.argmax(near))].whole
        texts = list(dict.fromkeys([*(window.text for window in found), alone]))
        logits = dict(zip(texts, self._entailment.logits([(text, claim) for text in texts]), strict=True))
        of_windows = np.array([logits[window.text] for window in found], dtype=np.float32)
        values = signals(claim, lines, found, of_windows, float(logits[alone]))
        return values, found[int(np.argmax(of_windows))].lines

    def _cosines(self, claim: str, lines: Sequence[Line]) -> NDArray[np.float32]:
        vector = self._encode(claim)
        return np.array([self._vector(line.text) @ vector for line in lines], dtype=np.float32)

    def _encode(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._embedder.encode([text])[0]
        return vector


def _weights() -> Fitted:
    return read_fitted(WEIGHTS)[SUPPORTED]


def _unreadable(claim: str, lines: Sequence[Line]) -> str:
    """Why a claim cannot be checked at all."""
    if not lines or not claim.strip():
        return "nothing is cited"
    if len(claim) > _LONGEST:
        return "it is longer than a sentence can be checked"
    return "it states nothing that could be checked" if _STATES_NOTHING.search(claim.strip()) else ""


def _refused(reason: str) -> Reading:
    return Reading(Verdict(False, 0.0, reason))


def _shortened(text: str, limit: int = 140) -> str:
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + " …"
