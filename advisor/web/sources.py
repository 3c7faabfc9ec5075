"""A turn and the passages of its citations go in; the panel of its sources comes out, as escaped HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from advisor.answer import Citation, Claim
from advisor.web.turn import Turn
from corpus import Passage, Sentence

UNKNOWN = "What the publisher sells is not known."


def sources(turn: Turn, key: str, passages: Mapping[int, Passage]) -> str:
    """The sources, article by article: who, when, whose interest, and each quote marked in its passage."""
    if not turn.citations and not turn.withheld:
        return ""
    first = {citation.article: citation.number for citation in reversed(turn.citations)}
    by_article = sorted(turn.citations, key=lambda citation: (first[citation.article], citation.number))
    cards = [_card(list(cited), key, passages) for _, cited in groupby(by_article, key=lambda c: c.article)]
    return (
        f'<aside class="sources" aria-label="Sources of: {escape(turn.question)}" tabindex="0">'
        f"{_withheld(turn.withheld)}{''.join(cards)}</aside>"
    )


def who(citation: Citation) -> str:
    """By what name a source goes: its publisher's, else its author's, else its title."""
    return citation.publisher or citation.author or citation.title


def title_html(title: str) -> str:
    """A title, escaped; one in brackets was lost in the source and is described by us."""
    if title.startswith("[") and title.endswith("]"):
        return f'{escape(title[1:-1])} <span class="ours">(described by us: the title was lost)</span>'
    return escape(title)


def _withheld(claims: Sequence[Claim]) -> str:
    """What was kept out of the answer and why, on demand."""
    if not claims:
        return ""
    count = "1 sentence" if len(claims) == 1 else f"{len(claims)} sentences"
    items = "".join(f"<li><q>{escape(c.text)}</q> <span>{escape(c.reason)}</span></li>" for c in claims)
    summary = f"<summary>{count} withheld: no source states {'it' if len(claims) == 1 else 'them'}</summary>"
    return f'<details class="withheld">{summary}<ul>{items}</ul></details>'


def _card(cited: Sequence[Citation], key: str, passages: Mapping[int, Passage]) -> str:
    one = cited[0]
    standing = [citation for citation in cited if _stands(citation, passages.get(citation.number))]
    shown = dict.fromkeys(passages[citation.number] for citation in standing)
    quotes = "".join(_passage(passage, standing, key) for passage in shown)
    quotes += "".join(_gone(citation, key) for citation in cited if citation not in standing)
    return f'<section class="source">{_head(one)}{quotes}{_links(one)}</section>'


def _head(one: Citation) -> str:
    parts = [one.publisher or "publisher not stated", f"by {one.author}" if one.author else "author not stated"]
    parts.append(one.published or "date not stated")
    byline = " · ".join(map(escape, parts))
    return (
        f'<h3>{title_html(one.title)}</h3><p class="byline">{byline}</p>'
        f'<p class="interest">{escape(one.interest or UNKNOWN)}</p>'
    )


def _links(one: Citation) -> str:
    """A button that opens the whole article, and its page where that is a web address."""
    read = (
        f'<button type="button" class="action" data-do="read" data-article="{escape(one.article)}" '
        f'data-start="{one.start}" data-end="{one.end}">Read the whole article</button>'
    )
    is_web = re.match(r"https?://\S+$", one.url or "")
    page = f'<a href="{escape(one.url or "")}" target="_blank" rel="noopener noreferrer">Its page</a>' if is_web else ""
    return f'<p class="links">{read}{page}</p>'


def _stands(citation: Citation, passage: Passage | None) -> bool:
    """Whether the article still holds the quote there; it may have been edited since."""
    if passage is None:
        return False
    start = citation.start - passage.start
    return start >= 0 and passage.text[start : start + len(citation.quote)] == citation.quote != ""


def _gone(citation: Citation, key: str) -> str:
    """A quote whose article has changed since, or is gone: shown alone."""
    return (
        f'<div class="passage"><p>{_mark(citation, key)}{escape(citation.quote)}</mark></p>'
        f'<p class="byline">The article has changed since, or is no longer in the library.</p></div>'
    )


def _mark(citation: Citation, key: str) -> str:
    place = f"{key}-source-{citation.number}"
    number = f'<span class="number">{citation.number}</span>'
    return f'<mark id="{place}" data-quote="{place}" data-who="{escape(who(citation))}" tabindex="-1">{number}'


def _passage(passage: Passage, quotes: Sequence[Citation], key: str) -> str:
    heading = f"<h4>{escape(passage.headings[-1])}</h4>" if passage.headings else ""
    blocks = groupby(passage.sentences, key=lambda sentence: (sentence.block, sentence.kind))
    body = "".join(_block(kind, list(sentences), quotes, key) for (_, kind), sentences in blocks)
    return f'<div class="passage">{heading}{body}</div>'


def _block(kind: str, sentences: Sequence[Sentence], quotes: Sequence[Citation], key: str) -> str:
    marked = [_marked(sentence, quotes, key) for sentence in sentences]
    return f"<p>{' '.join(marked)}</p>" if kind == "sentence" else "".join(f'<p class="line">{m}</p>' for m in marked)


def _marked(sentence: Sentence, quotes: Sequence[Citation], key: str) -> str:
    quote = next((q for q in quotes if q.start <= sentence.start < q.end), None)
    if quote is None:
        return escape(sentence.statement)
    is_first = sentence.start == quote.start
    opening = _mark(quote, key) if is_first else f'<mark data-quote="{key}-source-{quote.number}">'
    return f"{opening}{escape(sentence.statement)}</mark>"
