"""Read sentences go in; an answer's quotes come out: the one that answers first, then the few that add to it.

What the conversation has shown is not shown again, unless that alone answers. Of a comparison the rows of a table
come first, and of steps all. What speaks to a machine is no answer, nor is what would carry it along.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice, pairwise

from advisor.find.fitted import fitted
from advisor.find.quotes import Quote, lead_of, list_opening, quote_at
from advisor.find.retrieve import Read
from advisor.find.told import openings_in
from advisor.question.words import stems

MOST = 6
_WORDS = 130  # from which nothing is added
# What an answer began with begins another where it is better than all else by so many log-odds, or by so many where its
# own are such that it answers: what is left would stand in its place. What only stood beside an answer, by fewer.
_AGAIN, _AGAIN_IF, _ANSWERS = 3.0, 2.0, 2.0
_TOLD, _TOLD_IF = 3.0, 2.0
_BESIDE, _AROUND = 150, 400  # characters between a sentence and the best one
_SAME = 0.6  # share of words in common (Jaccard) from which two sentences say the same
_FAR = 6.0  # log-odds below the best sentence, as far as which a table's row is near
_WITH_TABLE = 7  # quotes of an answer, at most, where a table's rows are among them
_NUMBERED = re.compile(r"\d[.)]\s+$")  # what stands before a step


def choose(
    sentences: Sequence[Read],
    said: str = "",
    most: int = MOST,
    *,
    compared: frozenset[str] | None = None,
    in_steps: bool = False,
) -> list[Quote]:
    """At most `most` quotes, the best first; `said` is what the conversation has shown so far.

    Steps of which some are among them are told whole; with `in_steps` also those that one is of, and they come first.

    Where things are `compared`, which are the stems of what is asked, the table that one of them is of comes first, or
    that of the best row that was read: the rows that are named so, or all.
    """
    chosen = _best([one for one in sentences if not _gives_orders(one) and not _asks(one)], said, most)
    rows, others = _with_rows(chosen, sentences, compared) if compared is not None else ([], chosen)
    rows = [quote for quote in rows if not quote.gives_orders][:_WITH_TABLE]
    return [*rows, *_arranged(_with_steps(others[: _WITH_TABLE - len(rows)], said, in_steps))]


def held_back(
    sentences: Sequence[Read], said: str = "", most: int = MOST, *, compared: frozenset[str] | None = None
) -> list[Quote]:
    """What would be among the quotes if it did not speak to a machine; `compared` as whole tables are quoted then."""
    if not any(map(_gives_orders, sentences)):
        return []
    chosen = _best(sentences, said, most)
    rows, others = _with_rows(chosen, sentences, compared) if compared is not None else ([], chosen)
    return [quote for quote in (*rows, *others) if quote.gives_orders]


def _best(told: Sequence[Read], said: str, most: int) -> list[Quote]:
    fresh, chosen = _fresh(told, said), list[Quote]()
    for one in (*fresh[:1], *_added(fresh)):
        if len(chosen) == most or _words(chosen) >= _WORDS:
            break
        if not _says_the_same(one, chosen):
            quote = quote_at(one.passage, one.index)
            chosen.append(dataclasses.replace(quote, is_again=_is_shown(one, said)))
    return chosen


def adding(first: Read, one: Read) -> dict[str, float]:
    """What tells a sentence that adds to the first from one beside the question, by name."""
    is_same = one.passage.article == first.passage.article
    apart = abs(one.sentence.start - first.sentence.start)
    return {
        "logit": one.logit,
        "nearness": one.nearness,
        "below": first.score - one.score,
        "first": first.score,
        "beside": float(is_same and apart < _BESIDE),
        "around": float(is_same and apart < _AROUND),
        "same article": float(is_same),
    }


def _added(fresh: Sequence[Read]) -> list[Read]:
    """What belongs to the answer beside the first, the likeliest first."""
    judged = [(fitted()["adds"].probability(adding(fresh[0], one)), one) for one in fresh[1:]]
    return [one for likely, one in sorted(judged, key=lambda pair: -pair[0]) if likely >= 0.5]


def _with_rows(
    chosen: Sequence[Quote], sentences: Sequence[Read], asked: frozenset[str]
) -> tuple[list[Quote], list[Quote]]:
    """The rows of that table, and the other quotes."""
    rows = [quote for quote in chosen if quote.sentences[0].kind == "row"]
    if not rows:
        best = (one for one in sentences if one.sentence.kind == "row" and one.score >= sentences[0].score - _FAR)
        rows = [quote_at(one.passage, one.index) for one in islice(best, 1)]
    if not rows:
        return [], list(chosen)
    passage, block = rows[0].passage, rows[0].sentences[0].block
    numbers = [n for n, one in enumerate(passage.sentences) if one.kind == "row" and one.block == block]
    others = [quote for quote in chosen if quote.passage.id != passage.id or quote.sentences[0].block != block]
    told = [stems(passage.sentences[number].statement) for number in numbers]
    asked -= frozenset.intersection(*told)  # what every row tells of is compared, not that in which it is
    named = [n for n in numbers if asked & stems(passage.sentences[n].statement.partition(":")[0])]
    return [quote_at(passage, number) for number in named or numbers], others


def _with_steps(chosen: Sequence[Quote], said: str, in_steps: bool) -> list[Quote]:
    """The quotes, and what was not shown of each numbered list of which some are; `in_steps` puts it first."""
    whole = list(chosen)
    for (_, block), told in groupby(sorted(filter(_is_step, chosen), key=_block), key=_block):
        quotes = list(told)
        passage = quotes[0].passage
        numbers = [n for n, one in enumerate(passage.sentences) if one.kind == "item" and one.block == block]
        left = [quote_at(passage, n) for n in numbers if not any(one.first <= n <= one.last for one in quotes)]
        if (in_steps or len(quotes) > 1) and _words([*quotes, *left]) <= _WORDS:
            whole += [one for one in left if one.text not in said and not one.gives_orders]
            if in_steps:
                whole.sort(key=lambda one: _block(one) != _block(quotes[0]))
    return whole


def _is_step(quote: Quote) -> bool:
    """Whether it is of a numbered list; the number of its first item may stand before the passage."""
    passage, first = quote.passage, quote.sentences[0]
    last = max(one.start for one in passage.sentences if one.block == first.block)
    return first.kind == "item" and bool(_NUMBERED.search(passage.text[: last - passage.start]))


def _block(quote: Quote) -> tuple[str, int]:
    return quote.passage.id, quote.sentences[0].block


def _gives_orders(one: Read) -> bool:
    return quote_at(one.passage, one.index).gives_orders


def _asks(one: Read) -> bool:
    """Whether it asks its reader something, which answers nothing; a list of questions may."""
    return one.sentence.kind == "sentence" and one.sentence.statement.endswith("?")


def _fresh(told: Sequence[Read], said: str) -> list[Read]:
    """What was not shown; before it the best, where that was shown but nothing else comes near."""
    fresh = [one for one in told if not _is_shown(one, said)]
    if not told or told[0] in fresh[:1]:
        return fresh
    by = told[0].score - fresh[0].score if fresh else math.inf
    has_led = any(told[0].sentence.statement in opening for opening in openings_in(said))
    least, least_if = (_AGAIN, _AGAIN_IF) if has_led else (_TOLD, _TOLD_IF)
    return [told[0], *fresh] if by > (least_if if told[0].score > _ANSWERS else least) else fresh


def _is_shown(one: Read, said: str) -> bool:
    return bool(said) and one.sentence.statement in said


def _words(chosen: Sequence[Quote]) -> int:
    return sum(len(quote.text.split()) for quote in chosen)


def _says_the_same(one: Read, chosen: Sequence[Quote]) -> bool:
    words = stems(one.sentence.statement)
    for quote in chosen:
        if quote.passage.id == one.passage.id and quote.first <= one.index <= quote.last:
            return True
        held = stems(quote.text)
        if len(words & held) / (len(words | held) or 1) > _SAME:
            return True
    return False


def _arranged(chosen: Sequence[Quote]) -> Iterator[Quote]:
    """Articles and their sections by their best quote; within a section the article's order, but the best first."""
    articles, sections = dict[str, int](), dict[tuple[str, tuple[str, ...]], int]()
    for rank, quote in enumerate(chosen):
        articles.setdefault(quote.passage.article, rank)
        sections.setdefault(_section(quote), rank)
    ordered = sorted(
        chosen,
        key=lambda q: (articles[q.passage.article], sections[_section(q)], _turn(q, chosen[0]), q.start),
    )
    for _, section in groupby(ordered, key=_section):
        first, *others = _merged(list(section))
        yield first
        for before, quote in pairwise([first, *others]):
            yield quote if _opens_list(quote, before) or quote.is_reply else dataclasses.replace(quote, lead="")


def _opens_list(quote: Quote, before: Quote) -> bool:
    """Whether a list begins with a quote, whose opening the one before it is not."""
    opens = list_opening(quote.passage, quote.first)
    return opens is not None and quote.sentences[0].block != before.sentences[-1].block != opens.block


def _turn(quote: Quote, best: Quote) -> int:
    """When a quote of the best one's section has its turn: the best, what goes on from it, what stands elsewhere.

    Numbered steps stand in their order, whichever is best.
    """
    one, other = quote.sentences[0], best.sentences[0]
    is_beside = one.block == other.block and _section(quote) == _section(best) and one.kind == other.kind != "row"
    if quote is best or (is_beside and _is_step(best)):
        return 0
    return 1 if is_beside and quote.start > best.start else 2


def _section(quote: Quote) -> tuple[str, tuple[str, ...]]:
    return quote.passage.article, quote.passage.headings


def _merged(section: Sequence[Quote]) -> list[Quote]:
    """Quotes that overlap become one, so that nothing is said twice."""
    merged: list[Quote] = []
    for quote in section:
        same = (n for n, one in enumerate(merged) if one.passage.id == quote.passage.id)
        at = next((n for n in same if quote.first <= merged[n].last and merged[n].first <= quote.last), None)
        if at is None:
            merged.append(quote)
            continue
        first, last = min(merged[at].first, quote.first), max(merged[at].last, quote.last)
        again = merged[at].is_again and quote.is_again
        merged[at] = Quote(quote.passage, first, last, lead_of(quote.passage, first), again)
    return merged
