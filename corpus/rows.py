"""Articles, passages and files go in; the rows of the catalog's tables come out, and back again."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence

from corpus.article import Article
from corpus.chunk import Passage
from corpus.database import set_meta
from corpus.files import Known
from corpus.ledger import unsettle
from corpus.near import shingles_of, sketch_of, words_of
from corpus.sentences import Sentence

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
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, body BLOB NOT NULL);
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


def read_passage(id_: str, article: str, start: int, end: int, body: bytes) -> Passage:
    """A passage of a row."""
    headings, text, content, rows = json.loads(zlib.decompress(body))
    sentences = [Sentence(*row) for row in rows]
    sentences = [dataclasses.replace(one, headings=tuple(one.headings)) for one in sentences]
    return Passage(id_, article, tuple(headings), start, end, text, content, tuple(sentences))


def put_passage(db: sqlite3.Connection, passage: Passage, shard: int) -> None:
    """Write a passage's row; one that is stored gets a new row, in its old shard, where it has moved."""
    sentences = [[getattr(one, name) for name in _SENTENCE] for one in passage.sentences]
    body = zlib.compress(json.dumps([passage.headings, passage.text, passage.content, sentences]).encode())
    place = (passage.start, passage.end, body)
    columns = 'number, shard, start, "end", body'
    for number, stored, *old in db.execute(f"SELECT {columns} FROM passages WHERE id = ?", (passage.id,)).fetchall():
        if tuple(old) == place:
            return
        _drop_passages(db, [number])
        shard = stored
    row = (passage.id, passage.article, shard, *place)
    number = db.execute(f"INSERT INTO passages VALUES (NULL{', ?' * 6})", row).lastrowid
    words = "\n".join(sentence.statement for sentence in passage.sentences)
    terms = (number, " > ".join(passage.headings), words)
    db.execute("INSERT INTO terms (rowid, headings, body) VALUES (?, ?, ?)", terms)


def put_beginnings(db: sqlite3.Connection, article: str, found: Iterable[tuple[str, int]]) -> None:
    """Keep where an article's sentences begin as noted differences name them."""
    db.execute("DELETE FROM beginnings WHERE article = ?", (article,))
    db.executemany("INSERT INTO beginnings VALUES (?, ?, ?)", [(words, article, start) for words, start in found])


def drop_article(db: sqlite3.Connection, id_: str, keep: set[str]) -> None:
    """Forget an article, but for the passages to keep; the shards of the others are not settled from now on."""
    rows = db.execute("SELECT number, id, shard FROM passages WHERE article = ?", (id_,)).fetchall()
    gone = [row for row in rows if row[1] not in keep]
    _drop_passages(db, [number for number, _, _ in gone])
    unsettle(db, [shard for _, _, shard in gone])
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
