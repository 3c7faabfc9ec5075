"""A request and whose it is go in; nothing comes out, or the refusal that it is one too many."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator

from starlette.types import Receive

from advisor.web.crowd import Crowd
from advisor.web.doors import RefusedError
from advisor.web.rates import Allowance
from advisor.web.watch import Watch

_MINUTE = 60.0
_REQUESTS = 1_200  # of one address in a minute: to open the page takes some 150


class Limits:
    """How much one page does for all, and for each address. For the thread of the event loop."""

    def __init__(self, crowd: Crowd, watch: Watch, rate: int | None) -> None:
        """`rate` is how many questions an address may ask a minute; None for a page that only its own machine sees."""
        self.crowd, self.watch = crowd, watch
        self._questions = Allowance(rate, _MINUTE) if rate else None
        self._requests = Allowance(_REQUESTS, _MINUTE) if rate else None

    def request(self, address: str) -> None:
        """Count one of any kind. Raises RefusedError where it is one too many."""
        seconds = self._requests.spend(address) if self._requests else 0.0
        if seconds:
            raise _too_often("requests came", seconds)

    def count(self, address: str) -> None:
        """Count a question. Raises RefusedError where it is one too many."""
        after = self.crowd.ahead()
        if after:
            raise _busy(after)
        seconds = self._questions.spend(address) if self._questions else 0.0
        if seconds:
            raise _too_often("questions came", seconds)

    @contextlib.asynccontextmanager
    async def question(self, address: str, is_inner: bool, came: float, receive: Receive) -> AsyncIterator[None]:
        """Wait for the turn of a question that `came` then; while it is on its way to the queue.

        Raises RefusedError where it is one too many. One that the tool asks (`is_inner`) was counted before. `receive`
        tells when its sender has gone.
        """
        if not is_inner:
            self.count(address)
        after = await self.crowd.turn(came, receive)
        if after:
            raise _busy(after)
        with self.crowd.enter():
            yield


def _busy(after: int) -> RefusedError:
    return RefusedError(503, f"The page is busy; try again in {_seconds(after)}.", after)


def _too_often(what: str, seconds: float) -> RefusedError:
    after = max(math.ceil(seconds), 1)
    return RefusedError(429, f"Many {what} from your address; try again in {_seconds(after)}.", after)


def _seconds(count: int) -> str:
    return "a second" if count == 1 else f"{count} seconds"
