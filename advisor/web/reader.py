"""An article goes in; it comes out to be read in the page, a quote marked: escaped HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from advisor.web.sources import UNKNOWN, title_html
from corpus import Article, Sentence, row_at

Spans = Sequence[tuple[int, int]]  # of an article's text


def article_html(article: Article, quotes: Spans = ()) -> str:
    """The whole article, the quotes of it marked."""
    parts = [article.publisher or "publisher not stated", f"by {article.author}" if article.author else ""]
    parts.append(article.published or "date not stated")
    byline = " · ".join(escape(part) for part in parts if part)
    return (
        f'<h2>{title_html(article.title)}</h2><p class="byline">{byline}</p>'
        f'<p class="interest">{escape(article.interest or UNKNOWN)}</p>{"".join(_body(article, quotes))}'
    )


def _body(article: Article, quotes: Spans) -> Iterator[str]:
    """Headings where they change, and below them the paragraphs, lists and tables."""
    path: tuple[str, ...] = ()
    for (headings, _, kind), group in groupby(article.sentences(), key=lambda s: (s.headings, s.block, s.kind)):
        for level, heading in enumerate(headings):
            if headings[: level + 1] != path[: level + 1]:
                tag = f"h{min(level + 3, 6)}"
                yield f"<{tag}>{escape(heading)}</{tag}>"
        path = headings
        sentences = list(group)
        yield _table(article, sentences, quotes) if kind == "row" else _words(kind, sentences, quotes)


def _words(kind: str, sentences: Sequence[Sentence], quotes: Spans) -> str:
    marked = [_marked(sentence.statement, _is_quoted(sentence, quotes)) for sentence in sentences]
    if kind == "item":
        return f"<ul>{''.join(f'<li>{words}</li>' for words in marked)}</ul>"
    return f"<p>{' '.join(marked)}</p>"


def _table(article: Article, rows: Sequence[Sentence], quotes: Spans) -> str:
    names = "".join(map(_name, row_at(article.text, rows[0].start)[0]))
    body = "".join(f"<tr>{_row(row, _is_quoted(row, quotes))}</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


def _name(column: str) -> str:
    return f'<th scope="col">{escape(column)}</th>' if column else "<td></td>"


def _row(row: Sentence, is_quoted: bool) -> str:
    first, *others = row_at(row.text, 0)[1]
    data = "".join(f"<td>{_marked(cell, is_quoted)}</td>" for cell in others)
    return f'<th scope="row">{_marked(first, is_quoted)}</th>{data}'


def _is_quoted(sentence: Sentence, quotes: Spans) -> bool:
    return any(start <= sentence.start < end for start, end in quotes)


def _marked(text: str, is_quoted: bool) -> str:
    return f"<mark>{escape(text)}</mark>" if is_quoted else escape(text)
