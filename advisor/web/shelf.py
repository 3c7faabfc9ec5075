"""The articles go in; the library's table and the results of adding to it come out, as escaped HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from advisor.web.sources import UNKNOWN, title_html
from corpus import Listed, Result

_COLUMNS = ("In use", "Title", "Publisher", "Published", "Interest", "Passages")


def shelf_html(articles: Sequence[Listed], may_change: bool) -> str:
    """The table of articles, each with its passages; `data-words` is what a filter looks at, so it needs no server."""
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    head += '<th scope="col"><span class="unseen">Remove</span></th>' if may_change else ""
    rows = "".join(_row(article, may_change) for article in articles)
    caption = '<caption class="unseen">The articles of the library</caption>'
    return f'<table class="shelf">{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(article: Listed, may_change: bool) -> str:
    id_, title = escape(article.id), escape(article.title)
    publisher = article.publisher or article.author or "not stated"
    words = " ".join((article.title, publisher, article.interest or "", article.published or "", article.id)).lower()
    read = (
        f'<button type="button" class="inline" data-do="read" data-article="{id_}">{title_html(article.title)}</button>'
    )
    cells = (
        f'<td><input type="checkbox" class="use" value="{id_}" checked aria-label="Use {title} in the chat"></td>',
        f'<th scope="row">{read}</th>',
        f'<td data-label="Publisher">{escape(publisher)}</td>',
        f'<td data-label="Published">{escape(article.published or "not stated")}</td>',
        f'<td data-label="Interest">{escape(article.interest or UNKNOWN)}</td>',
        f'<td data-label="Passages" class="figure">{article.passages}</td>',
        _remove(id_, title) if may_change else "",
    )
    return f'<tr data-words="{escape(words)}" data-publisher="{escape(publisher)}">{"".join(cells)}</tr>'


def _remove(id_: str, title: str) -> str:
    about = f'data-article="{id_}" data-title="{title}" aria-label="Remove {title}"'
    return f'<td><button type="button" class="action" data-do="remove" {about}>Remove</button></td>'


def results_html(results: Sequence[Result]) -> str:
    """One line for each file or address: what became of it, and why."""
    return f'<ul class="results">{"".join(map(_result, results))}</ul>'


def _result(one: Result) -> str:
    name = one.place if "://" in one.place else Path(one.place).name
    outcome = f"<b>{escape(one.outcome)}</b>"
    return f'<li class="{escape(one.outcome.replace(" ", "-"))}">{outcome} {escape(name)}: {escape(one.message)}</li>'
