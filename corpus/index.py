"""Article files and an embedder go in; an index that is in step with the files comes out, to be read.

The files are the truth and the index is derived. What the catalog has committed counts, so that a reader never sees
half of an article, and a sync can be killed at any moment: the next one finishes it (`corpus/sync.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import seals
from corpus.builds import CATALOG, Build, Builds
from corpus.catalog import SCHEMA, Catalog
from corpus.chunk import VERSION as CHUNKER_VERSION
from corpus.differences import NAME
from corpus.embed import Embedder
from corpus.embeddings import NAME as EMBEDDINGS
from corpus.errors import ArticleError, StoreError
from corpus.files import Known, article_files, has_name, look
from corpus.lexical import Scope
from corpus.settings import Settings
from corpus.shelf import Shelf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from corpus.remote import Remote

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is
NO_INDEX = "there is no index yet"
_OTHER = "the model, the chunker or the schema has changed"
DAMAGED = "the index is damaged"
_INCOMPLETE = "a part of the index is missing"
_MORE = 4  # times as many are asked for, where too few of a server's passages count
_FEW = 1000  # articles that a server is told in a query
BROKEN = (NO_INDEX, _OTHER, DAMAGED, _INCOMPLETE)  # what only a new build mends


class Index:
    """The index of one library under `settings.home`. Safe to share by threads.

    Where the passages' vectors lie on a server, `remote`, the index here holds all but them.
    """

    def __init__(
        self, settings: Settings, embedder: Embedder, shelf: Shelf | None = None, remote: Remote | None = None
    ) -> None:
        self.settings = settings
        self.embedder = embedder
        self.shelf = shelf or Shelf(settings.home / "articles")
        self.remote = remote
        self.builds = Builds(settings.home / "index")

    @property
    def fingerprint(self) -> str:
        """What the index depends on beside the articles: model, chunker, schema."""
        return f"{self.embedder.name} chunker-{CHUNKER_VERSION} schema-{SCHEMA}"

    @property
    def catalog(self) -> Catalog:
        """The articles and passages that count."""
        return self._build().catalog

    def _build(self) -> Build:
        build = self.builds.current()
        if build.fingerprint != self.fingerprint:
            raise StoreError(f"The index is of another kind, as {_OTHER}; run 'python -m corpus sync'")
        return build

    @property
    def generation(self) -> str:
        """A name that changes with everything that changes what is found."""
        return self.catalog.meta().get("generation", "")

    def nearest(self, vector: NDArray[np.float32], k: int, only: Scope = None) -> list[tuple[str, float]]:
        """The k nearest passages, of `only` these articles, as (id, cosine similarity), best first."""
        build = self._build()
        if not self.remote:
            return build.vectors.nearest(vector, k, only)
        asked, within = k, only
        while True:  # what belongs to no article may lie nearest on a server
            found = self.remote.nearest(vector, asked, within)
            known = build.catalog.known([id_ for id_, _ in found])
            kept = [pair for pair in found if pair[0] in known]
            if len(kept) >= k or len(found) < asked:
                return kept[:k]
            ids = build.catalog.ids()
            asked, within = _MORE * asked, ids if only is None and len(ids) <= _FEW else only

    def ranked(self, terms: list[str], k: int, only: Scope = None) -> list[tuple[str, float]]:
        """The k best passages by BM25 for any of the terms, as (id, score above 0), best first."""
        catalog = self.catalog
        return catalog.lexical.ranked(terms, k, catalog.meta().get("generation", ""), only)

    def stale(self) -> str | None:
        """Why the index is not in step with the files, in one phrase, or None."""
        why = self.broken()
        if why:
            return why
        meta = self.catalog.meta()
        if "unfinished" in meta:
            return "the last sync did not finish"
        if meta.get("noted", "") != self.noted_digest():
            return "the noted differences have changed"
        known, seen = self.catalog.files(), self.seen()
        same = known.keys() == seen.keys() and all(known[path].digest == seen[path].digest for path in seen)
        return None if same else "the articles have changed"

    def broken(self, *, count: bool = True) -> str | None:
        """Why a new build must be made, in one phrase, or None; to `count` the vectors takes time and memory."""
        if not self.builds.name():
            return NO_INDEX
        try:
            build = self.builds.current()
            build.check()
            if build.fingerprint != self.fingerprint:
                return _OTHER
            if not build.catalog.is_whole():
                return _INCOMPLETE
            is_settled = count and not self.remote and not build.catalog.ledger.shards(unsettled=True)
            if is_settled and build.vectors.count() != build.catalog.passage_count():
                return _INCOMPLETE
        except StoreError:
            return DAMAGED
        return None

    def damaged(self, *, written: bool = False) -> list[Path]:
        """The parts of the index that are not what was written, all of it read through.

        With `written`, of those parts alone that the next article is written to, whatever it is; a shard is looked at
        when it is written to.
        """
        if not self.builds.name():
            return []
        folder = self.builds.folder / self.builds.name()
        only = {CATALOG, EMBEDDINGS} if written else None
        return [folder / name for name in seals.damaged(folder, only=only)]

    def is_sealed(self) -> bool:
        """Whether there are checksums of what was written."""
        return bool(seals.read(self.builds.folder / self.builds.name()))

    def seen(self) -> dict[str, Known]:
        """The article files that are wanted, as they are now; only those that may have changed are read."""
        try:
            known = self.catalog.files()
        except StoreError:
            known = {}
        return {str(path): look(path, known.get(str(path))) for path in self.files()}

    def files(self) -> list[Path]:
        """The files of the articles that are wanted."""
        left_out = self.shelf.left_out()
        every = article_files(self.settings.articles)
        return [path for path in every if has_name(path) and (path.stem not in left_out or self.shelf.holds(path))]

    def nameless(self) -> tuple[str, ...]:
        """A line for each article file that cannot be read as its name is not UTF-8."""
        fix = "has a name that is not UTF-8; rename it"
        found = (path for path in article_files(self.settings.articles) if not has_name(path))
        return tuple(str(ArticleError(path, "file", fix)) for path in found)

    def noted_files(self) -> list[Path]:
        """The files of noted differences."""
        return [folder / NAME for folder in self.settings.articles if (folder / NAME).is_file()]

    def noted_digest(self) -> str:
        """What changes when one of them does."""
        return " ".join(look(path).digest for path in self.noted_files())
