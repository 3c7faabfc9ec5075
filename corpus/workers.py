"""Sources go in; their articles come out in the same order, made by some processes of this machine at once.

A worker that dies takes nothing with it: what was under way is made again, each alone, so that what ends its worker
twice is known, and refused.
"""

from __future__ import annotations

import dataclasses
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from corpus.embed import open_embedder
from corpus.errors import ArticleError, CorpusError, StoreError
from corpus.making import Made, Maker, Order, Outcomes, Source, here, kind_of

_AHEAD = 4  # sources for each worker that are under way, or done before their turn
_TRIES = 2  # of a source alone, before it is said to end whoever reads it
_LOST = 3  # sources in a row that do: then it is not they
_log = logging.getLogger(__name__)
_maker: Maker | None = None  # of a worker


@dataclasses.dataclass(frozen=True)
class Processes:
    """An engine: so many processes, each with its share of the processor's cores."""

    count: int

    def __call__(self, sources: Sequence[Source], order: Order) -> Outcomes:
        """See Engine. Raises StoreError where no worker lives long enough to make anything."""
        count = min(self.count, len(sources))
        if count < 2:
            yield from here(sources, order)
            return
        pool = _Pool(count, elsewhere(order, max(1, (os.cpu_count() or 1) // count)))
        try:
            yield from pool.made(sources)
        finally:
            pool.end()


def elsewhere(order: Order, threads: int) -> Order:
    """The order as another process gets it: that opens the settings' model itself, and knows no server."""
    own = open_embedder(order.settings)
    other = order.embedder if order.embedder and order.embedder.name != own.name else None
    settings = dataclasses.replace(order.settings, server=None)
    return dataclasses.replace(order, settings=settings, embedder=other, threads=threads, kind=kind_of(other or own))


class _Pool:
    """Workers that are started when there is something to make, and again after they were ended."""

    def __init__(self, count: int, order: Order) -> None:
        self._count = count
        self._order = order
        self._executor: ProcessPoolExecutor | None = None
        self._ahead: deque[tuple[Source, Future[Made | CorpusError]]] = deque()
        self._alone = 0  # how many are to be made alone from here on, as one of them has ended its worker
        self._tries = 0  # how often the first of them did so alone
        self._lost = 0

    def made(self, sources: Sequence[Source]) -> Outcomes:
        """What becomes of each source, in their order."""
        left = deque(sources)
        while left or self._ahead:
            try:
                while left and len(self._ahead) < (1 if self._alone else _AHEAD * self._count):
                    self._ahead.append((left[0], self._submitted(left[0])))
                    left.popleft()
                outcome = self._ahead[0][1].result()
            except BrokenProcessPool:
                left.extendleft(source for source, _ in reversed(self._ahead))
                if self._is_to_be_tried_again():
                    continue
                source, self._lost = left.popleft(), self._lost + 1
                fix = "ends the process that reads it; add it without --workers"
                outcome = ArticleError(source if isinstance(source, Path) else source.name, "file", fix)
            else:
                self._ahead.popleft()
                self._lost = 0
            self._alone, self._tries = max(0, self._alone - 1), 0
            yield outcome

    def _is_to_be_tried_again(self) -> bool:
        """Start anew after a worker has died."""
        if self._lost == _LOST:
            raise StoreError("Workers die whatever they make, for want of memory perhaps; run it without --workers")
        _log.warning("A worker has died; what it was at is made again.")
        self._tries += len(self._ahead) == 1
        self._alone = max(self._alone, len(self._ahead))
        self._ahead.clear()
        self.end()
        return self._tries < _TRIES

    def _submitted(self, source: Source) -> Future[Made | CorpusError]:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")  # threads and locks of this process must not be copied
            self._executor = ProcessPoolExecutor(self._count, context, _begin, (self._order,))
        with _uninterrupted():  # it starts a process, as long as there are too few
            return self._executor.submit(_make, source)

    def end(self) -> None:
        """End the workers, whatever they are at."""
        if self._executor:
            for process in list((self._executor._processes or {}).values()):
                process.terminate()
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have processes that are started meanwhile not hear Ctrl+C: whoever started them does, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(order: Order) -> None:
    """Make a worker of this process; it lives no longer than the one that started it."""
    global _maker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    _maker = Maker(order)


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _make(source: Source) -> Made | CorpusError:
    assert _maker
    return _maker.make(source)
