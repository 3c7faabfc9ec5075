"""A reading and the noted differences go in; the points to show both sides of come out.

A point matters where the question is like one that the point was noted for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from advisor.find.quotes import Quote, quote_of
from advisor.find.retrieve import Reading
from advisor.question.words import stems
from advisor.verify.doubts import doubt
from advisor.verify.lines import plain_words, read_lines
from advisor.verify.rules import veto
from corpus import Difference, Library

_LIKE = 0.45  # cosine of the question and one that the point was noted for
_ITSELF = 0.3  # what that cosine must be without the turns before: these bring up what is no longer asked
# What a short form may say in words of its own, about how it is said.
_OF_ITS_OWN = stems("advises counts describes reports calls answer elsewhere earn compensation")
MAX_POINTS = 1  # of one answer, the likest: a reader wants the difference on what was asked, not all there are


@dataclasses.dataclass(frozen=True)
class Point:
    """One difference, with a quote for each side."""

    topic: str
    kind: str
    sides: tuple[Quote, ...]
    says: tuple[str, ...]  # each side in short, to follow its publisher's name; "" where the quote no longer bears it
    note: str  # what the sides do not share, or ""


def points_of(library: Library, reading: Reading) -> list[Point]:
    """The points, the one likest to the question first."""
    query = reading.query
    alone = library.embedder.encode_query(query.topic) if query.before and query.topic else reading.vector
    noted = zip(library.differences(reading.vector), library.differences(alone), strict=True)
    like = [(likeness, one) for (one, likeness), (_, itself) in noted if likeness >= _LIKE and itself >= _ITSELF]
    return _quotable(library, [one for _, one in sorted(like, key=lambda pair: -pair[0])[:MAX_POINTS]])


def all_points(library: Library) -> list[Point]:
    """All that is noted, in its order, but where a side speaks to a machine: that is never quoted."""
    return _quotable(library, library.noted_differences())


def _quotable(library: Library, differences: Iterable[Difference]) -> list[Point]:
    points = (_point(library, one) for one in differences)
    return [point for point in points if not any(side.gives_orders for side in point.sides)]


def _point(library: Library, difference: Difference) -> Point:
    """A difference with a quote for each side."""
    # Of each side the sentence that states it most plainly: its short form speaks of that one.
    sides = tuple(quote for side in difference.sides if (quote := quote_of(library, *side[0])))
    stated = zip(difference.says, difference.sides, sides, strict=False)  # a passage may have gone since
    own = stems(difference.topic) | _OF_ITS_OWN
    says = tuple(words if _bears_out(quote, side[0], words, own) else "" for words, side, quote in stated)
    return Point(difference.topic, difference.kind, sides, says, difference.note if all(says) else "")


def _bears_out(quote: Quote, place: tuple[str, int], words: str, own: frozenset[str]) -> bool:
    """Whether a side's short form speaks of this quote, in its words: an article may have been edited since."""
    is_of = quote.passage.article == place[0] and quote.start <= place[1] < quote.end
    held = stems(" ".join((quote.passage.about, quote.text)))
    lines = read_lines([quote.passage])
    return is_of and plain_words(words) <= held | own and not (veto(words, lines) or doubt(words, lines))
