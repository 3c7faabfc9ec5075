"""Folders of articles go in; what the library is about comes out: its subjects, what it tells apart, what to ask it.

`library.toml` lies beside the articles and is data of theirs. What articles without one are about is told by their
headings.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.article import Article

NAME = "library.toml"
ENOUGH = 4  # articles whose headings are asked about where nothing says what they are about
_ASKED = {"If ": "What if", "How to ": "How do I"}  # how a heading that opens so would be asked
_CLAUSE = re.compile(r"(?:what|how|why|when|where|who|whom|whose|which)\b", re.IGNORECASE)  # "How pay works"
_UNTOLD = "what the library's articles say"
_HEADINGS = 6  # questions made of one article's headings
Noted = Mapping[str, Mapping[str, str]]  # by article

# Kinds of things that the articles tell apart (roles, products), of each kind its things, of each thing its writings.
Names = tuple[tuple[tuple[str, ...], ...], ...]


@dataclasses.dataclass(frozen=True)
class About:
    """What can be asked of a library."""

    subjects: tuple[str, ...] = ()  # each completes "questions about ..."
    starters: tuple[str, ...] = ()
    topics: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # questions by what they are about
    names: Names = ()
    kinds: tuple[str, ...] = ()  # what each kind of `names` is called ("roles")
    # What the copies of the articles lost, by article: what is missing, by the words that begin the sentence that
    # announces it; and words that were run together, each with what was meant.
    missing: Noted = dataclasses.field(default_factory=dict)
    misprints: Noted = dataclasses.field(default_factory=dict)
    name: str = ""  # by which its page goes

    def __add__(self, other: About) -> About:
        """What both say, this one's first."""
        return About(
            self.subjects + other.subjects,
            self.starters + other.starters,
            {**self.topics, **other.topics},
            self.names + other.names,
            self.kinds + other.kinds,
            {**self.missing, **other.missing},
            {**self.misprints, **other.misprints},
            self.name or other.name,
        )

    def missing_after(self, article: str, sentence: str) -> str | None:
        """What a sentence of an article announces that this copy of it has not."""
        noted = self.missing.get(article, {})
        return next((what for words, what in noted.items() if sentence.startswith(words)), None)


def read_about(folders: Iterable[Path]) -> About:
    """What the folders' files say, put together; what cannot be read, or is of another kind, says nothing."""
    subjects: list[str] = []
    starters: list[str] = []
    topics: dict[str, tuple[str, ...]] = {}
    names: list[tuple[tuple[str, ...], ...]] = []
    kinds: list[str] = []
    missing: dict[str, Mapping[str, str]] = {}
    misprints: dict[str, Mapping[str, str]] = {}
    called: list[str] = []
    for folder in folders:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            fields = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
            subjects += _texts([fields.get("subject")])
            called += _texts([fields.get("name")])
            starters += _texts(fields.get("starters"))
            topics |= {name: _texts(one) for name, one in _table(fields, "topics").items()}
            names += [_things(kind) for kind in _table(fields, "names").values()]
            kinds += _table(fields, "names").keys()
            missing |= _noted(_table(fields, "missing"))
            misprints |= _noted(_table(fields, "misprints"))
    name = next(iter(called), "")
    return About(tuple(subjects), tuple(starters), topics, tuple(names), tuple(kinds), missing, misprints, name)


def about_articles(articles: Sequence[Article]) -> About:
    """The same of articles that no file speaks of: a question for each of their first headings, by their titles."""
    asked = {article.title: tuple(_questions(article)) for article in articles[:ENOUGH]}
    topics = {title: questions for title, questions in asked.items() if questions}
    starters = tuple(questions[0] for questions in topics.values())
    return About((_UNTOLD,) if articles else (), starters, topics)


def question_of(heading: str) -> str:
    """What one would ask to hear what stands under a heading."""
    heading = heading.strip(" []:.")
    if heading.endswith("?"):
        return heading
    for opens, asks in _ASKED.items():
        if heading.startswith(opens):
            return f"{asks} {heading.removeprefix(opens)}?"
    said = f"{heading[0].lower()}{heading[1:]}" if _CLAUSE.match(heading) else heading
    return f"What do the articles say about {said}?"


def _questions(article: Article) -> list[str]:
    headings = dict.fromkeys(sentence.headings[-1] for sentence in article.sentences() if sentence.headings)
    return [question_of(heading) for heading in headings][:_HEADINGS]


def _table(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return table if isinstance(table := fields.get(name), dict) else {}


def _things(values: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(texts for value in values if (texts := _texts(value))) if isinstance(values, list) else ()


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(text for text in values if isinstance(text, str) and text) if isinstance(values, list) else ()


def _noted(articles: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    return {name: _named(one) for name, one in articles.items() if isinstance(one, dict)}


def _named(values: Mapping[str, Any]) -> Mapping[str, str]:
    return {words: text for words, text in values.items() if words and isinstance(text, str) and text}
