"""The library goes in; where its articles differ comes out, all that is noted, as escaped HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from advisor.find.differences import Point, all_points
from advisor.find.quotes import Quote
from advisor.find.told import teller
from advisor.web.sources import UNKNOWN
from corpus import Library, Listed

_KINDS = {
    "figure": "They give other figures",
    "contradiction": "They contradict each other",
    "scope": "They speak of other things under one name",
    "date": "They speak of other times",
}
_NONE = (
    '<p class="none">No differences between these articles are noted. That does not say that they agree: a file '
    "differences.toml beside the articles notes where they differ, point by point.</p>"
)


def differences_html(library: Library) -> str:
    """Each point with its sides, by kind; or that none is noted."""
    points, articles = all_points(library), {one.id: one for one in library.listing()}
    return "".join(_groups(points, articles)) or _NONE


def _groups(points: Sequence[Point], articles: Mapping[str, Listed]) -> Iterator[str]:
    for kind, name in _KINDS.items():
        if shown := "".join(_point(point, articles) for point in points if point.kind == kind):
            yield f"<section><h3>{name}</h3>{shown}</section>"


def _point(point: Point, articles: Mapping[str, Listed]) -> str:
    told = zip(point.sides, point.says, strict=True)
    sides = "".join(_side(side, says, articles[side.passage.article]) for side, says in told)
    note = f'<p class="note">{escape(point.note)}</p>' if point.note else ""
    publishers = json.dumps(list(dict.fromkeys(teller(articles[side.passage.article]) for side in point.sides)))
    topic = escape(point.topic)
    return (
        f'<details class="differ point" data-topic="{topic}" data-publishers="{escape(publishers)}">'
        f'<summary>{topic[:1].upper()}{topic[1:]}</summary><div class="sides">{sides}</div>{note}</details>'
    )


def _side(quote: Quote, says: str, article: Listed) -> str:
    """Who says what: in short where that is noted, in its own words, with what the publisher sells."""
    name = escape(teller(article))
    short = f"<p>{escape(says)}.</p>" if says else ""
    read = f'data-do="read" data-article="{escape(article.id)}" data-quotes="{quote.start}-{quote.end}"'
    return (
        f'<div class="side"><p class="publisher">{name}</p>{short}<blockquote>{escape(quote.text)}</blockquote>'
        f'<p class="byline">{escape(article.interest or UNKNOWN)}</p>'
        f'<p class="links"><button type="button" class="action" {read} aria-label="Read it in the article of {name}">'
        f"Read it in the article</button></p></div>"
    )
