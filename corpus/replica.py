"""A library on a Chroma server goes in; an index of it on this machine comes out, in step with the server.

The server is the truth. What it holds is copied here: the articles as files, and the index made of them as it is of
one's own, but for the passages' vectors, which are searched where they are. Nothing here needs to be kept.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.chunk import Passage
from corpus.copies import Copies
from corpus.doctor import Finding, examine
from corpus.embed import Embedder
from corpus.errors import AwayError, StoreError
from corpus.giving import give_passages
from corpus.handing import Handing
from corpus.index import NO_INDEX, Index, Progress
from corpus.making import Engine, Order, kind_of
from corpus.records import DAMAGED
from corpus.remote import Remote
from corpus.report import SyncReport
from corpus.settings import Settings
from corpus.shown import one_line
from corpus.sync import silent, sync
from corpus.turns import writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRESH = 2.0  # seconds for which the server is not asked whether something has changed
_AGAIN = 5.0  # the same, where it was away
_LISTED = 60.0  # seconds after which all is compared anyway: a writer may have been killed before it told of a change
_NAMED = 3  # damaged records, in a line of log
_DAMAGED = (
    "The record '{0}' on the server is damaged and passed over; "
    "sync where its file lies, or: python -m corpus remove {0}"
)
_log = logging.getLogger(__name__)


class Replica:
    """The copy that this machine has of a library on a server. Safe to share by threads and processes."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        server = settings.server
        assert server
        self._embedder = embedder
        self._remote = Remote(server, kind_of(embedder))
        self._where = f"{server.url}, tenant {server.tenant}, database {server.database}"
        home = settings.home / f"server-{hashlib.sha256(self._where.encode()).hexdigest()[:12]}"
        self._copies = Copies(home, settings, self._remote, embedder)
        self._given = home / "given.json"
        local = dataclasses.replace(settings, home=home, articles=self._copies.folders)
        self._index = Index(local, Received(embedder, self._remote), self._copies, self._remote)
        self._lock = threading.Lock()
        self._state: str | None = None
        self._due = self._listing_due = 0.0
        self._is_away = False
        self._damaged: tuple[str, ...] = ()  # a line for each record that was passed over

    @property
    def is_away(self) -> bool:
        """Whether the server did not answer when it was last asked."""
        return self._is_away

    def index(self) -> Index:
        """The index, as the server was some seconds ago at most; while it is away, as it was seen last.

        Raises StoreError where it refuses, and where nothing was seen of it yet.
        """
        has_any = bool(self._index.builds.name())
        if time.monotonic() >= self._due and self._lock.acquire(blocking=not has_any):
            try:
                self._refresh(has_any)
            finally:
                self._lock.release()
        return self._index

    def _refresh(self, has_any: bool) -> None:
        try:
            self._pull(silent)
            self._is_away, self._due = False, time.monotonic() + _FRESH
        except AwayError as exc:
            if not has_any:
                raise
            if not self._is_away:
                _log.warning("%s. Until it is back, articles are shown as they were seen last.", exc)
            self._is_away, self._due = True, time.monotonic() + _AGAIN

    def pulled(self) -> Index:
        """The index, as the server is now. Raises StoreError where it is away."""
        with self._lock:
            self._pull(silent)
        return self._index

    def _pull(self, progress: Progress) -> SyncReport:
        """Bring the copy in step with the server."""
        now, state = time.monotonic(), self._remote.state()
        if state is not None and state == self._state and now < self._listing_due:
            return SyncReport()
        records = list(self._remote.records())
        damaged = tuple(one_line(_DAMAGED.format(one.id)) for one in records if one.kind == DAMAGED)
        if damaged and damaged != self._damaged:
            _log.warning("%s; %s", self._where, "; ".join(damaged[:_NAMED]))
        self._damaged = damaged
        with writing(self._index):
            self._copies.copy(records, self._known())
            report = sync(self._index, progress, count=False)
        self._state, self._listing_due = state, now + _LISTED
        return report

    def _known(self) -> dict[str, Any]:
        try:
            return self._index.catalog.files()
        except StoreError:  # there is no index yet, or it will be made anew
            return {}

    def sync(self, progress: Progress, engine: Engine, order: Order) -> SyncReport:
        """Give the server what is new or changed in this machine's folders, and bring the copy in step with it.

        What is on the server and in no file here stays; passages there that belong to no article go.
        """
        self._remote.create()
        with self._lock:
            first = self._pull(progress)
            handing = Handing(self._copies, self._remote, self._embedder, self._given)
            refused = tuple(handing.run(progress, engine, order))
            second = self._pull(progress)
            embedded = handing.embedded + self._mend()
        changed = tuple(id_ for id_ in first.changed + second.changed if id_ not in first.added)
        lines = (*refused, *self._damaged, *second.refused)
        rebuilt = first.rebuilt or second.rebuilt
        return SyncReport(first.added + second.added, changed, first.removed + second.removed, lines, rebuilt, embedded)

    def _mend(self) -> int:
        """Have the passages on the server be just those that count; returns how many were embedded.

        Another process may be writing an article whose passages do not count yet. It looks whether they are there
        once they do; and if it has looked already when they go, they count when this looks again.
        """
        there = set(self._remote.passage_ids())
        self._pull(silent)
        if gone := there - self._wanted():
            self._remote.drop_passages(gone)
            self._pull(silent)
            there -= gone
        missing = self._wanted() - there
        found = self._index.catalog.passages(sorted(missing), len(missing))
        return give_passages(self._remote, self._embedder, [passage for passage, _ in found])

    def _wanted(self) -> set[str]:
        catalog = self._index.catalog
        return {id_ for article in catalog.ids() for id_ in catalog.stored(article)}

    def stale(self) -> str | None:
        """Why a sync is needed, or None: what is new on the server needs none."""
        return NO_INDEX if not self._index.builds.name() and self._remote.state() is None else None

    def examine(self) -> Iterator[Finding]:
        """What is well and what is wrong with the server, and with the copy of it."""
        try:
            here, there = self.pulled().catalog.passage_count(), self._remote.passage_count()
        except StoreError as exc:
            why, _, mend = str(exc).rpartition("; ")
            yield Finding("server", why, mend)
        else:
            says = f"{self._where}: {there:,} passages" + ("" if there == here else f", of which {here:,} count")
            yield Finding("server", says, "" if there == here else "run: python -m corpus sync")
            for line in self._damaged:
                why, _, mend = line.partition("; ")
                yield Finding("server", why, mend)
        if self._index.builds.name():
            yield from examine(self._index, self._embedder)


class Received:
    """An embedder whose vectors of passages come from the server, where whoever added them has put them."""

    def __init__(self, embedder: Embedder, remote: Remote) -> None:
        self.name = embedder.name
        self.encode = embedder.encode
        self.encode_query = embedder.encode_query
        self._embedder = embedder
        self._remote = remote

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """See Embedder; the first of each is not the passage's own vector, which stays on the server.

        What the server has not, as whoever gave it was killed, or has damaged, is embedded and put there.
        """
        found = self._remote.vectors(passages)
        if damaged := [id_ for id_, rows in found.items() if rows is None]:
            said = "The server's vectors of %d of %d passages are damaged, such as those of %s: they are embedded anew."
            _log.warning(said, len(damaged), len(passages), damaged[0])
        new = [passage for passage in passages if found.get(passage.id) is None]
        if new:
            vectors = self._embedder.encode_passages(new)
            self._remote.put_passages(new, vectors)
            found |= {one.id: rows[1:] for one, rows in zip(new, vectors, strict=True)}
        rows = [found[passage.id] for passage in passages]
        return [np.vstack([one[:1], one]) for one in rows if one is not None]
