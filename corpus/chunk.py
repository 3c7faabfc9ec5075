"""An Article goes in; Passages come out: pieces of one section, about 60 to 180 words, with offsets."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Iterator
from itertools import groupby

from corpus.article import Article, Sentence

VERSION = "2"  # raise when the cut or the content changes: it is part of the index's fingerprint
TARGET_WORDS = 130
MAX_WORDS = 180


@dataclasses.dataclass(frozen=True)
class Passage:
    """A retrievable piece of one section of one article.

    `article.text[start:end] == text`, always; `content` is what is embedded and searched: the headings,
    then the sentences readable alone. `id` is a hash of both and the article, so equal text has one id.
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
        return hash(self.id)  # itself a hash of all the rest


def chunk(article: Article) -> tuple[Passage, ...]:
    """Cut an article into passages that never cross a heading; a table is never cut."""
    sections = groupby(article.sentences(), key=lambda sentence: sentence.headings)
    pieces = (piece for _, sentences in sections for piece in _cut(list(sentences)))
    return tuple(_passage(article, piece) for piece in pieces)


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
        if block[0].kind == "row" or _words(block) <= MAX_WORDS:
            yield block
        else:
            yield from ([sentence] for sentence in block)


def _words(sentences: list[Sentence]) -> int:
    return sum(len(sentence.statement.split()) for sentence in sentences)


def _passage(article: Article, sentences: list[Sentence]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    headings = sentences[0].headings
    lines = [" > ".join(headings)] if headings else []
    content = "\n".join(lines + [sentence.statement for sentence in sentences])
    text = article.text[start:end]
    key = "\x1f".join((article.id, str(start), content, text))
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return Passage(digest, article.id, headings, start, end, text, content, tuple(sentences))
