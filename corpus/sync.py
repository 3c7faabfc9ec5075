"""An index and the article files go in; the index in step with the files comes out: the side that writes.

One process at a time writes. Each article counts once its transaction is committed; what else is left to do is noted
in the catalog before it is begun, so that after a kill the next sync does it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

from corpus import seals
from corpus.builds import CATALOG
from corpus.catalog import Catalog
from corpus.differences import Noted, find_beginnings, read_noted, stated
from corpus.embeddings import NAME as EMBEDDINGS
from corpus.errors import ArticleError, SpaceError, StoreError
from corpus.files import Known, look
from corpus.index import DAMAGED, NO_INDEX, Index, Progress
from corpus.making import Engine, Made, Order, Outcomes, embedded, here, next_of
from corpus.near import shingles_of, words_of
from corpus.report import SyncReport
from corpus.rows import Indexed
from corpus.vectors import VectorWriter

_SETTLED = 3000  # new passages after which they are found by meaning, too, where more are to come


def silent(stage: str, done: int, total: int) -> None:
    """A progress that is not shown."""


def sync(index: Index, progress: Progress, *, count: bool = True, engine: Engine = here) -> SyncReport:
    """Bring the index in step with the files; see `Library.sync`. Call it in `turns.writing`."""
    index.shelf.tidy()
    # First, as Chroma may end the process over a damaged file.
    why = DAMAGED if index.damaged(written=not count) else index.broken(count=count)
    index.builds.release()  # so that writing needs no more memory than what it writes
    if why is None:
        try:
            with Writer(index, index.builds.folder / index.builds.name()) as writer:
                report = writer.sync(progress, engine)
            index.builds.tidy()
            return report
        except SpaceError:
            raise
        except StoreError:  # damage that shows only when the index is read through
            why = DAMAGED
    folder = index.builds.unfinished(index.fingerprint)
    try:
        with Writer(index, folder) as writer:
            report = writer.sync(progress, engine)
    except Exception:  # a full disk, say: what was begun must not fill it further
        index.builds.tidy()
        raise
    index.builds.use(folder)
    index.builds.tidy()
    return dataclasses.replace(report, rebuilt=None if why == NO_INDEX else why)


class Writer:
    """One build of the index, to be written. Use it in a `with`."""

    def __init__(self, index: Index, folder: Path) -> None:
        self._index = index
        self._embedder = index.embedder
        self.catalog = Catalog(folder / CATALOG, writable=True)
        # Where the passages' vectors are searched on a server, there are none here.
        self._vectors = None if index.remote else VectorWriter(folder, self.catalog)
        self._unsettled = 0
        self._folder = folder
        self._sums: dict[str, str] | None = None  # those of before, while there are none

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None:
        self.catalog.database.close()
        self.catalog.embeddings.database.close()

    def sync(self, progress: Progress, engine: Engine = here) -> SyncReport:
        """Write what is new or changed, drop what is gone, and finish what was begun before."""
        meta, known = self.catalog.meta(), self.catalog.files()
        if meta.get("fingerprint") != self._index.fingerprint:
            self._unseal()
            self.catalog.set_meta(fingerprint=self._index.fingerprint)
        seen = {str(path): look(path, known.get(str(path))) for path in self._index.files()}
        todo = [path for path in seen if path not in known or known[path].digest != seen[path].digest]
        touched = {path: seen[path] for path in seen if path in known and seen[path] != known[path]}
        if touched:
            self._unseal()
            self.catalog.set_files({path: one for path, one in touched.items() if path not in todo})
        refused = {path: one.refused for path, one in seen.items() if one.refused and path not in todo}
        is_noted = meta.get("noted", "") == self._index.noted_digest()
        if not todo and known.keys() == seen.keys() and is_noted and "unfinished" not in meta:
            self._seal()
            return SyncReport(refused=(*refused.values(), *self._index.nameless()))
        self._unseal()
        self.catalog.set_meta(unfinished="yes")
        if not is_noted:
            self._find_beginnings()
        known_ids = self.catalog.passage_ids() if todo else frozenset()
        order = Order(self._index.settings, known_ids, embedder=self._embedder)
        with contextlib.closing(engine([Path(path) for path in todo], order)) as outcomes:
            report = self._write_all(seen, todo, outcomes, progress)
        notes = self.finish(progress)
        lines = (*refused.values(), *report.refused, *self._index.nameless(), *notes)
        return dataclasses.replace(report, refused=lines)

    def _write_all(
        self, seen: dict[str, Known], todo: Sequence[str], outcomes: Outcomes, progress: Progress
    ) -> SyncReport:
        """Write these files; an id belongs to the file that has it already, else to the first."""
        before, known = self.catalog.ids(), self.catalog.files()
        kept = {one.article for path, one in seen.items() if one.article and path not in todo}
        written: list[str] = []
        refused: dict[str, str] = {}
        count = 0
        for number, path in enumerate(todo):
            progress("Indexing articles", number, len(todo))
            try:
                made = next_of(outcomes)
                id_ = made.article.id
                if id_ in kept:
                    raise ArticleError(path, "id", f"'{id_}' is another article's; choose another")
                kept.add(id_)
                count += self.write(made, path, seen[path])
                written.append(id_)
            except ArticleError as exc:
                refused[path] = str(exc)
                old = known[path].article if path in known else None  # its old text stays
                kept |= {old} if old else set()
                self.catalog.set_files({path: dataclasses.replace(seen[path], article=old, refused=str(exc))})
            progress("Indexing articles", number + 1, len(todo))
        removed = sorted(before - kept)
        self.catalog.drop(removed)
        self.catalog.set_files(dict.fromkeys(known.keys() - seen.keys()))
        added = tuple(id_ for id_ in written if id_ not in before)
        changed = tuple(id_ for id_ in written if id_ in before)
        return SyncReport(added, changed, tuple(removed), tuple(refused.values()), embedded=count)

    def write(self, made: Made, path: str, file: Known) -> int:
        """Store one article, and embed what is not made; returns how many of its passages are new."""
        self._unseal()
        article, passages = made.article, made.passages
        stored = self.catalog.stored(article.id)
        new = [passage for passage in passages if passage.id not in stored]
        for part, found in embedded(new, self._embedder, made.vectors):
            self.catalog.embeddings.put([passage.id for passage in part], found)
        words = words_of(article.text)
        known = dataclasses.replace(file, article=article.id, refused=None)
        beginnings = find_beginnings(article, self._beginnings)
        self.catalog.set_meta(unfinished="yes")
        self.catalog.put(Indexed(article, path, known, passages, words, shingles_of(words), beginnings))
        self._unsettled += len(new)
        if self._unsettled >= _SETTLED:
            self._settle(silent)
        return len(new)

    def finish(self, progress: Progress) -> tuple[str, ...]:
        """Take out what does not count any more; returns a line for each file of differences that cannot be read."""
        self._unseal()
        # Each step stays noted until it is done, and "unfinished" until no file holds a trace of what was dropped.
        if "traces" in self.catalog.meta():
            self.catalog.lexical.compact()
            self.catalog.database.vacuum()
            self.catalog.embeddings.keep(self.catalog.passage_ids())
        self._settle(progress)
        refused = self._note()
        self.catalog.database.flush()
        self.catalog.set_meta(unfinished=None, traces=None, noted=self._index.noted_digest())
        self._seal()
        return refused

    def _settle(self, progress: Progress) -> None:
        """Have the search by meaning find what counts, and nothing else."""
        if self._vectors:
            self._vectors.settle(self._sums or {}, lambda done, total: progress("Arranging vectors", done, total))
        self._unsettled = 0

    def _unseal(self) -> None:
        """Have no checksums from here on: before anything is written, so that a kill leaves none that are wrong."""
        if self._sums is None:
            self._sums = seals.read(self._folder)
            seals.unseal(self._folder)

    def _seal(self) -> None:
        """Take the checksums of all that was written; nothing is to be, until they are taken away again."""
        if self._sums is None and seals.read(self._folder):
            return
        if not (self.catalog.database.flush() and self.catalog.embeddings.database.flush()):
            return  # a reader is in the way, and the file will change once it is gone: the next sync does it
        shards = {shard.folder for shard in self.catalog.ledger.shards() if shard.folder}
        known = {name: digest for name, digest in (self._sums or {}).items() if name in shards}  # none is changed
        seals.seal(self._folder, {CATALOG, EMBEDDINGS, *shards}, known)
        self._sums = None

    @functools.cached_property
    def _beginnings(self) -> frozenset[str]:
        """The words by which the noted differences name sentences."""
        return frozenset(words for one in self._noted()[0] for words in one.beginnings())

    def _noted(self) -> tuple[list[Noted], tuple[str, ...]]:
        """The noted differences, and a line for each file that cannot be read."""
        noted: list[Noted] = []
        refused = []
        for path in self._index.noted_files():
            try:
                noted += list(read_noted(path))
            except ArticleError as exc:
                refused.append(str(exc))
        return noted, tuple(refused)

    def _find_beginnings(self) -> None:
        """Find the sentences of every article anew that noted differences name."""
        for id_ in sorted(self.catalog.ids()):
            article = self.catalog.article(id_)
            if article:
                self.catalog.set_beginnings(id_, find_beginnings(article, self._beginnings))

    def _note(self) -> tuple[str, ...]:
        """Keep the vectors of just those questions that differences are noted for which the articles bear out."""
        noted, refused = self._noted()
        borne_out = stated(noted, self.catalog.beginnings())
        asked = dict.fromkeys(question for one in borne_out for question in one.asked)
        known = self.catalog.noted()
        new = [question for question in asked if question not in known]
        if new or known.keys() != asked.keys():
            vectors = self._embedder.encode(new) if new else ()
            self.catalog.set_noted(known.keys() - asked.keys(), dict(zip(new, vectors, strict=True)))
        return refused
