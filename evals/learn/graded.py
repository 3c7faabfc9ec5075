"""Graded questions and the libraries they were written over go in; what trains a model comes out.

`questions/<library>.jsonl` names sentences by file and offsets and holds no text of the libraries. Those in
`learn/libraries` were written for this project; the others are others': a folder with them is given (`--libraries`),
one folder of Markdown files a library. Questions of the kind "contrast" were written to one passage, which answers some
of them and only seems to answer the others; over that passage alone they are graded.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from advisor.question.inputs import Query
from corpus import Passage, chunk
from evals.case import CaseError
from evals.foreign import LEFT_OUT, QUESTIONS, TUNED_ON, folder_of, read_foreign

ARTICLES = Path(__file__).parents[2] / "corpus" / "articles"  # one library among the others
_LONG = 25  # words of a message from which it tells something before it asks, and is drawn apart from the short ones


@dataclasses.dataclass(frozen=True)
class Graded:
    """One question with the sentences that answer it, as numbers of `Texts.sentences`."""

    query: Query
    kind: str
    vital: frozenset[int]  # the answer stands or falls with these; none: the library does not answer
    welcome: frozenset[int]  # these add something on the question
    within: int | None = None  # number of the only passage that was graded: what others say on it is not known

    @property
    def is_long(self) -> bool:
        """Whether it is a message that tells something before it asks, or follows one."""
        return len(self.query.conversation.split()) >= _LONG


@dataclasses.dataclass(frozen=True)
class Texts:
    """The passages of one library, and every sentence as (number of the passage, index in it)."""

    name: str
    passages: tuple[Passage, ...]
    sentences: tuple[tuple[int, int], ...]
    questions: tuple[Graded, ...]

    @functools.cached_property
    def first(self) -> tuple[int, ...]:
        """For each passage the number of its first sentence."""
        return tuple(number for number, (_, index) in enumerate(self.sentences) if index == 0)


def load_libraries(folder: Path, *, left_out: tuple[str, ...] = LEFT_OUT + TUNED_ON) -> list[Texts]:
    """Every library there are questions on and a folder for, but those left out."""
    if not folder.is_dir():
        raise CaseError(f"--libraries: there is no folder {folder}")
    names = sorted(path.stem for path in QUESTIONS.glob("*.jsonl") if path.stem not in left_out)
    folders = {name: ARTICLES if name == "articles" else folder_of(name, folder) for name in names}
    return [load_library(name, place) for name, place in folders.items() if place.is_dir()]


def load_library(name: str, folder: Path) -> Texts:
    """One library and the questions on it."""
    articles = {path.name: read_foreign(path) for path in sorted(folder.glob("*.md"))}
    passages: list[Passage] = []
    sentences: list[tuple[int, int]] = []
    places: dict[tuple[str, int], int] = {}
    for file, article in articles.items():
        for passage in chunk(article):
            for index, sentence in enumerate(passage.sentences):
                places[file, sentence.start] = len(sentences)
                sentences.append((len(passages), index))
            passages.append(passage)
    questions = tuple(_graded(QUESTIONS / f"{name}.jsonl", places, sentences))
    return Texts(name, tuple(passages), tuple(sentences), questions)


def _graded(path: Path, places: dict[tuple[str, int], int], sentences: Sequence[tuple[int, int]]) -> Iterator[Graded]:
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        vital, welcome = (
            frozenset(places[name, start] for name, start, _ in fields[grade]) for grade in ("vital", "welcome")
        )
        query = Query(fields["question"], tuple(fields["before"])[-2:])
        passage = fields.get("passage")
        within = sentences[places[passage[0], passage[1]]][0] if passage else None
        yield Graded(query, fields["kind"], vital, welcome - vital, within)
