"""An Article goes in; Passages come out: pieces of one section, about 60 to 180 words, with offsets."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from corpus.article import Article
from corpus.sentences import Sentence

VERSION = "4"  # raise when the cut or the content changes: it is part of the index's fingerprint
TARGET_WORDS = 130
MAX_WORDS = 180
MAX_ROWS = 200  # of a table in one passage: no model reads that many


@dataclasses.dataclass(frozen=True)
class Passage:
    """A retrievable piece of one section of one article.

    `article.text[start:end] == text`, always; `content` is what is embedded: the article's title and the headings,
    then the sentences readable alone. `id` is a hash of the article's id and what is embedded, not of the place: what
    moves within its article keeps it. (What stands twice has two.)
    """

    id: str
    article: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
    content: str
    sentences: tuple[Sentence, ...]

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def about(self) -> str:
        """The article's title and the innermost headings: a sentence rarely says itself what it is about."""
        return self.content.partition("\n")[0]

    def in_context(self, sentence: Sentence) -> str:
        """A sentence after what it stands under."""
        return f"{self.about}: {sentence.statement}"


def chunk(article: Article) -> tuple[Passage, ...]:
    """Cut an article into passages that never cross a heading; a table is cut only where it is very long."""
    sections = groupby(article.sentences(), key=lambda sentence: sentence.headings)
    pieces = (piece for _, sentences in sections for piece in _cut(list(sentences)))
    seen = Counter[str]()
    passages = []
    for piece in pieces:
        key = _key(article, piece)
        seen[key] += 1
        passages.append(_passage(article, piece, f"{key}\x1d{seen[key]}"))
    return tuple(passages)


def _cut(section: list[Sentence]) -> Iterator[list[Sentence]]:
    """Cut one section into pieces of near-equal length, at paragraph ends where the lengths allow."""
    units = list(_units(section))
    total = sum(map(_words, units))
    if total <= MAX_WORDS:
        yield section
        return
    target = total / math.ceil(total / TARGET_WORDS)
    piece: list[Sentence] = []
    for unit in units:
        if piece and _words(piece) + _words(unit) / 2 > target:
            yield piece
            piece = []
        piece = piece + unit
    yield piece


def _units(section: list[Sentence]) -> Iterator[list[Sentence]]:
    """Paragraphs, lists and tables; a paragraph longer than a passage falls into its sentences."""
    for _, group in groupby(section, key=lambda sentence: sentence.block):
        block = list(group)
        if block[0].kind == "row":
            yield from (block[at : at + MAX_ROWS] for at in range(0, len(block), MAX_ROWS))
        elif _words(block) <= MAX_WORDS:
            yield block
        else:
            yield from ([sentence] for sentence in block)


def _words(sentences: list[Sentence]) -> int:
    return sum(len(sentence.statement.split()) for sentence in sentences)


def _key(article: Article, sentences: list[Sentence]) -> str:
    """All that a passage and its sentences are embedded by, and the article."""
    statements = (sentence.statement for sentence in sentences)
    return "\x1d".join((article.id, article.title, "\x1e".join(sentences[0].headings), "\x1e".join(statements)))


def _passage(article: Article, sentences: list[Sentence], key: str) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    headings = sentences[0].headings
    about = " > ".join((article.title, *headings[-2:]))
    content = "\n".join((about, *(sentence.statement for sentence in sentences)))
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return Passage(digest, article.id, headings, start, end, article.text[start:end], content, tuple(sentences))
