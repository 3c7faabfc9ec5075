"""A sentence and the passages that state it go in; the fewest of their sentences that still do come out, to be quoted.

What is shown under a number must bear out all that stands before the number, not a part of it.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from advisor.find.quotes import Quote, quote_at
from advisor.question.words import content, stems
from advisor.verify.verifier import Reading, Verifier
from corpus import Passage

_TRIED = {1: 6, 2: 4, 3: 4}  # of so many sentences, all sets of a size


def bearing(
    text: str, passages: Sequence[Passage], reading: Reading, verifier: Verifier, titles: Mapping[str, str]
) -> tuple[Quote, ...]:
    """The smallest set of quotes from which alone the verifier says yes; none where there is no such set.

    Those sets come first that hold each word of the sentence which the passages hold: of a sentence that joins two
    things, the verifier is easily content with one.
    """
    quotes = _quotes_near(text, passages, reading, verifier)
    sets = [chosen for size, most in _TRIED.items() for chosen in itertools.combinations(quotes[:most], size)]
    words = content(text)
    wanted = words & _words(quotes)
    sets.sort(key=lambda chosen: not wanted <= _words(chosen))  # stable: the smaller and the nearer stay first

    def states(chosen: Sequence[Quote]) -> bool:
        return verifier.read(text, [_only(quote) for quote in chosen], titles).verdict.supported

    return next(filter(states, sets), ())


def share_held(text: str, quotes: Iterable[Quote], besides: str = "") -> float:
    """The share of a sentence's words that quotes hold, or what else is known, 0..1."""
    words = content(text)
    return len(words & (_words(quotes) | stems(besides))) / len(words) if words else 1.0


def _words(quotes: Iterable[Quote]) -> frozenset[str]:
    """The words of quotes as they are shown, under the headings of their sections."""
    texts = [f"{' '.join(one.passage.headings)} {one.text}" for one in quotes]
    return stems(" ".join(texts))


def named(words: Iterable[str], passages: Sequence[Passage]) -> tuple[Quote, ...]:
    """For each run of plain words that a second reader has named the first sentence that holds it, as a quote.

    What no one sentence holds, such as a heading, stands beside the quotes.
    """
    places = [(passage, index) for passage in passages for index in range(len(passage.sentences))]
    texts = {(p, n): plain(f"{p.sentences[n].statement} {p.sentences[n].text}") for p, n in places}
    held = (next((place for place, text in texts.items() if one in text), None) for one in words)
    return tuple(dict.fromkeys(quote_at(*place) for place in held if place))


def plain(text: str) -> str:
    """The words of a text alone."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _quotes_near(text: str, passages: Sequence[Passage], reading: Reading, verifier: Verifier) -> tuple[Quote, ...]:
    """Where the verifier read it, then the other sentences, the nearest first."""
    quotes = [quote_at(one, index) for one in passages for index in range(len(one.sentences))]
    singles = {_only(quote): quote for quote in quotes}
    near = [singles[one] for one in verifier.nearest(text, list(singles))]
    read = [quote_at(passages[number], index) for number, index in reading.places]
    return tuple(dict.fromkeys((*read, *near)))


def _only(quote: Quote) -> Passage:
    """The passage as if it held nothing but the quote."""
    return dataclasses.replace(quote.passage, sentences=quote.sentences)
