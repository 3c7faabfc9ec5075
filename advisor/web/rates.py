"""An address and what it does go in; whether that is too often comes out."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import threading
import time
from collections.abc import AsyncIterator

_MOST_ADDRESSES = 10_000  # that are remembered: the one that was last heard of longest ago goes first


class Rate:
    """How often each address has done something of late. Safe to share by threads."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._times: collections.OrderedDict[str, list[float]] = collections.OrderedDict()
        self._lock = threading.Lock()

    def add(self, address: str) -> None:
        """Count one."""
        with self._lock:
            self._times[address] = [*self._recent(address), time.monotonic()][-self._most :]
            self._times.move_to_end(address)
            while len(self._times) > _MOST_ADDRESSES:
                self._times.popitem(last=False)

    def is_reached(self, address: str) -> bool:
        """Whether it was done as often as it may be."""
        with self._lock:
            return len(self._recent(address)) >= self._most

    def _recent(self, address: str) -> list[float]:
        now = time.monotonic()
        return [at for at in self._times.get(address, ()) if now - at < self._seconds]


class Allowance:
    """How often each address may still do something: so often in so many seconds, regained evenly. For one thread."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._each = most, seconds / most
        self._free: collections.OrderedDict[str, float] = collections.OrderedDict()  # by address, when all is regained

    def spend(self, address: str) -> float:
        """Count one; 0.0, or the seconds after which it may be tried again, and then it is not counted."""
        now = time.monotonic()
        free = max(now, self._free.pop(address, now)) + self._each
        over = free - now - self._each * self._most
        self._free[address] = free if over <= 0 else free - self._each
        while len(self._free) > _MOST_ADDRESSES:
            self._free.popitem(last=False)
        return max(over, 0.0)


class Line:
    """Where those wait who come at once: of each address one at a time has its turn. For one event loop."""

    def __init__(self, most: int) -> None:
        """`most` are those of one address who may wait or have their turn."""
        self._most = most
        self._locks: dict[str, asyncio.Lock] = {}
        self._there: collections.Counter[str] = collections.Counter()

    def is_full(self, address: str) -> bool:
        """Whether so many are there that it is no use to wait."""
        return self._there[address] >= self._most

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for one's turn, and have it."""
        self._there[address] += 1
        try:
            async with self._locks.setdefault(address, asyncio.Lock()):
                yield
        finally:
            self._there[address] -= 1
            if not self._there[address]:
                del self._there[address], self._locks[address]
