"""Messages go to a chat model; its text comes back in pieces, within a budget, or as a ModelError of one line."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import itertools
import queue
import random
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from advisor.answer import Usage
from advisor.errors import ModelError
from advisor.models.failures import explain, explain_break, is_passing, retry_after, status_of
from advisor.models.providers import model_label, secrets_of
from advisor.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

Message: TypeAlias = "tuple[str, str] | BaseMessage"  # ("system" | "user" | "assistant", text), or LangChain's own

_CHARACTERS = 8  # a token, at the very most: what is longer was not limited by the server, and is cut here
_FIRST_WAIT = 0.5  # seconds before the second try, twice as long before each that follows
# What some models and servers refuse to be told, by the word in their refusal: the client's field, its silent value.
_OPTIONAL = {
    "temperature": ("temperature", None),
    "stream_options": ("stream_usage", False),
    "reasoning_effort": ("reasoning_effort", None),
    "thinking_level": ("reasoning_effort", None),
    "thinking": ("thinking_budget", None),
    "think": ("reasoning", None),
}


class Chat:
    """One chat model, to be called within limits. Safe to share by threads."""

    def __init__(self, model: BaseChatModel, settings: Settings) -> None:
        self.label = model_label(model)
        self.settings = settings
        self.model = model
        self._secrets = secrets_of(model)

    def begin(self) -> Calls:
        """The calls of one answer: its budget starts now."""
        return Calls(self)

    def leave_out(self, error: Exception) -> bool:
        """Whether `error` refuses an option that can do without; from now on the model is called without it."""
        if status_of(error) not in (400, 422) and not isinstance(error, (TypeError, ValueError)):
            return False
        for word, (field, silent) in _OPTIONAL.items():
            if word in str(error) and getattr(self.model, field, silent) != silent:
                self.model = self.model.model_copy(update={field: silent})
                return True
        return False

    def explain(self, error: Exception, tries: int, said: bool) -> str:
        """What went wrong, before the first word or after it, and what to do about it, in one line without keys."""
        about = (self.label, self.settings, self._secrets)
        return explain_break(error, *about) if said else explain(error, *about, tries)


class Calls:
    """The calls for one answer: they share a budget of seconds, and are counted together."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._deadline = time.monotonic() + chat.settings.seconds
        self._usage = Usage()

    @property
    def usage(self) -> Usage:
        """What was used so far; a request that failed counts as a call."""
        return self._usage

    @property
    def remaining(self) -> float:
        """Seconds left."""
        return max(0.0, self._deadline - time.monotonic())

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        """The reply's text, in pieces as they come; closing it ends the call. Raises ModelError."""
        return self._call(messages, self._chat.settings.max_tokens * _CHARACTERS)

    def reply(self, messages: Sequence[Message], max_tokens: int, patience: float | None = None) -> str:
        """One short reply, whole; what is longer is cut. Raises ModelError.

        With `patience`, it is tried once, and may be silent for no more than so many seconds.

        The limit is kept by reading no further, not by telling the model: one that thinks before it writes would
        spend so few tokens on thoughts alone.
        """
        return "".join(self._call(messages, max_tokens * _CHARACTERS, patience)).strip()

    def _call(
        self, messages: Sequence[Message], limit: int, patience: float | None = None
    ) -> Generator[str, None, None]:
        tries = 1 if patience is None else self._chat.settings.retries + 1
        silence = min(self._chat.settings.timeout, patience or self._chat.settings.timeout)
        while True:
            said, error, stopped = 0, None, threading.Event()
            try:
                for text in without_thoughts(self._pieces(messages, stopped, silence)):
                    fits = text[: limit - said]
                    said += len(fits)
                    yield fits
                    if said == limit:
                        return
            except Exception as exc:  # kept, so that what is raised below has no context, in which a key might show
                error = exc
            finally:
                stopped.set()
            if error is None and said:
                return
            if error is not None and not said and self._chat.leave_out(error):
                continue
            wait = self._wait(error, tries) if error is not None and not said else None
            if wait is None:
                raise ModelError(self._message(error, bool(said), tries))
            time.sleep(wait)
            tries += 1

    def _wait(self, error: Exception, tries: int) -> float | None:
        """Seconds until the next try; None when there is to be none."""
        if tries > self._chat.settings.retries or not is_passing(error):
            return None
        asked = retry_after(error)
        wait = _FIRST_WAIT * 2 ** (tries - 1) * random.uniform(0.5, 1) if asked is None else asked
        return wait if wait < self.remaining else None

    def _message(self, error: Exception | None, said: bool, tries: int) -> str:
        chat = self._chat
        if error is None:
            return f"{chat.label} sent an empty reply; ask again, or raise ADVISOR_MODEL_TOKENS if it thinks first"
        if isinstance(error, _OverBudgetError):
            seconds = f"{chat.settings.seconds:g}"
            return f"{chat.label} took longer than the {seconds} s of an answer; raise ADVISOR_MODEL_SECONDS"
        return chat.explain(error, tries, said)

    def _pieces(
        self, messages: Sequence[Message], stopped: threading.Event, silence: float
    ) -> Generator[str, None, None]:
        """The text of each chunk. Raises what the client raised, _OverBudgetError, or TimeoutError for silence."""
        if not self.remaining:
            raise _OverBudgetError
        limit = self._chat.settings.max_tokens * _CHARACTERS
        chunks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        work = (_work, self._chat.model, list(messages), limit, chunks, stopped)
        started, ended = time.monotonic(), None
        threading.Thread(target=contextvars.copy_context().run, args=work, name="chat-model", daemon=True).start()
        tokens_in = tokens_out = 0
        try:
            while True:
                if not self.remaining:
                    raise _OverBudgetError
                try:
                    chunk = chunks.get(timeout=min(silence, self.remaining))
                except queue.Empty:
                    raise TimeoutError if self.remaining else _OverBudgetError from None
                if isinstance(chunk, _End):
                    ended = chunk.at
                    if chunk.error is not None:
                        raise chunk.error
                    return
                used = getattr(chunk, "usage_metadata", None) or {}
                tokens_in += used.get("input_tokens", 0)
                tokens_out += used.get("output_tokens", 0)
                if chunk.text:
                    yield str(chunk.text)
        finally:
            took = (ended or time.monotonic()) - started
            so_far = self._usage
            self._usage = dataclasses.replace(
                so_far,
                calls=so_far.calls + 1,
                input_tokens=so_far.input_tokens + tokens_in,
                output_tokens=so_far.output_tokens + tokens_out,
                model_ms=round(so_far.model_ms + took * 1000, 2),
            )


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without <think>...</think>, which may be split over them, and without space at the start."""
    held, thinking, begun = "", False, False
    for piece in itertools.chain(pieces, [None]):
        held += piece or ""
        out = ""
        while True:
            tag = "</think>" if thinking else "<think>"
            before, found, after = held.partition(tag)
            if not found:
                break
            out += "" if thinking else before
            held, thinking = after, not thinking
        keep = 0 if piece is None else _overlap(held, tag)  # the start of a tag, perhaps: the next piece will tell
        out += "" if thinking else held[: len(held) - keep]
        held = held[len(held) - keep :]
        out = out if begun else out.lstrip()
        if out:
            begun = True
            yield out


@dataclasses.dataclass(frozen=True)
class _End:
    """What the worker hands over last."""

    at: float
    error: Exception | None


class _OverBudgetError(Exception):
    """The answer's seconds are over."""


def _work(
    model: BaseChatModel, messages: list[Any], limit: int, chunks: queue.SimpleQueue[Any], stopped: threading.Event
) -> None:
    """In a thread of its own, as a client may stall for longer than anyone should wait."""
    error, length = None, 0
    try:
        stream: Any = model.stream(messages)
        with contextlib.closing(stream):  # which closes the connection
            for chunk in stream:
                length += len(chunk.text)
                chunks.put(chunk)
                if stopped.is_set() or length > limit:
                    break
    except Exception as exc:  # clients raise their own, those of their HTTP library and those of its parsers
        error = exc
    finally:
        chunks.put(_End(time.monotonic(), error))


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` are the start of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-size:])), 0)
