"""What was found for a question goes in; what a chat model is given to write from comes out."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

from langchain_core.documents import Document

from advisor.answering.draft import Draft
from advisor.find.differences import Point
from advisor.question.inputs import Message
from advisor.written.attribution import known_by
from advisor.written.chain import document_of
from advisor.written.prompts import Asked, source_of
from corpus import Article, Passage


@dataclasses.dataclass(frozen=True)
class Scene:
    """One question, its passages by key, and their articles by id."""

    question: str  # standing alone
    message: Message
    keyed: Mapping[str, Passage]
    articles: Mapping[str, Article]
    points: Sequence[Point] = ()
    again: Sequence[str] = ()  # what the model is to write once more; nothing: the whole answer

    @classmethod
    def of(
        cls, question: str, message: Message, passages: Sequence[Passage], draft: Draft, points: Sequence[Point] = ()
    ) -> Scene:
        """With keys p1, p2, ... in the passages' order."""
        return cls(question, message, _keyed(passages), _articles(passages, draft), points)

    def once_more(self, passages: Sequence[Passage], draft: Draft, again: Sequence[str]) -> Scene:
        """The same question over other passages, of which only a part is to be written."""
        keyed, articles = _keyed(passages), _articles(passages, draft)
        return dataclasses.replace(self, keyed=keyed, articles=articles, points=(), again=again)

    @functools.cached_property
    def sources(self) -> dict[str, str]:
        """Who published each article, when, and what they sell."""
        return {i: source_of({name: getattr(one, name) for name in _SOURCE}) for i, one in self.articles.items()}

    @property
    def documents(self) -> list[Document]:
        """The passages, as a retriever gives them."""
        return [document_of(passage, self.articles.get(passage.article)) for passage in self.keyed.values()]

    @property
    def asked(self) -> Asked:
        """What the prompt is made of, beside the documents."""
        notes = list(map(self._noted, self.points))
        return {
            "question": self.question,
            "history": self.message.turns,
            "profile": self.message.about,
            "notes": notes,
            "again": self.again,
        }

    @property
    def reader(self) -> str:
        """The question, and what the reader says of themselves."""
        return f"{self.question} {self.message.about}".strip()

    @functools.cached_property
    def conversation(self) -> str:
        """All that was said to the model by people."""
        said = [text for _, text in self.message.turns]
        return " ".join((*said, self.message.about, self.message.asked, self.question))

    @functools.cached_property
    def held(self) -> str:
        """All that the passages say, and who says it."""
        return " ".join((*map(known_by, self.articles.values()), *(one.content for one in self.keyed.values())))

    def _noted(self, point: Point) -> str:
        """A point of difference, for the model to use where it bears on the question."""
        sides = zip(point.sides, point.says, strict=True)
        told = [f"{self._who(side.passage)} {says or f'says “{side.text}”'}" for side, says in sides]
        return " ".join((f"on {point.topic}: {'; '.join(told)}.", point.note)).strip()

    def _who(self, passage: Passage) -> str:
        article = self.articles.get(passage.article)
        return (article.publisher or article.author or article.title) if article else "one article"


_SOURCE = ("publisher", "author", "published", "interest")


def _keyed(passages: Sequence[Passage]) -> dict[str, Passage]:
    return {f"p{number}": passage for number, passage in enumerate(passages, 1)}


def _articles(passages: Sequence[Passage], draft: Draft) -> dict[str, Article]:
    return {one.article: article for one in passages if (article := draft.article(one.article))}
