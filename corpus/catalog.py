"""Articles and passages go in; they come out by id, and by BM25: one SQLite file, the index's own truth.

What this file holds is what the library holds: vectors without a row here are ignored. SQLite's FTS5 ranks
(Okapi BM25, Porter stems) and is updated in the same transaction as the rows it ranks.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Article, Sentence
from corpus.chunk import Passage
from corpus.errors import StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = "1"
_HEADING_WEIGHT = 2.0  # of BM25: a word in a heading says what the whole passage is about
_KEPT_PASSAGES = 4096
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL, fields TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, article TEXT NOT NULL REFERENCES articles(id),
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    content TEXT NOT NULL, sentences TEXT NOT NULL, vectors BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS noted (question TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS passages_article ON passages(article);
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(
    headings, body, tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(terms, row);
"""


@dataclasses.dataclass(frozen=True)
class Entry:
    """An indexed article file: where it lay and the SHA-256 of its bytes."""

    path: str
    digest: str


class Catalog:
    """The SQLite file of one library; one connection a thread. Raises StoreError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        # An id is a hash of all that a passage holds, so what is kept here can never be out of date.
        self._passage = functools.lru_cache(maxsize=_KEPT_PASSAGES)(self._read_passage)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._errors(), self._db as db:
            db.executescript(_TABLES)

    @property
    def _db(self) -> sqlite3.Connection:
        if not hasattr(self._local, "db"):
            db = sqlite3.connect(self._path, timeout=30)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA secure_delete=ON")  # what is removed leaves no bytes behind
            self._local.db = db
        return self._local.db  # type: ignore[no-any-return]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError, TypeError) as exc:
            raise StoreError(f"The index {self._path} cannot be used ({exc}); run 'python -m corpus sync'") from exc

    def meta(self) -> dict[str, str]:
        """The named values of the index: its fingerprint, the vectors' folder, an unfinished sync."""
        with self._errors():
            return dict(self._db.execute("SELECT name, value FROM meta"))

    def set_meta(self, **values: str | None) -> None:
        """Set named values; None removes one."""
        with self._errors(), self._db as db:
            for name, value in values.items():
                if value is None:
                    db.execute("DELETE FROM meta WHERE name = ?", (name,))
                else:
                    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def entries(self) -> dict[str, Entry]:
        """Every indexed article file, by article id."""
        with self._errors():
            rows = self._db.execute("SELECT id, path, digest FROM articles").fetchall()
        return {id_: Entry(path, digest) for id_, path, digest in rows}

    def articles(self) -> tuple[Article, ...]:
        """Every article, by id."""
        with self._errors():
            rows = self._db.execute("SELECT fields FROM articles ORDER BY id").fetchall()
        return tuple(Article(**json.loads(fields)) for (fields,) in rows)

    def article(self, id_: str) -> Article | None:
        """One article as it was indexed."""
        with self._errors():
            row = self._db.execute("SELECT fields FROM articles WHERE id = ?", (id_,)).fetchone()
        return Article(**json.loads(row[0])) if row else None

    def passage_ids(self, article: str | None = None) -> set[str]:
        """The ids of all passages, or of one article's."""
        where, values = ("WHERE article = ?", (article,)) if article else ("", ())
        with self._errors():
            return {id_ for (id_,) in self._db.execute(f"SELECT id FROM passages {where}", values)}

    def passage_count(self) -> int:
        """How many passages are indexed; 0 where the words of some are not, which is damage."""
        with self._errors():
            passages, words = self._db.execute(
                "SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM terms_docsize)"
            ).fetchone()
        return int(passages) if passages == words else 0

    def replace(
        self,
        removed: Iterable[str],
        changed: Iterable[tuple[Article, Entry, Sequence[Passage]]],
        vectors: Mapping[str, NDArray[np.float32]],
    ) -> None:
        """In one transaction: drop articles, write articles anew.

        `vectors` holds the sentence vectors (shape (sentences, dimensions)) of each new passage by its id;
        a passage that is already stored keeps its own.
        """
        with self._errors(), self._db as db:
            for id_ in removed:
                self._drop(db, id_, keep=set())
                db.execute("DELETE FROM articles WHERE id = ?", (id_,))
            for article, entry, passages in changed:
                self._drop(db, article.id, keep={passage.id for passage in passages})
                fields = json.dumps(dataclasses.asdict(article))
                row = (article.id, entry.path, entry.digest, fields)
                db.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", row)
                for passage in passages:
                    if passage.id in vectors:
                        self._insert(db, passage, vectors[passage.id])

    def _drop(self, db: sqlite3.Connection, article: str, keep: set[str]) -> None:
        rows = db.execute("SELECT number, id FROM passages WHERE article = ?", (article,)).fetchall()
        gone = [(number,) for number, id_ in rows if id_ not in keep]
        db.executemany("DELETE FROM terms WHERE rowid = ?", gone)
        db.executemany("DELETE FROM passages WHERE number = ?", gone)

    def _insert(self, db: sqlite3.Connection, passage: Passage, vectors: NDArray[np.float32]) -> None:
        sentences = json.dumps([dataclasses.astuple(s) for s in passage.sentences])
        place = (passage.article, json.dumps(passage.headings), passage.start, passage.end)
        row = (passage.id, *place, passage.text, passage.content, sentences, vectors.astype(np.float16).tobytes())
        number = db.execute("INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
        body = "\n".join(sentence.statement for sentence in passage.sentences)
        terms = (number, " > ".join(passage.headings), body)
        db.execute("INSERT INTO terms (rowid, headings, body) VALUES (?, ?, ?)", terms)

    def set_noted(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors, shape (len(texts), dimensions), of the questions that differences were noted for."""
        rows = [(text, vector.astype(np.float16).tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._errors(), self._db as db:
            db.execute("DELETE FROM noted")
            db.executemany("INSERT OR REPLACE INTO noted VALUES (?, ?)", rows)

    def noted(self) -> dict[str, NDArray[np.float32]]:
        """Those vectors, by question."""
        with self._errors():
            rows = self._db.execute("SELECT question, vector FROM noted").fetchall()
        return {text: np.frombuffer(blob, dtype=np.float16).astype(np.float32) for text, blob in rows}

    def passage_at(self, article: str, offset: int) -> Passage | None:
        """The passage of an article that holds a character."""
        query = 'SELECT number, id FROM passages WHERE article = ? AND start <= ? AND "end" > ?'
        with self._errors():
            row = self._db.execute(query, (article, offset, offset)).fetchone()
        pair = self._passage(*row) if row else None
        return pair[0] if pair else None

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, NDArray[np.float32]]]:
        """Passages by id, each with its sentences' vectors, shape (sentences, dimensions)."""
        marks = ",".join("?" * len(ids))
        with self._errors():
            rows = self._db.execute(f"SELECT number, id FROM passages WHERE id IN ({marks})", ids).fetchall()
        found = {id_: self._passage(number, id_) for number, id_ in rows}
        return {id_: pair for id_, pair in found.items() if pair}

    def _read_passage(self, number: int, id_: str) -> tuple[Passage, NDArray[np.float32]] | None:
        columns = 'article, headings, start, "end", text, content, sentences, vectors'
        with self._errors():
            where = "WHERE number = ? AND id = ?"  # another process may have removed it since
            row = self._db.execute(f"SELECT {columns} FROM passages {where}", (number, id_)).fetchone()
            return _passage(id_, *row) if row else None

    def ranked(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The k best passages by BM25 for any of the terms, as (id, score above 0), best first."""
        if not terms:
            return []
        match = " OR ".join('"' + re.sub(r'["\x00]', "", term) + '"' for term in terms)
        query = """SELECT passages.id, -bm25(terms, ?, 1.0) AS score
                   FROM terms JOIN passages ON passages.number = terms.rowid
                   WHERE terms MATCH ? ORDER BY score DESC LIMIT ?"""
        with self._errors():
            return self._db.execute(query, (_HEADING_WEIGHT, match, k)).fetchall()

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each Porter stem occurs; stems that occur in none are left out."""
        wanted = list(stems)
        marks = ",".join("?" * len(wanted))
        query = f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})"
        with self._errors():
            return dict(self._db.execute(query, wanted).fetchall())


def _passage(
    id_: str, article: str, headings: str, start: int, end: int, text: str, content: str, sentences: str, vectors: bytes
) -> tuple[Passage, NDArray[np.float32]]:
    rows = [Sentence(*row) for row in json.loads(sentences)]
    rows = [dataclasses.replace(row, headings=tuple(row.headings)) for row in rows]
    path = tuple(json.loads(headings))
    passage = Passage(id_, article, path, start, end, text, content, tuple(rows))
    return passage, np.frombuffer(vectors, dtype=np.float16).reshape(len(rows), -1).astype(np.float32)
