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

_LONGEST = 8  # words of a name
_ARTICLES = frozenset({"the", "a", "an"})
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
    names = {one.id: stems(known_by(one)) for one in articles}
    held_by = Counter(word for held in names.values() for word in held)
    scores = {one.id: sum(1 / held_by[word] for word in words & names[one.id]) for one in articles}
    best = max(scores.values(), default=0.0)
    return [one for one in articles if best and scores[one.id] == best]


def are_makers(text: str, article: Listed) -> bool:
    """Whether a text is the name of an article's publisher or author, and nothing else."""
    words = content(text)
    return bool(words) and words <= stems(f"{article.publisher or ''} {article.author or ''}")


def called(text: str, articles: Sequence[Listed]) -> tuple[str, list[Listed]]:
    """What of a text is the name of a publisher or an author, and their articles; "" and none where nothing is.

    A name is known by most of its words, or by any that are written with a capital.
    """
    tokens, words = text.split(), stems(text)
    made = [(one, names) for one in articles if (names := [name for name in _names_of(one) if name & words])]
    sizes = range(min(len(tokens), _LONGEST), 0, -1) if made else ()
    for run in (tokens[at : at + size] for size in sizes for at in range(len(tokens) - size + 1)):
        told, named = stems(" ".join(run)) - _ARTICLES, content(" ".join(run))
        is_name = any(token[:1].isupper() and content(token) for token in run)
        meant = [one for one, names in made if named and any(_is_name(told, name, is_name) for name in names)]
        if meant:
            return " ".join(run), meant
    return "", []


def _names_of(article: Listed) -> list[frozenset[str]]:
    """The words of each name that an article's makers go by."""
    makers = (*re.split(r"[()]", article.publisher or ""), article.author or "")
    return [stems(maker) for maker in makers if maker.strip()]


def _is_name(told: frozenset[str], name: frozenset[str], is_name: bool) -> bool:
    return told <= name and (is_name or 2 * len(told) > len(name))


def counted_in(text: str, articles: Sequence[Listed]) -> Listed | None:
    """The article that a text means by its place among these ("the second one")."""
    place = next((at for at, pattern in ORDINALS if pattern.search(text)), None)
    in_range = place is not None and -len(articles) <= place < len(articles)
    return articles[place] if place is not None and in_range else None
