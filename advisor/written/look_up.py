"""A message and a way to search go in; what a chat model makes of both comes out, or quotes where it has no topic."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence

from advisor.answer import Event, Status
from advisor.answering.compose import TOO_MANY
from advisor.answering.draft import Draft
from advisor.answering.quoted import quoted
from advisor.find.find import Found
from advisor.question.inputs import Message, Query
from advisor.question.parts import MOST
from advisor.written.understand import Understood, needs_reading, plain
from advisor.written.writer import Writer

Search = Callable[[Sequence[Query]], list[Found]]


@dataclasses.dataclass(frozen=True)
class _Searched:
    """How a message is read, what is found for its queries, and for what the model would look up beside them."""

    read: Understood
    is_cut: bool  # more was asked than is answered at once
    found: list[Found]
    more: list[Found]

    @property
    def is_on_topic(self) -> bool:
        return any(one.coverage.is_on_topic for one in (*self.found, *self.more))


def written(
    draft: Draft, message: Message, writer: Writer, read: Understood | None, search: Search
) -> Generator[Event, None, tuple[Status, str, Sequence[Found], str]]:
    """What the chat model writes; of what is plainly off the library's topic, nothing.

    Returns the status, the question as it was read, what was found, and who answered. Raises ModelError.
    """
    met = _searched(message, writer, read, search)
    if met.is_on_topic:
        events = writer.write(draft, met.found, met.more, message, met.read.question, lambda text: _look(search, text))
        spoken = writer.speak(met.read.language, events, draft) if met.read.is_foreign else events
        status, mode = (yield from spoken), writer.label
    else:
        status, mode = (yield from quoted(draft, met.found)), "quote"
    if met.is_cut:
        yield from draft.notice(TOO_MANY)
    return status, met.read.question, met.found, mode


def _searched(message: Message, writer: Writer, read: Understood | None, search: Search) -> _Searched:
    """The model is asked where the question cannot be searched for as it is, or the library seems not to answer it."""
    asked = {"question": message.asked, "history": message.turns}
    was_read = read is not None or needs_reading(asked)
    read = read or (writer.understand(message) if was_read else plain(asked))
    queries = message.queries(read.question)
    found = search(queries[:MOST])
    seen = [one.coverage for one in found]
    if not was_read and any(one.is_on_topic for one in seen) and not any(one.is_covered for one in seen):
        read = writer.understand(message)
        queries = message.queries(read.question)
        found = search(queries[:MOST])
    return _Searched(read, len(queries) > MOST, found, [_look(search, one) for one in read.searches])


def _look(search: Search, question: str) -> Found:
    """What the articles hold on one question."""
    return search([Query(question)])[0]
