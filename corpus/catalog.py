"""Articles and passages go in; they come out by id: the index's own truth, a SQLite file.

What this file holds is what the library holds: vectors without a row here are ignored. Each article is written in one
transaction, with its passages, their words and all that is derived of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus import ledger, lexical
from corpus.article import Article
from corpus.chunk import Passage
from corpus.database import LISTED, Database, listed, set_meta, touch
from corpus.embeddings import Embeddings
from corpus.files import Known
from corpus.ledger import Ledger, room
from corpus.lexical import Lexical, Scope
from corpus.near import digest_of, sketch_of
from corpus.rows import (
    COLUMNS,
    TABLES,
    Indexed,
    Listed,
    drop_article,
    put_beginnings,
    put_passage,
    read_passage,
    set_file,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = "3"
_KEPT_PASSAGES = 4096
Place = tuple[str, int]  # article id, start of a sentence


class Catalog:
    """The SQLite file of one build of the index; reading it writes nothing."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.database = Database(path, tables=TABLES + lexical.TABLES + ledger.TABLES if writable else None)
        self._writable = writable
        self.lexical = Lexical(self.database)
        self.ledger = Ledger(self.database)
        # A row is never changed, only replaced by one of another number: what is kept here cannot be out of date.
        self._passage = functools.lru_cache(maxsize=_KEPT_PASSAGES)(self._read_passage)

    @functools.cached_property
    def embeddings(self) -> Embeddings:
        """The vectors; opened when they are asked for, as an older version's index has none."""
        return Embeddings(self.database.path.parent, writable=self._writable)

    def meta(self) -> dict[str, str]:
        """The named values of the index: its fingerprint, its generation, an unfinished sync."""
        return dict(self.database.all("SELECT name, value FROM meta"))

    def set_meta(self, **values: str | None) -> None:
        """Set named values; None removes one."""
        with self.database.errors(), self.database.db as db:
            set_meta(db, values)

    def files(self) -> dict[str, Known]:
        """What is known of every article file, by its path."""
        rows = self.database.all("SELECT path, size, changed, digest, article, refused FROM files")
        return {path: Known(*rest) for path, *rest in rows}

    def set_files(self, files: Mapping[str, Known | None]) -> None:
        """Know this of files; None forgets one."""
        with self.database.errors(), self.database.db as db:
            for path, known in files.items():
                set_file(db, path, known)

    def listing(self, only: Scope = None) -> tuple[Listed, ...]:
        """Every article without its text, by id."""
        rows = self.database.all(f"SELECT {', '.join(COLUMNS)}, words, passages FROM articles ORDER BY id")
        return tuple(Listed(*row) for row in rows if only is None or row[0] in only)

    def articles(self, only: Scope = None) -> tuple[Article, ...]:
        """Every article, by id."""
        ids = [one.id for one in self.listing(only)]
        return tuple(article for id_ in ids if (article := self.article(id_)))

    def article(self, id_: str) -> Article | None:
        """One article as it was indexed."""
        fields = ", ".join(f"articles.{name}" for name in COLUMNS)
        rows = self.database.all(
            f"SELECT {fields}, text FROM articles JOIN texts ON article = articles.id WHERE id = ?", id_
        )
        return Article(**dict(zip((*COLUMNS, "text"), rows[0], strict=True))) if rows else None

    def ids(self) -> frozenset[str]:
        """The ids of all articles."""
        return frozenset(id_ for (id_,) in self.database.all("SELECT id FROM articles"))

    def path_of(self, id_: str) -> Path | None:
        """The file of an article."""
        rows = self.database.all("SELECT path FROM files WHERE article = ?", id_)
        return Path(rows[0][0]) if rows else None

    def article_at(self, path: Path) -> str | None:
        """The article that a file is indexed as."""
        rows = self.database.all("SELECT article FROM files WHERE path = ?", str(path))
        return rows[0][0] if rows else None

    def with_words(self, digest: str) -> str | None:
        """The article whose words have this digest."""
        rows = self.database.all("SELECT id FROM articles WHERE digest = ? ORDER BY id LIMIT 1", digest)
        return rows[0][0] if rows else None

    def like(self, sketch: frozenset[int], most: int) -> list[str]:
        """The articles that share more than half of a sketch's shingles, the likest first."""
        query = f"""SELECT id FROM (SELECT article, count(*) AS common FROM sketches WHERE hash IN {LISTED}
                    GROUP BY article HAVING common > ? ORDER BY common DESC LIMIT ?) JOIN articles ON number = article
                    ORDER BY common DESC"""
        return [id_ for (id_,) in self.database.all(query, listed(sketch), len(sketch) / 2, most)]

    def stored(self, article: str) -> frozenset[str]:
        """The ids of an article's passages."""
        return frozenset(id_ for (id_,) in self.database.all("SELECT id FROM passages WHERE article = ?", article))

    def passage_ids(self) -> frozenset[str]:
        """The ids of all passages."""
        return frozenset(id_ for (id_,) in self.database.all("SELECT id FROM passages"))

    def digests(self) -> frozenset[str]:
        """The digests of all articles' words."""
        return frozenset(digest for (digest,) in self.database.all("SELECT digest FROM articles"))

    def known(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of these passages there are."""
        rows = self.database.all(f"SELECT id FROM passages WHERE id IN {LISTED}", listed(ids))
        return frozenset(id_ for (id_,) in rows)

    def passage_count(self, only: Scope = None) -> int:
        """How many passages are indexed."""
        if only is None:
            return int(self.meta().get("passages", 0))
        query = f"SELECT coalesce(sum(passages), 0) FROM articles WHERE id IN {LISTED}"
        return int(self.database.all(query, listed(only))[0][0])

    def is_whole(self) -> bool:
        """Whether every passage has its words and vectors and is counted; some 20 ms for 100,000."""
        query = "SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM terms_docsize)"
        passages, words = self.database.all(query)[0]
        return bool(passages == words == self.passage_count() <= self.embeddings.count())

    def damage(self) -> str | None:
        """What SQLite finds wrong in the file, read through; None where nothing is."""
        (found,) = self.database.all("PRAGMA quick_check(1)")[0]
        return None if found == "ok" else str(found)

    def put(self, one: Indexed) -> None:
        """Write one article anew, in one transaction; the vectors of its passages are there already."""
        id_, keep = one.article.id, {passage.id for passage in one.passages}
        with self.database.errors(), self.database.db as db:
            drop_article(db, id_, keep)
            fields = [getattr(one.article, name) for name in COLUMNS]
            db.execute(
                f"INSERT INTO articles ({', '.join(COLUMNS)}, words, passages, digest) VALUES (?{', ?' * 10})",
                (*fields, len(one.article.text.split()), len(one.passages), digest_of(one.words)),
            )
            (number,) = db.execute("SELECT last_insert_rowid()").fetchone()
            db.execute("INSERT INTO texts VALUES (?, ?)", (id_, one.article.text))
            db.executemany("INSERT INTO sketches VALUES (?, ?)", [(h, number) for h in sketch_of(one.shingles)])
            put_beginnings(db, id_, one.beginnings)
            shard = room(db)
            for passage in one.passages:
                put_passage(db, passage, shard)
            db.execute("UPDATE files SET article = NULL WHERE article = ? AND path <> ?", (id_, one.path))
            set_file(db, one.path, one.file)
            touch(db)

    def drop(self, ids: Iterable[str]) -> None:
        """Forget articles, in one transaction."""
        with self.database.errors(), self.database.db as db:
            for id_ in ids:
                drop_article(db, id_, set())
                db.execute("DELETE FROM files WHERE article = ?", (id_,))
            touch(db)

    def set_beginnings(self, article: str, found: Iterable[tuple[str, int]]) -> None:
        """Keep where an article's sentences begin as noted differences name them."""
        with self.database.errors(), self.database.db as db:
            put_beginnings(db, article, found)

    def beginnings(self, only: Scope = None) -> dict[str, list[Place]]:
        """Where sentences begin so, by the words that noted differences name."""
        found: dict[str, list[Place]] = {}
        for words, article, start in self.database.all(
            "SELECT words, article, start FROM beginnings ORDER BY article, start"
        ):
            if only is None or article in only:
                found.setdefault(words, []).append((article, start))
        return found

    def set_noted(self, gone: Iterable[str], new: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep the vectors, shape (dimensions,), of the questions that differences were noted for."""
        with self.database.errors(), self.database.db as db:
            db.executemany("DELETE FROM noted WHERE question = ?", [(text,) for text in gone])
            rows = [(text, vector.astype(np.float16).tobytes()) for text, vector in new.items()]
            db.executemany("INSERT OR REPLACE INTO noted VALUES (?, ?)", rows)
            touch(db)

    def noted(self) -> dict[str, NDArray[np.float32]]:
        """Those vectors, by question."""
        rows = self.database.all("SELECT question, vector FROM noted")
        return {text: np.frombuffer(blob, dtype=np.float16).astype(np.float32) for text, blob in rows}

    def passage_at(self, article: str, offset: int) -> Passage | None:
        """The passage of an article that holds a character."""
        query = 'SELECT number, id FROM passages WHERE article = ? AND start <= ? AND "end" > ?'
        rows = self.database.all(query, article, offset, offset)
        pair = self._passage(*rows[0]) if rows else None
        return pair[0] if pair else None

    def passages(self, ids: Sequence[str], k: int) -> Iterator[tuple[Passage, NDArray[np.float32]]]:
        """The first k of these passages that there are, each with its sentences' vectors, (sentences, dimensions)."""
        numbers = dict(self.database.all(f"SELECT id, number FROM passages WHERE id IN {LISTED}", listed(ids)))
        pairs = (self._passage(numbers[id_], id_) for id_ in ids if id_ in numbers)
        for _, pair in zip(range(k), filter(None, pairs), strict=False):
            yield pair

    def _read_passage(self, number: int, id_: str) -> tuple[Passage, NDArray[np.float32]] | None:
        query = 'SELECT article, start, "end", body FROM passages WHERE number = ? AND id = ?'
        rows = self.database.all(query, number, id_)
        with self.database.errors():
            passage = read_passage(id_, *rows[0]) if rows else None  # another process may have removed it since
        vectors = self.embeddings.sentences(id_, len(passage.sentences)) if passage else None
        return None if passage is None or vectors is None else (passage, vectors)
