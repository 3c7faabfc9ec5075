"""Messages go to a chat model; its text comes back in pieces, within a budget, or as a ModelError of one line.

Why not LangChain's own: `with_retry` does not retry a stream, `with_fallbacks` takes an empty first chunk for success,
and neither waits as long as the server asks, notices silence, or keeps to seconds that several calls share.
"""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import queue
import random
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages.ai import add_usage
from langchain_core.runnables import RunnableConfig

from advisor.answer import Usage
from advisor.errors import ModelError
from advisor.models.failures import OverBudgetError, explain, is_passing, retry_after, status_of
from advisor.models.providers import model_label
from advisor.models.wire import WIRE, Wire, watch
from advisor.settings import Settings

_CHARACTERS = 8  # a token, at the very most: what is longer was not limited by the server, and is cut here
_LEAST_PATIENCE, _PATIENCE = 8.0, 4.0  # seconds, and times what the slowest reply so far took to its first words
_FIRST_WAIT = 0.5  # seconds before the second try, twice as long before each that follows
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_HALF_A_TAG = re.compile(r"<(?:t(?:h(?:i(?:nk?)?)?)?)?\Z")
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
        self.takes_schema = True  # until it refuses one
        watch(model)

    def begin(self) -> Calls:
        """The calls of one answer: its budget starts now."""
        return Calls(self)

    def try_out(self) -> None:
        """One short call. Raises ModelError where it fails."""
        patience = self.settings.timeout  # tried once: whoever waits for it can try again
        for _ in self.begin().stream([("human", "Reply with one word: ready")], max_tokens=8, patience=patience):
            pass

    def opened(self, messages: LanguageModelInput, config: RunnableConfig | None, schema: dict[str, Any] | None) -> Any:
        """The model's reply as it comes; as JSON by the schema, where its provider has that."""
        model: Any = self.model
        if schema and self.takes_schema:
            try:
                # Its second step would parse what is whole: the text is read here, as it may come without all of this.
                model = model.with_structured_output(schema, method="json_schema").first
            except Exception:  # each client says in its own way that it has no such thing
                self.takes_schema = False
        return model.stream(messages, config)

    def leave_out(self, error: Exception, is_structured: bool = False) -> bool:
        """Whether `error` refuses an option that can do without; from now on the model is called without it."""
        is_of_form = status_of(error) not in (401, 403) and not isinstance(error, (TimeoutError, OverBudgetError))
        if is_structured and self.takes_schema and is_of_form and not is_passing(error):
            self.takes_schema = False
            return True
        if status_of(error) not in (400, 422) and not isinstance(error, (TypeError, ValueError)):
            return False
        for word, (field, silent) in _OPTIONAL.items():
            if word in str(error) and getattr(self.model, field, silent) != silent:
                self.model = self.model.model_copy(update={field: silent})
                return True
        return False


class Calls:
    """The calls for one answer: they share a budget of seconds, and are counted together."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._deadline = time.monotonic() + chat.settings.seconds
        self._count, self._seconds = 0, 0.0
        self._to_first_words = 0.0
        # LangChain's UsageMetadataCallbackHandler counts no reply that broke off, nor a model that tells no name.
        self._tokens = add_usage(None, None)

    @property
    def usage(self) -> Usage:
        """What was used so far; a request that failed counts as a call."""
        tokens = self._tokens
        return Usage(self._count, tokens["input_tokens"], tokens["output_tokens"], round(self._seconds * 1000, 2))

    @property
    def remaining(self) -> float:
        """Seconds left."""
        return max(0.0, self._deadline - time.monotonic())

    @property
    def patience(self) -> float:
        """Seconds that a further reply may be waited for: by how long this model has thought so far."""
        return max(_LEAST_PATIENCE, _PATIENCE * self._to_first_words)

    def stream(
        self,
        messages: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        max_tokens: int | None = None,
        patience: float | None = None,
        schema: dict[str, Any] | None = None,
    ) -> Generator[str, None, None]:
        """The reply's text, in pieces as they come; closing it ends the call. Raises ModelError.

        `RunnableLambda(calls.stream)` is a step of a chain; its callbacks reach the model by `config`.
        `max_tokens` is kept by reading no further, not by telling the model: one that thinks before it writes would
        spend so few on thoughts alone. With `patience`, it is tried once, and silent for no more than so many seconds.
        With a JSON `schema` the text is to be read as such, and may be plain all the same.
        """
        settings = self._chat.settings
        limit = (max_tokens or settings.max_tokens) * _CHARACTERS
        silence = min(settings.timeout, patience or settings.timeout)
        tries, most = 1, 1 if patience else settings.retries + 1
        while True:
            said, error = 0, None
            try:
                with contextlib.closing(self._pieces(messages, config, silence, schema)) as pieces:
                    # By a schema all or nothing: some clients find fault with a reply when it is whole.
                    for text in without_thoughts(list(pieces) if schema and self._chat.takes_schema else pieces):
                        yield text[: limit - said]
                        said += len(text)
                        if said >= limit:
                            return
            except Exception as exc:  # kept, so that what is raised below has no context, in which a key might show
                error = exc
            if said and error is None:
                return
            if error is not None and not said and self._chat.leave_out(error, schema is not None):
                continue
            wait = self._wait(error, tries) if error is not None and not said and tries < most else None
            if wait is None:
                raise ModelError(explain(error, self._chat.label, settings, tries, said > 0))
            time.sleep(wait)
            tries += 1

    def _wait(self, error: Exception, tries: int) -> float | None:
        """Seconds until the next try; None when there is to be none."""
        asked = retry_after(error)
        wait = _FIRST_WAIT * 2 ** (tries - 1) * random.uniform(0.5, 1) if asked is None else asked
        return wait if is_passing(error) and wait < self.remaining else None

    def _pieces(
        self,
        messages: LanguageModelInput,
        config: RunnableConfig | None,
        silence: float,
        schema: dict[str, Any] | None,
    ) -> Generator[str, None, None]:
        """The text of each chunk. Raises what the client raised, OverBudgetError, or TimeoutError for silence."""
        limit = self._chat.settings.max_tokens * _CHARACTERS
        chunks: queue.SimpleQueue[tuple[float, Any]] = queue.SimpleQueue()
        wire = Wire(self._chat.settings.max_tokens)
        work = (_work, partial(self._chat.opened, messages, config, schema), limit, chunks, wire)
        context = contextvars.copy_context()
        context.run(WIRE.set, wire)
        thread = threading.Thread(target=context.run, args=work, name="chat-model", daemon=True)
        if not self.remaining:
            raise OverBudgetError
        at = started = time.monotonic()
        has_begun = False
        thread.start()
        try:
            while left := self.remaining:
                try:
                    at, chunk = chunks.get(timeout=min(silence, left))
                except queue.Empty:
                    at = time.monotonic()
                    raise TimeoutError if self.remaining else OverBudgetError from None
                if chunk is None:
                    return
                if isinstance(chunk, Exception):
                    raise chunk
                self._tokens = add_usage(self._tokens, getattr(chunk, "usage_metadata", None))
                if chunk.text:
                    if not has_begun:
                        has_begun, self._to_first_words = True, max(self._to_first_words, at - started)
                    yield str(chunk.text)
            raise OverBudgetError
        finally:
            wire.close()
            self._count += 1
            self._seconds += at - started


def _work(open_stream: Callable[[], Any], limit: int, chunks: queue.SimpleQueue[Any], wire: Wire) -> None:
    """In a thread of its own, as a client may stall for longer than anyone should wait; last come None or an error."""
    error, length = None, 0
    try:
        with contextlib.closing(open_stream()) as stream:  # which closes the connection
            for chunk in stream:
                length += len(chunk.text)
                chunks.put((time.monotonic(), chunk))
                if wire.is_closed or length > limit:
                    break
    except Exception as exc:  # clients raise their own, those of their HTTP library and those of its parsers
        error = exc
    finally:
        chunks.put((time.monotonic(), error))


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without <think>...</think>, which may be split over them, and without space at the start.

    LangChain takes them off for clients that know the tags; servers of one's own pass them on.
    """
    held, given = "", 0
    for piece in itertools.chain(pieces, [None]):
        held += piece or ""
        text = _THOUGHT.sub("", held).lstrip()
        half = _HALF_A_TAG.search(text) if piece is not None else None  # perhaps: the next piece will tell
        end = half.start() if half else len(text)
        if text[given:end]:
            yield text[given:end]
            given = end
