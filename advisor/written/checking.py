"""A written sentence goes in; what checking it says comes out, of one in doubt after a second reading.

Nothing is shown here: `advisor.written.writer` does, once nothing before a sentence waits any more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from langchain_core.runnables import RunnableConfig

from advisor.models.chat import Calls
from advisor.question.words import content, stems
from advisor.verify.names import strange_name
from advisor.verify.verifier import Verdict
from advisor.written.attribution import Attribution
from advisor.written.bearing import named
from advisor.written.gaps import Gap, read_gap
from advisor.written.placed import attributed
from advisor.written.scene import Scene
from advisor.written.second_reader import Doubt, Reread, read_again
from advisor.written.sentences import Written
from advisor.written.tables import InCell
from corpus import Passage

_STATED = "the second reader found it stated"
_DRAWN = "the second reader found that it follows from what it cites"
_NOT_STATED = "the second reader did not find it stated"
_UNREAD = "the second reader did not answer"
_SAID = 0.8  # share of its words, from which what is asked for once more was said before
Item = tuple[Written, Attribution | Gap]


class Checking:
    """The sentences of one answer being checked, and what was counted of them."""

    def __init__(self, calls: Calls, config: RunnableConfig | None, *, reads_again: bool) -> None:
        """`reads_again`: whether the model reads what is in doubt once more."""
        self._calls, self._config, self._reads_again = calls, config, reads_again
        self.cells = list[InCell]()
        self.unknown = self.denied = self.unread = self.readings = 0

    def items(self, scene: Scene, written: Written) -> Iterator[Item]:
        """A sentence with what checking it said: as a gap, as a statement, or as one after the other."""
        gap, stated = read_gap(written, scene.conversation, scene.held)
        if gap:
            yield written, gap
        if stated and not (scene.again and is_said(stated.text, scene.draft.text)):
            self.unknown += sum(key not in scene.keyed for key in stated.keys)
            self.cells += [stated] if isinstance(stated, InCell) else []
            yield stated, attributed(stated, scene)

    def waits(self, item: Item) -> bool:
        """Whether a sentence is in doubt, or may rest on what its paragraph goes on to cite."""
        return bool(_doubt_of(item) and self._reads_again) or _is_lead(item)

    def settle(self, scene: Scene, queue: list[Item]) -> None:
        """Have the sentences in doubt read again, in one call."""
        self._led(scene, queue)
        doubts = [n for n, item in enumerate(queue) if _doubt_of(item)] if self._reads_again else []
        if doubts:
            self.readings += 1
            asked = [Doubt(queue[n][0].text, _doubt_of(queue[n])) for n in doubts]
            said = read_again(self._calls, scene.reader, asked, scene.sources, self._config)
            for n, read in zip(doubts, said, strict=True):
                written, result = queue[n]
                assert isinstance(result, Attribution)
                queue[n] = written, self._decided(written, result, read, scene)

    def _led(self, scene: Scene, queue: list[Item]) -> None:
        """Read what cites nothing, such as a verdict, against what the sentences that follow it cite."""
        keys = tuple(dict.fromkeys(key for written, _ in queue for key in written.keys))
        for n, item in enumerate(queue if keys else ()):
            if _is_lead(item):
                led = dataclasses.replace(item[0], keys=keys)
                queue[n] = item[0], dataclasses.replace(attributed(led, scene), is_repaired=False)

    def _decided(self, written: Written, result: Attribution, read: Reread | None, scene: Scene) -> Attribution:
        """What a second reading makes of a sentence: where there was none, the verifier's own word stands.

        No conclusion names what neither the passages nor the conversation do, or fills a table's cell.
        """
        verdict = result.verdict
        if read is None:
            self.unread += 1
            return dataclasses.replace(
                result, verdict=dataclasses.replace(verdict, reason=f"{verdict.reason}; {_UNREAD}")
            )
        quotes = named(read.words, result.doubt)
        is_strange = read.is_conclusion and (
            isinstance(written, InCell) or strange_name(written.text, f"{scene.held} {scene.conversation}")
        )
        if quotes and not is_strange and not any(quote.gives_orders for quote in quotes):
            held = Verdict(True, verdict.score, _DRAWN if read.is_conclusion else _STATED)
            return dataclasses.replace(
                result, verdict=held, quotes=quotes, is_read=True, is_conclusion=read.is_conclusion
            )
        if read.words and not quotes and not read.is_conclusion:  # who published it, and what they sell
            return dataclasses.replace(result, verdict=Verdict(True, verdict.score, _STATED), is_of_publisher=True)
        self.denied += 1
        reason = _NOT_STATED if verdict.supported else f"{verdict.reason}; {_NOT_STATED}"
        return dataclasses.replace(result, verdict=Verdict(False, verdict.score, reason), quotes=())


def _is_lead(item: Item) -> bool:
    """Whether a sentence cites nothing and was not found stated without doubt."""
    written, result = item
    return isinstance(result, Attribution) and not written.keys and bool(result.doubt or not result.verdict.supported)


def _doubt_of(item: Item) -> tuple[Passage, ...]:
    """The passages in which a second reader had better look for a sentence."""
    return item[1].doubt if isinstance(item[1], Attribution) else ()


def is_said(text: str, said: str) -> bool:
    """Whether a text has nearly all the words of a sentence."""
    words = content(text)
    return len(words & stems(said)) > _SAID * len(words)
