"""A question, its history and a profile go in; events, and last the Answer, come out: the order of the steps."""

from __future__ import annotations

import copy
import dataclasses
import functools
import logging
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from advisor.answer import Answer, Event, Status
from advisor.answering.compose import NO_TABLE, TOO_MANY, UNWRITTEN, failed_text
from advisor.answering.draft import Draft
from advisor.answering.inquiries import about
from advisor.answering.quoted import quoted
from advisor.answering.replies import replied
from advisor.answering.suggest import follow_ups
from advisor.errors import ModelError, QuestionError
from advisor.find.choose import MOST as MOST_QUOTES
from advisor.find.find import Finder, Found, best_passages, spelled
from advisor.find.reader import open_reader
from advisor.question.boundary import boundary
from advisor.question.condense import condense
from advisor.question.inputs import Message, Query, read_message
from advisor.question.parts import MOST
from advisor.question.talk import read_talk, resumed
from advisor.settings import Settings, load_settings
from corpus import Library, Passage, ScopeError, StoreError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig

    from advisor.models.chat import Chat
    from advisor.verify.verifier import Verifier
    from advisor.written.writer import Writer

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Told:
    """What a draft was made of."""

    status: Status
    standalone: str
    found: Sequence[Found] = ()
    mode: str = "quote"


class Advisor:
    """Answers questions from one library. Safe to share by threads."""

    def __init__(self, model: str | BaseChatModel | None = None, *, library: Library | None = None) -> None:
        """An advisor whose answers `model` writes: "provider:name", a ready chat model, or None for ADVISOR_MODEL's.

        Where that is not set, or `model` is "quote", answers are quotes. `library` defaults to the one that the
        environment names. Raises ModelError for a model that cannot be opened, SettingsError for a bad setting.
        """
        self.library = library or Library.open()
        settings = load_settings(model if isinstance(model, str) else None)
        self._chat = _open_chat(model, settings)
        self._finder = Finder(open_reader(settings.reranker_model))
        self.mode = self._chat.label if self._chat else "quote"
        self._is_prepared = False

    def writing_with(self, chat: Chat | None) -> Advisor:
        """The same over the same library, but that `chat` writes; None for quote mode."""
        other = copy.copy(self)
        other._chat, other.mode = chat, chat.label if chat else "quote"
        return other

    @property
    def model_url(self) -> str | None:
        """The address of the server of one's own that writes; None where there is none."""
        return self._chat.settings.model_url if self._chat else None

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
        beyond: bool = False,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Answer one question; see `stream`, whose last item this is."""
        *_, answer = self.stream(question, history, profile, sources=sources, since=since, beyond=beyond, config=config)
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
        beyond: bool = False,
        config: RunnableConfig | None = None,
    ) -> Iterator[Event]:
        """Yield each checked sentence as it is ready, and last the Answer that holds them all.

        `history` is the turns before, oldest first, as ("user" | "assistant", text); `profile` says who asks. Only the
        articles with the ids `sources`, and those published on the day `since` (YYYY-MM-DD) or later, count where
        these are given. With `beyond` a chat model also says what it knows itself, apart and unchecked
        (`Answer.beyond`). `config` is LangChain's: its callbacks hear of every call to the chat model. Raises
        QuestionError for a question that is empty or too long, for an unknown id or a date that is none; CorpusError
        for a broken library. A chat model that fails raises nothing: the answer is then in the articles' words, and
        says so.
        """
        started = time.perf_counter()
        message = read_message(question, history, profile)
        self._prepare_once()
        message, library = about(message, self._limited(sources, since))
        draft, writer = Draft(library), self._writer(config)
        told = yield from self._tell(draft, message, writer)
        has_more = beyond and writer and told.mode == writer.label  # of what is off the topic, nothing
        further = writer.further(message, told.standalone, draft.text) if writer and has_more else None
        yield Answer(
            question=message.asked,
            standalone_question=told.standalone,
            text=draft.text,
            status=told.status,
            citations=tuple(draft.citations),
            claims=tuple(draft.claims),
            withheld=tuple(draft.withheld),
            disagreements=tuple(draft.disagreements),
            follow_ups=follow_ups(library, message, best_passages(told.found), draft.passages),
            mode=told.mode,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            fingerprint=self.library.fingerprint,
            usage=writer.usage if writer else None,
            table=draft.table,
            beyond=further,
        )

    def go_beyond(self, answer: Answer, history: Sequence[Any] = (), profile: str | None = None) -> Answer:
        """A written answer with what the model knows of its question itself, apart and unchecked: `Answer.beyond`.

        The answer as it is where no model writes, where it fails, and of what is off the topic. Raises QuestionError.
        """
        message, writer = read_message(answer.question, history, profile), self._writer(None)
        if writer is None or read_talk(message) or boundary(message.asked, lambda: ""):
            return answer
        found = self._find_all(self.library, message.queries()[:MOST])
        if not any(one.coverage.may_be_on_topic for one in found):
            return answer
        return dataclasses.replace(answer, beyond=writer.further(message, answer.standalone_question, answer.text))

    def _tell(self, draft: Draft, message: Message, writer: Writer | None) -> Generator[Event, None, _Told]:
        """Draft the answer: a reply of our own, what the chat model writes, or the articles' own words."""
        search = functools.partial(self._find_all, draft.library)
        read = writer.understand_foreign(message) if writer else None
        if read and read.is_foreign:
            message = dataclasses.replace(message, asked=read.question)
        talk = read_talk(message)
        status = yield from replied(draft, message, talk)
        if status:
            return _Told(status, message.asked)
        if writer:
            from advisor.written.look_up import written  # LangChain's prompts, which quote mode can do without

            try:
                return _Told(*(yield from written(draft, message, writer, read, search)))
            except ModelError as exc:
                yield from draft.restart(failed_text(str(exc)), failed_text(UNWRITTEN))
        asked = resumed(message, talk)
        queries = asked.queries()
        found = search(queries[:MOST])
        said = "" if talk in ("shorter", "table") else "\n".join(message.said)
        status = yield from quoted(draft, found, said, 1 if talk == "shorter" else MOST_QUOTES)
        if talk == "table" and draft.table is None:
            yield from draft.notice(NO_TABLE)
        if len(queries) > MOST:
            yield from draft.notice(TOO_MANY)
        return _Told(status, spelled(condense(asked.asked, asked.turns), found), found)

    def as_runnable(self) -> Runnable[Any, Answer]:
        """The same as a step of any LangChain chain, from a question to its Answer; see `advisor.runnable`."""
        from advisor.runnable import as_runnable  # and with it LangChain, which plain asking can do without

        return as_runnable(self)

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

        Of a message with several questions, the best of each first. Raises as `stream` does, and QuestionError for a
        `k` that is no whole number from 1.
        """
        if not isinstance(k, int) or k < 1:
            raise QuestionError(f"k is {k!r}; pass how many passages, a whole number from 1.")
        message, library = about(read_message(question, history, profile), self._limited(sources, since))
        return best_passages(self._find_all(library, message.queries()[:MOST]))[:k]

    def topics(self) -> dict[str, tuple[str, ...]]:
        """What can be asked, by what it is about: questions noted beside the articles, or made of their headings."""
        self._prepare_once()
        return dict(self.library.about().topics)

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

    def _find_all(self, library: Library, queries: Sequence[Query]) -> list[Found]:
        self._prepare_once()
        try:
            return self._finder.find(library, queries)
        except StoreError:  # the index was deleted or damaged since: make it good, then ask again
            self.prepare(_log.warning)
            return self._finder.find(library, queries)

    def _writer(self, config: RunnableConfig | None) -> Writer | None:
        if self._chat is None:
            return None
        from advisor.written.writer import Writer  # and with it LangChain's prompts, which quote mode can do without

        return Writer(self._chat, self._verifier, config)

    @functools.cached_property
    def _verifier(self) -> Verifier:
        from advisor.verify.verifier import Verifier

        return Verifier(self.library.embedder, names=lambda: self.library.about().names)


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
    beyond: bool = False,
) -> Answer:
    """Answer one question from the default library, which is opened once per process; see `Advisor.stream`."""
    return default_advisor().ask(question, history, profile, sources=sources, since=since, beyond=beyond)
