"""Passage vectors go in; the nearest passages of a query vector come out: Chroma, embedded, cosine.

The only file that imports chromadb. Chroma holds the passages' text and place too, so that any Chroma or
LangChain client can read the collection; which of them count is for the catalog to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.chunk import Passage
from corpus.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLECTION = "passages"
_BATCH = 1000


class VectorStore:
    """One Chroma collection in one folder; open one store per folder and process."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """Open or create the collection. Raises StoreError when Chroma cannot."""
        # Imported here, as it takes more than half a second that other work can fill.
        import chromadb
        import chromadb.config

        quiet = chromadb.config.Settings(anonymized_telemetry=False)
        try:
            self._client = chromadb.PersistentClient(str(folder), settings=quiet)
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                metadata={"fingerprint": fingerprint},
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,
            )
        except Exception as exc:  # Chroma raises SQLite, Rust and its own classes
            raise StoreError(f"The vector index in {folder} cannot be opened; run 'python -m corpus sync'") from exc

    def close(self) -> None:
        """Let go of the folder; a store opened after that sees what other processes have written."""
        self._client.close()  # type: ignore[attr-defined]

    def count(self) -> int:
        """How many vectors are stored."""
        return self._collection.count()

    def ids(self) -> set[str]:
        """The ids of every stored passage."""
        return set(self._collection.get(include=[])["ids"])

    def add(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Store passages with their vectors; equal ids are written over."""
        for batch in _batches(len(passages)):
            part = passages[batch]
            self._collection.upsert(
                ids=[passage.id for passage in part],
                embeddings=vectors[batch],
                documents=[passage.content for passage in part],
                metadatas=[_metadata(passage) for passage in part],
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Forget passages; unknown ids are no error."""
        for batch in _batches(len(ids)):
            self._collection.delete(ids=list(ids[batch]))

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """The k nearest passages as (id, cosine similarity), best first; k is 1 or more."""
        try:
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=k, include=["distances"])
        except Exception as exc:
            raise StoreError("The vector index cannot be read; run 'python -m corpus sync'") from exc
        distances: Any = found["distances"]
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]


def _metadata(passage: Passage) -> dict[str, str | int]:
    headings = " > ".join(passage.headings)
    return {"article": passage.article, "headings": headings, "start": passage.start, "end": passage.end}


def _batches(count: int) -> Iterator[slice]:
    return (slice(at, at + _BATCH) for at in range(0, count, _BATCH))
