"""Ranked sentences go in; an answer's quotes come out: the one that answers first, then what adds to it.

Nothing is rewritten. A sentence that leans on the one before it ("They ...", "This ...") is quoted together with
it; a sentence that names no role, under a heading that does, is introduced by that heading.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from advisor.find.rank import Ranked
from advisor.question.lexicon import TO_MACHINE
from advisor.question.read import Question, roles_in
from advisor.question.words import stems
from corpus import Passage, Sentence

MAX_QUOTES = 6
_ENOUGH = 3  # quotes, after which only what comes near the best is added
_NEARBY = 0.12  # share of the question's words that the nearest must hold to be worth showing
_LIKE_QUESTION = 0.6  # share of the question's words from which a heading asks the same
_HEARD = 30  # ranks within which a second article is heard
_PER_PASSAGE = 2  # and one more of the best
_WITHIN = 3.5  # how far below the best score a sentence may lie and still add something
_FAR = 6.0  # how far below even the first ones may lie
_SAME = 0.6  # share of words in common (Jaccard) from which two sentences say the same
_ANCHORS = 3  # how many sentences a leaning one may carry with it
_SPEAKS_TO = re.compile(r"\[?(?:You[’']re|I[’']m)\b")
_SHORT_REPLY = 4  # sentences below a heading that asks, up to which they are one reply and open together
_LEANS = re.compile(
    r"(?:They|Their|Them|It|It[’']s|Its|This|These|Those|That|He|She|His|Her|Both roles|The roles?|The latter|"
    r"The former|As they|While they|With further|Together|Solo|Such|The work each|At larger|In simpler terms|"
    r"However|To make|You are not|Today|And|Yet|But|Notice)\b|[^,.;:]{1,40}, (?:they|he|she|it|this|these|those)\b|"
    r"[^,.;:]{1,60}\b(?:match|reach|beat|do|does|see|mean) (?:this|that|these|so)\b|"
    r"[^,.;:]{1,40}\b(?:rarely|often|never) do\b"
)
_GOES_ON = re.compile(r"\b(?:also|equally|on the other hand|in addition|that said|notice)\b", re.IGNORECASE)
_OPENER = re.compile(r"(?:Yes|No|It depends|Depends on you|Honestly)\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Quote:
    """A run of sentences of one passage, quoted as one claim."""

    passage: Passage
    first: int
    last: int
    lead: str  # heading that introduces it, or ""
    score: float = 0.0
    roles: frozenset[str] = frozenset()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The quoted sentences, in order."""
        return self.passage.sentences[self.first : self.last + 1]

    @property
    def start(self) -> int:
        """Offset in the article's text."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Offset in the article's text, exclusive."""
        return self.sentences[-1].end

    @property
    def text(self) -> str:
        """What the reader sees: the sentences, after their heading in brackets where they need it."""
        words = " ".join(sentence.statement for sentence in self.sentences)
        return f"[{self.lead.strip('[]')}] {words}" if self.lead else words


def choose(question: Question, ranked: Sequence[Ranked], limit: int = MAX_QUOTES) -> list[Quote]:
    """At most `limit` quotes, grouped by section, the best section first, each section in its own order."""
    if not ranked:
        return []
    ranked = [one for one in ranked if not (one.clashes or one.empty)] or ranked
    first = _first(question, ranked)
    chosen = [_quote(first)]
    for one in (*_one_for_each_role(question, ranked), *_one_of_another_article(question, ranked), *ranked):
        if len(chosen) == limit:
            break
        if one.score < ranked[0].score - (_WITHIN if len(chosen) >= _ENOUGH else _FAR):
            continue
        if not _says_the_same(one, chosen):
            chosen.append(_quote(one))
    return list(_arranged(chosen))


def nearest(question: Question, ranked: Sequence[Ranked]) -> Quote | None:
    """What comes nearest where the question is not covered; None where nothing shares enough with it."""
    near = [one for one in ranked if one.fits and not one.clashes and max(one.words, one.heading_words) >= _NEARBY]
    return _quote(near[0]) if near else None


def _first(question: Question, ranked: Sequence[Ranked]) -> Ranked:
    """The sentence that answers: what is said to one like the asker, the reply to a like question, or the best."""
    best = ranked[0]
    if question.asker:
        best = next((one for one in ranked[:_HEARD] if one.addressed), best)
    heading = best.passage.headings[-1] if best.passage.headings else ""
    if heading.endswith("?") and best.heading_words >= _LIKE_QUESTION:
        replies = (one for one in ranked if one.passage.id == best.passage.id and one.index == 0)
        best = next((one for one in replies if not one.sentence.text.endswith("?")), best)
    return best


def _one_for_each_role(question: Question, ranked: Sequence[Ranked]) -> Iterator[Ranked]:
    if len(question.roles) > 1:
        for role in sorted(question.roles):
            yield from [one for one in ranked if role in one.roles][:1]


def _one_of_another_article(question: Question, ranked: Sequence[Ranked]) -> Iterator[Ranked]:
    """Where a second article speaks to the point, it is heard; on roles in general, where it sets two side by side."""
    others = [one for one in ranked[:_HEARD] if one.fits and one.passage.article != ranked[0].passage.article]
    comparing = [one for one in others if not question.roles and len(roles_in(one.sentence.statement)) > 1]
    yield from (comparing or others)[:1]


def _says_the_same(one: Ranked, chosen: Sequence[Quote]) -> bool:
    words = stems(one.sentence.statement)
    same_passage, allowed = 0, _PER_PASSAGE + (one.passage.id == chosen[0].passage.id)
    for quote in chosen:
        if quote.passage.id == one.passage.id:
            same_passage += 1
            if quote.first <= one.index <= quote.last or same_passage == allowed:
                return True
        held = stems(" ".join(sentence.statement for sentence in quote.sentences))
        if len(words & held) / (len(words | held) or 1) > _SAME:
            return True
    return False


def _quote(one: Ranked) -> Quote:
    return dataclasses.replace(quote_at(one.passage, one.index), score=one.score, roles=one.roles)


def quote_at(passage: Passage, index: int) -> Quote:
    """One sentence as a quote, with those that it leans on."""
    sentences = passage.sentences
    first = last = index
    while first and index - first < _ANCHORS and _leans(sentences[first], sentences[first - 1]):
        first -= 1
    if _is_reply(passage):
        first = 0
    if _is_short(sentences[last]) and last + 1 < len(sentences) and sentences[last + 1].block == sentences[last].block:
        last += 1
    return Quote(passage, first, last, _lead(passage, first, last))


def _is_reply(passage: Passage) -> bool:
    """Whether a passage is a short reply to its heading: a question, or somebody it speaks to."""
    heading = passage.headings[-1] if passage.headings else ""
    return len(passage.sentences) <= _SHORT_REPLY and bool(heading.endswith("?") or _SPEAKS_TO.match(heading))


def _leans(sentence: Sentence, before: Sentence) -> bool:
    if sentence.kind != "sentence" or before.kind != "sentence" or sentence.block != before.block:
        return False
    return bool(_LEANS.match(sentence.text) or (_OPENER.match(before.text) and _is_short(before)))


def _is_short(sentence: Sentence) -> bool:
    return sentence.kind == "sentence" and len(sentence.text.split()) <= 3


def _lead(passage: Passage, first: int, last: int) -> str:
    """The heading, where the words alone do not say whom or what they are about."""
    heading = passage.headings[-1] if passage.headings else ""
    if TO_MACHINE.search(heading):
        return ""
    sentences = passage.sentences[first : last + 1]
    if _SPEAKS_TO.match(heading) or _OPENER.match(sentences[0].text) or _LEANS.match(sentences[0].text):
        return heading  # whom it is said to, or what it is a reply to
    is_named = sentences[0].kind != "item" and roles_in(" ".join(sentence.statement for sentence in sentences))
    return heading if not is_named and (roles_in(heading) or heading.endswith("?")) else ""


def _arranged(chosen: Sequence[Quote]) -> Iterator[Quote]:
    """Sections by their best quote; within one, the article's order, and its heading only once."""
    best: dict[tuple[str, tuple[str, ...]], int] = {}
    for rank, quote in enumerate(chosen):
        best.setdefault((quote.passage.article, quote.passage.headings), rank)
    first = chosen[0] if not _GOES_ON.search(chosen[0].text) else None
    ordered = sorted(chosen, key=lambda q: (best[q.passage.article, q.passage.headings], q is not first, q.start))
    for _, section in groupby(ordered, key=lambda q: (q.passage.article, q.passage.headings)):
        merged = _merged(list(section))
        yield merged[0]
        yield from (dataclasses.replace(quote, lead="") for quote in merged[1:])


def _merged(section: Sequence[Quote]) -> list[Quote]:
    """Quotes that overlap become one, so that nothing is said twice."""
    merged: list[Quote] = []
    for quote in section:
        last = merged[-1] if merged else None
        if last and last.passage.id == quote.passage.id and quote.first <= last.last and last.first <= quote.last:
            first = min(last.first, quote.first)
            lead = _lead(quote.passage, first, max(last.last, quote.last))
            merged[-1] = dataclasses.replace(last, first=first, last=max(last.last, quote.last), lead=lead)
        else:
            merged.append(quote)
    return merged
