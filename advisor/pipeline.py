"""A question, its history and a profile go in; events, and last the Answer, come out: the order of the steps."""

from __future__ import annotations

import dataclasses
import functools
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from advisor.answer import Answer, Event, Status
from advisor.boundary import boundary, off_topic
from advisor.compose import NEAREST, NONE_NEAR, STARTERS, TOO_MANY, follow_ups, missing_text
from advisor.condense import condense
from advisor.coverage import Coverage, cover
from advisor.disagree import MAX_POINTS, Point, points_of
from advisor.draft import Draft
from advisor.errors import AdvisorError
from advisor.inputs import check_history, check_profile, check_question
from advisor.question import parts, read_question
from advisor.quote import MAX_QUOTES, Quote, choose, nearest
from advisor.rank import rank
from advisor.retrieve import retrieve
from corpus import Library, Passage, StoreError

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Found:
    """What retrieval and the gate made of one question of a message."""

    passages: tuple[Passage, ...]  # best first
    quotes: list[Quote]
    nearest: Quote | None
    points: list[Point]
    coverage: Coverage


class Advisor:
    """Answers questions from one library. Safe to share by threads."""

    def __init__(self, model: None = None, *, library: Library | None = None) -> None:
        """An advisor in quote mode; `library` defaults to the one that the environment names."""
        if model is not None:
            raise AdvisorError("Written mode is not there yet; leave out the model, and answers are quotes.")
        self.library = library or Library.open()
        self.mode = "quote"
        self._is_prepared = False

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
        Raises QuestionError for a question that is empty or too long, CorpusError for a broken library.
        """
        started = time.perf_counter()
        asked, standalone, asking, context = read_message(question, history, profile)
        draft = Draft(self.library)
        limit = boundary(asked)
        if limit:
            status, text = limit
            yield from draft.notice(text)
            suggestions: tuple[str, ...] = STARTERS[:3]
        else:
            found = self._find_all(asking[:MAX_QUOTES], context)
            status = yield from self._write(draft, found)
            if len(asking) > MAX_QUOTES:
                yield from draft.notice(TOO_MANY)
            suggestions = follow_ups(found[0].passages, draft.passages) if status != "off_topic" else STARTERS[:3]
        yield Answer(
            question=asked,
            standalone_question=standalone,
            text=draft.text,
            status=status,
            citations=tuple(draft.citations),
            claims=tuple(draft.claims),
            withheld=tuple(draft.withheld),
            disagreements=tuple(draft.disagreements),
            follow_ups=suggestions,
            mode=self.mode,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            fingerprint=self.library.fingerprint,
        )

    def retrieve(
        self, question: str, history: Sequence[Any] = (), profile: str | None = None, k: int = 8
    ) -> list[Passage]:
        """The k passages that an answer would be drawn from, best first: each counts by its best sentence.

        Of a message with several questions, the best of each first. Raises as `stream` does.
        """
        _, _, asking, context = read_message(question, history, profile)
        columns = zip_longest(*(found.passages for found in self._find_all(asking[:MAX_QUOTES], context)))
        return list(dict.fromkeys(passage for row in columns for passage in row if passage))[:k]

    def _find_all(self, asking: list[str], context: str) -> list[Found]:
        if not self._is_prepared:
            self.prepare(_log.warning)
        try:
            return [self._find(part, context) for part in asking]
        except StoreError:  # the index was deleted or damaged since: make it good, then ask again
            self.prepare(_log.warning)
            return [self._find(part, context) for part in asking]

    def _find(self, text: str, context: str) -> Found:
        question = read_question(text, self.library.frequencies, context)
        vector = self.library.embedder.encode_query(question.text)
        hits = retrieve(self.library, question, vector=vector)
        ranked = rank(question, hits, self.library.passage_count())
        passages = tuple(dict.fromkeys(one.passage for one in ranked))
        return Found(
            passages=passages,
            quotes=choose(question, ranked),
            nearest=nearest(question, ranked),
            points=points_of(self.library, question, ranked, vector),
            coverage=cover(question, ranked, vector),
        )

    def _write(self, draft: Draft, found: list[Found]) -> Generator[Event, None, Status]:
        covered = [one for one in found if one.coverage.covered]
        missing = [phrase for one in found for phrase in one.coverage.missing]
        if covered:
            points = {point.topic: point for one in covered for point in one.points}
            room = MAX_QUOTES + 1 - max(1, min(len(points), MAX_POINTS))  # a point may bring a quote of its own
            for one in covered[:MAX_QUOTES]:
                yield from draft.quotes(one.quotes[: max(1, room // len(covered))])
            for point in list(points.values())[:MAX_POINTS]:
                yield from draft.disagreement(point.topic, point.kind, point.sides)
            named = [p for one in found if _is_gap(one.coverage) for p in one.coverage.missing]
            if named:
                yield from draft.notice(missing_text(named))
            return "partial" if named else "answered"
        if not any(one.coverage.on_topic for one in found):
            yield from draft.notice(off_topic())
            return "off_topic"
        near = [one.nearest for one in found if one.nearest][:1]
        yield from draft.notice(missing_text(missing) + (f" {NEAREST}" if near else f" {NONE_NEAR}"))
        yield from draft.quotes(near)
        return "not_covered"


def read_message(question: Any, history: Any, profile: Any) -> tuple[str, str, list[str], str]:
    """The question, the same standing alone, the questions in it, and what is known beside it."""
    asked, turns, about = check_question(question), check_history(history), check_profile(profile)
    standalone = condense(asked, turns)
    context = standalone.removesuffix(asked) if standalone.endswith(asked) else ""
    return asked, standalone, parts(standalone.removeprefix(context)), f"{about} {context}".strip()


def _is_gap(coverage: Coverage) -> bool:
    """Whether a part that is not covered is worth naming: a particular, or something else altogether."""
    return bool(coverage.missing) and (coverage.particular or not coverage.on_topic)


@functools.cache
def default_advisor() -> Advisor:
    """One advisor for the process, over the library that the environment names."""
    return Advisor()


def ask(question: str, history: Sequence[Any] = (), profile: str | None = None) -> Answer:
    """Answer one question from the default library, which is opened once per process."""
    return default_advisor().ask(question, history, profile)
