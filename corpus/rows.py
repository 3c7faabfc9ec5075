"""Articles, passages and files go in; the rows of the catalog's tables come out, and back again."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Article
from corpus.chunk import Passage
from corpus.database import set_meta
from corpus.files import Known
from corpus.near import shingles_of, sketch_of, words_of
from corpus.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("id", "title", "publisher", "author", "published", "url", "audience", "interest")
_SENTENCE = tuple(field.name for field in dataclasses.fields(Sentence))
TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, title TEXT NOT NULL, publisher TEXT, author TEXT,
    published TEXT, url TEXT, audience TEXT, interest TEXT,
    words INTEGER NOT NULL, passages INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS texts (article TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, digest TEXT NOT NULL,
    article TEXT, refused TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, article TEXT NOT NULL, shard INTEGER NOT NULL,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    content TEXT NOT NULL, sentences TEXT NOT NULL, vectors BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sketches (
    hash INTEGER, article INTEGER, PRIMARY KEY (hash, article)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS beginnings (words TEXT NOT NULL, article TEXT NOT NULL, start INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS noted (question TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS articles_digest ON articles(digest);
CREATE INDEX IF NOT EXISTS passages_article ON passages(article, shard);
CREATE INDEX IF NOT EXISTS passages_shard ON passages(shard);
CREATE INDEX IF NOT EXISTS beginnings_article ON beginnings(article);
"""


@dataclasses.dataclass(frozen=True)
class Listed:
    """An article as a list shows it, without its text."""

    id: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    url: str | None
    audience: str | None
    interest: str | None
    words: int
    passages: int


@dataclasses.dataclass(frozen=True)
class Indexed:
    """All that the catalog keeps of one article."""

    article: Article
    path: str
    file: Known
    passages: Sequence[Passage]
    words: Sequence[str]
    shingles: frozenset[int]
    beginnings: Sequence[tuple[str, int]]  # words that a noted difference names, and where a sentence begins so
    shard: int  # of the new passages
    vectors: Mapping[str, NDArray[np.float32]]  # of the new passages' sentences, shape (sentences, dimensions), by id


def read_passage(
    id_: str, article: str, headings: str, start: int, end: int, text: str, content: str, sentences: str, vectors: bytes
) -> tuple[Passage, NDArray[np.float32]]:
    """A passage and its sentences' vectors, shape (sentences, dimensions), of a row."""
    rows = [Sentence(*row) for row in json.loads(sentences)]
    rows = [dataclasses.replace(row, headings=tuple(row.headings)) for row in rows]
    path = tuple(json.loads(headings))
    passage = Passage(id_, article, path, start, end, text, content, tuple(rows))
    return passage, np.frombuffer(vectors, dtype=np.float16).reshape(len(rows), -1).astype(np.float32)


def put_passage(db: sqlite3.Connection, passage: Passage, shard: int, vectors: NDArray[np.float32] | None) -> None:
    """Write a passage's row; one that is stored gets a new row, with its old vectors, where it has moved."""
    sentences = json.dumps([[getattr(one, name) for name in _SENTENCE] for one in passage.sentences])
    place = (json.dumps(passage.headings), passage.start, passage.end, passage.text, passage.content, sentences)
    blob = None if vectors is None else vectors.astype(np.float16).tobytes()
    if blob is None:
        columns = 'number, shard, vectors, headings, start, "end", text, content, sentences'
        number, shard, blob, *old = db.execute(f"SELECT {columns} FROM passages WHERE id = ?", (passage.id,)).fetchone()
        if tuple(old) == place:
            return
        _drop_passages(db, [number])
    row = (passage.id, passage.article, shard, *place, blob)
    number = db.execute(f"INSERT INTO passages VALUES (NULL{', ?' * 10})", row).lastrowid
    body = "\n".join(sentence.statement for sentence in passage.sentences)
    terms = (number, " > ".join(passage.headings), body)
    db.execute("INSERT INTO terms (rowid, headings, body) VALUES (?, ?, ?)", terms)


def put_beginnings(db: sqlite3.Connection, article: str, found: Iterable[tuple[str, int]]) -> None:
    """Keep where an article's sentences begin as noted differences name them."""
    db.execute("DELETE FROM beginnings WHERE article = ?", (article,))
    db.executemany("INSERT INTO beginnings VALUES (?, ?, ?)", [(words, article, start) for words, start in found])


def drop_article(db: sqlite3.Connection, id_: str, keep: set[str]) -> None:
    """Forget an article, but for the passages to keep; the others' vectors are loose from now on."""
    rows = db.execute("SELECT number, id, shard FROM passages WHERE article = ?", (id_,)).fetchall()
    gone = [row for row in rows if row[1] not in keep]
    _drop_passages(db, [number for number, _, _ in gone])
    db.executemany("INSERT OR IGNORE INTO loose VALUES (?, ?)", [(passage, shard) for _, passage, shard in gone])
    set_meta(db, {"traces": "yes"} if rows else {})
    for number, text in db.execute("SELECT number, text FROM articles JOIN texts ON article = id WHERE id = ?", (id_,)):
        sketch = sketch_of(shingles_of(words_of(text)))
        db.executemany("DELETE FROM sketches WHERE hash = ? AND article = ?", [(h, number) for h in sketch])
    db.execute("DELETE FROM beginnings WHERE article = ?", (id_,))
    db.execute("DELETE FROM texts WHERE article = ?", (id_,))
    db.execute("DELETE FROM articles WHERE id = ?", (id_,))


def _drop_passages(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    gone = [(number,) for number in numbers]
    db.executemany("DELETE FROM terms WHERE rowid = ?", gone)
    db.executemany("DELETE FROM passages WHERE number = ?", gone)


def set_file(db: sqlite3.Connection, path: str, known: Known | None) -> None:
    """Know this of a file; None forgets it."""
    if known is None:
        db.execute("DELETE FROM files WHERE path = ?", (path,))
    else:
        db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", (path, *dataclasses.astuple(known)))
