"""A turn and the passages of its citations go in; the panel of its sources comes out, as escaped HTML."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import groupby

from advisor.answer import Citation, Claim
from advisor.web.turn import Turn
from corpus import Passage, Sentence

UNKNOWN = "What the publisher sells is not known."
_CUT = '<span class="cut" aria-hidden="true">…</span>'
_UNFOLD = '<button type="button" class="action" data-do="unfold" aria-expanded="false">Show the whole passage</button>'


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
    summary = f"<summary>{count} withheld, and why</summary>"
    return f'<details class="withheld">{summary}<ul>{items}</ul></details>'


def _card(cited: Sequence[Citation], key: str, passages: Mapping[int, Passage]) -> str:
    one = cited[0]
    standing = [citation for citation in cited if _stands(citation, passages.get(citation.number))]
    shown = dict.fromkeys(passages[citation.number] for citation in standing)
    quotes = "".join(_passage(passage, standing, key) for passage in shown)
    quotes += "".join(_gone(citation, key) for citation in cited if citation not in standing)
    return f'<section class="source">{_head(one)}{quotes}{_links(cited)}</section>'


def _head(one: Citation) -> str:
    parts = [one.publisher or "publisher not stated", f"by {one.author}" if one.author else "author not stated"]
    byline = " · ".join(map(escape, parts))
    when = f'<span class="when">{escape(one.published or "date not stated")}</span>'
    return (
        f'<h3>{title_html(one.title)}</h3><p class="byline">{byline} · {when}</p>'
        f'<p class="interest">{escape(one.interest or UNKNOWN)}</p>'
    )


def _links(cited: Sequence[Citation]) -> str:
    """A button that opens the whole article at its quotes, and its page where that is a web address."""
    one = cited[0]
    spans = " ".join(f"{citation.start}-{citation.end}" for citation in cited)
    read = (
        f'<button type="button" class="action" data-do="read" data-article="{escape(one.article)}" '
        f'data-quotes="{spans}">Read the whole article</button>'
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
    """The quotes, each between the sentences beside it; the rest of the passage unfolds."""
    heading = f"<h4>{escape(passage.headings[-1])}</h4>" if passage.headings else ""
    near = _near(passage, quotes)
    blocks = groupby(passage.sentences, key=lambda sentence: (sentence.block, sentence.kind))
    body = "".join(_block(kind, list(sentences), quotes, near, key) for (_, kind), sentences in blocks)
    return f'<div class="passage">{heading}{body}{_UNFOLD if len(near) < len(passage.sentences) else ""}</div>'


def _near(passage: Passage, quotes: Sequence[Citation]) -> set[int]:
    """Where the sentences begin that are quoted, or stand next to one that is."""
    starts = [sentence.start for sentence in passage.sentences]
    quoted = [at for at, start in enumerate(starts) if _quote_at(start, quotes)]
    return {start for at, start in enumerate(starts) if not {at - 1, at, at + 1}.isdisjoint(quoted)}


def _quote_at(start: int, quotes: Sequence[Citation]) -> Citation | None:
    return next((quote for quote in quotes if quote.start <= start < quote.end), None)


def _block(
    kind: str, sentences: Sequence[Sentence], quotes: Sequence[Citation], near: Collection[int], key: str
) -> str:
    """A paragraph, or the lines of a list or table; what is far from a quote is marked so, to be folded away."""
    if kind != "sentence":
        lines = ((_marked(one, quotes, key), "line" if one.start in near else "line far") for one in sentences)
        return "".join(f'<p class="{name}">{words}</p>' for words, name in lines)
    runs = groupby(sentences, key=lambda sentence: sentence.start in near)
    parts = [(is_near, " ".join(_marked(one, quotes, key) for one in run)) for is_near, run in runs]
    if not any(is_near for is_near, _ in parts):
        return f'<p class="far">{parts[0][1]}</p>'
    return f"<p>{' '.join(words if is_near else _CUT + _far(words) for is_near, words in parts)}</p>"


def _far(words: str) -> str:
    return f'<span class="far">{words}</span>'


def _marked(sentence: Sentence, quotes: Sequence[Citation], key: str) -> str:
    quote = _quote_at(sentence.start, quotes)
    if quote is None:
        return f'<span class="beside">{escape(sentence.statement)}</span>'
    is_first = sentence.start == quote.start
    opening = _mark(quote, key) if is_first else f'<mark data-quote="{key}-source-{quote.number}">'
    return f"{opening}{escape(sentence.statement)}</mark>"
