"""A question, its history and a profile go in; events, and last the Answer, come out: the order of the steps."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from advisor.answer import Answer, Event
from advisor.boundary import boundary
from advisor.compose import STARTERS, TOO_MANY, failed_text, follow_ups
from advisor.condense import condense
from advisor.draft import Draft
from advisor.errors import ModelError
from advisor.find import Found, best_passages, find
from advisor.inputs import Message, read_message
from advisor.quote import MAX_QUOTES
from advisor.quoted import quoted
from advisor.settings import Settings, load_settings
from corpus import Library, Passage, StoreError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from advisor.chat import Chat
    from advisor.verify import Verifier
    from advisor.write import Writer

_REMEMBERED = 1_000  # questions of which it is known whether the articles answer them
_log = logging.getLogger(__name__)


class Advisor:
    """Answers questions from one library. Safe to share by threads."""

    def __init__(self, model: str | BaseChatModel | None = None, *, library: Library | None = None) -> None:
        """An advisor whose answers `model` writes: "provider:name", a ready chat model, or None for ADVISOR_MODEL's.

        Where that is not set, or `model` is "quote", answers are quotes. `library` defaults to the one that the
        environment names. Raises ModelError for a model that cannot be opened, SettingsError for a bad setting.
        """
        self.library = library or Library.open()
        self._chat = _open_chat(model, load_settings(model if isinstance(model, str) else None))
        self.mode = self._chat.label if self._chat else "quote"
        self._is_prepared = False
        self._answered: dict[tuple[str, int], bool] = {}

    def prepare(self, say: Callable[[str], None] = lambda line: None) -> None:
        """Bring the library up to date where it is not, telling `say` in a line each.

        The first question does it otherwise, and tells the log.
        """
        self._is_prepared = True
        self.library.warm()
        why = self.library.stale()
        if why:
            say(f"Indexing the articles, as {why} (a few seconds, once) ...")
            for line in self.library.sync().refused:
                say(f"refused: {line}")

    def ask(self, question: str, history: Sequence[Any] = (), profile: str | None = None) -> Answer:
        """Answer one question; see `stream`, whose last item this is."""
        *_, answer = self.stream(question, history, profile)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: str, history: Sequence[Any] = (), profile: str | None = None) -> Iterator[Event]:
        """Yield each checked sentence as it is ready, and last the Answer that holds them all.

        `history` is the turns before, oldest first, as ("user" | "assistant", text); `profile` says who asks.
        Raises QuestionError for a question that is empty or too long, CorpusError for a broken library. A chat model
        that fails raises nothing: the answer is then in the articles' words, and says so.
        """
        started = time.perf_counter()
        message = read_message(question, history, profile)
        draft, writer, mode = Draft(self.library), self._writer(), "quote"
        standalone, found = message.asked, list[Found]()
        limit = boundary(message.asked)
        if limit:
            status, text = limit
            yield from draft.notice(text)
        else:
            try:
                standalone = (writer.condense if writer else condense)(message.asked, message.turns)
                found = self._find_all(message, standalone)
                if writer and any(one.coverage.covered for one in found):
                    status = yield from writer.write(draft, found, message, standalone, self._is_answered)
                    mode = writer.label
                else:
                    status = yield from quoted(draft, found)
            except ModelError as exc:
                yield from draft.restart(failed_text(str(exc)))
                status = yield from quoted(draft, found)
            if len(message.questions(standalone)[0]) > MAX_QUOTES:
                yield from draft.notice(TOO_MANY)
        yield Answer(
            question=message.asked,
            standalone_question=standalone,
            text=draft.text,
            status=status,
            citations=tuple(draft.citations),
            claims=tuple(draft.claims),
            withheld=tuple(draft.withheld),
            disagreements=tuple(draft.disagreements),
            follow_ups=STARTERS[:3] if status == "off_topic" or not found else self._follow_ups(message, found, draft),
            mode=mode,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            fingerprint=self.library.fingerprint,
            usage=writer.usage if writer else None,
        )

    def retrieve(
        self, question: str, history: Sequence[Any] = (), profile: str | None = None, k: int = 8
    ) -> list[Passage]:
        """The k passages that an answer would be drawn from, best first: each counts by its best sentence.

        Of a message with several questions, the best of each first. Raises as `stream` does.
        """
        message = read_message(question, history, profile)
        found = self._find_all(message, condense(message.asked, message.turns))
        return best_passages(found)[:k]

    def _find_all(self, message: Message, standalone: str) -> list[Found]:
        if not self._is_prepared:
            self.prepare(_log.warning)
        asking, context = message.questions(standalone)
        try:
            return [find(self.library, text, context) for text in asking[:MAX_QUOTES]]
        except StoreError:  # the index was deleted or damaged since: make it good, then ask again
            self.prepare(_log.warning)
            return [find(self.library, text, context) for text in asking[:MAX_QUOTES]]

    def _is_answered(self, question: str) -> bool:
        """Whether the articles answer a question; kept, as the same few are asked again and again."""
        key = (question, self.library.passage_count())
        if len(self._answered) > _REMEMBERED:
            self._answered.clear()
        if key not in self._answered:
            found = find(self.library, question)
            self._answered[key] = found.coverage.covered and not found.gaps
        return self._answered[key]

    def _follow_ups(self, message: Message, found: Sequence[Found], draft: Draft) -> tuple[str, ...]:
        return follow_ups(message.asked, found[0].passages, draft.passages, self._is_answered)

    def _writer(self) -> Writer | None:
        if self._chat is None:
            return None
        from advisor.write import Writer  # and with it LangChain's prompts, which quote mode can do without

        return Writer(self._chat, self._verifier)

    @functools.cached_property
    def _verifier(self) -> Verifier:
        from advisor.verify import Verifier

        return Verifier(self.library.embedder)


def _open_chat(model: str | BaseChatModel | None, settings: Settings) -> Chat | None:
    """The chat model to write with; None for quote mode."""
    if (model is None or isinstance(model, str)) and settings.model in (None, "quote"):
        return None
    from advisor.chat import Chat
    from advisor.models import open_model

    return Chat(open_model(settings) if model is None or isinstance(model, str) else model, settings)


@functools.cache
def default_advisor() -> Advisor:
    """One advisor for the process, over the library that the environment names."""
    return Advisor()


def ask(question: str, history: Sequence[Any] = (), profile: str | None = None) -> Answer:
    """Answer one question from the default library, which is opened once per process."""
    return default_advisor().ask(question, history, profile)
