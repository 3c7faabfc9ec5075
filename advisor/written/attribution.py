"""A written sentence and the passages that were given go in; which supports it comes out, or why none does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence

from advisor.find.quotes import Quote
from advisor.question.boundary import is_foreign
from advisor.question.words import content, stems
from advisor.verify.orders import is_order
from advisor.verify.verifier import Verdict
from advisor.written.bearing import bearing, share_held
from advisor.written.scene import Scene
from advisor.written.sentences import LONGEST, Written
from advisor.written.told import read_told, without_opener
from corpus import Passage

# What follows of itself from what somebody sells, and who does.
_OF_INTEREST = stems("interest interested stake commercial benefit profit gain writer author publisher seller")
_OTHERS = 2  # passages not cited that are tried, the nearest first
# Share of a sentence's words in its quotes: what is not cited needs more than the first. Below the second it may state
# more than they do: half of what quotes bear in part alone is, and one in ten of what they bear.
_MOST, _NEARLY = 0.5, 0.8
_LINK = re.compile(
    r"<[a-z!/][^<>]*>?|https?://\S+|(?<![\w-])(?<![\w-]\.)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?", re.IGNORECASE
)
_ELSEWHERE = "what it cites does not state it, and what is like it elsewhere says it in other words"
_IN_PARTS = "no few sentences of the passage state all of it"


@dataclasses.dataclass(frozen=True)
class Attribution:
    """A verdict on one sentence, and the quotes that bear it out; none where it is not supported."""

    verdict: Verdict
    quotes: tuple[Quote, ...] = ()
    is_repaired: bool = False  # it did not cite what supports it
    is_read: bool = False  # a second reader read it, as it stands
    is_conclusion: bool = False  # it is drawn from what the quotes state
    is_of_publisher: bool = False  # it says what a publisher sells, as is noted beside the articles
    doubt: tuple[Passage, ...] = ()  # against which a second reader had better read it; none where the verdict is sure


def attribute(written: Written, scene: Scene) -> Attribution:
    """Check a sentence against what it cites, else against the nearest of the other passages.

    Where it says who says it, only their passages count, for each of them. A figure that is not the passages' but
    stands in the conversation is a doubt and no refusal.
    """
    refusal = _unreadable(written) or _strange_link(written.text, scene.held)
    if refusal:
        return Attribution(Verdict(False, 0.0, refusal))
    text, tellers = read_told(without_opener(written.text), scene.articles)
    cited = [scene.keyed[key] for key in written.keys if key in scene.keyed]
    others = [passage for passage in scene.passages if passage not in cited]
    found = _told_by(tellers, text, cited, others, scene) if tellers else _found(text, cited, others, scene)
    if (found.doubt or not found.verdict.supported) and _is_noted(text, scene):
        return Attribution(Verdict(True, 1.0, "noted beside the articles"), is_of_publisher=True)
    return found


def _told_by(
    tellers: Sequence[Collection[str]], text: str, cited: Sequence[Passage], others: Sequence[Passage], scene: Scene
) -> Attribution:
    """What several are said to say, each checked against what is theirs."""
    each = []
    for own in tellers:
        theirs, more = ([one for one in some if one.article in own] for some in (cited, others))
        each.append(_found(text, theirs, more, scene))
    doubt = tuple(dict.fromkeys(passage for one in each for passage in one.doubt))
    quotes = tuple(dict.fromkeys(quote for one in each for quote in one.quotes))
    is_certain = any(not one.verdict.supported and not one.doubt for one in each)
    least = min(each, key=lambda one: (one.verdict.supported, one.verdict.score)).verdict
    is_repaired = any(one.is_repaired for one in each)
    return Attribution(least, quotes if least.supported else (), is_repaired, doubt=() if is_certain else doubt)


def _is_noted(text: str, scene: Scene) -> bool:
    """Whether it says what publishers sell, in the notes' own words: a note is too short to be read for others."""
    said = content(text) - _OF_INTEREST
    notes = dict.fromkeys(
        f"{one.publisher}: {one.interest}"
        for one in scene.articles.values()
        if one.publisher and one.interest and said & stems(one.publisher)
    )
    return bool(notes) and said <= stems(" ".join(notes)) and scene.verifier.check(text, list(notes)).supported


def _found(text: str, cited: Sequence[Passage], others: Sequence[Passage], scene: Scene) -> Attribution:
    tried = [_read(text, cited, scene)] if cited else []
    if tried and tried[0].verdict.supported:
        return tried[0]  # even in doubt: what a model cites is likelier than what is like it elsewhere
    for passage in scene.verifier.nearest(text, others)[:_OTHERS]:
        found = _read(text, [passage], scene)
        if found.verdict.supported and share_held(text, found.quotes) <= _MOST:
            found = Attribution(Verdict(False, found.verdict.score, _ELSEWHERE), doubt=(passage,))
        if found.verdict.supported and not found.doubt:
            return dataclasses.replace(found, is_repaired=True)
        tried.append(dataclasses.replace(found, is_repaired=True))
    if not tried:
        return Attribution(Verdict(False, 0.0, "it cites nothing, and no passage was found for it"))
    held = next((one for one in tried if one.verdict.supported), tried[0])
    doubt = dict.fromkeys(passage for one in tried for passage in one.doubt)
    return dataclasses.replace(held, doubt=tuple(doubt))


def _read(text: str, passages: Sequence[Passage], scene: Scene) -> Attribution:
    reading = scene.verifier.read(text, passages, scene.names, scene.conversation)
    verdict = reading.verdict
    quotes = bearing(text, passages, reading, scene.verifier, scene.names) if verdict.supported else ()
    if any(quote.gives_orders for quote in quotes):
        return Attribution(Verdict(False, 0.0, "what states it speaks to a machine, not to a reader"))
    is_in_parts = verdict.supported and not quotes
    if is_in_parts:
        verdict = Verdict(False, verdict.score, _IN_PARTS)
    is_loose = verdict.supported and share_held(text, quotes, scene.conversation) < _NEARLY
    return Attribution(verdict, quotes, doubt=tuple(passages) if is_in_parts or is_loose or reading.is_unsure else ())


def _unreadable(written: Written) -> str:
    """Why a sentence cannot be checked at all."""
    text = written.text
    if len(text) > LONGEST:
        return "it is longer than a sentence can be checked"
    if is_order(text):
        return "it speaks to a machine, not to a reader"
    if is_foreign(text):
        return "it is not in English, so it could not be checked"
    return "" if written.states else "it states nothing that could be checked"


def _strange_link(text: str, held: str) -> str:
    """Why a sentence sends the reader somewhere that no passage names, or holds a tag."""
    strange = [link for link in _LINK.findall(text) if link.lower().rstrip(".,)") not in held.lower()]
    return f"{strange[0]} is not in the passages" if strange else ""
