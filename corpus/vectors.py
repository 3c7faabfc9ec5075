"""Passages' vectors go in; the nearest passages come out: Chroma collections of a bounded size, in shards.

A folder of Chroma's is never written to once it is in use: what changes is made in a copy, which then takes its place.
So a kill leaves nothing half written, and who reads is not disturbed.
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

import numpy as np

from corpus import seals
from corpus.catalog import Catalog
from corpus.errors import SpaceError, StoreError
from corpus.ledger import Ledger, Shard
from corpus.store import VectorStore, copy_store, tame_malloc

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX = "vectors-"
_TRIES = 3
_BATCH = 1000


class Vectors:
    """The vectors of one build of the index, to be searched. Safe to share by threads."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._lock = threading.Lock()
        self._opened: dict[str, VectorStore] = {}  # by folder

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
        """The shards as they are now, by number."""
        folders = {shard.folder: shard.number for shard in self._ledger.shards() if shard.folder}
        with self._lock:
            for folder in self._opened.keys() - folders.keys():
                self._opened.pop(folder).close()
            for folder in folders.keys() - self._opened.keys():
                self._opened[folder] = VectorStore(self._folder / folder)
            return {number: self._opened[folder] for folder, number in folders.items()}

    def count(self) -> int:
        """How many vectors there are."""
        return sum(store.count() for store in self._stores().values())

    def close(self) -> None:
        """Let go of every folder."""
        with self._lock:
            for store in self._opened.values():
                store.close()
            self._opened.clear()


class VectorWriter:
    """The vectors of one build of the index, to be written; one at a time."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self._folder = folder
        self._ledger = catalog.ledger
        self._embeddings = catalog.embeddings

    def settle(self, sums: Mapping[str, str], progress: Callable[[int, int], None]) -> None:
        """Have each shard hold just those passages that count, and tidy up; `sums` are checksums of folders."""
        with tame_malloc():
            for done, shard in enumerate(shards := self._ledger.shards(unsettled=True)):
                progress(done, len(shards))
                self._ledger.settle(shard.number, *self._renewed(shard, sums.get(shard.folder)))
        known = {shard.folder for shard in self._ledger.shards()}
        for path in self._folder.glob(f"{PREFIX}*"):
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def _renewed(self, shard: Shard, digest: str | None) -> tuple[str, int]:
        """The name of a new folder for a shard, "" where none is needed, and how many deleted vectors lie in it."""
        wanted = self._ledger.in_shard(shard.number)
        if not wanted:
            return "", 0
        # Chroma keeps room for what was deleted: where that is more than what is left, the folder is made of nothing.
        if shard.folder and shard.dead <= len(wanted) and not seals.is_damaged(self._folder / shard.folder, digest):
            try:
                name, gone = self._made(wanted, of=shard.folder)
            except SpaceError:
                raise
            except StoreError:  # it is damaged after all
                pass
            else:
                return name, shard.dead + gone
        return self._made(wanted)

    def _made(self, wanted: Mapping[str, str], of: str = "") -> tuple[str, int]:
        """The name of a new folder with these passages, made of another or of nothing, and how many were deleted."""
        name = f"{PREFIX}{uuid.uuid4().hex[:8]}"  # a new one each time: who reads the old one is not disturbed
        if of:
            copy_store(self._folder / of, self._folder / name)
        store = VectorStore(self._folder / name, create=True)
        try:
            there = store.ids() if of else frozenset()
            gone, new = there - wanted.keys(), [id_ for id_ in wanted if id_ not in there]
            store.delete(sorted(gone))
            for at in range(0, len(new), _BATCH):
                found = self._embeddings.own(new[at : at + _BATCH])
                store.add(list(found), [wanted[id_] for id_ in found], np.stack(list(found.values())))
        finally:
            store.close()
        return name, len(gone)
