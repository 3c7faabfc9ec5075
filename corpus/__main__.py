"""The command line of the library: `python -m corpus sync|list|search`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tqdm import tqdm

from corpus import CorpusError, Library, SyncReport, run_command

_MOST = 1000  # passages that a search shows


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 done but an article was refused, 2 could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m corpus",
        description="The articles that answers come from. Own ones go to ADVISOR_HOME/articles, then: sync.",
    )
    commands = parser.add_subparsers(title="commands", required=True)
    sync = commands.add_parser("sync", help="bring the index up to date with the article files")
    sync.set_defaults(command=_sync)
    listing = commands.add_parser("list", help="list the indexed articles")
    listing.set_defaults(command=_list)
    search = commands.add_parser("search", help="show the passages that a query finds")
    search.add_argument("query", nargs="+")
    search.add_argument("-k", type=_positive, default=8, help="how many passages (default: 8)")
    search.set_defaults(command=_search)
    options = parser.parse_args(arguments)
    try:
        return int(options.command(Library.open(), options))
    except CorpusError as exc:
        print(f"corpus: {exc}", file=sys.stderr)
        return 2


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {_MOST}")
    return int(text)


def _sync(library: Library, options: argparse.Namespace) -> int:
    report = sync_with_progress(library)
    print(describe(report, len(library.articles()), library.passage_count()))
    for line in report.refused:
        print(f"refused: {line}", file=sys.stderr)
    return 1 if report.refused else 0


def sync_with_progress(library: Library) -> SyncReport:
    """Sync under a progress bar on standard error; no bar where nothing is to be done."""
    bars: dict[str, tqdm[Any]] = {}

    def show(stage: str, done: int, total: int) -> None:
        bar = bars.get(stage) or bars.setdefault(
            stage,
            tqdm(
                desc=stage,
                total=total,
                unit="",
                leave=False,
                bar_format="{desc}: {bar:30} {n_fmt}/{total_fmt} {elapsed}",
            ),
        )
        bar.update(done - bar.n)

    try:
        return library.sync(show)
    finally:
        for bar in bars.values():
            bar.close()


def describe(report: SyncReport, articles: int, passages: int) -> str:
    """One line on what a sync did."""
    size = f"{articles} articles, {passages} passages"
    if not report:
        return f"The index is up to date: {size}."
    parts = [f"{len(ids)} {what}" for what in ("added", "changed", "removed") if (ids := getattr(report, what))]
    why = f"The index was rebuilt, as {report.rebuilt}. " if report.rebuilt else ""
    return f"{why}{', '.join(parts).capitalize()}; {size}."


def _list(library: Library, options: argparse.Namespace) -> int:
    rows = [("ID", "PUBLISHER", "PUBLISHED", "TITLE")]
    for article in library.articles():
        rows.append((article.id, article.publisher or "not stated", article.published or "not stated", article.title))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))
    return 0


def _search(library: Library, options: argparse.Namespace) -> int:
    query = " ".join(options.query)
    if not query.strip():
        raise CorpusError("the query is empty; give some words")
    for hit in library.search(query, options.k):
        place = " > ".join((hit.passage.article, *hit.passage.headings))
        print(f"{hit.score:.4f}  cosine {hit.similarity:.2f}  words {hit.lexical:.1f}  {place}")
        print(f"        {' '.join(hit.passage.text.split())[:160]}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
