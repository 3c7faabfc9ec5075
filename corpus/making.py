"""A file or a page goes in; its article, passages and vectors come out: all of an ingest but the writing.

It is the same wherever it is done: here, one after another (`here`), or in processes of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from corpus.article import Article, read_article
from corpus.chunk import VERSION, Passage, chunk
from corpus.embed import Embedder, open_embedder
from corpus.errors import CorpusError, StoreError
from corpus.near import digest_of, words_of
from corpus.places import Place
from corpus.read import Reader
from corpus.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH = 64  # passages embedded at a time

Source = Path | Place  # an article's own file, or a document or page that is to become one
Outcomes = Generator["Made | CorpusError", None, None]
Vectors = Mapping[str, "NDArray[np.float32]"]  # by passage id: its vector, then its sentences', (1 + sentences, n)


@dataclasses.dataclass(frozen=True)
class Made:
    """An article that was read and cut, and the vectors of those passages that were not known."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors
    is_named: bool = True  # the id is its own; else it was made of the title, and may be another's

    def named(self, id_: str) -> Made:
        """The same under another id."""
        article = dataclasses.replace(self.article, id=id_)
        passages = chunk(article)
        pairs = zip(self.passages, passages, strict=True)
        vectors = {new.id: self.vectors[old.id] for old, new in pairs if old.id in self.vectors}
        return Made(article, passages, vectors, self.is_named)


def make(source: Source, reader: Reader, embedder: Embedder, known: Collection[str]) -> Made:
    """Read, cut and embed one article; what is `known` is not embedded: passages by id, texts by their words' digest.

    Raises ArticleError where it is none, ModelError.
    """
    article, is_named = (read_article(source), True) if isinstance(source, Path) else reader.article(source)
    passages = chunk(article)
    is_known = bool(known) and digest_of(words_of(article.text)) in known
    new = [] if is_known else [passage for passage in passages if passage.id not in known]
    vectors = {one.id: rows for part, found in embedded(new, embedder) for one, rows in zip(part, found, strict=True)}
    return Made(article, passages, vectors, is_named)


def embedded(
    passages: Sequence[Passage], embedder: Embedder, made: Vectors | None = None
) -> Iterator[tuple[Sequence[Passage], list[NDArray[np.float32]]]]:
    """Passages with their vectors, some at a time; those that are `made` already are not embedded again."""
    made = made or {}
    for at in range(0, len(passages), _BATCH):
        part = passages[at : at + _BATCH]
        new = [one for one in part if one.id not in made]
        found = iter(embedder.encode_passages(new) if new else ())
        yield part, [made[one.id] if one.id in made else next(found) for one in part]


@dataclasses.dataclass(frozen=True)
class Order:
    """What a process must be told to make articles; can be sent to another."""

    settings: Settings
    known: Collection[str] = frozenset()  # see `make`
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)  # set on every article that is read
    embedder: Embedder | None = None  # None: the one of the settings
    threads: int | None = None  # that the model may use; None: as many as serve one process best
    kind: str = ""  # of what is to be made, where another machine might make another; see `kind_of`


def kind_of(embedder: Embedder) -> str:
    """What passages and vectors depend on beside the article."""
    return f"{embedder.name} chunker-{VERSION}"


class Maker:
    """Makes one article after another; the model and the extractor are started once. Use it in a `with`."""

    def __init__(self, order: Order) -> None:
        self._known = order.known
        self._embedder = order.embedder or open_embedder(order.settings, order.threads)
        self._reader = Reader(order.settings, order.fields)
        self._is_other = order.kind not in ("", kind_of(self._embedder))

    def __enter__(self) -> Maker:
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.__exit__(*error)

    def make(self, source: Source) -> Made | CorpusError:
        """See `make`; an error is a value here, as it has to come from another process."""
        if self._is_other:
            return StoreError("A worker has another version of this program; install the same wherever it runs")
        try:
            return make(source, self._reader, self._embedder, self._known)
        except CorpusError as exc:
            return exc


class Engine(Protocol):
    """Makes articles of many sources somewhere."""

    def __call__(self, sources: Sequence[Source], order: Order) -> Outcomes:
        """What became of each source, in their order. Close it."""


def here(sources: Sequence[Source], order: Order) -> Outcomes:
    """Each when it is asked for, in this process."""
    with Maker(order) as maker:
        yield from map(maker.make, sources)


def next_of(outcomes: Outcomes) -> Made:
    """The next of what is made; an error is raised in its turn, and the rest can be asked for."""
    outcome = next(outcomes)
    if isinstance(outcome, CorpusError):
        raise outcome
    return outcome
