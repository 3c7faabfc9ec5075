"""What was found for a question goes in; sentences by a chat model come out, each checked before it is shown."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.answer import Event, Status, Usage
from advisor.answering.draft import Draft
from advisor.answering.quoted import points_in
from advisor.errors import ModelError
from advisor.find.find import Found, best_passages
from advisor.models.chat import Calls, Chat
from advisor.question.inputs import Message
from advisor.question.talk import read_talk
from advisor.verify.lines import GOES_ON
from advisor.verify.verifier import Verdict, Verifier
from advisor.written.attribution import Attribution
from advisor.written.chain import write_chain
from advisor.written.checking import Checking, Item, is_said
from advisor.written.gaps import Gap
from advisor.written.language import speaking
from advisor.written.prompts import FURTHER
from advisor.written.scene import Scene
from advisor.written.sentences import Written, lines_of, sentences_of
from advisor.written.tables import table_of, tabled
from advisor.written.told import without_opener
from advisor.written.understand import Understood, may_be_foreign, understand_chain
from corpus import Passage

PASSAGES = 12  # given to the model, and up to MOST with those that hold the other side of a difference
MOST = 14
_LEANS = "it leans on a sentence that is not shown, or is about something else"
_COVERED = "it says that the articles are silent on this, but they are not"
_ANSWERED = 0.85  # likelihood that the articles answer what a model that has read it says they do not
_FURTHER_PASSAGES = 4  # of PASSAGES, for what was searched for beside the question
_FURTHER_TOKENS = 300  # for what the model knows itself


class Writer:
    """One answer being written: its calls to the model, and what was counted of them."""

    def __init__(self, chat: Chat, verifier: Verifier, config: RunnableConfig | None = None) -> None:
        self.label = chat.label
        self._calls: Calls = chat.begin()
        self._verifier = verifier
        self._look: Callable[[str], Found] | None = None  # none: what the model says is its last word
        self._config = config  # of the caller's chain: its callbacks hear of every call
        self._checking = Checking(self._calls, config, reads_again=chat.settings.second_reader)
        self._before: frozenset[tuple[str, ...]] | None = None  # the sections that bear out the sentence before
        self._silent = list[tuple[Gap, Found]]()  # gaps that the reader finds answered
        self._leaning = list[str]()  # sentences that lean on what is not shown
        self._lost = ""  # the sentence that it began with, and that does not hold
        self._left = list[Item]()  # what follows that, as far as it was read
        self._is_anew = False  # it was begun once more
        self._looked = list[str]()  # what the model was given the passages on, having said that they do not say it
        self._repaired = self._gaps = 0

    @property
    def usage(self) -> Usage | None:
        """What was used so far; None where the model was not called."""
        read = self._checking
        counts = {
            "unknown_keys": read.unknown,
            "repaired": self._repaired,
            "denied": read.denied,
            "unread": read.unread,
        }
        usage = dataclasses.replace(self._calls.usage, **counts)
        return usage if usage.calls else None

    def understand(self, message: Message) -> Understood:
        """How the model reads a message: alone, in English, and what else to look up; without it where it fails."""
        return understand_chain(self._calls).invoke({"question": message.asked, "history": message.turns}, self._config)

    def understand_foreign(self, message: Message) -> Understood | None:
        """The same of a message that may not be in English; None for any other."""
        return self.understand(message) if may_be_foreign(message.asked) and not read_talk(message) else None

    def speak(self, language: str, events: Iterator[Event], draft: Draft) -> Generator[Event, None, Status]:
        """An answer's events in another language; see `advisor.written.language`."""
        return speaking(language, events, draft, self._calls, self._config)

    def write(
        self,
        draft: Draft,
        found: Sequence[Found],
        more: Sequence[Found],
        message: Message,
        question: str,
        look: Callable[[str], Found],
    ) -> Generator[Event, None, Status]:
        """Stream the model's sentences into the draft, each once it is checked.

        `question` stands alone, `more` is what further searches found; `look` finds what the library holds on what the
        model says it does not. Raises ModelError when the model fails, or when nothing of what it writes holds.
        """
        points = points_in([one for one in (*found, *more) if one.coverage.is_covered])
        sides = [side.passage for point in points for side in point.sides]
        passages = list(dict.fromkeys((*_merged(found, more)[:PASSAGES], *sides)))[:MOST]
        scene = Scene(question, message, passages, draft, self._verifier, points)
        self._look = look
        with ThreadPoolExecutor(1) as meanwhile:  # it is made ready while the model thinks of its first word
            meanwhile.submit(self._verifier.prepare, passages)  # what goes wrong there is told at its use
            yield from self._round(scene)
        begun = [gap for gap, _ in self._silent] if self._begins_wrong(draft) else []
        if self._begins_wrong(draft):
            yield from self._begin_anew(scene)
        if self._silent or self._leaning:
            yield from self._once_more(scene)
        for gap in begun:
            if not is_said(gap.what, draft.text):
                yield from draft.withhold(gap.text, Verdict(False, 0.0, _COVERED))
        draft.keep(table_of(self._checking.cells, draft.claims, f"{message.asked} {question}"))
        for point in points:
            draft.drawn(point)
        if not draft.claims and not self._gaps:
            raise ModelError(f"Nothing of what {self.label} wrote is stated by the articles")
        return "answered" if not self._gaps else "partial" if draft.claims else "not_covered"

    def further(self, message: Message, question: str, answer: str) -> str | None:
        """What the model knows of a question itself, unchecked, in plain paragraphs; None where it fails."""
        asked = {"question": question, "history": message.turns, "profile": message.about, "answer": answer}
        chain = FURTHER | RunnableLambda(self._calls.stream).bind(max_tokens=_FURTHER_TOKENS)
        with contextlib.suppress(ModelError):
            paragraphs = re.split(r"\n\s*\n", chain.invoke(asked, self._config))
            told = (" ".join(one.text for one in sentences_of([text])) for text in paragraphs)
            return "\n\n".join(filter(None, told)) or None
        return None

    def _round(self, scene: Scene) -> Iterator[Event]:
        """Check what the model writes of a scene, and show what holds."""
        chain = write_chain(self._calls, RunnableLambda(lambda question: scene.documents))
        queue = list[Item]()  # from the first sentence that waits on, so that the order stays
        for written in _each_once(tabled(lines_of(chain.stream(scene.asked, self._config)))):
            if written.opens_paragraph and not scene.draft.text and not self._checking.readings:
                self._checking.settle(scene, queue)
                yield from self._shown(scene, queue)  # the verdict had better not wait for all that follows it
            if self._begins_wrong(scene.draft):
                self._left += self._checking.items(scene, written)
                continue
            queue += self._checking.items(scene, written)
            if not any(map(self._checking.waits, queue)):
                yield from self._shown(scene, queue)
        self._checking.settle(scene, queue)
        yield from self._shown(scene, queue)

    def _begins_wrong(self, draft: Draft) -> bool:
        """Whether an answer begins with what does not hold, or a gap that is none: what follows answers something else.

        It is begun anew, once.
        """
        return not self._is_anew and not draft.text and bool(self._silent or self._lost)

    def _begin_anew(self, scene: Scene) -> Iterator[Event]:
        """Have it answered from the beginning, with the passages on what was said to be a gap.

        What held of the first answer is shown where nothing comes of the second.
        """
        silent, self._silent, self._before, self._is_anew = self._silent, [], None, True
        self._looked, self._leaning, self._checking.readings = [gap.what for gap, _ in silent], [], 0
        more = best_passages([found for _, found in silent])[: PASSAGES // 2]
        passages = list(dict.fromkeys((*more, *scene.passages)))[:MOST]
        left, failed = self._left, None
        try:
            was_silent = silent[0][0].text if silent else ""
            anew = dataclasses.replace(scene, passages=passages, lost=self._lost, silent=was_silent)
            yield from self._round(anew)
        except ModelError as exc:
            if scene.draft.text:
                raise
            failed = exc
        if not scene.draft.claims:
            self._checking.settle(scene, left)
            yield from self._shown(scene, left)
        if failed and not scene.draft.claims:
            raise failed

    def _shown(self, scene: Scene, queue: list[Item]) -> Iterator[Event]:
        """Show what holds of a queue, and empty it."""
        draft = scene.draft
        for number, (written, result) in enumerate(queue):
            if self._begins_wrong(draft):
                self._left += queue[number:]
                break
            if isinstance(result, Gap):
                yield from self._admit(scene, result)
                continue
            result = result if result.is_of_publisher else self._standing(written, result)
            self._repaired += result.is_repaired and result.verdict.supported
            text = written.text if result.is_read else without_opener(written.text)
            if result.is_of_publisher:
                yield from draft.notice(text, " " if draft.text and not written.opens_paragraph else "")
            elif text not in {claim.text for claim in draft.claims}:
                form = written.opens_paragraph, written.item, written.line
                yield from draft.written(text, result.verdict, result.quotes, *form, result.is_conclusion)
            if not draft.text and written.keys:  # what cites nothing may announce, or head, what follows
                self._lost = self._lost or text
        queue.clear()

    def _admit(self, scene: Scene, gap: Gap) -> Iterator[Event]:
        """A gap stands where the reader finds nothing that answers it, or the model has looked again.

        So it does where the best that is found is among what the model was given, and may or may not answer.
        """
        is_last_word = any(is_said(gap.what, one) and is_said(one, gap.what) for one in self._looked)
        found = self._look(gap.what) if self._look and not is_last_word else None
        is_new = found and found.passages and found.passages[0] not in scene.passages
        if found and found.coverage.is_covered and (is_new or found.coverage.probability >= _ANSWERED):
            self._silent.append((gap, found))
            self._before = frozenset()  # what leans on it, leans on what is not shown
        else:
            self._gaps += 1
            yield from scene.draft.notice(gap.text)

    def _once_more(self, scene: Scene) -> Iterator[Event]:
        """Give the model the passages on what it said they do not say, and the sentences that need one not shown."""
        again = [
            f"You wrote: “{gap.text}” Say what these passages say of it; or write that again."
            for gap, _ in self._silent
        ]
        again += [
            f"You wrote: “{text}” Write it again so that it names what or whom it is about." for text in self._leaning
        ]
        more = best_passages([found for _, found in self._silent])[: PASSAGES // 2]
        passages = list(dict.fromkeys((*more, *scene.passages)))[:MOST]
        once_more = dataclasses.replace(scene, passages=passages, points=(), again=again)
        silent, self._silent, self._leaning, self._before = self._silent, [], [], None
        gaps, self._look = self._gaps, None
        with contextlib.suppress(ModelError):  # what was shown holds without it
            yield from self._round(once_more)
        for gap, _ in silent if self._gaps == gaps else ():  # else it has been said again, in these words or others
            yield from scene.draft.withhold(gap.text, Verdict(False, 0.0, _COVERED))

    def _standing(self, written: Written, found: Attribution) -> Attribution:
        """A sentence that leans on the one before ("They ...") must be borne out by a section that bears out that one.

        Else it would be read as being about whatever the sentence shown before it is about; it is asked for again.
        """
        sections = frozenset((one.passage.article, *one.passage.headings) for one in found.quotes)
        before, self._before = self._before, sections if found.verdict.supported else frozenset()
        if not found.verdict.supported or not GOES_ON.match(written.text) or before is None or before & sections:
            return found
        self._before = frozenset()
        if self._look:
            self._leaning.append(written.text)
        return dataclasses.replace(found, verdict=Verdict(False, 0.0, _LEANS), quotes=())


def _merged(found: Sequence[Found], more: Sequence[Found]) -> list[Passage]:
    """The best passages for the question, and from the first on some of further searches."""
    main, others = best_passages(found), best_passages(more)
    return list(dict.fromkeys((*main[: PASSAGES - _FURTHER_PASSAGES], *others[:_FURTHER_PASSAGES], *main)))


def _each_once(sentences: Iterator[Written]) -> Iterator[Written]:
    """The sentences without those that a model which goes in circles repeats."""
    said = set[str]()
    for written in sentences:
        if written.text not in said:
            said.add(written.text)
            yield written
