"""A question, its history and a profile go in; events, and last the Answer, come out: the order of the steps."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from advisor.answer import Answer, Event
from advisor.answering.compose import TOO_MANY, failed_text
from advisor.answering.draft import Draft
from advisor.answering.quoted import quoted
from advisor.answering.suggest import STARTERS, follow_ups, is_answered, topic_map
from advisor.errors import ModelError, QuestionError
from advisor.find.find import Found, best_passages, find
from advisor.find.quotes import MAX_QUOTES
from advisor.question.boundary import boundary
from advisor.question.condense import condense
from advisor.question.inputs import Message, read_message
from advisor.settings import Settings, load_settings
from corpus import Library, Passage, ScopeError, StoreError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from advisor.models.chat import Chat
    from advisor.verify.verifier import Verifier
    from advisor.written.writer import Writer

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
        self._answered: dict[tuple[str, object], bool] = {}

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

    def ask(
        self,
        question: str,
        history: Sequence[Any] = (),
        profile: str | None = None,
        *,
        sources: Collection[str] | None = None,
        since: str | None = None,
    ) -> Answer:
        """Answer one question; see `stream`, whose last item this is."""
        *_, answer = self.stream(question, history, profile, sources=sources, since=since)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Any] = (),
        profile: str | None = None,
        *,
        sources: Collection[str] | None = None,
        since: str | None = None,
    ) -> Iterator[Event]:
        """Yield each checked sentence as it is ready, and last the Answer that holds them all.

        `history` is the turns before, oldest first, as ("user" | "assistant", text); `profile` says who asks. Only the
        articles with the ids `sources`, and those published on the day `since` (YYYY-MM-DD) or later, count where
        these are given. Raises QuestionError for a question that is empty or too long, for an unknown id or a date
        that is none; CorpusError for a broken library. A chat model that fails raises nothing: the answer is then in
        the articles' words, and says so.
        """
        started = time.perf_counter()
        message = read_message(question, history, profile)
        library = self._limited(sources, since)
        draft, writer, mode = Draft(library), self._writer(), "quote"
        standalone, found = message.asked, list[Found]()
        limit = boundary(message.asked)
        if limit:
            status, text = limit
            yield from draft.notice(text)
        else:
            try:
                standalone = (writer.condense if writer else condense)(message.asked, message.turns)
                found = self._find_all(library, message, standalone)
                if writer and any(one.coverage.covered for one in found):
                    answers = functools.partial(self._is_answered, library)
                    status = yield from writer.write(draft, found, message, standalone, answers)
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
            follow_ups=self._follow_ups(library, message, found, draft) if status != "off_topic" else STARTERS[:3],
            mode=mode,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            fingerprint=self.library.fingerprint,
            usage=writer.usage if writer else None,
        )

    def retrieve(
        self,
        question: str,
        history: Sequence[Any] = (),
        profile: str | None = None,
        k: int = 8,
        *,
        sources: Collection[str] | None = None,
        since: str | None = None,
    ) -> list[Passage]:
        """The k passages that an answer would be drawn from, best first: each counts by its best sentence.

        Of a message with several questions, the best of each first. Raises as `stream` does.
        """
        message = read_message(question, history, profile)
        found = self._find_all(self._limited(sources, since), message, condense(message.asked, message.turns))
        return best_passages(found)[:k]

    def topics(self) -> dict[str, tuple[str, ...]]:
        """What can be asked: by role, and for choosing between roles, plain questions that the articles answer."""
        return topic_map(lambda text: self._find_all(self.library, read_message(text, (), None), text)[0])

    def _limited(self, sources: Collection[str] | None, since: str | None) -> Library:
        """The library as far as it counts for one question. Raises QuestionError."""
        if sources is None and since is None:
            return self.library
        self._prepare_once()
        try:
            return self.library.limited(sources, since)
        except ScopeError as exc:
            raise QuestionError(f"{exc}.") from exc

    def _prepare_once(self) -> None:
        if not self._is_prepared:
            self.prepare(_log.warning)

    def _find_all(self, library: Library, message: Message, standalone: str) -> list[Found]:
        self._prepare_once()
        asking, context = message.questions(standalone)
        try:
            return [find(library, text, context) for text in asking[:MAX_QUOTES]]
        except StoreError:  # the index was deleted or damaged since: make it good, then ask again
            self.prepare(_log.warning)
            return [find(library, text, context) for text in asking[:MAX_QUOTES]]

    def _is_answered(self, library: Library, question: str) -> bool:
        """Whether the articles answer a question; kept, as the same few are asked again and again."""
        key = (question, library.state)
        if len(self._answered) > _REMEMBERED:
            self._answered.clear()
        if key not in self._answered:
            self._answered[key] = is_answered(find(library, question))
        return self._answered[key]

    def _follow_ups(self, library: Library, message: Message, found: Sequence[Found], draft: Draft) -> tuple[str, ...]:
        if not found:
            return STARTERS[:3]
        answers = functools.partial(self._is_answered, library)
        return follow_ups(message.asked, found[0].passages, draft.passages, answers)

    def _writer(self) -> Writer | None:
        if self._chat is None:
            return None
        from advisor.written.writer import Writer  # and with it LangChain's prompts, which quote mode can do without

        return Writer(self._chat, self._verifier)

    @functools.cached_property
    def _verifier(self) -> Verifier:
        from advisor.verify.verifier import Verifier

        return Verifier(self.library.embedder)


def _open_chat(model: str | BaseChatModel | None, settings: Settings) -> Chat | None:
    """The chat model to write with; None for quote mode."""
    if (model is None or isinstance(model, str)) and settings.model in (None, "quote"):
        return None
    from advisor.models.chat import Chat
    from advisor.models.providers import open_model

    return Chat(open_model(settings) if model is None or isinstance(model, str) else model, settings)


@functools.cache
def default_advisor() -> Advisor:
    """One advisor for the process, over the library that the environment names."""
    return Advisor()


def ask(
    question: str,
    history: Sequence[Any] = (),
    profile: str | None = None,
    *,
    sources: Collection[str] | None = None,
    since: str | None = None,
) -> Answer:
    """Answer one question from the default library, which is opened once per process; see `Advisor.stream`."""
    return default_advisor().ask(question, history, profile, sources=sources, since=since)
