"""Answers and articles go in; HTML comes out. Pure functions; every text from outside is escaped here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from advisor.answer import Answer, Citation, Claim
from advisor.compose import STARTERS
from advisor.draft import NOTED
from corpus import Article, Passage, Sentence, chunk

UNKNOWN = "What the publisher sells is not known."


@dataclasses.dataclass(frozen=True)
class Piece:
    """A sentence of an answer, how it joins what came before, and the numbers of its citations."""

    text: str
    join: str = ""
    citations: tuple[int, ...] = ()
    is_notice: bool = False  # the advisor's own words, in which [1] is a citation


@dataclasses.dataclass(frozen=True)
class Turn:
    """One question and what came of it so far: the pieces, their citations, and the Answer once it is whole."""

    question: str
    pieces: tuple[Piece, ...] = ()
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    error: str = ""
    withheld: tuple[Claim, ...] = ()


def conversation(turns: Sequence[Turn], articles: Mapping[str, Article]) -> str:
    """The whole conversation: each answer with its sources beside it; a welcome where there is none."""
    if not turns:
        return welcome(tuple(articles.values()))
    return "".join(_turn(turn, number, articles) for number, turn in enumerate(turns, 1))


def welcome(articles: Sequence[Article]) -> str:
    """What this is and is not, whose articles it reads, and questions worth asking."""
    publishers = "".join(f"<li><cite>{escape(a.title)}</cite>: {escape(a.interest or UNKNOWN)}</li>" for a in articles)
    questions = "".join(_ask(question) for question in STARTERS)
    return f"""<section class="welcome">
<p class="lede">Ask about careers as a machine learning engineer, AI engineer or data scientist. The answer is
drawn from {len(articles)} articles, each sentence checked against its source; where they are silent, it says so.
It cannot know you, and it is no counsellor.</p>
<div class="asks" role="group" aria-label="Questions to start with">{questions}</div>
<details class="interests"><summary>Who wrote the articles, and what they sell</summary><ul>{publishers}</ul></details>
</section>"""


def _turn(turn: Turn, number: int, articles: Mapping[str, Article]) -> str:
    if turn.error:
        body = f'<p class="problem" role="alert">{escape(turn.error)}</p>'
    else:
        body = f"<p>{''.join(_piece(piece, number) for piece in turn.pieces)}</p>"
    status = turn.answer.status if turn.answer else ""
    busy = "" if turn.answer or turn.error else ' aria-busy="true"'
    return f"""<article class="turn {status}">
{f'<h2 class="question">{escape(turn.question)}</h2>' if turn.question else ""}
<div class="answer" aria-live="polite"{busy}>{body}{_under(turn.answer)}</div>
{_sources(turn, number, articles)}</article>"""


def _piece(piece: Piece, turn: int) -> str:
    """Escaped text with links to its sources; a mark such as [1] in an article's text is only text."""
    links = "".join(f"&nbsp;{_link(number, turn)}" for number in piece.citations)
    join = "</p><p>" if piece.join == "\n\n" else escape(piece.join)
    text = escape(piece.text)
    if piece.is_notice:
        text = re.sub(r"\[(\d+)\]", lambda mark: _link(int(mark.group(1)), turn), text)
    return f"{join}{text}{links}"


def _link(number: int, turn: int) -> str:
    return f'<a class="cite" href="#source-{turn}-{number}" aria-label="source {number}">{number}</a>'


def _under(answer: Answer | None) -> str:
    """How the answer was made, and what to ask next."""
    if answer is None:
        return ""
    made = _made(answer)
    held = f"; {len(answer.withheld)} withheld" if answer.withheld else ""
    line = f'<p class="made">{made}{held}.</p>' if made else ""
    asks = "".join(_ask(question) for question in answer.follow_ups)
    return line + (f'<div class="asks" role="group" aria-label="Questions to go on with">{asks}</div>' if asks else "")


def _made(answer: Answer) -> str:
    own = sum(claim.reason != NOTED for claim in answer.claims)
    noted = (
        f"; {_some(len(answer.claims) - own, 'sentence')} on differences, noted by hand"
        if own < len(answer.claims)
        else ""
    )
    if not answer.claims:
        return ""
    if answer.mode == "quote":
        return f"{_some(own, 'quote')}, checked word for word against the source{noted}"
    each = f"{_some(own, 'sentence')}, each checked against the source before it was shown"
    return f"Written by {escape(answer.mode)}: {each}{noted}"


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _ask(question: str) -> str:
    return f'<button type="button" class="ask" data-ask="{escape(question)}">{escape(question)}</button>'


def _sources(turn: Turn, number: int, articles: Mapping[str, Article]) -> str:
    """The sources, article by article: who, when, whose interest, and each quote marked in its passage."""
    if not turn.citations and not turn.withheld:
        return ""
    by_article = sorted(turn.citations, key=lambda citation: _first_cited(turn.citations, citation))
    cards = [
        _card(list(cited), number, articles.get(article_id))
        for article_id, cited in groupby(by_article, key=lambda citation: citation.article)
    ]
    return (
        f'<aside class="sources" aria-label="Sources" tabindex="0">{_withheld(turn.withheld)}{"".join(cards)}</aside>'
    )


def _withheld(claims: Sequence[Claim]) -> str:
    """What was kept out of the answer and why, on demand."""
    if not claims:
        return ""
    count = f"{_some(len(claims), 'sentence')} withheld"
    items = "".join(f"<li><q>{escape(c.text)}</q> <span>{escape(c.reason)}</span></li>" for c in claims)
    summary = f"<summary>{count}: the sources do not support them</summary>"
    return f'<details class="withheld">{summary}<ul>{items}</ul></details>'


def _first_cited(citations: Sequence[Citation], citation: Citation) -> int:
    return min(other.number for other in citations if other.article == citation.article)


def _card(cited: Sequence[Citation], turn: int, article: Article | None) -> str:
    one = cited[0]
    when = escape(one.published) if one.published else "date not stated"
    interest = f'<p class="interest">{escape(one.interest or UNKNOWN)}</p>'
    found = _by_passage(cited, article)
    passages = "".join(_passage(passage, quotes, turn) for passage, quotes in found)
    shown = {quote.number for _, quotes in found for quote in quotes}
    passages += "".join(_gone(citation, turn) for citation in cited if citation.number not in shown)
    author = f"by {escape(one.author)}" if one.author else "author not stated"
    byline = f"{escape(one.publisher or 'Publisher not stated')} · {author} · {when}"
    head = f'<h3>{escape(one.title)}</h3><p class="byline">{byline}</p>{interest}'
    return f'<section class="source">{head}{passages}</section>'


def _by_passage(cited: Sequence[Citation], article: Article | None) -> list[tuple[Passage, list[Citation]]]:
    found = []
    for passage in chunk(article) if article else ():
        quotes = [c for c in cited if passage.start <= c.start < passage.end and _stands(c, passage)]
        if quotes:
            found.append((passage, quotes))
    return sorted(found, key=lambda pair: min(citation.number for citation in pair[1]))


def _stands(citation: Citation, passage: Passage) -> bool:
    """Whether the article still holds the quote there; it may have been edited since."""
    start = citation.start - passage.start
    return passage.text[start : start + len(citation.quote)] == citation.quote


def _gone(citation: Citation, turn: int) -> str:
    """A quote whose article has changed since, or is gone: shown alone."""
    mark = f'<mark id="source-{turn}-{citation.number}" tabindex="-1">'
    number = f'<span class="number">{citation.number}</span>'
    return f'<div class="passage"><p>{mark}{number}{escape(citation.quote)}</mark></p></div>'


def _passage(passage: Passage, quotes: Sequence[Citation], turn: int) -> str:
    heading = f"<h4>{escape(passage.headings[-1])}</h4>" if passage.headings else ""
    blocks = groupby(passage.sentences, key=lambda sentence: (sentence.block, sentence.kind))
    body = "".join(_block(kind, list(sentences), quotes, turn) for (_, kind), sentences in blocks)
    return f'<div class="passage">{heading}{body}</div>'


def _block(kind: str, sentences: Sequence[Sentence], quotes: Sequence[Citation], turn: int) -> str:
    marked = [_marked(sentence, quotes, turn) for sentence in sentences]
    return f"<p>{' '.join(marked)}</p>" if kind == "sentence" else "".join(f'<p class="line">{m}</p>' for m in marked)


def _marked(sentence: Sentence, quotes: Sequence[Citation], turn: int) -> str:
    quote = next((q for q in quotes if q.start <= sentence.start < q.end), None)
    if quote is None:
        return escape(sentence.statement)
    place = f' id="source-{turn}-{quote.number}" tabindex="-1"' if sentence.start == quote.start else ""
    number = f'<span class="number">{quote.number}</span>' if place else ""
    return f"<mark{place}>{number}{escape(sentence.statement)}</mark>"


def state_line(articles: int, passages: int, mode: str = "quote", hint: str | None = None) -> str:
    """How many articles there are and how answers are made; how a model could write them."""
    made = "answers are quotes; no model writes them" if mode == "quote" else f"answers are written by {escape(mode)}"
    more = f'<p class="state hint">{escape(hint)}</p>' if hint else ""
    return f'<p class="state">{articles} articles · {passages} passages · {made}</p>{more}'
