"""A claim and what it cites go in; whether that says it, how surely, and why, comes out.

A quoted claim is checked against the article as it is indexed now, character by character: the quote must stand
at its offsets, and the claim's words must be the quote's. A claim in other words is read in steps, each of which may
decide: rules, which only ever refuse (`rules`), and an entailment model of our own (`entail`) whose word is weighed
with the nearness of meaning and of words (`signals`). The chat model's second reading is asked by `second`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.answer import Citation, Claim
from advisor.question.lexicon import TO_MACHINE
from advisor.question.read import roles_in
from advisor.question.words import GENERIC_STEMS, stems
from advisor.settings import load_settings
from advisor.verify.clauses import clauses_of
from advisor.verify.entailment import Entailment, open_entailment
from advisor.verify.lines import Line, read_lines
from advisor.verify.pieces import read_pieces
from advisor.verify.rules import veto
from advisor.verify.signals import signals
from advisor.verify.windows import Window, nearness, windows
from corpus import Article, Library, Passage

if TYPE_CHECKING:
    from corpus import Embedder

WEIGHTS = Path(__file__).parent / "verifier.npz"
UNSURE = (0.25, 0.75)  # between these a second reader is worth asking
_STATES_NOTHING = re.compile(r"[?:]$|^(?:the )?(?:question|answer|sentence)\b[^.]*:|^\S+(?:\s\S+)?$", re.IGNORECASE)
_LONGEST = 1_000  # characters of a claim
_LEAD = re.compile(
    r"(?:According to (?P<source>[^,]{2,60}),|(?P<who>[A-Z(][\w.()]*(?:,? [\w.()]+){0,7}) "
    r"(?:says?|states?|notes?|reports?|adds?|explains?|writes?|puts it)(?: that)?,?) "
)
_SOURCES = stems("the guide article source passage publisher author text report")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether evidence states a claim, how likely that is (0..1), and why."""

    supported: bool
    score: float
    reason: str


@dataclasses.dataclass(frozen=True)
class Reading:
    """A verdict, the sentences it rests on (of which passage, which; the best first), and whether it is unsure."""

    verdict: Verdict
    places: tuple[tuple[int, int], ...] = ()  # (number of the passage, index of the sentence)
    is_unsure: bool = False


class Verifier:
    """Checks claims in any words against evidence. Safe to share by threads."""

    def __init__(self, embedder: Embedder | None = None, entailment: Entailment | None = None) -> None:
        """With the library's embedder, and the model that ADVISOR_ENTAILMENT_MODEL names or the bundled one."""
        self._embedder = embedder or Library.open().embedder
        self._entailment = entailment or open_entailment(load_settings().entailment_model)
        self._vector = functools.lru_cache(maxsize=20_000)(self._encode)

    def check(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """Whether the pieces of evidence, taken together, state the whole claim; Markdown is understood."""
        return self.read(claim, read_pieces(evidence)).verdict

    def read(self, claim: str, passages: Sequence[Passage], titles: Mapping[str, str] | None = None) -> Reading:
        """Whether the passages, taken together, state the whole claim; `titles` are those of their articles."""
        titles = titles or {}
        named = {id_: roles for id_, title in titles.items() if (roles := roles_in(title))}
        lines = read_lines(passages, named)
        if not lines or not claim.strip():
            return Reading(Verdict(False, 0.0, "nothing is cited"))
        if len(claim) > _LONGEST:
            return Reading(Verdict(False, 0.0, "it is longer than a sentence can be checked"))
        if _STATES_NOTHING.search(claim.strip()):
            return Reading(Verdict(False, 0.0, "it states nothing that could be checked"))
        same = _word_for_word(claim, lines)
        if same:
            return Reading(Verdict(True, 1.0, "word for word in the passage"), same)
        about = " ".join(titles.get(passage.article, "") for passage in passages)
        reason = veto(claim, lines, about)
        if reason:
            return Reading(Verdict(False, 0.0, reason))
        plain = _without_lead(claim, about, " ".join(line.whole for line in lines))
        if plain is None:
            return Reading(Verdict(False, 0.0, "the passage is not by whoever is said to say it"))
        whole = self._weigh(plain, lines)
        return whole if whole.verdict.supported else self._weigh_clauses(plain, lines) or whole

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

    def weighed(self, claim: str, passages: Sequence[Passage]) -> NDArray[np.float32] | None:
        """The signals of a claim, to fit the weights on; None where a rule refuses it."""
        lines = read_lines(passages)
        if _word_for_word(claim, lines) or veto(claim, lines):
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
        nearest = _shortened(lines[numbers[0]].text)
        reason = (
            "the passage states it in other words"
            if supported
            else f"the passage does not state this; nearest: “{nearest}”"
        )
        return Reading(Verdict(supported, round(score, 4), reason), places, UNSURE[0] <= score <= UNSURE[1])

    def _weigh_clauses(self, claim: str, lines: Sequence[Line]) -> Reading | None:
        """A claim that joins statements is supported where each of them is; None where it is not."""
        clauses = clauses_of(claim)
        if not clauses or any(veto(clause, lines) for clause in clauses):
            return None
        readings = [self._weigh(clause, lines) for clause in clauses]
        if not all(reading.verdict.supported for reading in readings):
            return None
        verdict = Verdict(
            True, min(reading.verdict.score for reading in readings), "the passage states each part of it"
        )
        places = tuple(dict.fromkeys(place for reading in readings for place in reading.places))
        return Reading(verdict, places, any(reading.is_unsure for reading in readings))

    def _signals(self, claim: str, lines: Sequence[Line]) -> tuple[NDArray[np.float32], tuple[int, ...]]:
        cosines = self._cosines(claim, lines)
        near = nearness(claim, lines, cosines)
        found = windows(lines, near)
        best = int(np.argmax(near))
        pairs = [(window.text, claim) for window in found]
        alone = lines[best].whole
        logits = self._entailment.logits(
            pairs if len(found) == 1 and found[0].text == alone else [*pairs, (alone, claim)]
        )
        of_windows = logits[: len(found)]
        values = signals(claim, lines, found, of_windows, float(logits[-1]), cosines)
        return values, found[int(np.argmax(of_windows))].lines

    def _cosines(self, claim: str, lines: Sequence[Line]) -> NDArray[np.float32]:
        vector = self._encode(claim)
        return np.array([self._vector(line.text) @ vector for line in lines], dtype=np.float32)

    def _encode(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._embedder.encode([text])[0]
        return vector


@dataclasses.dataclass(frozen=True)
class Weights:
    """A logistic regression over the signals, fitted by `python -m evals train-verifier`."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: float

    def save(self, path: Path) -> None:
        """Write them to a file."""
        np.savez(path, **dataclasses.asdict(self))

    def probability(self, values: NDArray[np.float32]) -> float:
        """How likely it is that the claim is supported; 0.5 is where the accepting begins."""
        z = float(self.weights @ ((values - self.mean) / self.scale)) + self.intercept
        return float(1 / (1 + np.exp(-z)))


@functools.cache
def _weights() -> Weights:
    with np.load(WEIGHTS) as stored:
        return Weights(stored["mean"], stored["scale"], stored["weights"], float(stored["intercept"]))


def _word_for_word(claim: str, lines: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    """The sentences, one after another, that a claim repeats whole; () where it does not."""
    wanted = _plain(claim)
    for first in range(len(lines)):
        said = ""
        for last in range(first, min(first + 4, len(lines))):
            said = f"{said} {_plain(lines[last].text)}".strip()
            if said == wanted:
                return tuple((line.passage, line.index) for line in lines[first : last + 1])
    return ()


def _plain(text: str) -> str:
    """The words and figures of a text; what changes neither is left out, and a word in quotes is not the same word."""
    return " ".join(re.findall(r"[$€£¥]?\w+(?:[.,]\d+)*%?\+?|[\"“”«»]", text.lower()))


def _without_lead(claim: str, about: str, held: str) -> str | None:
    """The claim without "According to JoinAI,", where that is what the cited article is known by.

    None where whoever is said to say it is neither that nor in the evidence.
    """
    lead = _LEAD.match(claim)
    if lead is None:
        return claim
    who = stems(lead["source"] or lead["who"]) - GENERIC_STEMS
    if who <= stems(about) | _SOURCES:
        rest = claim[lead.end() :]
        return rest[:1].upper() + rest[1:]
    return claim if who <= stems(about) | _SOURCES | stems(held) else None


def _shortened(text: str, limit: int = 140) -> str:
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + " …"


def check_quote(text: str, words: str, citation: Citation, article: Article | None) -> Claim:
    """The claim `text`, made of the quote's own `words`, as supported or unsupported, with the reason.

    `words` are the quote's sentences as the article's own parser reads them; `text` may put the section's
    heading before them.
    """
    if article is None:
        return _unsupported(text, citation, f"the article {citation.article} is not in the library any more")
    if article.text[citation.start : citation.end] != citation.quote:
        return _unsupported(text, citation, "the quote does not stand in the article at its place")
    spoken = " ".join(s.statement for s in article.sentences() if citation.start <= s.start < citation.end)
    if TO_MACHINE.search(citation.quote) or TO_MACHINE.search(text):
        return _unsupported(text, citation, "it speaks to a machine, not to a reader")
    heading = citation.section.split(" > ")[-1].strip("[]")
    if spoken != words or text not in (words, f"[{heading}] {words}"):
        return _unsupported(text, citation, "the sentence's words are not those of the article")
    return Claim(text, (citation.number,), "supported", 1.0, "quoted word for word")


def _unsupported(text: str, citation: Citation, reason: str) -> Claim:
    return Claim(text, (citation.number,), "unsupported", 0.0, reason)
