"""Paths, addresses and ids go in; what became of each comes out, once it is in the library or out of it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.article import Article, read_article
from corpus.catalog import Catalog
from corpus.errors import ArticleError, StoreError
from corpus.files import article_files, look
from corpus.index import Index, Progress
from corpus.making import Engine, Made, Order, Outcomes, here, next_of
from corpus.near import digest_of, is_same, shingles_of, sketch_of, words_of
from corpus.places import Place, find_places
from corpus.read import free_id
from corpus.report import AddReport, RemoveReport, Result
from corpus.sync import Writer, silent, sync
from corpus.turns import Turns, writing

_COMPARED = 5  # articles that share the most with a new one
_OF_ONE = ("id", "title", "url")  # fields that no two articles share


def add(
    index: Index, given: Sequence[str | Path], order: Order, progress: Progress, engine: Engine = here
) -> AddReport:
    """See `Library.add`; `order` says how articles are made, and which fields are set on them."""
    places: list[Place] = []
    results: list[Result] = []
    try:
        with Turns(index, progress) as turns:
            with turns.turn() as writer:
                places += [place for one in given for place in _expand(index, one)]
                indexed = {place: id_ for place in places if (id_ := _indexed(writer.catalog, place))}
                order = dataclasses.replace(order, known=writer.catalog.digests())
            _check_shared(order.fields, places)
            todo = [place for place in places if (place.path or place.url) and place not in indexed]
            with contextlib.closing(engine(todo, order)) as outcomes:
                for number, place in enumerate(places):
                    progress("Adding", number, len(places))
                    known = indexed.get(place)
                    results.append(_known(place, known) if known else _add(index, turns, order, place, outcomes))
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


def _indexed(catalog: Catalog, place: Place) -> str | None:
    """The article that is read from this place already."""
    return catalog.article_at(place.path) if place.path else None


def _known(place: Place, id_: str) -> Result:
    return Result(place.name, "known", id_, f"is the article '{id_}' already")


def _add(index: Index, turns: Turns, order: Order, place: Place, outcomes: Outcomes) -> Result:
    if place.refused:
        return Result(place.name, "refused", None, place.refused)
    if place.skipped:
        return Result(place.name, "skipped", None, place.skipped)
    if place.left_out:
        with turns.turn() as writer:
            return _bring_back(index, writer, place, place.left_out)
    try:
        made = next_of(outcomes)
        with turns.turn() as writer:
            return _put(index, writer, order, place, made)
    except ArticleError as exc:
        return Result(place.name, "refused", None, f"{exc.field}: {exc.fix}")


def _put(index: Index, writer: Writer, order: Order, place: Place, made: Made) -> Result:
    catalog = writer.catalog
    same = _same(catalog, made.article.text)
    if same:
        path = catalog.path_of(same[0])
        told = f"; its fields are as they were: correct them in {path}, then sync" if order.fields else ""
        return Result(place.name, "known", same[0], f"{same[1]} '{same[0]}'{told}")
    left_out = index.shelf.left_out()

    def is_taken(id_: str) -> bool:
        return catalog.path_of(id_) is not None or id_ in left_out or index.shelf.path(id_).exists()

    if not made.is_named and is_taken(made.article.id):
        made = made.named(free_id(made.article.id, is_taken))
    article = made.article
    if article.id in left_out and _is_ours(index, article):
        return _bring_back(index, writer, place, article.id)
    if catalog.path_of(article.id) or index.shelf.path(article.id).exists():
        raise ArticleError(place.name, "id", f"'{article.id}' is another article's; choose another by --id")
    path = index.shelf.write(made)  # the acknowledgement
    writer.write(made, str(path), look(path, settled=True))
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
