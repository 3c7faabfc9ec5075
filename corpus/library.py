"""Article files go in; a searchable library comes out: the public face of this package."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Article, Sentence
from corpus.chunk import Passage
from corpus.differences import Difference, read_differences
from corpus.embed import Embedder, open_embedder
from corpus.errors import ArticleError, CorpusError
from corpus.index import Index, Progress, SyncReport
from corpus.settings import Settings, load_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RRF = 60  # the constant of reciprocal rank fusion (Cormack et al. 2009)
_POOL = 4  # how many times k each of the two rankings contributes


@dataclasses.dataclass(frozen=True)
class Hit:
    """One passage that a search found, and how near each of its sentences is to the query."""

    passage: Passage
    score: float  # reciprocal rank fusion of both rankings
    similarity: float  # cosine of passage and query, -1..1; 0 where only the words matched
    lexical: float  # BM25; 0 where only the vectors matched
    sentences: tuple[tuple[Sentence, float], ...]  # with the cosine of each


class Library:
    """A folder of articles and its index. Safe to share by threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.embedder: Embedder = embedder or open_embedder(settings)
        self._index = Index(settings, self.embedder)
        self._noted: tuple[str, list[Difference], NDArray[np.float32], NDArray[np.int64]] | None = None

    @classmethod
    def open(cls, home: Path | str | None = None, *, embedder: Embedder | None = None) -> Library:
        """The library under `home` (default: ADVISOR_HOME, else the user's data folder); reads nothing yet."""
        return cls(load_settings(home), embedder)

    @property
    def fingerprint(self) -> str:
        """What the index depends on beside the articles: model, chunker, schema."""
        return self._index.fingerprint

    def sync(self, progress: Progress = lambda *_: None) -> SyncReport:
        """Bring the index up to date with the article files; embeds only what is new.

        A file that cannot be read is reported and left as it was indexed before. Safe to kill and to run
        twice at once: the second waits. Raises CorpusError when the index cannot be written.
        """
        return self._index.sync(progress)

    def warm(self) -> None:
        """Load the model in the background; what goes wrong there goes wrong again, and is told, at its first use."""

        def load() -> None:
            with contextlib.suppress(CorpusError):
                self.embedder.encode(["ready"])

        threading.Thread(target=load, daemon=True).start()

    def stale(self) -> str | None:
        """Why the index is not up to date, in one phrase, or None."""
        return self._index.stale()

    def articles(self) -> tuple[Article, ...]:
        """The indexed articles, by id."""
        return self._index.catalog.articles()

    def article(self, article_id: str) -> Article | None:
        """One indexed article; the offsets of passages and sentences are those of its text."""
        return self._index.catalog.article(article_id)

    def passage_at(self, article_id: str, start: int) -> Passage | None:
        """The passage that holds the character at that offset of an article."""
        return self._index.catalog.passage_at(article_id, start)

    def differences(self, vector: NDArray[np.float32]) -> list[tuple[Difference, float]]:
        """Where the indexed articles differ, as noted beside them, each with how like its questions a vector is.

        The likeness is the greatest cosine, -1..1. A file that cannot be read is left out, as `sync` has said.
        """
        generation = self._index.generation
        if self._noted is None or self._noted[0] != generation:
            self._noted = (generation, *self._read_noted())
        _, noted, vectors, first = self._noted
        likeness = np.maximum.reduceat(vectors @ vector, first).tolist() if noted else []
        return list(zip(noted, likeness, strict=True))

    def noted_files(self) -> list[Path]:
        """The files of noted differences, beside the articles."""
        return self._index.noted_files()

    def _read_noted(self) -> tuple[list[Difference], NDArray[np.float32], NDArray[np.int64]]:
        articles, stored, noted = self.articles(), self._index.catalog.noted(), list[Difference]()
        for path in self.noted_files():
            with contextlib.suppress(ArticleError):
                noted += [
                    one for one in read_differences(path, articles) if all(asked in stored for asked in one.asked)
                ]
        vectors = np.array([stored[asked] for one in noted for asked in one.asked], dtype=np.float32)
        first = np.cumsum([0, *(len(one.asked) for one in noted)])[:-1]
        return noted, vectors, first

    def passage_count(self) -> int:
        """How many passages are indexed."""
        return self._index.catalog.passage_count()

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each Porter stem occurs; stems that occur in none are left out."""
        return self._index.catalog.frequencies(stems)

    def search(
        self, query: str, k: int = 8, *, terms: Sequence[str] | None = None, vector: NDArray[np.float32] | None = None
    ) -> list[Hit]:
        """The k passages that fit best, by meaning and by words, fused by reciprocal rank.

        `terms` are the words to look for where they are not simply those of the query (none: by meaning alone);
        `vector` is the query's where the caller has it already. Raises ValueError for a k below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be 1 or more")
        query = query.encode("utf-8", "ignore").decode()  # no lone surrogates
        vector = self.embedder.encode_query(query) if vector is None else vector
        dense = dict(self._index.nearest(vector, _POOL * k))
        lexical = dict(self._index.catalog.ranked(query.split() if terms is None else terms, _POOL * k))
        scores: dict[str, float] = {}
        for ranking in (dense, lexical):
            for rank, id_ in enumerate(ranking):
                scores[id_] = scores.get(id_, 0.0) + 1 / (_RRF + rank)
        found = self._index.catalog.passages(list(scores))
        hits = []
        for id_ in sorted(found, key=lambda id_: -scores[id_])[:k]:
            passage, vectors = found[id_]
            cosines = map(float, vectors @ vector)
            pairs = tuple(zip(passage.sentences, cosines, strict=True))
            hits.append(Hit(passage, scores[id_], dense.get(id_, 0.0), lexical.get(id_, 0.0), pairs))
        return hits
