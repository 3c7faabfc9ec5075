"""Reports, articles and hits go in; the lines that the command line prints come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from corpus.article import Article
from corpus.library import Hit
from corpus.report import AddReport, Result, SyncReport
from corpus.rows import Listed

_COLUMNS = ("ID", "TITLE", "PUBLISHER", "DATE", "INTEREST", "PASSAGES", "WORDS")
_WIDEST = (40, 44, 20, 10, 32, 8, 9)


def describe(report: SyncReport, articles: int, passages: int) -> str:
    """One line on what a sync did."""
    size = f"{articles:,} articles, {passages:,} passages"
    if not report:
        return f"The index is up to date: {size}."
    parts = [f"{len(ids)} {what}" for what in ("added", "changed", "removed") if (ids := getattr(report, what))]
    why = f"The index was rebuilt, as {report.rebuilt}. " if report.rebuilt else ""
    return f"{why}{', '.join(parts).capitalize()}{'; ' if parts else ''}{size}."


def added(report: AddReport) -> Iterator[str]:
    """A line for every place, and one that counts them."""
    yield from map(_result, report.results)
    counts = ((report.added, "added"), (report.known, "already there"), (report.refused, "refused"))
    yield f"{', '.join(f'{len(results)} {what}' for results, what in counts)}."


def removed(results: Iterable[Result]) -> Iterator[str]:
    """A line for every article."""
    return map(_result, results)


def _result(one: Result) -> str:
    named = f" as {one.article}" if one.outcome == "added" and one.article != one.place else ""
    return f"{one.outcome + ':':<9} {one.place}{named}: {one.message}"


def table(articles: Sequence[Listed]) -> Iterator[str]:
    """The articles as a table; what is not stated is a dash, and what is too long is cut."""
    rows = [_COLUMNS, *(_row(one) for one in articles)]
    widths = [min(most, max(len(row[n]) for row in rows)) for n, most in enumerate(_WIDEST)]
    widths[0] = max(len(row[0]) for row in rows)  # an id is what the other commands take
    for row in rows:
        cells = (_cut(cell, width) for cell, width in zip(row, widths, strict=True))
        is_number = (name in ("PASSAGES", "WORDS") for name in _COLUMNS)
        yield "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, is_number, strict=True)
        ).rstrip()


def _row(one: Listed) -> tuple[str, ...]:
    stated = (one.title, one.publisher or "-", one.published or "-", one.interest or "-")
    return (one.id, *stated, f"{one.passages:,}", f"{one.words:,}")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def article(one: Article, path: str) -> Iterator[str]:
    """Everything of one article."""
    for name in ("id", "title", "publisher", "author", "published", "url", "audience", "interest"):
        yield f"{name}: {getattr(one, name) or 'not stated'}"
    yield f"file: {path}"
    yield ""
    yield one.text


def hits(found: Iterable[Hit]) -> Iterator[str]:
    """Two lines for every passage: its scores and place, and how it begins."""
    for hit in found:
        place = " > ".join((hit.passage.article, *hit.passage.headings))
        yield f"{hit.score:.4f}  cosine {hit.similarity:.2f}  words {hit.lexical:.1f}  {place}"
        yield f"        {' '.join(hit.passage.text.split())[:160]}"
