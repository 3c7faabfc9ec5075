"""Article files and an embedder go in; an index that is in step with the files comes out: catalog and vectors.

The files are the truth and the index is derived. What the catalog has committed counts; vectors without a row there
are ignored, so that a sync can be killed at any moment and the next one finishes it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import numpy as np

from corpus.article import Article, Sentence, read_article
from corpus.catalog import SCHEMA, Catalog, Entry
from corpus.chunk import VERSION as CHUNKER_VERSION
from corpus.chunk import Passage, chunk
from corpus.differences import NAME, read_differences
from corpus.embed import Embedder
from corpus.errors import ArticleError, StoreError
from corpus.settings import Settings
from corpus.store import VectorStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is
_BATCH = 64  # passages embedded and stored at a time, so that memory stays flat
_USABLE = (
    None,
    "the articles have changed",
    "the noted differences have changed",
    "the last sync did not finish",
)


@dataclasses.dataclass(frozen=True)
class SyncReport:
    """What a sync did, by article id; `refused` holds one line for each file that could not be read."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    rebuilt: str | None = None  # why the whole index was made anew
    embedded: int = 0  # passages

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.rebuilt)


@dataclasses.dataclass(frozen=True)
class _Plan:
    """What a sync has to do: articles to write, ids to forget, files that cannot be read."""

    todo: list[tuple[Article, Entry]]
    removed: list[str]
    refused: dict[str, ArticleError]


class Index:
    """The index of one library under `settings.home`. Safe to share by threads."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self.settings = settings
        self.embedder = embedder
        self._folder = settings.home / "index"
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._opened: tuple[tuple[str, str], VectorStore] | None = None

    @property
    def fingerprint(self) -> str:
        """What the index depends on beside the articles: model, chunker, schema."""
        return f"{self.embedder.name} chunker-{CHUNKER_VERSION} schema-{SCHEMA}"

    @property
    def catalog(self) -> Catalog:
        """The articles and passages that count."""
        with self._lock:
            path = self._folder / "catalog.sqlite3"
            if self._catalog is None or not path.exists():
                try:
                    self._catalog = Catalog(path)
                except OSError as exc:
                    why = f"{self._folder} cannot be written ({exc.strerror})"
                    raise StoreError(f"{why}; set ADVISOR_HOME to a folder that can") from exc
            return self._catalog

    @property
    def vectors(self) -> VectorStore:
        """The passages' vectors, opened anew when another process has synced."""
        meta = self.catalog.meta()
        if "vectors" not in meta:
            raise StoreError("There is no index yet; run 'python -m corpus sync'")
        key = (meta["vectors"], meta.get("generation", ""))
        with self._lock:
            if self._opened is None or self._opened[0] != key:
                if self._opened:
                    self._opened[1].close()
                self._opened = (key, VectorStore(self._folder / key[0], meta["fingerprint"]))
            return self._opened[1]

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """The k nearest passages as (id, cosine similarity), best first."""
        try:
            return self.vectors.nearest(vector, k)
        except StoreError:
            return self.vectors.nearest(vector, k)  # another thread may just have opened it anew

    @property
    def generation(self) -> str:
        """A name that changes with every sync that changes something."""
        return self.catalog.meta().get("generation", "")

    def stale(self) -> str | None:
        """Why the index is not in step with the files, in one phrase, or None."""
        try:
            meta = self.catalog.meta()
            if not meta:
                return "there is no index yet"
            if meta.get("fingerprint") != self.fingerprint:
                return "the model, the chunker or the schema has changed"
            if "unfinished" in meta:
                return "the last sync did not finish"
            is_there = "vectors" in meta and (self._folder / meta["vectors"]).is_dir()
            if not is_there or self.vectors.count() != self.catalog.passage_count():
                return "a part of the index is missing"
            seen = {entry.path: entry.digest for entry in self.catalog.entries().values()}
        except StoreError:
            return "the index is damaged"
        if meta.get("noted", "") != self._noted_digest():
            return "the noted differences have changed"
        seen |= json.loads(meta.get("refused", "{}"))
        return None if seen == {str(path): _digest(path) for path in self._files()} else "the articles have changed"

    def sync(self, progress: Progress) -> SyncReport:
        """Bring the index in step with the files; see `Library.sync`."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self._folder / "sync.lock"):
                rebuilt = self._reset(self.stale())
                try:
                    return self._sync(progress, rebuilt)
                except StoreError:  # damage that shows only when the index is read through
                    return self._sync(progress, self._reset("the index is damaged"))
        except OSError as exc:
            why = exc.strerror or str(exc)
            raise StoreError(f"{self._folder} cannot be written ({why}); free space or set ADVISOR_HOME") from exc

    def _sync(self, progress: Progress, rebuilt: str | None) -> SyncReport:
        catalog = self.catalog
        known = catalog.entries()
        plan = self._plan(known)
        refused = tuple(map(str, plan.refused.values()))
        catalog.set_meta(refused=json.dumps({path: _digest(Path(path)) for path in plan.refused}))
        noted, meta = self._noted_digest(), catalog.meta()
        is_current = meta.get("noted", "") == noted and "unfinished" not in meta
        if not plan.todo and not plan.removed and is_current:
            return SyncReport(refused=refused, rebuilt=rebuilt)
        catalog.set_meta(unfinished="yes")
        if plan.todo:  # the first time a model is exported, which takes longer than all the rest
            progress("Preparing the model", 0, 1)
            self.embedder.encode(["ready"])
            progress("Preparing the model", 1, 1)
        embedded = 0
        for number, (article, entry) in enumerate(plan.todo):
            progress("Indexing articles", number, len(plan.todo))
            embedded += self._write(article, entry)
            progress("Indexing articles", number + 1, len(plan.todo))
        catalog.replace(plan.removed, (), {})
        self.vectors.delete(sorted(self.vectors.ids() - catalog.passage_ids()))
        refused += self._note()
        catalog.set_meta(unfinished=None, noted=noted, generation=uuid.uuid4().hex[:8])
        added = tuple(article.id for article, _ in plan.todo if article.id not in known)
        changed = tuple(article.id for article, _ in plan.todo if article.id in known)
        return SyncReport(added, changed, tuple(plan.removed), refused, rebuilt, embedded)

    def _plan(self, known: dict[str, Entry]) -> _Plan:
        """Compare the files with what is indexed; an id belongs to the file that has it already, else to the first."""
        ids = {(entry.path, entry.digest): id_ for id_, entry in known.items()}
        owners = {entry.path: id_ for id_, entry in known.items()}
        entries = [Entry(str(path), _digest(path)) for path in self._files()]
        kept = {ids[entry.path, entry.digest] for entry in entries if (entry.path, entry.digest) in ids}
        todo: list[tuple[Article, Entry]] = []
        refused: dict[str, ArticleError] = {}
        for entry in entries:
            if (entry.path, entry.digest) in ids:
                continue
            try:
                article = read_article(Path(entry.path))
                if article.id in kept:
                    raise ArticleError(entry.path, "id", f"'{article.id}' is another article's; choose another")
                kept.add(article.id)
                todo.append((article, entry))
            except ArticleError as exc:
                refused[entry.path] = exc
                kept |= {owners[entry.path]} if entry.path in owners else set()
        return _Plan(todo, [id_ for id_ in known if id_ not in kept], refused)

    def _write(self, article: Article, entry: Entry) -> int:
        """Embed and store one article; the catalog's commit is what makes it count."""
        passages = chunk(article)
        stored = self.catalog.passage_ids(article.id)
        new = [passage for passage in passages if passage.id not in stored]
        vectors: dict[str, NDArray[np.float32]] = {}
        for at in range(0, len(new), _BATCH):
            batch = new[at : at + _BATCH]
            self.vectors.add(batch, self.embedder.encode([passage.content for passage in batch]))
            vectors |= self._sentence_vectors(batch)
        self.catalog.replace((), [(article, entry, passages)], vectors)
        return len(new)

    def _sentence_vectors(self, passages: Sequence[Passage]) -> dict[str, NDArray[np.float32]]:
        """By passage id, the vectors of its sentences; all embedded at once, which is four times as fast."""
        vectors = self.embedder.encode([in_context(s) for passage in passages for s in passage.sentences])
        ends = np.cumsum([len(passage.sentences) for passage in passages])
        return {p.id: part for p, part in zip(passages, np.split(vectors, ends[:-1]), strict=True)}

    def _note(self) -> tuple[str, ...]:
        """Embed the questions that differences are noted for; returns a line for each file that cannot be read."""
        questions: list[str] = []
        refused = []
        for path in self.noted_files():
            try:
                questions += [asked for one in read_differences(path, self.catalog.articles()) for asked in one.asked]
            except ArticleError as exc:
                refused.append(str(exc))
        self.catalog.set_noted(questions, self.embedder.encode(questions))
        return tuple(refused)

    def noted_files(self) -> list[Path]:
        """The files of noted differences."""
        return [folder / NAME for folder in self.settings.articles if (folder / NAME).is_file()]

    def _noted_digest(self) -> str:
        return " ".join(map(_digest, self.noted_files()))

    def _reset(self, why: str | None) -> str | None:
        """Empty an index that is damaged or of another fingerprint; returns why, None where it is kept."""
        if why in _USABLE:
            return None
        with self._lock:
            self._catalog = None
            for path in self._folder.iterdir():
                if path.name.startswith(("catalog.", "vectors-")):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            # A new folder's name each time: Chroma keeps clients by folder for the life of a process.
            self.catalog.set_meta(fingerprint=self.fingerprint, vectors=f"vectors-{uuid.uuid4().hex[:8]}")
        return None if why == "there is no index yet" else why

    def _files(self) -> Iterator[Path]:
        """The article files, folder by folder; locks of editors and other things that are no files are left out."""
        for folder in self.settings.articles:
            if folder.is_dir():
                yield from sorted(path for path in folder.rglob("*.md") if path.is_file())


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"  # reading the article will say why


def in_context(sentence: Sentence) -> str:
    """What is embedded for a sentence: its own section's name goes first, as a sentence rarely says it."""
    return f"{sentence.headings[-1]}: {sentence.statement}" if sentence.headings else sentence.statement
