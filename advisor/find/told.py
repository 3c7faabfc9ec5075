"""What was said before and the library go in; the sentences that it showed, and the articles meant, come out.

All is read from the text of the answer above: a history holds no citations.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from advisor.answer import Citation
from advisor.question.lexicon import ORDINALS
from advisor.question.words import content, stems
from corpus import Article, Library, Listed

_OPENING = re.compile(r"^.*?\[1\]", re.MULTILINE)
_READ = 20  # articles whose sentences are looked for in an answer: it names far fewer


@dataclasses.dataclass(frozen=True)
class Told:
    """A sentence of an article that an answer showed, or told in short."""

    article: str
    start: int  # of the sentence, in the article's text
    text: str  # of the sentence
    at: int  # where the answer told it


def teller(one: Listed | Article | Citation) -> str:
    """By what name an article's words are introduced."""
    return one.publisher or one.author or one.title


def known_by(article: Listed | Article) -> str:
    """What an article may be called by."""
    return f"{article.title} {article.publisher or ''} {article.author or ''}"


def told_in(said: str, library: Library) -> list[Told]:
    """The sentences of articles that an answer quoted, or told in the noted short form, in its order."""
    named = {one.id: teller(one) for one in library.listing() if teller(one) in said}
    found = {
        (one.article, one.start): one for one in (*_in_short(said, named, library), *_quoted(said, named, library))
    }
    return sorted(found.values(), key=lambda one: one.at)


def openings_in(said: str) -> list[str]:
    """What each answer began with, up to its first citation."""
    return _OPENING.findall(said)


def _quoted(said: str, named: dict[str, str], library: Library) -> Iterator[Told]:
    for article_id in list(named)[:_READ]:
        article = library.article(article_id)
        for sentence in article.sentences() if article else ():
            if (at := said.find(f" {sentence.statement} ")) >= 0:
                yield Told(article_id, sentence.start, sentence.text, at)


def _in_short(said: str, named: dict[str, str], library: Library) -> Iterator[Told]:
    for one in library.noted_differences():
        for says, ((article_id, start), *_) in zip(one.says, one.sides, strict=True):
            at = said.find(f"{named.get(article_id, '')} {says}.") if says else -1
            article = library.article(article_id) if at >= 0 else None
            if article:
                text = next(sentence.text for sentence in article.sentences() if sentence.start == start)
                yield Told(article_id, start, text, at)


def named_in(text: str, articles: Sequence[Listed]) -> list[Listed]:
    """The articles that a text names by publisher, author or title; several where it fits them alike."""
    words = content(text)
    named = [(one, held) for one in articles if (held := words & stems(known_by(one)))]
    held_by = Counter(word for _, held in named for word in held)
    scores = [sum(1 / held_by[word] for word in held) for _, held in named]
    best = max(scores, default=0.0)
    return [one for (one, _), score in zip(named, scores, strict=True) if score == best]


def are_makers(text: str, article: Listed) -> bool:
    """Whether a text is the name of an article's publisher or author, and nothing else."""
    words = content(text)
    return bool(words) and words <= stems(f"{article.publisher or ''} {article.author or ''}")


def counted_in(text: str, articles: Sequence[Listed]) -> Listed | None:
    """The article that a text means by its place among these ("the second one")."""
    place = next((at for at, pattern in ORDINALS if pattern.search(text)), None)
    in_range = place is not None and -len(articles) <= place < len(articles)
    return articles[place] if place is not None and in_range else None
