"""One case as it was asked: the values that every scorer reads."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

from advisor import Answer
from corpus import Article
from evals.case import Case
from evals.judge import Judge, Judgement, judge
from evals.notes import by_note
from evals.statements import Evidence, Statement, evidence, statements

Span = tuple[str, int, int]  # article id, start, end
REFUSALS = ("not_covered", "off_topic")  # the statuses of an answer that declines


@dataclasses.dataclass(frozen=True)
class Claimed:
    """A statement, the evidence that it cites by number, and whether that supports it."""

    statement: Statement
    evidence: Mapping[int, Evidence]
    judgement: Judgement


@dataclasses.dataclass(frozen=True)
class Trial:
    """A case, its answer, and what the answer was made from."""

    case: Case
    answer: Answer
    articles: Mapping[str, Article]  # by id; the altered ones where the case has edits
    retrieved: tuple[Span, ...] | None = None  # passages, best first; None where the chain does not show them
    alone: Answer | None = None  # to the last turn of a conversation, asked without the turns before
    control: Answer | None = None  # to the same question over the articles as they are, where the case has edits
    second: Judge | None = None  # asked where the rules cannot tell
    before: tuple[Answer, ...] = ()  # to the turns before, where the case is a turn of a conversation

    @functools.cached_property
    def claims(self) -> list[Claimed]:
        """The statements that claim something, each judged by what it cites."""
        cited = [(s, evidence(s, self.answer, self.articles)) for s in statements(self.answer) if s.is_claim]
        return [Claimed(s, found, self.judge(s, found.values())) for s, found in cited]

    @functools.cached_property
    def gold(self) -> tuple[tuple[Span, ...], ...]:
        """Where the gold quotes stand, by group."""
        return tuple(tuple(span for quote in group for span in self._places(quote)) for group in self.case.gold)

    def without_history(self) -> Trial:
        """The same case, with the answer to its last turn alone."""
        assert self.alone is not None
        return dataclasses.replace(self, answer=self.alone, alone=None)

    def judge(self, statement: Statement, found: Iterable[Evidence]) -> Judgement:
        """Judge one statement against some evidence."""
        shown = list(found)
        cited = {citation.article for citation in self.answer.citations if citation.number in statement.citations}
        names = {
            name for id_ in cited if (a := self.articles.get(id_)) for name in (a.publisher, a.author, a.title) if name
        }
        return by_note(statement.text, shown, names) or judge(statement.text, shown, self.second)

    def _places(self, quote: str) -> list[Span]:
        return [
            (article.id, start, start + len(quote))
            for article in self.articles.values()
            if (start := article.text.find(quote)) >= 0
        ]


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


@dataclasses.dataclass(frozen=True)
class Score:
    """One scorer's verdict on one trial: a value, or None where it does not apply or could not tell; with a reason.

    `undecided` counts the statements that could not be judged, where others of the same answer could.
    """

    value: float | None
    reason: str
    undecided: int = 0


Scorer = Callable[[Trial], Score]


def share(hits: Sequence[bool], what: str, missing: Sequence[object] = ()) -> Score:
    """The share of hits as a score, with what is missing as its reason."""
    reason = f"{sum(hits)} of {len(hits)} {what}"
    return Score(sum(hits) / len(hits), reason + (f"; not: {'; '.join(map(str, missing))}" if missing else ""))
