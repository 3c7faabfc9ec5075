"""The body of a request goes in; it comes out whole and as JSON, or is refused as too much, too slow or no JSON."""

from __future__ import annotations

import asyncio
import collections
import json
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import Receive

from advisor.web.doors import Door, RefusedError
from advisor.web.place import is_loopback

# That are being answered at once: in all, as a process has 1,024 files open at most, and to one address.
_MOST_REQUESTS, _EACH = 500, 200
_MOST_BYTES, _EACH_BYTES = 128_000_000, 24_000_000  # of their bodies
_SMALL = 64_000  # bytes that are always taken
_MOST_READING = 200  # bodies that are not whole: one more, and the one that has been waited for longest is dropped
_DEPTH, _VALUES = 40, 200_000  # of JSON
_BUSY = "The page is answering as many requests as it can; try again in a minute."


class Load:
    """What is being answered at the moment, in all and to each address. For one thread."""

    def __init__(self) -> None:
        self._requests: collections.Counter[str] = collections.Counter()
        self._bytes: collections.Counter[str] = collections.Counter()
        self._reading: dict[asyncio.Timeout, None] = {}  # in the order in which they came

    def begin(self, address: str) -> None:
        """Count a request in. Raises RefusedError where it is one too many."""
        each = _MOST_REQUESTS if is_loopback(address) else _EACH
        if self._requests.total() >= _MOST_REQUESTS or self._requests[address] >= each:
            raise RefusedError(503, _BUSY, 60)
        self._requests[address] += 1

    def hold(self, address: str, size: int) -> None:
        """Count bytes in. Raises RefusedError where they are too many."""
        each = _MOST_BYTES if is_loopback(address) else _EACH_BYTES
        if self._bytes.total() + size > _MOST_BYTES or self._bytes[address] + size > each:
            raise RefusedError(503, _BUSY, 60)
        self._bytes[address] += size

    def end(self, address: str, size: int) -> None:
        """Count a request out, and the bytes that it held."""
        for counter, count in ((self._requests, 1), (self._bytes, size)):
            counter[address] -= count
            if counter[address] <= 0:
                del counter[address]

    @asynccontextmanager
    async def reading(self, seconds: float) -> AsyncIterator[None]:
        """While a body is not whole. Raises TimeoutError after so many seconds, or where others want its slot."""
        async with asyncio.timeout(seconds) as limit:
            self._reading[limit] = None
            if len(self._reading) > _MOST_READING:
                oldest = next(iter(self._reading))
                del self._reading[oldest]
                if not oldest.expired():
                    oldest.reschedule(0)
            try:
                yield
            finally:
                self._reading.pop(limit, None)


class Body:
    """One body as it comes in; what it holds is counted."""

    def __init__(self, load: Load, address: str) -> None:
        self._load, self._address = load, address
        self.held = 0

    async def read(self, receive: Receive, door: Door) -> bytes:
        """All of it. Raises RefusedError where it is too long, too slow, or its sender has gone."""
        try:
            async with self._load.reading(door.seconds):
                return await self._read(receive, door)
        except TimeoutError:
            raise RefusedError(
                408, f"The request was not whole after {door.seconds:g} seconds, or too many were not; send it again."
            ) from None

    async def _read(self, receive: Receive, door: Door) -> bytes:
        parts, size = list[bytes](), 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "The sender has gone.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > door.most:
                raise RefusedError(413, f"More than {_megabytes(door.most)} may not be sent here; send less.")
            if size > _SMALL + self.held and door.kind != "upload":  # whoever may upload is known, and owns the page
                self._load.hold(self._address, size - self.held)
                self.held = size
            if not message.get("more_body", False):
                return b"".join(parts)


def read_json(body: bytes) -> Any:
    """What it says. Raises RefusedError for what is no JSON, or has more in it than any request of the page."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_number, parse_float=_number)
        for count, depth in enumerate(_depths(value), 1):
            if depth > _DEPTH or count > _VALUES:
                raise RefusedError(413, "That holds more than any request of the page; send less.")
    except (ValueError, RecursionError) as exc:
        raise RefusedError(400, "The request is no JSON; send JSON in UTF-8, with finite numbers.") from exc
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _depths(value: Any) -> Iterator[int]:
    """How deep each value in it lies."""
    left = [(0, value)]
    while left:
        depth, one = left.pop()
        yield depth
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        left.extend((depth + 1, each) for each in inner)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:g} MB"
