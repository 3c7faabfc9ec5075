"""How many answers run and wait goes in; whose turn it is comes out, or the seconds after which to ask again."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from starlette.types import Receive

GROUP = "answers"  # the framework's name for what shares one limit
_EACH_CORE = 2  # answers at once of quotes: the models that choose them keep the processors busy
_WRITTEN = 64  # answers at once that a chat model writes: they wait for it
_WITHIN = 2.0  # seconds in which a question is to be answered, from when it came, or twice what an answer takes
_SMOOTH = 0.1  # of what an answer took, that goes into what one takes
_FIRST = 0.2  # seconds that one is believed to take before any is made
_MOST_AHEAD = 60  # seconds after which one is told to come back at the latest
_LOOK = 0.005  # seconds after which the first of those that wait looks again whether a place is free


def at_once(mode: str, chosen: int | None) -> int:
    """How many answers are made at once."""
    return chosen or (_EACH_CORE * (os.cpu_count() or 1) if mode == "quote" else _WRITTEN)


class Crowd:
    """The questions of one page that run and wait. `took` is for any thread, all else for that of the event loop.

    They wait here and not in the framework's queue, which would answer each however late: what slows the machine down
    after a question was taken is then not known. Here one that has waited too long can still be told to come back.
    """

    def __init__(self, queue: Any, running: int, waiting: int) -> None:
        """`queue` is the framework's; it starts at once what it gets, as no more than `running` are let to it."""
        self._queue = queue
        self._most, self._most_waiting = running, waiting
        self._waiting = 0
        self._first = asyncio.Lock()  # of the first of those that wait; the others wait for it, in their order
        self._entering = 0  # that have a place, and are not yet in the queue
        self._seconds = _FIRST  # that an answer takes of late
        self._spread = 0.0  # and by how many one differs from that
        self._lock = threading.Lock()

    @property
    def running(self) -> int:
        """How many answers are being made."""
        group = self._queue.event_queue_per_concurrency_id.get(GROUP)
        return group.current_concurrency + len(group.queue) if group else 0

    @property
    def waiting(self) -> int:
        """How many questions wait for that."""
        return self._waiting

    def took(self, seconds: float) -> None:
        """Learn what an answer took."""
        with self._lock:
            off = seconds - self._seconds
            self._seconds += _SMOOTH * off
            self._spread += _SMOOTH * (abs(off) - self._spread)

    def ahead(self) -> int:
        """0 where a question may come now; else the whole seconds, from 1, after which it is to be asked again."""
        if self._is_free() and not self._waiting:
            return 0
        seconds = (self._waiting + 1) * self._seconds / self._most
        return 0 if self._waiting < self._most_waiting and seconds <= self._longest() else _told(seconds)

    async def turn(self, came: float, receive: Receive) -> int:
        """Wait for a place: 0 where there is one, to be taken at once by `enter`; else as `ahead`.

        `came` is when the question did, by the monotonic clock; `receive` tells when whoever asked has gone, which
        ends the waiting.
        """
        after = self.ahead()
        if after or (self._is_free() and not self._waiting):
            return after
        self._waiting += 1
        try:
            async with asyncio.timeout(came + self._longest() - time.monotonic()) as limit:
                with _shortened(limit, receive):
                    async with self._first:
                        while not self._is_free():
                            await asyncio.sleep(_LOOK)
            return 0
        except TimeoutError:
            return _told(self._waiting * self._seconds / self._most)
        finally:
            self._waiting -= 1

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """While a question that has a place is on its way to the queue."""
        self._entering += 1
        try:
            yield
        finally:
            self._entering -= 1

    def _is_free(self) -> bool:
        return self.running + self._entering < self._most

    def _longest(self) -> float:
        """Seconds that a question may wait, so that it is answered in time, as nearly all answers would be."""
        return max(_WITHIN - self._seconds - 2 * self._spread, self._seconds)


def _told(seconds: float) -> int:
    return min(max(math.ceil(seconds), 1), _MOST_AHEAD)


@contextlib.contextmanager
def _shortened(limit: asyncio.Timeout, receive: Receive) -> Iterator[None]:
    """While whoever is to be answered may go, whose request is read: then the limit is over."""

    def gone(_: object) -> None:
        limit.reschedule(0)

    going = asyncio.ensure_future(receive())
    going.add_done_callback(gone)
    try:
        yield
    finally:
        going.remove_done_callback(gone)
        going.cancel()
