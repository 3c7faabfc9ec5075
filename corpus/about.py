"""Folders of articles go in; what the library is about comes out: its subjects, and questions worth asking of it.

`library.toml` lies beside the articles and is data of theirs. What articles without one are about is told by their
headings.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.article import Article

NAME = "library.toml"
ENOUGH = 4  # articles whose headings are asked about where nothing says what they are about
_UNTOLD = "what the library's articles say"
_HEADINGS = 6  # questions made of one article's headings


@dataclasses.dataclass(frozen=True)
class About:
    """What can be asked of a library."""

    subjects: tuple[str, ...] = ()  # each completes "questions about ..."
    starters: tuple[str, ...] = ()
    topics: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # questions by what they are about


def read_about(folders: Iterable[Path]) -> About:
    """What the folders' files say, put together; what cannot be read, or is of another kind, says nothing."""
    subjects: list[str] = []
    starters: list[str] = []
    topics: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            fields = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
            subjects += _texts([fields.get("subject")])
            starters += _texts(fields.get("starters"))
            named = fields.get("topics")
            topics |= {name: _texts(one) for name, one in named.items()} if isinstance(named, dict) else {}
    return About(tuple(subjects), tuple(starters), topics)


def about_articles(articles: Sequence[Article]) -> About:
    """The same of articles that no file speaks of: a question for each of their first headings, by their titles."""
    asked = {article.title: tuple(_questions(article)) for article in articles[:ENOUGH]}
    topics = {title: questions for title, questions in asked.items() if questions}
    starters = tuple(questions[0] for questions in topics.values())
    return About((_UNTOLD,) if articles else (), starters, topics)


def question_of(heading: str) -> str:
    """What one would ask to hear what stands under a heading."""
    heading = heading.strip(" []:.")
    return heading if heading.endswith("?") else f"What do the articles say about {heading}?"


def _questions(article: Article) -> list[str]:
    headings = dict.fromkeys(sentence.headings[-1] for sentence in article.sentences() if sentence.headings)
    return [question_of(heading) for heading in headings][:_HEADINGS]


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(text for text in values if isinstance(text, str) and text) if isinstance(values, list) else ()
