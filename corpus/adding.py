"""Paths, addresses and ids go in; what became of each comes out, once it is in the library or out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.article import Article, read_article
from corpus.catalog import Catalog
from corpus.errors import ArticleError, StoreError
from corpus.files import article_files, look
from corpus.index import Index, Progress
from corpus.near import digest_of, is_same, shingles_of, sketch_of, words_of
from corpus.places import Place, find_places
from corpus.read import Draft, Reader
from corpus.report import AddReport, RemoveReport, Result
from corpus.sync import Writer, silent, sync
from corpus.turns import Turns, writing

_COMPARED = 5  # articles that share the most with a new one
_OF_ONE = ("id", "title", "url")  # fields that no two articles share


def add(index: Index, given: Sequence[str | Path], fields: Mapping[str, str | None], progress: Progress) -> AddReport:
    """See `Library.add`."""
    places: list[Place] = []
    results: list[Result] = []
    try:
        with Reader(index.settings, fields) as reader, Turns(index, progress) as turns:
            with turns.turn():
                places += [place for one in given for place in _expand(index, one)]
            _check_shared(reader.fields, places)
            for number, place in enumerate(places):
                progress("Adding", number, len(places))
                results.append(_add(index, turns, reader, place))
                progress("Adding", number + 1, len(places))
    except StoreError as exc:  # such as a full disk: what was added until then is, and is said to be
        if not any(one.outcome == "added" for one in results):
            raise
        rest = [place.name for place in places[len(results) :]] or [str(index.builds.folder)]
        results += [Result(name, "refused", None, str(exc)) for name in rest]
    return AddReport(tuple(results))


def _check_shared(fields: Mapping[str, str | None], places: Sequence[Place]) -> None:
    shared, count = [name for name in _OF_ONE if fields.get(name)], sum(not place.skipped for place in places)
    if shared and count > 1:
        raise ArticleError("given", shared[0], f"is of one article, but there are {count} files; add one")


def _expand(index: Index, given: str | Path) -> list[Place]:
    if isinstance(given, str) and given in index.shelf.left_out() and not Path(given).exists():
        return [Place(given, left_out=given)]
    return list(find_places(given, int(index.settings.max_file_mb * 2**20)))


def _add(index: Index, turns: Turns, reader: Reader, place: Place) -> Result:
    if place.refused:
        return Result(place.name, "refused", None, place.refused)
    if place.skipped:
        return Result(place.name, "skipped", None, place.skipped)
    if place.left_out:
        with turns.turn() as writer:
            return _bring_back(index, writer, place, place.left_out)
    try:
        with turns.turn() as writer:
            indexed = writer.catalog.article_at(place.path) if place.path else None
        if indexed:
            return Result(place.name, "known", indexed, f"is the article '{indexed}' already")
        draft = reader.read(place)
        with turns.turn() as writer:
            return _put(index, writer, reader, place, draft)
    except ArticleError as exc:
        return Result(place.name, "refused", None, f"{exc.field}: {exc.fix}")


def _put(index: Index, writer: Writer, reader: Reader, place: Place, draft: Draft) -> Result:
    catalog = writer.catalog
    same = _same(catalog, draft.text)
    if same:
        path = catalog.path_of(same[0])
        told = f"; its fields are as they were: correct them in {path}, then sync" if reader.fields else ""
        return Result(place.name, "known", same[0], f"{same[1]} '{same[0]}'{told}")
    left_out = index.shelf.left_out()

    def is_taken(id_: str) -> bool:
        return catalog.path_of(id_) is not None or id_ in left_out or index.shelf.path(id_).exists()

    article = reader.article(draft, is_taken)
    if article.id in left_out and _is_ours(index, article):
        return _bring_back(index, writer, place, article.id)
    if catalog.path_of(article.id) or index.shelf.path(article.id).exists():
        raise ArticleError(place.name, "id", f"'{article.id}' is another article's; choose another by --id")
    path = index.shelf.write(article)  # the acknowledgement
    writer.write(article, str(path), look(path, settled=True))
    return Result(place.name, "added", article.id, f"{article.title} ({len(article.text.split()):,} words)")


def _same(catalog: Catalog, text: str) -> tuple[str, str] | None:
    """The article that has the same text, and how much it is the same."""
    words = words_of(text)
    id_ = catalog.with_words(digest_of(words))
    if id_:
        return id_, "the same text as"
    shingles = shingles_of(words)
    for id_ in catalog.like(sketch_of(shingles), _COMPARED):
        other = catalog.article(id_)
        if other and is_same(shingles, shingles_of(words_of(other.text))):
            return id_, "nearly the same text as"
    return None


def _is_ours(index: Index, article: Article) -> bool:
    """Whether it is the article that came with the program under this id, with the same text."""
    others = (path for path in article_files(index.settings.articles) if not index.shelf.holds(path))
    return any(
        words_of(read_article(path).text) == words_of(article.text) for path in others if path.stem == article.id
    )


def _bring_back(index: Index, writer: Writer, place: Place, id_: str) -> Result:
    index.shelf.leave_out(index.shelf.left_out() - {id_})
    writer.sync(silent)
    return Result(place.name, "added", id_, "brought back")


def remove(index: Index, ids: Sequence[str], progress: Progress) -> RemoveReport:
    """See `Library.remove`."""
    with writing(index):
        sync(index, progress, count=False)
        paths = {id_: path for id_ in ids if (path := index.catalog.path_of(id_))}
        own = {id_: path for id_, path in paths.items() if index.shelf.holds(path)}
        index.shelf.delete(own.values())  # from here on a kill does not bring them back
        if len(own) < len(paths):
            index.shelf.leave_out(index.shelf.left_out() | (paths.keys() - own.keys()))
        gone = own.keys() | index.shelf.clear([id_ for id_ in dict.fromkeys(ids) if id_ not in paths])
        with Writer(index, index.builds.folder / index.builds.name()) as writer:  # sync has seen that it is whole
            writer.sync(progress)
    known = paths.keys() | gone
    return RemoveReport(
        tuple(_removed(id_, index.shelf.gone if id_ in gone else "", id_ in known) for id_ in dict.fromkeys(ids))
    )


def _removed(id_: str, gone: str, is_known: bool) -> Result:
    if not is_known:
        return Result(id_, "refused", None, "is no article of the library; 'python -m corpus list' shows them")
    if gone:
        return Result(id_, "removed", id_, gone)
    return Result(id_, "left out", id_, "it came with the program; 'add' its id to bring it back")
