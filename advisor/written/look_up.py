"""A message and a way to search go in; what a chat model makes of both comes out, or quotes where it has no topic."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from advisor.answer import Event, Status
from advisor.answering.compose import TOO_MANY
from advisor.answering.draft import Draft
from advisor.answering.quoted import quoted
from advisor.find.find import Found
from advisor.question.condense import leans
from advisor.question.inputs import Message, Query
from advisor.question.parts import MOST
from advisor.written.understand import Understood, plain
from advisor.written.writer import Writer

Search = Callable[[Sequence[Query]], list[Found]]


def written(
    draft: Draft, message: Message, writer: Writer, read: Understood | None, search: Search
) -> Generator[Event, None, tuple[Status, str, Sequence[Found], str]]:
    """What the chat model writes; of what is plainly off the library's topic, nothing.

    `read` is how the model has read the message, where it was asked. Returns the status, the question as it was read,
    what was found, and who answered. Raises ModelError.
    """
    read, queries, found = _searched(message, writer, read, search)
    more = [_look(search, one) for one in read.searches]
    if any(one.coverage.may_be_on_topic for one in (*found, *more)):
        events = writer.write(draft, found, more, message, read.question, lambda text: _look(search, text))
        spoken = writer.speak(read.language, events, draft) if read.is_foreign else events
        status, mode = (yield from spoken), writer.label
    else:
        status, mode = (yield from quoted(draft, found)), "quote"
    if len(queries) > MOST:
        yield from draft.notice(TOO_MANY)
    return status, read.question, found, mode


def _searched(
    message: Message, writer: Writer, read: Understood | None, search: Search
) -> tuple[Understood, Sequence[Query], list[Found]]:
    """How a message is read, the queries that makes, and what is found for as many as are answered at once.

    The model is asked where the message leans on the turns before it, or the library seems not to answer it.
    """
    if read is None and message.turns and leans(message.asked):
        read = writer.understand(message)
    known = read or plain({"question": message.asked, "history": message.turns})
    queries = message.queries(known.question)
    found = search(queries[:MOST])
    seen = [one.coverage for one in found]
    if read is None and any(one.may_be_on_topic for one in seen) and not any(one.is_covered for one in seen):
        return _searched(message, writer, writer.understand(message), search)
    return known, queries, found


def _look(search: Search, question: str) -> Found:
    """What the articles hold on one question."""
    return search([Query(question)])[0]
