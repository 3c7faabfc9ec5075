"""A written sentence, what it cites and the other passages go in; which supports it comes out, or why none does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from advisor.find.quotes import Quote, quote_at
from advisor.question.boundary import is_foreign
from advisor.question.lexicon import TO_MACHINE
from advisor.question.words import GENERIC_STEMS, stems
from advisor.verify.verifier import Reading, Verdict, Verifier
from advisor.written.sentences import LONGEST, Written
from corpus import Passage

SecondReader = Callable[[str, Sequence[Passage]], bool]
_OTHERS = 2  # passages not cited that are tried, the nearest first
_ADDS = 0.2  # share of a claim's words that a further quote must bring
_QUOTES = 3
_LINK = re.compile(r"<[a-z!/][^>]*>?|https?://\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Attribution:
    """A verdict on one sentence, and the quotes that bear it out; none where it is not supported."""

    verdict: Verdict
    quotes: tuple[Quote, ...] = ()
    is_repaired: bool = False  # it did not cite what supports it


def attribute(
    written: Written,
    passages: Mapping[str, Passage],
    verifier: Verifier,
    titles: Mapping[str, str],
    second: SecondReader | None = None,
) -> Attribution:
    """Check a sentence against what it cites, else against the nearest of the other passages.

    `passages` by key, `titles` of articles by id. `second` is asked where the verifier is unsure.
    """
    text = written.text
    refusal = _unreadable(written) or _strange_link(text, [*titles.values(), *(p.content for p in passages.values())])
    if refusal:
        return Attribution(Verdict(False, 0.0, refusal))
    cited = [passages[key] for key in written.keys if key in passages]
    tried = [_read(text, cited, verifier, titles, second)] if cited else []
    if tried and tried[0].verdict.supported:
        return tried[0]
    others = [passage for passage in passages.values() if passage not in cited]
    for passage in verifier.nearest(text, others)[:_OTHERS]:
        found = _read(text, [passage], verifier, titles, second)
        if found.verdict.supported:
            return dataclasses.replace(found, is_repaired=True)
        tried.append(found)
    if not tried:
        return Attribution(Verdict(False, 0.0, "it cites nothing, and no passage was found for it"))
    return tried[0]


def _read(
    text: str, passages: Sequence[Passage], verifier: Verifier, titles: Mapping[str, str], second: SecondReader | None
) -> Attribution:
    reading = verifier.read(text, passages, titles)
    verdict = reading.verdict
    if reading.is_unsure and second is not None:
        says = second(text, passages)
        verdict = Verdict(says, verdict.score, "the second reader found it stated" if says else _DOUBT)
    quotes = _quotes(text, passages, reading) if verdict.supported else ()
    if any(TO_MACHINE.search(quote.text) for quote in quotes):
        return Attribution(Verdict(False, 0.0, "what states it speaks to a machine, not to a reader"))
    return Attribution(verdict, quotes)


_DOUBT = "the passage is close to it, but the second reader did not find it stated"


def _unreadable(written: Written) -> str:
    """Why a sentence cannot be checked at all."""
    text = written.text
    if len(text) > LONGEST:
        return "it is longer than a sentence can be checked"
    if TO_MACHINE.search(text):
        return "it speaks to a machine, not to a reader"
    if is_foreign(text):
        return "it is not in English, so it could not be checked"
    return "" if written.states else "it states nothing that could be checked"


def _strange_link(text: str, known: Iterable[str]) -> str:
    """Why a sentence sends the reader somewhere that no passage names, or holds a tag."""
    held = " ".join(known).lower()
    strange = [link for link in _LINK.findall(text) if link.lower().rstrip(".,)") not in held]
    return f"{strange[0]} is not in the passages" if strange else ""


def _quotes(text: str, passages: Sequence[Passage], reading: Reading) -> tuple[Quote, ...]:
    """The best supporting sentence, and those that bring words of the claim which it lacks."""
    missing = stems(text) - GENERIC_STEMS
    enough = _ADDS * len(missing)
    quotes: list[Quote] = []
    for number, index in reading.places:
        brings = missing & stems(passages[number].sentences[index].statement)
        if quotes and len(brings) <= enough:
            continue
        missing -= brings
        quotes.append(quote_at(passages[number], index))
    return tuple(quotes[:_QUOTES])
