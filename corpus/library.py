"""Article files go in; a searchable library comes out: the public face of this package.

The files are the truth and the index is derived: `sync` brings it up to date, embeds only passages that are
new, and leaves it usable by others at every moment.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import numpy as np

from corpus.article import Article, Sentence, read_article
from corpus.catalog import SCHEMA, Catalog, Entry
from corpus.chunk import VERSION as CHUNKER_VERSION
from corpus.chunk import Passage, chunk
from corpus.embed import Embedder, open_embedder
from corpus.errors import ArticleError, CorpusError, StoreError
from corpus.settings import Settings, load_settings
from corpus.store import VectorStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is
_RRF = 60  # the constant of reciprocal rank fusion (Cormack et al. 2009)
_EMBED_BATCH = 64  # passages embedded and stored at a time, so that memory stays flat


@dataclasses.dataclass(frozen=True)
class Hit:
    """One passage that a search found, and how near each of its sentences is to the query."""

    passage: Passage
    score: float  # reciprocal rank fusion of both rankings
    similarity: float  # cosine of passage and query, -1..1; 0 where only the words matched
    lexical: float  # BM25; 0 where only the vectors matched
    sentences: tuple[tuple[Sentence, float], ...]  # with the cosine of each


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


class Library:
    """A folder of articles and its index. Safe to share by threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.embedder: Embedder = embedder or open_embedder(settings)
        self._folder = settings.home / "index"
        self._stores: dict[str, VectorStore] = {}

    @classmethod
    def open(cls, home: Path | str | None = None, *, embedder: Embedder | None = None) -> Library:
        """The library under `home` (default: ADVISOR_HOME, else the user's data folder); reads nothing yet."""
        return cls(load_settings(home), embedder)

    @cached_property
    def fingerprint(self) -> str:
        """What the index depends on beside the articles: model, chunker, schema."""
        return f"{self.embedder.name} chunker-{CHUNKER_VERSION} schema-{SCHEMA}"

    @cached_property
    def _catalog(self) -> Catalog:
        try:
            return Catalog(self._folder / "catalog.sqlite3")
        except OSError as exc:
            raise StoreError(f"{self._folder} cannot be written ({exc.strerror}); set ADVISOR_HOME elsewhere") from exc

    def articles(self) -> tuple[Article, ...]:
        """The indexed articles, by id."""
        return self._catalog.articles()

    def article(self, article_id: str) -> Article | None:
        """One indexed article; the offsets of passages and sentences are those of its text."""
        return self._catalog.article(article_id)

    def passage_count(self) -> int:
        """How many passages are indexed."""
        return self._catalog.passage_count()

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each Porter stem occurs; stems that occur in none are left out."""
        return self._catalog.frequencies(stems)

    def search(self, query: str, k: int = 8, *, terms: Sequence[str] | None = None) -> list[Hit]:
        """The k passages that fit best, by meaning and by words, fused by reciprocal rank.

        `terms` are the words to look for where they are not simply those of the query.
        """
        vector = self.embedder.encode([query.encode("utf-8", "ignore").decode()])[0]  # no lone surrogates
        pool = 4 * k
        dense = self._store(self._catalog.meta()).nearest(vector, pool)
        words = terms if terms is not None else query.split()
        lexical = self._catalog.ranked(words, pool)
        scores: dict[str, float] = {}
        for ranking in (dense, lexical):
            for rank, (id_, _) in enumerate(ranking):
                scores[id_] = scores.get(id_, 0.0) + 1 / (_RRF + rank)
        found = self._catalog.passages(list(scores))
        best = sorted((id_ for id_ in found), key=lambda id_: -scores[id_])[:k]
        near, matched = dict(dense), dict(lexical)
        hits = []
        for id_ in best:
            passage, vectors = found[id_]
            cosines = vectors @ vector
            pairs = tuple(zip(passage.sentences, map(float, cosines), strict=True))
            hits.append(Hit(passage, scores[id_], near.get(id_, 0.0), matched.get(id_, 0.0), pairs))
        return hits

    def stale(self) -> str | None:
        """Why the index is not up to date, in one phrase, or None."""
        try:
            meta = self._catalog.meta()
            if not meta:
                return "there is no index yet"
            if meta.get("fingerprint") != self.fingerprint:
                return "the model, the chunker or the schema has changed"
            if "unfinished" in meta:
                return "the last sync did not finish"
            is_there = (self._folder / meta.get("vectors", "vectors")).is_dir()
            if not is_there or self._store(meta).count() != self.passage_count():
                return "a part of the index is missing"
        except StoreError:
            return "the index is damaged"
        seen = {entry.path: entry.digest for entry in self._catalog.entries().values()}
        seen |= json.loads(meta.get("refused", "{}"))
        return None if seen == {str(path): _digest(path) for path in self._files()} else "the articles have changed"

    def sync(self, progress: Progress = lambda *_: None) -> SyncReport:
        """Bring the index up to date with the article files; embeds only what is new.

        A file that cannot be read is reported and left as it was indexed before. Safe to kill and to run
        twice at once: the second waits. Raises CorpusError when the index cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self._folder / "sync.lock"):
                return self._sync(progress)
        except OSError as exc:
            why = exc.strerror or str(exc)
            raise StoreError(f"{self._folder} cannot be written ({why}); free space or set ADVISOR_HOME") from exc

    def _sync(self, progress: Progress) -> SyncReport:
        rebuilt = self._reset_if_unusable()
        catalog, store = self._catalog, self._store(self._catalog.meta())
        known = catalog.entries()
        by_path = {entry.path: (id_, entry) for id_, entry in known.items()}
        wanted: dict[str, tuple[Article, Entry] | None] = {}  # None: as it is indexed
        refused: dict[str, ArticleError] = {}
        for path in self._files():
            indexed = by_path.get(str(path))
            entry = Entry(str(path), _digest(path))
            if indexed and indexed[1] == entry:
                wanted[indexed[0]] = None
                continue
            try:
                article = read_article(path)
                if article.id in wanted:
                    raise ArticleError(path, "id", f"'{article.id}' is another article's too; choose another")
                wanted[article.id] = (article, entry)
            except ArticleError as exc:
                refused[str(path)] = exc
                if indexed:
                    wanted[indexed[0]] = None
        lines = tuple(map(str, refused.values()))
        catalog.set_meta(refused=json.dumps({path: _digest(Path(path)) for path in refused}))
        todo = [pair for pair in wanted.values() if pair]
        removed = [id_ for id_ in known if id_ not in wanted]
        if not todo and not removed and catalog.meta().get("unfinished") is None:
            return SyncReport(refused=lines, rebuilt=rebuilt)
        catalog.set_meta(unfinished="yes")
        catalog.replace(removed, (), {})
        embedded = sum(self._write(batch, progress, len(todo)) for batch in enumerate(todo))
        store.delete(sorted(store.ids() - catalog.passage_ids()))
        catalog.set_meta(unfinished=None)
        added = tuple(article.id for article, _ in todo if article.id not in known)
        changed = tuple(article.id for article, _ in todo if article.id in known)
        return SyncReport(added, changed, tuple(removed), lines, rebuilt, embedded)

    def _write(self, numbered: tuple[int, tuple[Article, Entry]], progress: Progress, total: int) -> int:
        """Embed and store one article; the catalog's commit is what makes it count."""
        number, (article, entry) = numbered
        progress("Indexing articles", number, total)
        passages = chunk(article)
        stored = self._catalog.passage_ids(article.id)
        new = [passage for passage in passages if passage.id not in stored]
        vectors: dict[str, NDArray[np.float32]] = {}
        store = self._store(self._catalog.meta())
        for at in range(0, len(new), _EMBED_BATCH):
            batch = new[at : at + _EMBED_BATCH]
            store.add(batch, self.embedder.encode([passage.content for passage in batch]))
            vectors |= self._sentence_vectors(batch)
        self._catalog.replace((), [(article, entry, passages)], vectors)
        progress("Indexing articles", number + 1, total)
        return len(new)

    def _sentence_vectors(self, passages: Sequence[Passage]) -> dict[str, NDArray[np.float32]]:
        """By passage id, the vectors of its sentences; all embedded at once, which is four times as fast."""
        vectors = self.embedder.encode([_in_context(s) for passage in passages for s in passage.sentences])
        ends = np.cumsum([len(passage.sentences) for passage in passages])
        return {p.id: part for p, part in zip(passages, np.split(vectors, ends[:-1]), strict=True)}

    def _reset_if_unusable(self) -> str | None:
        """Empty an index that is damaged or of another fingerprint; returns why, None where it is sound."""
        why = self.stale()
        if why in (None, "the articles have changed", "the last sync did not finish"):
            return None
        self.__dict__.pop("_catalog", None)
        for path in self._folder.iterdir():
            if path.name.startswith("catalog."):
                path.unlink()
            elif path.name.startswith("vectors-"):
                shutil.rmtree(path, ignore_errors=True)
        # A new folder's name each time: Chroma keeps clients by folder for the life of a process.
        self._catalog.set_meta(fingerprint=self.fingerprint, vectors=f"vectors-{uuid.uuid4().hex[:8]}")
        return None if why == "there is no index yet" else why

    def _store(self, meta: dict[str, str]) -> VectorStore:
        if "vectors" not in meta:
            raise StoreError("There is no index yet; run 'python -m corpus sync'")
        name = meta["vectors"]
        if name not in self._stores:
            self._stores = {name: VectorStore(self._folder / name, meta["fingerprint"])}
        return self._stores[name]

    def _files(self) -> list[Path]:
        folders = (folder for folder in self.settings.articles if folder.is_dir())
        return sorted(path for folder in folders for path in folder.rglob("*.md"))


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise CorpusError(f"{path}: cannot be read ({exc.strerror}); check its rights") from exc


def _in_context(sentence: Sentence) -> str:
    """What is embedded for a sentence: its own section's name goes first, as a sentence rarely says it."""
    return f"{sentence.headings[-1]}: {sentence.statement}" if sentence.headings else sentence.statement
