"""A Chroma server goes in; the library that it holds comes out: a record for each article, and passages with vectors.

An article is one record, its file as it would stand on a disk: so it is there whole, or not at all, and counts from
then on. Its passages are derived of it and are written before it; those that belong to no record do not count.
"""

from __future__ import annotations

import json
import shlex
import threading
import uuid
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from corpus.chunk import Passage
from corpus.errors import AwayError, CorpusError, StoreError
from corpus.records import REMOVED, Record, packed, records_of, row_of, unpacked
from corpus.settings import Server
from corpus.store import connect, disconnect

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARTICLES, PASSAGES = "advisor-articles", "advisor-passages"
SCHEMA = "1"
_MADE_BY = "career-advisor"
_PAGE = 1000  # records without texts, or ids, that are asked for at a time
_PAGE_OF_TEXTS = 50
_PAGE_OF_PASSAGES = 100


class Remote:
    """One library on one server. Safe to share by threads; a server that is back is asked again as if nothing were.

    Every method raises StoreError where the server is away, refuses, or holds another kind of library.
    """

    def __init__(self, server: Server, embedding: str) -> None:
        """`embedding` names what vectors and passages depend on: the model and the chunker."""
        self.server = server
        self._kind = {"made_by": _MADE_BY, "schema": SCHEMA, "embedding": embedding}
        self._lock = threading.RLock()
        self._client: Any = None
        self._opened: tuple[Any, Any] | None = None

    def state(self) -> str | None:
        """What changes with every write; None where the server holds no library yet."""
        with self._errors():
            articles = self._find(ARTICLES)
            if articles is None:
                self._opened = None
                return None
            if self._opened is None or self._opened[0].id != articles.id:
                passages = self._find(PASSAGES)
                self._opened = (articles, passages) if passages else None
                if passages is None:
                    return None
            return str(articles.metadata.get("state", ""))

    def create(self) -> None:
        """Make the collections, where they are not there."""
        with self._errors():
            for name, space in ((PASSAGES, "cosine"), (ARTICLES, "l2")):
                self._api().get_or_create_collection(
                    name,
                    configuration={"hnsw": {"space": space}},
                    metadata={**self._kind, "state": _new()},
                    embedding_function=None,
                )
        self.state()

    def touch(self) -> None:
        """Tell the others that something has changed."""
        with self._errors():
            self._articles.modify(metadata={**self._kind, "state": _new()})

    def records(self, ids: Sequence[str] | None = None) -> Iterator[Record]:
        """Every record without its text; or those of these ids, with it."""
        with self._errors():
            if ids is None:
                for at in range(0, self._articles.count(), _PAGE):
                    yield from records_of(self._articles.get(limit=_PAGE, offset=at, include=["metadatas"]))
            else:
                for at in range(0, len(ids), _PAGE_OF_TEXTS):
                    batch = list(ids[at : at + _PAGE_OF_TEXTS])
                    yield from records_of(self._articles.get(batch, include=["metadatas", "documents"]))

    def claim(self, record: Record) -> bool:
        """Write a record of a new id; whether it is there now, as it may have become another's first."""
        with self._errors():
            self._articles.add(**row_of(record))  # Chroma leaves what is there as it is
            if any(one.kind == REMOVED for one in self.records([record.id])):
                self._articles.delete([record.id], where={"kind": REMOVED})
                self._articles.add(**row_of(record))
        return any(one.digest == record.digest and one.kind == record.kind for one in self.records([record.id]))

    def put(self, record: Record) -> None:
        """Write a record, in the place of the one that has its id."""
        with self._errors():
            self._articles.upsert(**row_of(record))

    def put_passages(self, passages: Sequence[Passage], vectors: Sequence[NDArray[np.float32]]) -> None:
        """Write passages, each with its vector and then its sentences', shape (1 + sentences, dimensions)."""
        with self._errors():
            for at in range(0, len(passages), _PAGE_OF_PASSAGES):
                part, found = passages[at : at + _PAGE_OF_PASSAGES], vectors[at : at + _PAGE_OF_PASSAGES]
                self._passages.upsert(
                    ids=[one.id for one in part],
                    embeddings=[rows[0] for rows in found],
                    documents=[one.content for one in part],
                    metadatas=[
                        {"article": one.article, "headings": " > ".join(one.headings), "sentences": packed(rows[1:])}
                        for one, rows in zip(part, found, strict=True)
                    ],
                )

    def vectors(self, passages: Sequence[Passage]) -> dict[str, NDArray[np.float32] | None]:
        """The vectors of the sentences of those of these passages that are there, (sentences, dimensions), by id.

        None where what is there cannot be them.
        """
        found: dict[str, NDArray[np.float32] | None] = {}
        sentences = {one.id: len(one.sentences) for one in passages}
        ids = list(sentences)
        with self._errors():
            (*_, dimensions) = np.shape(self._passages.get(limit=1, include=["embeddings"])["embeddings"])
            for at in range(0, len(ids), _PAGE_OF_PASSAGES):
                got = self._passages.get(ids[at : at + _PAGE_OF_PASSAGES], include=["metadatas"])
                for id_, metadata in zip(got["ids"], got["metadatas"], strict=True):
                    found[id_] = unpacked((metadata or {}).get("sentences"), sentences[id_], dimensions)
        return found

    def stored(self, ids: Sequence[str]) -> set[str]:
        """Which of these passages are there."""
        with self._errors():
            pages = (list(ids[at : at + _PAGE]) for at in range(0, len(ids), _PAGE))
            return {id_ for page in pages for id_ in self._passages.get(page, include=[])["ids"]}

    def passages_of(self, article: str) -> set[str]:
        """The ids of the passages that were written for an article."""
        with self._errors():
            return set(self._passages.get(where={"article": article}, include=[])["ids"])

    def passage_ids(self) -> Iterator[str]:
        """The id of every passage that is there."""
        with self._errors():
            for at in range(0, self.passage_count(), _PAGE):
                yield from self._passages.get(limit=_PAGE, offset=at, include=[])["ids"]

    def passage_count(self) -> int:
        """How many passages are there."""
        with self._errors():
            return int(self._passages.count())

    def drop_passages(self, ids: Collection[str]) -> None:
        """Delete passages."""
        every = sorted(ids)
        with self._errors():
            for at in range(0, len(every), _PAGE_OF_PASSAGES):
                self._passages.delete(every[at : at + _PAGE_OF_PASSAGES])

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: frozenset[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest passages, of `only` these articles, as (id, cosine similarity), best first."""
        where = None if only is None else {"article": {"$in": sorted(only)}}
        with self._errors():
            found = self._passages.query(
                query_embeddings=[vector.tolist()], n_results=k, where=where, include=["distances"]
            )
        return [(id_, 1.0 - far) for id_, far in zip(found["ids"][0], found["distances"][0], strict=True)]

    @property
    def _articles(self) -> Any:
        return self._both()[0]

    @property
    def _passages(self) -> Any:
        return self._both()[1]

    def _both(self) -> tuple[Any, Any]:
        opened = self._opened
        if opened is None:
            self.state()
            opened = self._opened
        if opened is None:
            raise StoreError(f"The Chroma server {self.server.url} holds no library yet; run 'python -m corpus sync'")
        return opened

    def _api(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = connect(self.server)
                weakref.finalize(self, disconnect, self._client)
            return self._client

    def _find(self, name: str) -> Any:
        """A collection; None where there is none. Raises StoreError for one that is not ours, or not so made."""
        client = self._api()
        try:
            found = client.get_collection(name, embedding_function=None)
        except Exception as exc:
            if type(exc).__name__ == "NotFoundError" and "ollection" in str(exc):
                return None
            raise
        self._check(name, found.metadata or {})
        return found

    def _check(self, name: str, metadata: Mapping[str, Any]) -> None:
        where = f"The collection '{name}' of {self.server.url}"
        fix = "set ADVISOR_CHROMA_DATABASE to another database and run 'python -m corpus sync'"
        if metadata.get("made_by") != _MADE_BY:
            raise StoreError(f"{where} was made by another program; {fix}")
        for what, ours in self._kind.items():
            if metadata.get(what) != ours:
                raise StoreError(f"{where} is of another {what} ({metadata.get(what)}, here {ours}); {fix}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except CorpusError:
            raise
        except Exception as exc:  # Chroma lets out its own classes, httpx's, and plain ones
            self._opened = None  # the collection may be another when it is back
            raise self._said(exc) from exc

    def _said(self, exc: Exception) -> StoreError:
        said, url = " ".join(str(exc).split()), self.server.url
        code = getattr(getattr(exc, "response", None), "status_code", None)
        if code in (401, 403) or "auth" in type(exc).__name__.lower() or "unauthorized" in said.lower():
            return StoreError(f"The Chroma server {url} does not let us in; set ADVISOR_CHROMA_TOKEN to its token")
        if "connect to a Chroma" in said or (code is None and type(exc).__module__.startswith("httpx")):
            fix = "check that it runs, and ADVISOR_CHROMA_URL, then try again"
            return AwayError(f"The Chroma server {url} does not answer; {fix}")
        if code == 404 or (code is None and ("tenant" in said.lower() or "database" in said.lower())):
            return StoreError(self._no_database())
        if self.server.token:
            said = said.replace(self.server.token, "…")
        why = f"{type(exc).__name__}: {said[:100]}"
        return StoreError(f"The Chroma server {url} cannot be used ({why}); see its log, then try again")

    def _no_database(self) -> str:
        server = self.server
        place = f"{server.url}/api/v2/tenants/{quote(server.tenant, safe='')}/databases"
        made = f"create it: curl --json {shlex.quote(json.dumps({'name': server.database}))} {place}"
        names = f"database '{server.database}' of tenant '{server.tenant}'"
        return f"The Chroma server {server.url} has no {names}; set ADVISOR_CHROMA_DATABASE to one it has, or {made}"


def _new() -> str:
    return uuid.uuid4().hex
