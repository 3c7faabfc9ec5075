"""How many answers run and wait goes in; whether one more is taken, or the seconds until it may be, comes out."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from typing import Any

GROUP = "answers"  # the framework's name for what shares one limit
_EACH_CORE = 2  # answers at once of quotes: the models that choose them keep the processors busy
_WRITTEN = 64  # answers at once that a chat model writes: they wait for it
_LONGEST = 2.0  # seconds that a question is to wait at most, as far as can be told, or twice what an answer takes
_SMOOTH = 0.1  # of what an answer took, that goes into what one takes
_FIRST = 0.2  # seconds that one is believed to take before any is made
_MOST_AHEAD = 60  # seconds after which one is told to come back at the latest


def at_once(mode: str, chosen: int | None) -> int:
    """How many answers are made at once."""
    return chosen or (_EACH_CORE * (os.cpu_count() or 1) if mode == "quote" else _WRITTEN)


class Crowd:
    """The questions of one page that run and wait. `enter` is for the thread of the event loop, `took` for any."""

    def __init__(self, queue: Any, running: int, waiting: int) -> None:
        """`queue` is the framework's, which lets as many run as its group's limit says, that is `running`."""
        self._queue = queue
        self._most, self._line = running, waiting
        self._entering = 0  # taken, and not yet in the queue
        self._seconds = _FIRST  # that an answer takes of late
        self._lock = threading.Lock()

    @property
    def running(self) -> int:
        """How many answers are being made."""
        group = self._queue.event_queue_per_concurrency_id.get(GROUP)
        return group.current_concurrency if group else 0

    @property
    def waiting(self) -> int:
        """How many questions wait for that."""
        group = self._queue.event_queue_per_concurrency_id.get(GROUP)
        return len(group.queue) if group else 0

    def took(self, seconds: float) -> None:
        """Learn what an answer took."""
        with self._lock:
            self._seconds += _SMOOTH * (seconds - self._seconds)

    def ahead(self) -> int:
        """0 where a question is taken now; else the whole seconds, from 1, after which it is to be asked again."""
        before = self.running + self.waiting + self._entering - self._most  # of those that wait
        seconds = (before + 1) * self._seconds / self._most
        if before < 0 or (before < self._line and seconds <= max(_LONGEST, 2 * self._seconds)):
            return 0
        return min(max(math.ceil(seconds), 1), _MOST_AHEAD)

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """While a question that is taken is on its way to the queue."""
        self._entering += 1
        try:
            yield
        finally:
            self._entering -= 1
