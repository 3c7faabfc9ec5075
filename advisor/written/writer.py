"""What was found for a question goes in; sentences by a chat model come out, each checked before it is shown."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Generator, Iterator, Sequence

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.answer import Event, Status, Usage
from advisor.answering.compose import gap_in
from advisor.answering.draft import Draft
from advisor.answering.quoted import closed, points_in
from advisor.errors import ModelError
from advisor.find.find import Found, best_passages
from advisor.models.chat import Calls, Chat
from advisor.question.inputs import Message
from advisor.verify.lines import GOES_ON
from advisor.verify.verifier import Verdict, Verifier
from advisor.written.attribution import Attribution, attribute
from advisor.written.chain import condense_chain, document_of, write_chain
from advisor.written.second_reader import second_reader
from advisor.written.sentences import Written, sentences_of
from corpus import CorpusError, Passage

PASSAGES = 8  # given to the model, and up to MOST with those that hold the other side of a difference
MOST = 10
_READINGS = 8  # second ones of one answer, at most
_ENOUGH = 0.5  # share of the sentences that must be supported for a written answer to stand


class Writer:
    """One answer being written: its calls to the model, and what was counted of them."""

    def __init__(self, chat: Chat, verifier: Verifier, config: RunnableConfig | None = None) -> None:
        self.label = chat.label
        self._calls: Calls = chat.begin()
        self._verifier = verifier
        self._config = config  # of the caller's chain: its callbacks hear of every call
        self._second_reader = self._second if chat.settings.second_reader else None
        self._before: frozenset[tuple[str, ...]] | None = None  # the sections that bear out the sentence before
        self._unknown = self._repaired = self._refused = self._kept = self._readings = 0

    @property
    def usage(self) -> Usage | None:
        """What was used so far; None where the model was not called."""
        usage = dataclasses.replace(self._calls.usage, unknown_keys=self._unknown, repaired=self._repaired)
        return usage if usage.calls else None

    def condense(self, question: str, history: Sequence[tuple[str, str]]) -> str:
        """The question as it would be asked alone: the model's rewriting, if there is one that adds nothing."""
        return condense_chain(self._calls).invoke({"question": question, "history": history}, self._config)

    def write(
        self, draft: Draft, found: Sequence[Found], message: Message, question: str, is_answered: Callable[[str], bool]
    ) -> Generator[Event, None, Status]:
        """Stream the model's sentences into the draft, each once it is checked, then both sides of differences.

        `question` stands alone; `is_answered` tells whether the articles answer one: a gap that the model admits must
        be one. Raises ModelError when the model fails, or when too little of what it writes is supported.
        """
        covered = [one for one in found if one.coverage.is_covered]
        points = points_in(covered)
        sides = [side.passage for point in points for side in point.sides]
        passages = list(dict.fromkeys((*best_passages(covered)[:PASSAGES], *sides)))[:MOST]
        keyed = {f"p{number}": passage for number, passage in enumerate(passages, 1)}
        articles = {one.article: article for one in passages if (article := draft.article(one.article))}
        titles = {
            id_: f"{article.title} {article.publisher or ''} {article.author or ''}"
            for id_, article in articles.items()
        }
        documents = [document_of(passage, articles.get(passage.article)) for passage in passages]
        chain = write_chain(self._calls, RunnableLambda(lambda question: documents))
        asked = {"question": question, "history": message.turns, "profile": message.about}
        has_gaps = len(covered) < len(found)
        with self._warming(passages):
            for written in _each_once(sentences_of(chain.stream(asked, self._config))):
                gap = gap_in(written.text, question)
                if gap is not None and not has_gaps:
                    yield from self._admit(draft, written, not is_answered(gap))
                elif gap is None:
                    self._unknown += sum(key not in keyed for key in written.keys)
                    result = attribute(written, keyed, self._verifier, titles, self._second_reader)
                    result = self._standing(written, result)
                    self._count(written, result)
                    yield from draft.written(written.text, result.verdict, result.quotes, written.opens_paragraph)
        if not self._kept or self._kept < _ENOUGH * (self._kept + self._refused):
            raise ModelError(f"Too little of what {self.label} wrote is stated by the articles")
        return (yield from closed(draft, found, points))

    @contextlib.contextmanager
    def _warming(self, passages: Sequence[Passage]) -> Iterator[None]:
        """The verifier is made ready for these passages while the model thinks of its first word."""
        warming = threading.Thread(target=self._prepare, args=(passages,), daemon=True)
        warming.start()
        try:
            yield
        finally:
            warming.join()  # a thread that is left to run native code at the interpreter's end aborts it

    def _prepare(self, passages: Sequence[Passage]) -> None:
        with contextlib.suppress(ModelError, CorpusError):  # what goes wrong goes wrong again, and is told, at its use
            self._verifier.prepare(passages)

    def _admit(self, draft: Draft, written: Written, is_gap: bool) -> Iterator[Event]:
        if is_gap:
            yield from draft.notice(written.text, "\n\n" if draft.text else "")
        else:
            reason = "it says that the articles are silent on this, but they are not"
            yield from draft.withhold(written.text, Verdict(False, 0.0, reason))

    def _standing(self, written: Written, found: Attribution) -> Attribution:
        """A sentence that leans on the one before ("They ...") must be borne out by a section that bears out that one.

        Else it would be read as being about whatever the sentence shown before it is about.
        """
        passages = [quote.passage for quote in found.quotes]
        before, self._before = self._before, frozenset((one.article, *one.headings) for one in passages)
        leans = GOES_ON.match(written.text) and before is not None and not before & self._before
        if not found.verdict.supported or not leans:
            return found
        self._before = frozenset()
        reason = "it leans on a sentence that is not shown, or is about something else"
        return dataclasses.replace(found, verdict=Verdict(False, 0.0, reason), quotes=())

    def _second(self, claim: str, passages: Sequence[Passage]) -> bool:
        """A second reading; after a few of them the verifier's own word must do, so that the reader does not wait."""
        self._readings += 1
        return self._readings <= _READINGS and second_reader(self._calls, claim, passages, self._config)

    def _count(self, written: Written, found: Attribution) -> None:
        self._repaired += found.is_repaired
        self._kept += found.verdict.supported
        is_whole = written.text[-1:] in ".!”\"’')"  # the rest of a reply that was cut off is nobody's fault
        self._refused += written.states and is_whole and not found.verdict.supported


def _each_once(sentences: Iterator[Written]) -> Iterator[Written]:
    """The sentences without those that a model which goes in circles repeats."""
    said = set[str]()
    for written in sentences:
        if written.text not in said:
            said.add(written.text)
            yield written
