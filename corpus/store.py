"""Passage vectors go in; the nearest passages of a query vector come out: Chroma, embedded, cosine.

The only file that imports chromadb; it opens a Chroma server, too, for `corpus/remote.py`. Chroma holds the passages'
text and article as well, so that any Chroma or LangChain client can read the collection; which of them count, and
where they stand, is for the catalog to say.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from corpus.chunk import Passage
from corpus.errors import SpaceError, StoreError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from numpy.typing import NDArray

    from corpus.settings import Server

COLLECTION = "passages"
_BATCH = 1000
_SECONDS_TO_CONNECT = 5.0  # to a server
_SECONDS_OF_SILENCE = 30.0
_MEMORY = "/dev/shm"  # of Linux: a folder that takes no disk
_opened = itertools.count()
_NO_ROOM = ("is full", "readonly database", "disk i/o", "no space left", "file too large", "permission denied")


class VectorStore:
    """One Chroma collection in one folder."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the collection of a folder, or create it. Raises StoreError, SpaceError where it cannot be written."""
        self.folder = folder
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        if not create and not (folder / "chroma.sqlite3").exists():  # Chroma would make an empty one
            raise StoreError(f"The vector index {folder} is not there; run 'python -m corpus sync'")
        try:
            self._open(folder)
        except SpaceError:
            if create:
                raise
            # Chroma writes even to read: where it must not, it reads a copy.
            copy = self._copied(folder)
            if copy is None:
                raise
            self._open(copy)

    def _copied(self, folder: Path) -> Path | None:
        """A copy of a folder that may be written; None where there is no room for one."""
        for place in (None, _MEMORY):
            made = None
            try:
                made = tempfile.TemporaryDirectory(prefix="advisor-", dir=place, ignore_cleanup_errors=True)
                copy = Path(shutil.copytree(folder, Path(made.name) / "copy", copy_function=shutil.copyfile))
                for path in (copy, *copy.rglob("*")):
                    path.chmod(0o700)  # copied with the rest
            except OSError:  # often the same disk, and as full
                if made:
                    made.cleanup()
            else:
                self._copy = made
                return copy
        return None

    def _open(self, folder: Path) -> None:
        # Imported here, as it takes more than half a second that other work can fill.
        import chromadb
        import chromadb.config

        quiet = chromadb.config.Settings(anonymized_telemetry=False)
        with self._errors("opened"):
            self._client = chromadb.PersistentClient(_own_path(folder), settings=quiet)
            try:
                self._collection = self._client.get_or_create_collection(
                    COLLECTION, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
                )
            except BaseException:
                self._let_go()
                raise

    def close(self) -> None:
        """Let go of the folder; a store opened after that sees what other processes have written."""
        self._let_go()
        if self._copy:
            self._copy.cleanup()

    def _let_go(self) -> None:
        with suppress(StoreError), self._errors("closed"):  # what is damaged may not even be closed
            self._client.close()  # type: ignore[attr-defined]

    def count(self) -> int:
        """How many vectors are stored."""
        with self._errors("read"):
            return self._collection.count()

    def add(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Store passages with their vectors; equal ids are written over."""
        with self._errors("written"):
            for batch in _batches(len(passages)):
                part = passages[batch]
                self._collection.upsert(
                    ids=[passage.id for passage in part],
                    embeddings=vectors[batch],
                    documents=[passage.content for passage in part],
                    metadatas=[
                        {"article": passage.article, "headings": " > ".join(passage.headings)} for passage in part
                    ],
                )

    def copy(self, ids: Sequence[str], target: VectorStore) -> Iterator[int]:
        """Copy these passages to another store; yields how many are done. Raises StoreError where one is missing."""
        for batch in _batches(len(ids)):
            wanted = list(ids[batch])
            with self._errors("read"):
                found: Any = self._collection.get(wanted, include=["embeddings", "documents", "metadatas"])
            if len(found["ids"]) < len(wanted):
                raise StoreError(f"The vector index {self.folder} lacks passages; run 'python -m corpus sync'")
            with target._errors("written"):
                target._collection.upsert(
                    ids=found["ids"],
                    embeddings=found["embeddings"],
                    documents=found["documents"],
                    metadatas=found["metadatas"],
                )
            yield batch.start + len(wanted)

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest passages, of `only` these articles, as (id, cosine similarity), best first; k is 1 or more."""
        where: Any = None if only is None else {"article": {"$in": list(only)}}
        with self._errors("read"):
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=k, where=where, include=["distances"]
            )
        distances: Any = found["distances"]
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except BaseException as exc:  # Chroma raises SQLite's, Rust's and its own classes, and Rust's panics are above
            if not isinstance(exc, Exception) and type(exc).__name__ != "PanicException":
                raise
            if any(words in str(exc).lower() for words in _NO_ROOM):
                raise SpaceError(self.folder, exc) from exc
            why = f"The vector index {self.folder} cannot be {what} ({str(exc)[:80]})"
            raise StoreError(f"{why}; run 'python -m corpus sync'") from exc


def connect(server: Server) -> ClientAPI:
    """A client of a Chroma server; its requests end in bounded time. Lets Chroma's and httpx's errors out."""
    import chromadb
    import chromadb.config
    import httpx

    headers = {"X-Chroma-Token": server.token, "Authorization": f"Bearer {server.token}"} if server.token else {}
    heart = httpx.get(f"{server.url}/api/v2/heartbeat", headers=headers, timeout=_SECONDS_TO_CONNECT)
    if heart.status_code in (401, 403) or heart.is_server_error:
        heart.raise_for_status()
    if not (heart.is_success and "nanosecond heartbeat" in heart.text):
        raise StoreError(f"What answers at {server.url} is no Chroma server; set ADVISOR_CHROMA_URL to one's address")
    # Chroma's client asks the same while it is made, but would wait for ever, and leave connections where it fails.
    place = f"tenants/{quote(server.tenant, safe='')}/databases/{quote(server.database, safe='')}"
    found = httpx.get(f"{server.url}/api/v2/{place}", headers=headers, timeout=_SECONDS_TO_CONNECT)
    found.raise_for_status()
    client = chromadb.HttpClient(
        server.url,
        ssl=server.url.startswith("https:"),
        headers=headers,
        settings=chromadb.config.Settings(anonymized_telemetry=False),
        tenant=server.tenant,
        database=server.database,
    )
    timeout = httpx.Timeout(_SECONDS_OF_SILENCE, connect=_SECONDS_TO_CONNECT)
    client._server._session.timeout = timeout  # type: ignore[attr-defined]
    return client


def disconnect(client: Any) -> None:
    """Let go of a server; Chroma's own close leaves its connections open."""
    for one in (client, client._admin_client):
        one._server._session.close()
    client.close()


def _own_path(folder: Path) -> str:
    """A way of writing a path that no other store in this process has.

    Chroma keeps one client for each path that it is given, and that one does not see what other processes write.
    """
    dots = "".join(f".{os.sep}" if bit == "0" else f".{os.sep}{os.sep}" for bit in f"{next(_opened):b}")
    return f"{folder.parent}{os.sep}{dots}{folder.name}"


def _batches(count: int) -> Iterator[slice]:
    return (slice(at, min(count, at + _BATCH)) for at in range(0, count, _BATCH))


def tame_malloc() -> None:
    """Have glibc give freed memory back, and clear it.

    It keeps some for every thread that Chroma's library starts. And that library writes memory to its files which it
    has not set: what stood there before would stand in them, such as the text of an article that is being removed.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda *_: None)
        arena_max, perturb = -8, -6  # M_ARENA_MAX, M_PERTURB
        mallopt(arena_max, 1)
        mallopt(perturb, 255)
