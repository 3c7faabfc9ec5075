"""What a reader's browser opens and closes goes in; what the framework keeps of it is forgotten when it has gone."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gradio.state_holder import SessionState, StateHolder

from advisor.web.doors import RefusedError
from advisor.web.place import is_loopback

_PATIENCE = 30.0  # seconds in which whoever has asked is to listen
_MOST, _EACH = 1_000, 100  # sessions that wait for one who listens, and events of one: in all, and of one address
_BUSY = "Too many answers wait to be read; read those, or try again in a minute."


class Forgetful(StateHolder):
    """Gradio's state of the sessions, without them: the page needs none, and each would keep what it was sent."""

    def __getitem__(self, session_id: str) -> SessionState:
        return SessionState(self.blocks)


class Sessions:
    """The sessions of one page's queue. For the thread of the event loop."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._heard: collections.Counter[str] = collections.Counter()  # streams that are open, by session
        self._waiting: dict[str, tuple[str, asyncio.TimerHandle]] = {}  # addresses and when it is forgotten, by session
        self._tasks: set[asyncio.Task[None]] = set()

    def asked(self, session: str, address: str) -> None:
        """Something was asked: until it is listened for, it waits. Raises RefusedError where too much does."""
        each = _MOST if is_loopback(address) else _EACH
        if len(self._queue.pending_event_ids_session.get(session, ())) >= each:
            raise RefusedError(503, _BUSY, 60)
        if self._heard[session] or session in self._waiting:
            return
        waiting = [one for one, _ in self._waiting.values()]
        if len(waiting) >= _MOST or waiting.count(address) >= each:
            raise RefusedError(503, _BUSY, 60)
        self._wait(session, address)

    @asynccontextmanager
    async def listening(self, session: str, address: str) -> AsyncIterator[None]:
        """While a stream is open; when the last of a session closes, it is forgotten, or soon, where it is not done."""
        self._heard[session] += 1
        self._stop_waiting(session)
        try:
            yield
        finally:
            self._heard[session] -= 1
            if self._heard[session] <= 0:
                del self._heard[session]
                if self._queue.pending_event_ids_session.get(session):
                    self._wait(session, address)
                else:
                    self._drop(session)

    def known(self, session: str) -> str:
        """The same, where something was asked in it. Raises RefusedError."""
        if session not in self._queue.pending_messages_per_session:
            raise RefusedError(404, "Nothing was asked in this session, or it was read already; ask again.")
        return session

    def of_event(self, event: str) -> str:
        """The session that asked for an event. Raises RefusedError where there is none."""
        known = self._queue.event_ids_to_events.get(event)
        if known is not None:
            return str(known.session_hash)
        for session, events in self._queue.pending_event_ids_session.items():
            if event in events:
                return str(session)
        raise RefusedError(404, "There is no such event, or it was read already; ask again.")

    def _wait(self, session: str, address: str) -> None:
        self._stop_waiting(session)
        timer = asyncio.get_running_loop().call_later(_PATIENCE, self._expire, session)
        self._waiting[session] = (address, timer)

    def _stop_waiting(self, session: str) -> None:
        _, timer = self._waiting.pop(session, ("", None))
        if timer is not None:
            timer.cancel()

    def _expire(self, session: str) -> None:
        self._waiting.pop(session, None)
        task = asyncio.get_running_loop().create_task(self._end(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, session: str) -> None:
        """Stop what is being answered for nobody, then forget it."""
        await self._queue.clean_events(session_hash=session)
        if session not in self._waiting and not self._heard[session]:
            self._drop(session)

    def _drop(self, session: str) -> None:
        self._queue.pending_messages_per_session.pop(session, None)
        self._queue.pending_event_ids_session.pop(session, None)
