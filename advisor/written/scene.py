"""What was found for a question goes in; what a chat model is given to write from, and is held to, comes out."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from langchain_core.documents import Document

from advisor.answering.draft import Draft
from advisor.find.differences import Point
from advisor.find.told import known_by, teller
from advisor.question.inputs import Message
from advisor.question.lexicon import TABLE
from advisor.verify.verifier import Verifier
from advisor.written.chain import document_of
from advisor.written.prompts import Asked, source_of
from corpus import Article, Passage


@dataclasses.dataclass(frozen=True)
class Scene:
    """One question, the passages to answer it from, and what checks that an answer is."""

    question: str  # standing alone
    message: Message
    passages: Sequence[Passage]
    draft: Draft  # whose articles they are of
    verifier: Verifier
    points: Sequence[Point] = ()
    again: Sequence[str] = ()  # what the model is to write once more; nothing: the whole answer
    lost: str = ""  # what it began with, and what does not hold
    silent: str = ""  # what it began with: that the articles do not say something, which they may

    @functools.cached_property
    def keyed(self) -> dict[str, Passage]:
        """The passages by their keys: p1, p2, ... in their order."""
        return {f"p{number}": passage for number, passage in enumerate(self.passages, 1)}

    @functools.cached_property
    def articles(self) -> dict[str, Article]:
        """What they are of, by id."""
        return {one.article: article for one in self.passages if (article := self.draft.article(one.article))}

    @functools.cached_property
    def names(self) -> dict[str, str]:
        """What each article may be called by."""
        return {article_id: known_by(one) for article_id, one in self.articles.items()}

    @functools.cached_property
    def sources(self) -> dict[str, str]:
        """Who published each article, when, and what they sell."""
        return {article_id: source_of(vars(one)) for article_id, one in self.articles.items()}

    @property
    def documents(self) -> list[Document]:
        """The passages, as a retriever gives them."""
        return [document_of(passage, self.articles.get(passage.article)) for passage in self.passages]

    @property
    def asked(self) -> Asked:
        """What the prompt is made of, beside the documents."""
        return {
            "question": self.question,
            "history": self.message.turns,
            "profile": self.message.about,
            "notes": list(map(self._noted, self.points)),
            "again": self.again,
            "lost": self.lost,
            "silent": self.silent,
            "is_table": bool(TABLE.search(self.message.asked)),
        }

    @property
    def reader(self) -> str:
        """The question, and what the reader says of themselves and has said before."""
        before = [text for role, text in self.message.turns if role == "user"]
        said = " / ".join(filter(None, (self.message.about, *before)))
        return f"{self.question}\nThe reader has said: {said}" if said else self.question

    @functools.cached_property
    def conversation(self) -> str:
        """All that was said to the model by people."""
        said = [text for _, text in self.message.turns]
        return " ".join((*said, self.message.about, self.message.asked, self.question))

    @functools.cached_property
    def held(self) -> str:
        """All that the passages say, and who says it."""
        return " ".join((*self.names.values(), *(one.content for one in self.passages)))

    def _noted(self, point: Point) -> str:
        """A point of difference, for the model to use where it bears on the question."""
        sides = zip(point.sides, point.says, strict=True)
        who = {article_id: teller(one) for article_id, one in self.articles.items()}
        told = [
            f"{who.get(side.passage.article, 'one article')} {says or f'says “{side.text}”'}" for side, says in sides
        ]
        return " ".join((f"on {point.topic}: {'; '.join(told)}.", point.note)).strip()
