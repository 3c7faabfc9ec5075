"""An address and what it does go in; whether that is too often comes out."""

from __future__ import annotations

import collections
import threading
import time

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
    """Where those wait who have to: for each address one at a time goes on, a second after the one before."""

    def __init__(self, seconds: float, longest: float) -> None:
        self._seconds, self._longest = seconds, longest
        self._next: dict[str, float] = {}  # by address, when the next may go on
        self._lock = threading.Lock()

    def wait(self, address: str) -> float | None:
        """The seconds to wait; None where so many wait that it is no use."""
        now = time.monotonic()
        with self._lock:
            self._next = {one: at for one, at in self._next.items() if at > now}
            at = max(now, self._next.get(address, now))
            if at - now > self._longest:
                return None
            self._next[address] = at + self._seconds
        return at - now
