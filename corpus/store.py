"""Passage vectors go in; the nearest passages of a query vector come out: Chroma, embedded, cosine.

The only file that imports chromadb; it opens a Chroma server, too, for `corpus/remote.py`. Embedded, Chroma holds ids
and vectors and no text, as its files keep bytes of what was deleted; what the passages are is for the catalog to say.
"""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from corpus.errors import SpaceError, StoreError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from numpy.typing import NDArray

    from corpus.settings import Server

COLLECTION = "passages"
_ROWS = "chroma.sqlite3"
_BATCH = 1000
_SECONDS_TO_CONNECT = 5.0  # to a server
_SECONDS_OF_SILENCE = 30.0
_MEMORY = "/dev/shm"  # of Linux: a folder that takes no disk
_NO_ROOM = ("is full", "readonly database", "disk i/o", "no space left", "file too large", "permission denied")


class VectorStore:
    """One Chroma collection in one folder."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the collection of a folder, or create it. Raises StoreError, SpaceError where it cannot be written."""
        self.folder = folder
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        if not create and not (folder / _ROWS).exists():  # Chroma would make an empty one
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
                copy_store(folder, copy := Path(made.name) / "copy")
            except (OSError, StoreError):  # often the same disk, and as full
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
        with _errors(self.folder, "opened"):
            self._client = chromadb.PersistentClient(str(folder), settings=quiet)
            try:
                self._collection = self._client.get_or_create_collection(
                    COLLECTION, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
                )
            except BaseException:
                self._let_go()
                raise

    def close(self) -> None:
        """Let go of the folder."""
        self._let_go()
        if self._copy:
            self._copy.cleanup()

    def _let_go(self) -> None:
        with suppress(StoreError), _errors(self.folder, "closed"):  # what is damaged may not even be closed
            self._client.close()  # type: ignore[attr-defined]

    def count(self) -> int:
        """How many vectors are stored."""
        with _errors(self.folder, "read"):
            return self._collection.count()

    def ids(self) -> frozenset[str]:
        """The ids of all that is stored."""
        with _errors(self.folder, "read"):
            return frozenset(self._collection.get(include=[])["ids"])

    def add(self, ids: Sequence[str], articles: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store passages' vectors, with the articles that they are of; equal ids are written over."""
        with _errors(self.folder, "written"):
            for batch in _batches(len(ids)):
                self._collection.upsert(
                    ids=list(ids[batch]),
                    embeddings=vectors[batch],
                    metadatas=[{"article": _hidden(article)} for article in articles[batch]],
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete passages; what was there of them may stay in the files."""
        with _errors(self.folder, "written"):
            for batch in _batches(len(ids)):
                self._collection.delete(list(ids[batch]))

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest passages, of `only` these articles, as (id, cosine similarity), best first; k is 1 or more."""
        where: Any = None if only is None else {"article": {"$in": [_hidden(article) for article in only]}}
        with _errors(self.folder, "read"):
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=k, where=where, include=["distances"]
            )
        distances: Any = found["distances"]
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]


def copy_store(old: Path, new: Path) -> None:
    """Copy a store's folder as it is, though another process has it open. Raises StoreError, SpaceError."""
    with _errors(old, "read"):
        new.mkdir()
        for path in old.glob("*/*"):
            (new / path.parent.name).mkdir(exist_ok=True)
            shutil.copyfile(path, new / path.parent.name / path.name)
        with closing(sqlite3.connect(old / _ROWS)) as source, closing(sqlite3.connect(new / _ROWS)) as target:
            source.backup(target)


@contextmanager
def _errors(folder: Path, what: str) -> Iterator[None]:
    try:
        yield
    except BaseException as exc:  # Chroma raises SQLite's, Rust's and its own classes, and Rust's panics are above
        if not isinstance(exc, Exception) and type(exc).__name__ != "PanicException":
            raise
        if any(words in str(exc).lower() for words in _NO_ROOM):
            raise SpaceError(folder, exc) from exc
        why = f"The vector index {folder} cannot be {what} ({str(exc)[:80]})"
        raise StoreError(f"{why}; run 'python -m corpus sync'") from exc


def _hidden(article: str) -> str:
    """What stands for an article's id, which may say what it is about."""
    return hashlib.sha256(article.encode()).hexdigest()[:16]


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


def _batches(count: int) -> Iterator[slice]:
    return (slice(at, min(count, at + _BATCH)) for at in range(0, count, _BATCH))


@contextmanager
def tame_malloc() -> Iterator[None]:
    """Have glibc clear the memory that it hands out from here on, and give back afterwards what is free.

    Chroma's library writes memory to its files which it has not set: what stood there before would stand in them, such
    as the text of an article that is being removed. And what it frees lies scattered, and would be kept.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    mallopt, trim = (getattr(libc, name, lambda *_: None) for name in ("mallopt", "malloc_trim"))
    arena_max, perturb = -8, -6  # M_ARENA_MAX, M_PERTURB
    mallopt(arena_max, 1)
    mallopt(perturb, 255)
    try:
        yield
    finally:
        trim(0)
