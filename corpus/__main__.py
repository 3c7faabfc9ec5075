"""The command line of the library: `python -m corpus add|list|show|search|remove|sync|doctor`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import CorpusError, Library, ScopeError, run_command, show
from corpus.article import FIELDS
from corpus.bars import with_bars
from corpus.cluster import Cluster
from corpus.listed import listed
from corpus.workers import Processes

DONE, REFUSED, COULD_NOT_RUN = 0, 1, 2
_MOST = 1000  # passages that a search shows
_IDS = "an article's id, as 'python -m corpus list' shows it"
_HELP = {
    "publisher": "who publishes it",
    "author": "who wrote it",
    "published": "the day of publication, YYYY-MM-DD",
    "interest": "what the publisher sells, in one sentence; it stands beside every quote",
    "audience": "for whom it was written",
    "title": "its title (of one file only)",
    "url": "its web address (of one file only)",
    "id": "its name here: a-z, 0-9, '.', '_' and '-' (of one file only; default: from the title)",
}


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 done but something was refused or is wrong, 2 could not run."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(Library.open(), options))
    except CorpusError as exc:
        print(f"corpus: {exc}", file=sys.stderr)
        return COULD_NOT_RUN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m corpus",
        description="The articles that answers come from: add your own, see them, remove them.",
        epilog="All state is under ADVISOR_HOME. Exit codes: 0 done, 1 something was refused or is wrong, 2 could not "
        "run. 'python -m corpus COMMAND --help' says more of each.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_writing(commands)
    listing = _command(commands, "list", "list the articles, their ids first")
    listing.set_defaults(command=_list)
    shown = _command(commands, "show", "show one article, with its fields and its file")
    shown.add_argument("id", metavar="ID", help=_IDS)
    shown.set_defaults(command=_show)
    search = _command(commands, "search", "show the passages that a query finds, with their scores")
    search.add_argument("query", nargs="+")
    search.add_argument("-k", type=_positive, default=8, help="how many passages (default: 8)")
    search.add_argument("--publisher", metavar="NAME", help="only articles of this publisher")
    search.add_argument("--since", metavar="DATE", help="only articles dated this day (YYYY-MM-DD) or later")
    search.set_defaults(command=_search)
    doctor = _command(commands, "doctor", "say what is wrong, and what mends it")
    doctor.set_defaults(command=_doctor)
    return parser


def _add_writing(commands: Any) -> None:
    add = commands.add_parser(
        "add",
        help="add files, folders of files, and web pages",
        description="Make articles of files (Markdown, text, HTML, PDF, DOCX), of the files in folders, and of web "
        "pages. Each is written to ADVISOR_HOME/articles, where it can be read and corrected by hand (then: sync). "
        "What the library has already is not added again; what cannot be read is refused, and the rest is added.",
    )
    add.add_argument("places", metavar="PATH_OR_URL", nargs="+", help="or the id of an article that was left out")
    for name in FIELDS[2:] + FIELDS[1::-1]:
        add.add_argument(f"--{name}", metavar="TEXT", help=_HELP[name])
    add.set_defaults(command=_add)
    remove = commands.add_parser(
        "remove",
        help="remove articles, with all that was made of them",
        description="Remove articles. Their files under ADVISOR_HOME are deleted, and no other file there holds their "
        "text afterwards. An article that came with the program is left out until its id is added again.",
    )
    remove.add_argument("ids", metavar="ID", nargs="+", help=_IDS)
    remove.add_argument("--yes", action="store_true", help="do not ask")
    remove.set_defaults(command=_remove)
    sync = commands.add_parser(
        "sync",
        help="bring the index up to date, after files were edited by hand",
        description="Bring the index up to date with the files of the articles, after they were edited by hand. Then "
        "add what the sources hold and the library does not, as 'add' does: to run it again repeats nothing.",
    )
    sync.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help="a folder of documents, an address, or a text file that lists a path or an address on each line",
    )
    sync.set_defaults(command=_sync)
    for command in (add, sync):
        _add_engine(command)


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workers",
        metavar="N",
        type=_positive,
        help="read and embed many articles in so many processes at once (default: in this one, whose model uses up to "
        "four cores: on two there is little to gain, from four on, or where pages are waited for, up to six may pay)",
    )
    command.add_argument(
        "--engine",
        choices=("here", "ray"),
        default="here",
        help="where they are read and embedded: here, or by the Ray cluster that RAY_ADDRESS names (else one of this "
        "machine's own processes), for a library on the Chroma server that ADVISOR_CHROMA_URL names",
    )


@contextlib.contextmanager
def _using(library: Library, options: argparse.Namespace) -> Iterator[Library]:
    if options.engine == "here":
        yield library.using(Processes(options.workers or 1))
        return
    if not library.settings.server:
        raise CorpusError("--engine ray is for a library on a Chroma server; set ADVISOR_CHROMA_URL to its address")
    with Cluster(options.workers) as cluster:
        yield library.using(cluster)


def _command(commands: Any, name: str, does: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
    return made


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {_MOST}")
    return int(text)


def _add(library: Library, options: argparse.Namespace) -> int:
    fields = {name: getattr(options, name) for name in FIELDS}
    with _using(library, options) as library:
        return _added(library, options.places, fields)


def _added(library: Library, places: list[str | Path], fields: dict[str, str | None]) -> int:
    report = with_bars(lambda progress: library.add(*places, progress=progress, **fields))
    print(*show.added(report), sep="\n")
    return REFUSED if report.refused else DONE


def _remove(library: Library, options: argparse.Namespace) -> int:
    if not options.yes and any(library.path_of(id_) for id_ in options.ids):  # of others, what is said below
        if not (sys.stdin and sys.stdin.isatty()):
            raise CorpusError("removing cannot be undone; add --yes to do it without being asked")
        print(f"Remove {', '.join(options.ids)}? This cannot be undone. [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):  # at its end, such as Ctrl+D, too
            print("Nothing was removed.")
            return DONE
    report = with_bars(lambda progress: library.remove(*options.ids, progress=progress))
    print(*show.removed(report.results), sep="\n")
    return REFUSED if report.refused else DONE


def _sync(library: Library, options: argparse.Namespace) -> int:
    places = [place for source in options.sources for place in listed(source)]
    with _using(library, options) as library:
        report = with_bars(library.sync)
        print(show.describe(report, len(library.listing()), library.passage_count()))
        for line in report.refused:
            print(f"refused: {line}", file=sys.stderr)
        code = _added(library, places, {}) if places else DONE
    return REFUSED if report.refused else code


def _list(library: Library, options: argparse.Namespace) -> int:
    print(*show.table(library.listing()), sep="\n")
    return DONE


def _show(library: Library, options: argparse.Namespace) -> int:
    (id_,) = (one.id for one in library.limited([options.id]).listing())
    article, path = library.article(id_), library.path_of(id_)
    if article:
        print(*show.article(article, str(path)), sep="\n")
    return DONE


def _search(library: Library, options: argparse.Namespace) -> int:
    query = " ".join(options.query)
    if not query.strip():
        raise CorpusError("the query is empty; give some words")
    sources = _by_publisher(library, options.publisher) if options.publisher else None
    print(*show.hits(library.search(query, options.k, sources=sources, since=options.since)), sep="\n")
    return DONE


def _by_publisher(library: Library, name: str) -> list[str]:
    listed = library.listing()
    found = [one.id for one in listed if one.publisher and one.publisher.casefold() == name.casefold()]
    if not found:
        known = ", ".join(sorted({one.publisher for one in listed if one.publisher})) or "none"
        raise ScopeError(f"No article is published by '{name}'; the publishers are {known}")
    return found


def _doctor(library: Library, options: argparse.Namespace) -> int:
    findings = library.examine()
    for one in findings:
        print(f"{'ok   ' if one.is_well else 'WRONG'} {one.subject}: {one.says}{one.mend and f'; {one.mend}'}")
    return DONE if all(one.is_well for one in findings) else REFUSED


if __name__ == "__main__":
    sys.exit(run_command(main))
