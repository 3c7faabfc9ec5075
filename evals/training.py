"""The tuning cases and the training questions go in; one list of examples to fit on comes out.

`training/answered.jsonl` holds questions with the sentences that answer them, by their beginnings;
`training/unanswered.jsonl` questions that no article answers, or only half of. Held-out cases are never among them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from corpus import Article
from evals.case import Case, CaseError

TRAINING = Path(__file__).parent / "training"
Place = tuple[str, int]  # article id, start of a sentence


@dataclasses.dataclass(frozen=True)
class Example:
    """A question, the sentences that answer it, and whether all of it is answered (None: half of it)."""

    id: str
    question: str
    history: tuple[tuple[str, str], ...]
    profile: str | None
    gold: frozenset[Place]
    answered: bool | None
    is_case: bool  # one of the tuning cases

    @property
    def fold(self) -> str:
        """Who wrote it: what is fitted with cross-validation leaves one writer out at a time."""
        return self.id.partition("-")[0]


def load_examples(articles: Sequence[Article], cases: Sequence[Case]) -> list[Example]:
    """All examples. Raises CaseError at a line whose sentences are not in the articles."""
    return [*_of_cases(articles, cases), *_of_files(articles)]


def _of_cases(articles: Sequence[Article], cases: Sequence[Case]) -> Iterator[Example]:
    for case in cases:
        if case.held_out or case.edits:
            continue
        quotes = [quote for group in case.gold for quote in group]
        gold = frozenset(
            (article.id, sentence.start)
            for article in articles
            for sentence in article.sentences()
            if any(quote in sentence.text or sentence.text in quote for quote in quotes)
        )
        answered = None if case.status == ("partial",) else case.answerable
        yield Example(case.id, case.question, case.history, case.profile, gold, answered, is_case=True)


def _of_files(articles: Sequence[Article]) -> Iterator[Example]:
    starts = {sentence.text: (article.id, sentence.start) for article in articles for sentence in article.sentences()}
    for name in ("answered", "unanswered"):
        lines = (TRAINING / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            fields = json.loads(line)
            gold = frozenset(_place(begins, starts, f"{name}.jsonl:{number}") for begins in fields["gold"])
            answered = True if name == "answered" else None if gold else False
            yield Example(fields["id"], fields["question"], (), None, gold, answered, is_case=False)


def _place(begins: str, starts: Mapping[str, Place], where: str) -> Place:
    found = [place for text, place in starts.items() if text.startswith(begins)]
    if len(found) != 1:
        raise CaseError(f"{where}: gold: {len(found)} sentences begin with “{begins}”; write more of it, or less")
    return found[0]
