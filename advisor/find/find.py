"""A question goes in; what the library holds on it comes out: the reading, the gate's judgement, quotes, differences.

The gate comes first: quotes and points of difference are made only where they are asked for.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from itertools import zip_longest

from advisor.find.choose import MOST, choose, held_back
from advisor.find.differences import Point, points_of
from advisor.find.figures import with_figures
from advisor.find.gate import Coverage, judge, of_part
from advisor.find.quotes import Quote, has_table, quote_at
from advisor.find.retrieve import Reading, retrieve
from advisor.find.spelling import spelled_out
from advisor.models.cross_encoder import CrossEncoder
from advisor.question.compare import compared
from advisor.question.inputs import Query
from advisor.question.lexicon import COMPARES, FIGURES, PLAN, TABLE
from advisor.question.words import content
from corpus import Library, Passage


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found for one question of a message."""

    library: Library
    reading: Reading
    coverage: Coverage

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The passages, best first."""
        return self.reading.passages

    def quotes(self, said: str = "", most: int = MOST) -> list[Quote]:
        """What answers, in the articles' words; `said` is what the conversation has shown so far."""
        sentences = with_figures(self.reading.query.text, self.reading.sentences)
        in_steps = most > 1 and bool(PLAN.search(self.reading.query.text))
        chosen = choose(sentences, said, most, compared=self._compared(most), in_steps=in_steps)
        is_drawn = has_table(chosen) and TABLE.search(self.reading.query.text)
        return [quote for quote in chosen if quote.sentences[0].kind == "row"] if is_drawn else chosen

    def held_back(self, said: str = "", most: int = MOST) -> list[Quote]:
        """What would be among them if it did not speak to a machine."""
        return held_back(self.reading.sentences, said, most, compared=self._compared(most))

    def _compared(self, most: int) -> frozenset[str] | None:
        """What is asked where a table is wanted: of things as such, not of what each of them earns, takes or counts."""
        text = self.reading.query.text
        is_of_figure = any(one.search(text) for one in FIGURES.values())
        if most > 1 and TABLE.search(text):
            return frozenset()
        return content(text) if most > 1 and COMPARES.search(text) and not is_of_figure else None

    @functools.cached_property
    def points(self) -> list[Point]:
        """Where the articles differ on what is asked."""
        return points_of(self.library, self.reading)

    @functools.cached_property
    def unheld(self) -> tuple[str, ...]:
        """Of the things that are to be compared, those of which no article has a word."""
        things = {thing: content(thing) for thing in compared(self.reading.query.text)[0]}
        counts = self.library.frequencies({word for words in things.values() for word in words})
        return tuple(thing for thing, words in things.items() if not words & counts.keys())

    @property
    def nearest(self) -> Quote | None:
        """What comes nearest where the question is not covered."""
        quotes = (quote_at(one.passage, one.index) for one in self.reading.sentences)
        return next((quote for quote in quotes if not quote.gives_orders), None)


def find(library: Library, reader: CrossEncoder | None, query: Query) -> Found:
    """Look one question up."""
    reading = retrieve(library, reader, spelled_out(query, library))
    return Found(library, reading, judge(library, reading))


class Finder:
    """Looks messages up; the last is kept, as an answer's passages are often asked for after it. Safe for threads."""

    def __init__(self, reader: CrossEncoder | None) -> None:
        self._reader = reader
        self._last: tuple[object, list[Found]] | None = None

    def find(self, library: Library, queries: Sequence[Query]) -> list[Found]:
        """What is found for each question of a message. Raises StoreError where the index is gone or damaged."""
        key = (library.state, tuple(queries))
        last = self._last  # another thread may set it meanwhile
        if last is None or last[0] != key:
            about = library.about()
            named = [query.spelled(about.kinds, about.names) for query in queries]
            self._last = last = (key, find_all(library, self._reader, named))
        return last[1]


def find_all(library: Library, reader: CrossEncoder | None, queries: Sequence[Query]) -> list[Found]:
    """Look up the questions of one message.

    One that tells something and then asks several things is judged as a whole: what is told may well be what a part
    of it turns on.
    """
    found = [find(library, reader, query) for query in queries]
    if len(queries) < 2 or not queries[0].message:
        return found
    whole = find(library, reader, dataclasses.replace(queries[0], text=queries[0].message)).coverage
    return [dataclasses.replace(one, coverage=of_part(one.coverage, whole)) for one in found]


def best_passages(found: Sequence[Found]) -> list[Passage]:
    """The passages found, best first; of several questions the best of each first."""
    columns = zip_longest(*(one.passages for one in found))
    return list(dict.fromkeys(passage for row in columns for passage in row if passage))


def spelled(question: str, found: Sequence[Found]) -> str:
    """A question with its words as they were read, where what was found for it was found by another spelling."""
    for query in (one.reading.query for one in found if one.reading.query.typed):
        question = question.replace(query.typed, query.text)
    return question
