"""Passages and their vectors go in; the nearest passages come out: Chroma collections of a bounded size, in shards.

Only the last shard is written to, so that adding needs the memory and the time of one shard, however many there are.
What is taken out is not deleted: the shard is written anew without it, so that no file holds it any more.
"""

from __future__ import annotations

import functools
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.chunk import Passage
from corpus.errors import StoreError
from corpus.ledger import Ledger, Shard
from corpus.store import VectorStore, tame_malloc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARD = 30_000  # passages: some 100 MB of memory, and 20 s to write anew
PREFIX = "vectors-"
_TRIES = 3


class Vectors:
    """The vectors of one build of the index, to be searched. Safe to share by threads."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._lock = threading.Lock()
        self._opened: dict[int, tuple[Shard, VectorStore]] = {}

    def nearest(
        self, vector: NDArray[np.float32], k: int, only: frozenset[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest passages, of `only` these articles, as (id, cosine similarity), best first."""
        for left in reversed(range(_TRIES)):
            try:
                return self._nearest(vector, k, only)
            except StoreError:  # another thread or process may just have put a shard elsewhere
                if not left:
                    raise
        raise AssertionError

    def _nearest(self, vector: NDArray[np.float32], k: int, only: frozenset[str] | None) -> list[tuple[str, float]]:
        stores = self._stores()
        within: Mapping[int, Sequence[str] | None]
        within = dict.fromkeys(stores) if only is None else self._ledger.by_shard(only)
        asked = [(store, within[number]) for number, store in stores.items() if number in within]
        if len(asked) > 1:
            parts = list(self._pool.map(lambda pair: pair[0].nearest(vector, k, pair[1]), asked))
        else:
            parts = [store.nearest(vector, k, articles) for store, articles in asked]
        return sorted((pair for part in parts for pair in part), key=lambda pair: -pair[1])[:k]

    @functools.cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="shard")

    def _stores(self) -> dict[int, VectorStore]:
        """The shards as they are now, those opened anew that another process has written to."""
        shards = {shard.number: shard for shard in self._ledger.shards()}
        with self._lock:
            for number, (shard, store) in list(self._opened.items()):
                if shards.get(number) != shard:
                    del self._opened[number]
                    store.close()
            for number, shard in shards.items():
                if number not in self._opened:
                    self._opened[number] = (shard, VectorStore(self._folder / shard.folder))
            return {number: store for number, (_, store) in sorted(self._opened.items())}

    def count(self) -> int:
        """How many vectors there are, loose ones included."""
        return sum(store.count() for store in self._stores().values())

    def close(self) -> None:
        """Let go of every folder."""
        with self._lock:
            for _, store in self._opened.values():
                store.close()
            self._opened.clear()


class VectorWriter:
    """The vectors of one build of the index, to be written; one at a time."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        tame_malloc()
        self._folder = folder
        self._ledger = ledger
        self._open: tuple[int, VectorStore] | None = None
        self._size = 0
        self.written: set[str] = set()  # folders

    def room(self) -> int:
        """The number of the shard that new passages go to."""
        if self._open and self._size < SHARD:
            return self._open[0]
        self.close()
        shards = self._ledger.shards()
        last = shards[-1] if shards else None
        self._size = self._ledger.shard_size(last.number) if last else 0
        if last is None or self._size >= SHARD:
            self._size = 0
            last = Shard(last.number + 1 if last else 1, _name(), "")
            store = VectorStore(self._folder / last.folder, create=True)
            self._ledger.set_shard(last.number, last.folder)
        else:
            store = VectorStore(self._folder / last.folder)
        self._open = (last.number, store)
        self.written.add(last.folder)
        return last.number

    def add(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Put passages into the shard that `room` has named."""
        assert self._open
        self._open[1].add(passages, vectors)
        self._size += len(passages)

    def purge(self, progress: Callable[[int, int], None]) -> None:
        """Write every shard anew that holds passages which do not count, and tidy up."""
        self.close()
        loose = self._ledger.loose_shards()
        folders = {shard.number: shard.folder for shard in self._ledger.shards()}
        kept = {number: self._ledger.in_shard(number) for number in loose}
        total, done = sum(map(len, kept.values())), 0
        for number, ids in kept.items():
            for copied in self._rewrite(number, folders.get(number), ids):
                progress(done + copied, total)
            done += len(ids)
        known = {shard.folder for shard in self._ledger.shards()}
        for path in self._folder.glob(f"{PREFIX}*"):
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def _rewrite(self, number: int, folder: str | None, ids: Sequence[str]) -> Sequence[int]:
        if folder is None or not ids:
            self._ledger.set_shard(number, None)
            return ()
        name = _name()
        old, new = VectorStore(self._folder / folder), VectorStore(self._folder / name, create=True)
        try:
            copied = list(old.copy(ids, new))
        finally:
            old.close()
            new.close()
        self._ledger.set_shard(number, name)
        return copied

    def close(self) -> None:
        """Let go of the folder."""
        if self._open:
            self._open[1].close()
            self._open = None


class NoShards:
    """Stands in a VectorWriter's place where the vectors lie on a server: there is nothing to write here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.written: frozenset[str] = frozenset()

    def room(self) -> int:
        """The number of no shard."""
        return 0

    def add(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Leave them where they are."""

    def purge(self, progress: Callable[[int, int], None]) -> None:
        """Forget what was noted as loose; the server has let go of it."""
        self._ledger.set_shard(0, None)

    def close(self) -> None:
        """Nothing is open."""


def _name() -> str:
    """A new folder's name each time: who reads the old one is not disturbed."""
    return f"{PREFIX}{uuid.uuid4().hex[:8]}"
