"""Article files go in; a searchable library comes out: the public face of this package."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.about import ENOUGH, About, about_articles, read_about
from corpus.about import NAME as ABOUT
from corpus.adding import add, remove
from corpus.article import Article, read_fields
from corpus.chunk import Passage
from corpus.differences import Difference, Noted, read_noted, stated
from corpus.doctor import Finding, examine
from corpus.embed import Embedder, open_embedder
from corpus.errors import ArticleError, CorpusError
from corpus.index import Index, Progress
from corpus.lexical import Scope
from corpus.making import Engine, Order, here
from corpus.replica import Replica
from corpus.report import AddReport, RemoveReport, SyncReport
from corpus.rows import Listed
from corpus.scope import resolve
from corpus.sentences import Sentence
from corpus.settings import Settings, load_settings
from corpus.sync import sync
from corpus.turns import writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEXICAL = 0.2  # what the best BM25 score counts beside a cosine (a convex combination, Bruch et al. 2023)
_POOL = 4  # how many times k each of the two rankings contributes


@dataclasses.dataclass(frozen=True)
class Hit:
    """One passage that a search found, and how near each of its sentences is to the query."""

    passage: Passage
    score: float  # cosine, and BM25 over the best one's, combined
    similarity: float  # cosine of passage and query, -1..1; 0 where only the words matched
    lexical: float  # BM25; 0 where only the vectors matched
    sentences: tuple[tuple[Sentence, float], ...]  # with the cosine of each


class Library:
    """A folder of articles and its index, or a Chroma server that holds both. Safe to share by threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.embedder: Embedder = embedder or open_embedder(settings)
        self._replica = Replica(settings, self.embedder) if settings.server else None
        self._local = Index(settings, self.embedder)
        self._only: Scope = None
        self._engine: Engine = here
        self._about: tuple[tuple[str, Scope], About] | None = None
        self._noted: tuple[str, list[Difference], NDArray[np.float32], NDArray[np.int64]] | None = None

    @classmethod
    def open(cls, home: Path | str | None = None, *, embedder: Embedder | None = None) -> Library:
        """The library under `home` (default: ADVISOR_HOME, else the user's data folder); reads nothing yet."""
        return cls(load_settings(home), embedder)

    @property
    def _index(self) -> Index:
        """The index to be read: this machine's own, or its copy of what a server holds."""
        return self._replica.index() if self._replica else self._local

    @property
    def _latest(self) -> Index:
        """The same to be written to: nothing that a server holds by now is missing there."""
        return self._replica.pulled() if self._replica else self._local

    @property
    def fingerprint(self) -> str:
        """What the index depends on beside the articles: model, chunker, schema."""
        return self._local.fingerprint

    def limited(self, sources: Collection[str] | None = None, since: str | None = None) -> Library:
        """The same library, of which only some articles are seen, by whatever is asked of it.

        Those with the ids `sources`, and those published on the day `since` (YYYY-MM-DD) or later: an article without
        a date is then left out. Raises ScopeError for an unknown id, no ids, no date, or where nothing is left.
        """
        if sources is None and since is None:
            return self
        part = copy.copy(self)
        part._only = resolve({one.id: one.published for one in self.listing()}, sources, since)
        part._about = part._noted = None
        return part

    @property
    def state(self) -> tuple[str, Scope]:
        """What changes whenever an answer may: with every sync that changes something, and with what is seen."""
        return self._index.generation, self._only

    def using(self, engine: Engine) -> Library:
        """The same library, whose articles are read and embedded by `workers.Processes` or a `cluster.Cluster`.

        What is started as processes imports the main module again: a script needs its `if __name__ == "__main__"`.
        """
        other = copy.copy(self)
        other._engine = engine
        return other

    def sync(self, progress: Progress = lambda *_: None) -> SyncReport:
        """Bring the index up to date with the article files; embeds only what is new.

        A file that cannot be read is reported and left as it was indexed before. Safe to kill and to run
        twice at once: the second waits. Raises CorpusError when the index cannot be written.
        """
        if self._replica:
            return self._replica.sync(progress, self._engine, Order(self.settings, embedder=self.embedder))
        with writing(self._local):
            return sync(self._local, progress, engine=self._engine)

    def add(self, *places: str | Path, progress: Progress = lambda *_: None, **fields: str | None) -> AddReport:
        """Make articles of files, of folders' documents and of web pages; or bring back one that was left out, by id.

        Each becomes a Markdown file under ADVISOR_HOME/articles and is then indexed. What the library holds already,
        in the same words or nearly so, is not added again; what is no article is refused: the report says so, and the
        rest is added all the same. `fields` (title, publisher, author, published, url, audience, interest, id) are set
        over what a document says of itself. Raises ArticleError for a bad field, StoreError where nothing can be
        written; where that is so only after some have been added, the rest is refused.
        """
        own = read_fields({name: value for name, value in fields.items() if value}, "given")
        order = Order(self.settings, fields=own, embedder=self.embedder)
        return add(self._latest, places, order, progress, self._engine)

    def remove(self, *ids: str, progress: Progress = lambda *_: None) -> RemoveReport:
        """Take articles away, by id, with all that was made of them; an unknown id is reported, the rest removed.

        A file under ADVISOR_HOME is deleted; an article that came with the program is left out until it is added again.
        """
        return remove(self._latest, ids, progress)

    def warm(self) -> None:
        """Load the model in the background; what goes wrong there goes wrong again, and is told, at its first use."""

        def load() -> None:
            with contextlib.suppress(CorpusError):
                self.embedder.encode(["ready"])

        threading.Thread(target=load, daemon=True).start()

    @property
    def is_away(self) -> bool:
        """Whether its server did not answer when something was last asked of the library: no search will be."""
        return bool(self._replica and self._replica.is_away)

    def stale(self) -> str | None:
        """Why the index is not up to date, in one phrase, or None."""
        return self._replica.stale() if self._replica else self._local.stale()

    def examine(self) -> tuple[Finding, ...]:
        """What is well and what is wrong with the articles, the index, the model and the disk; changes nothing."""
        return tuple(self._replica.examine() if self._replica else examine(self._local, self.embedder))

    def articles(self) -> tuple[Article, ...]:
        """The indexed articles, by id."""
        return self._index.catalog.articles(self._only)

    def listing(self) -> tuple[Listed, ...]:
        """The indexed articles without their texts, each with its size, by id."""
        return self._index.catalog.listing(self._only)

    def article(self, article_id: str) -> Article | None:
        """One indexed article; the offsets of passages and sentences are those of its text."""
        return self._index.catalog.article(article_id) if self._sees(article_id) else None

    def path_of(self, article_id: str) -> Path | None:
        """The file that an article is read from."""
        return self._index.catalog.path_of(article_id) if self._sees(article_id) else None

    def passage_at(self, article_id: str, start: int) -> Passage | None:
        """The passage that holds the character at that offset of an article."""
        return self._index.catalog.passage_at(article_id, start) if self._sees(article_id) else None

    def about(self) -> About:
        """What the library is about, and what is worth asking of it."""
        key = self.state
        if self._about is None or self._about[0] != key:
            paths = {one.id: self.path_of(one.id) for one in self.listing()}
            told = [folder for folder in self._index.settings.articles if (folder / ABOUT).is_file()]
            noted = [folder for folder in told if any(path and folder in path.parents for path in paths.values())]
            untold = [id_ for id_, path in paths.items() if not path or not any(f in path.parents for f in noted)]
            rest = about_articles([article for id_ in untold[:ENOUGH] if (article := self.article(id_))])
            said = read_about(noted)
            self._about = (key, said + rest)
        return self._about[1]

    def _sees(self, article_id: str) -> bool:
        return self._only is None or article_id in self._only

    def differences(self, vector: NDArray[np.float32]) -> list[tuple[Difference, float]]:
        """Where the indexed articles differ, as noted beside them, each with how like its questions a vector is.

        The likeness is the greatest cosine, -1..1. A file that cannot be read is left out, as `sync` has said.
        """
        noted, vectors, first = self._all_noted()
        likeness = np.maximum.reduceat(vectors @ vector, first).tolist() if noted else []
        return list(zip(noted, likeness, strict=True))

    def noted_differences(self) -> tuple[Difference, ...]:
        """All of them, in the order in which they are noted."""
        return tuple(self._all_noted()[0])

    def noted_files(self) -> list[Path]:
        """The files of noted differences, beside the articles."""
        return self._index.noted_files()

    def _all_noted(self) -> tuple[list[Difference], NDArray[np.float32], NDArray[np.int64]]:
        generation = self._index.generation
        if self._noted is None or self._noted[0] != generation:
            self._noted = (generation, *self._read_noted())
        return self._noted[1:]

    def _read_noted(self) -> tuple[list[Difference], NDArray[np.float32], NDArray[np.int64]]:
        catalog, noted = self._index.catalog, list[Noted]()
        for path in self.noted_files():
            with contextlib.suppress(ArticleError):
                noted += read_noted(path)
        stored, places = catalog.noted(), catalog.beginnings(self._only)
        borne_out = [one for one in stated(noted, places) if all(asked in stored for asked in one.asked)]
        vectors = np.array([stored[asked] for one in borne_out for asked in one.asked], dtype=np.float32)
        first = np.cumsum([0, *(len(one.asked) for one in borne_out)])[:-1]
        return borne_out, vectors, first

    def passage_count(self) -> int:
        """How many passages are indexed."""
        return self._index.catalog.passage_count(self._only)

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each Porter stem occurs; stems that occur in none are left out."""
        return self._index.catalog.lexical.frequencies(stems, self._only)

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        terms: Sequence[str] | None = None,
        vector: NDArray[np.float32] | None = None,
        sources: Collection[str] | None = None,
        since: str | None = None,
    ) -> list[Hit]:
        """The k passages that fit best, by meaning and by words.

        `terms` are the words to look for where they are not simply those of the query (none: by meaning alone);
        `vector` is the query's where the caller has it already; `sources` and `since` limit it (see `limited`).
        Raises ValueError for a k below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be 1 or more")
        if sources is not None or since is not None:
            return self.limited(sources, since).search(query, k, terms=terms, vector=vector)
        query = query.encode("utf-8", "ignore").decode()  # no lone surrogates
        vector = self.embedder.encode_query(query) if vector is None else vector
        dense = dict(self._index.nearest(vector, _POOL * k, self._only))
        words = query.split() if terms is None else list(terms)
        lexical = dict(self._index.ranked(words, _POOL * k, self._only))
        least, most = min(dense.values(), default=0.0), max(lexical.values(), default=1.0)
        scores = {
            id_: dense.get(id_, least) + _LEXICAL * lexical.get(id_, 0.0) / most
            for id_ in dense.keys() | lexical.keys()
        }
        hits = []
        for passage, vectors in self._index.catalog.passages(sorted(scores, key=lambda id_: (-scores[id_], id_)), k):
            id_, cosines = passage.id, map(float, vectors @ vector)
            pairs = tuple(zip(passage.sentences, cosines, strict=True))
            hits.append(Hit(passage, scores[id_], dense.get(id_, 0.0), lexical.get(id_, 0.0), pairs))
        return hits
