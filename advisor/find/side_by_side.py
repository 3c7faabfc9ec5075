"""What was found for a comparison goes in; rows of quotes, a column for each thing compared, come out.

Articles that treat several things alike say so by their headings ("What a cook does", "What a waiter does"): such
sections make a row, each with the sentence that opens it.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from advisor.find.find import Found
from advisor.find.quotes import LONGEST, Quote, opening, quote_of
from advisor.question.compare import compared
from advisor.question.words import content, stems
from advisor.verify.kinds import Kind, kinds_of
from advisor.verify.orders import is_order
from corpus import Library, Sentence

_ROWS = 5
_FEWEST = 2  # rows of a table
_ARTICLES = 3  # of those found that are looked at
_LONGEST = 45  # words of a cell
_GAP = "…"
_GAPS = re.compile(rf"(?:\b(?:an?|the) )?{_GAP}(?:[^\w{_GAP}]*{_GAP})*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Row:
    """What is compared, and for each thing the quote that tells it, None where none was found."""

    label: str
    cells: tuple[Quote | None, ...]


def side_by_side(found: Found) -> tuple[tuple[str, ...], list[Row]]:
    """The things that a question compares, and the rows; no rows where the articles treat no two of them alike."""
    things, what = compared(found.reading.query.text)
    named = [_Thing(one, found.library) for one in things]
    articles = list(dict.fromkeys(passage.article for passage in found.passages))[:_ARTICLES]
    rows = [row for article in articles for row in _parallel(found.library, article, named)] if named else []
    asked = [row for row in rows if not what or content(what) & stems(row.label)]
    return things, asked[:_ROWS] if len(asked) >= (1 if what else _FEWEST) else []


class _Thing:
    """A thing by the words of the question, and by the writings that the library knows of it."""

    def __init__(self, words: str, library: Library) -> None:
        self._stems = content(words)
        known = ((kind, kind.things(words)) for kind in kinds_of(library.about().names))
        self._known: list[tuple[Kind, frozenset[int]]] = [(kind, things) for kind, things in known if things]

    def is_in(self, text: str) -> bool:
        """Whether a text names it."""
        if self._known:
            return all(things <= kind.things(text) for kind, things in self._known)
        return self._stems <= stems(text)

    def without(self, text: str) -> str:
        """A heading with a gap in place of its name."""
        for kind, things in self._known:
            for start, end, which in reversed(kind.find(text)):
                text = f"{text[:start]}{_GAP}{text[end:]}" if which & things else text
        words = re.split(r"(\W+)", text)
        left = "".join(_GAP if (found := stems(word)) and found <= self._stems else word for word in words)
        return _GAPS.sub(_GAP, left).strip()


def _parallel(library: Library, article_id: str, things: Sequence[_Thing]) -> Iterator[Row]:
    """A row for each group of sections whose headings differ by the thing that they name alone."""
    article = library.article(article_id)
    groups: dict[tuple[tuple[str, ...], str], dict[int, Sentence]] = defaultdict(dict)
    sentences = article.sentences() if article and len(article.text) <= LONGEST else ()
    for headings, section in groupby(sentences, key=lambda one: one.headings):
        named = [number for number, thing in enumerate(things) if headings and thing.is_in(headings[-1])]
        if len(named) == 1 and not any(map(is_order, headings)):
            key = headings[:-1], things[named[0]].without(headings[-1])
            groups[key].setdefault(named[0], opening(list(section)))
    for (above, label), openings in groups.items():
        quotes = [
            quote_of(library, article_id, openings[n].start) if n in openings else None for n in range(len(things))
        ]
        cells = tuple(one if one and _fits(one) else None for one in quotes)
        if sum(cell is not None for cell in cells) > 1:
            yield Row(label if label.strip(f"{_GAP} :?") else (above or ("",))[-1], cells)


def _fits(quote: Quote) -> bool:
    return not quote.gives_orders and len(quote.text.split()) <= _LONGEST
