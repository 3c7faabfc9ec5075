"""Words go in; the passages that hold them come out, ranked: BM25 by SQLite's FTS5, with Porter stems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corpus.database import LISTED, Database, listed

TABLES = """
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(
    headings, body, tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(terms, row);
CREATE VIRTUAL TABLE IF NOT EXISTS occurrences USING fts5vocab(terms, instance);
"""
Scope = frozenset[str] | None  # ids of the articles that count; None: all
_HEADING_WEIGHT = 2.0  # of BM25: a word in a heading says what the whole passage is about
# FTS5 scores every passage that holds any of the words, about 1 µs each. So in a large library the rarest words are
# looked for, which weigh most, and as many of the others as keep within this bound.
_MOST_MATCHES = 5_000
_KEPT_COUNTS = 20_000


class Lexical:
    """The words of one catalog's passages; `state` names what the database holds, so that counts can be kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[str, int] = {}
        self._state = ""

    def ranked(self, terms: Sequence[str], k: int, state: str, only: Scope = None) -> list[tuple[str, float]]:
        """The k best passages by BM25 for any of the terms, as (id, score above 0), best first."""
        match = " OR ".join(self._affordable(list(map(_quoted, terms)), state))
        if not match:
            return []
        within, values = ("", ()) if only is None else (f"AND passages.article IN {LISTED}", (listed(only),))
        query = f"""SELECT passages.id, -bm25(terms, ?, 1.0) AS score
                    FROM terms JOIN passages ON passages.number = terms.rowid
                    WHERE terms MATCH ? {within} ORDER BY score DESC LIMIT ?"""
        if only is None:
            query = """SELECT id, score FROM (SELECT rowid AS place, -bm25(terms, ?, 1.0) AS score FROM terms
                       WHERE terms MATCH ? ORDER BY score DESC LIMIT ?) JOIN passages ON number = place
                       ORDER BY score DESC, number"""
        with self._database.errors():
            return self._database.db.execute(query, (_HEADING_WEIGHT, match, *values, k)).fetchall()

    def _affordable(self, terms: list[str], state: str) -> list[str]:
        """The terms, in their order, that together match no more passages than can be scored in time."""
        counts = self._matches(dict.fromkeys(terms), state)
        chosen, total = set[str](), 0
        for term in sorted(counts, key=lambda term: counts[term]):
            total += counts[term]
            if total > _MOST_MATCHES:
                break
            chosen.add(term)
        return [term for term in terms if term in chosen]

    def _matches(self, terms: Iterable[str], state: str) -> dict[str, int]:
        """How many passages each term matches; counted once for every state."""
        if state != self._state or len(self._counts) > _KEPT_COUNTS:
            self._counts, self._state = {}, state
        counts = self._counts  # another thread may begin another
        with self._database.errors():
            for term in terms:
                if term not in counts:
                    query = "SELECT count(*) FROM terms WHERE terms MATCH ?"
                    counts[term] = self._database.db.execute(query, (term,)).fetchone()[0]
        return {term: counts[term] for term in terms}

    def frequencies(self, stems: Iterable[str], only: Scope = None) -> dict[str, int]:
        """In how many passages each Porter stem occurs; stems that occur in none are left out."""
        query, values = f"SELECT term, doc FROM vocabulary WHERE term IN {LISTED}", [listed(stems)]
        if only is not None:
            query = f"""SELECT term, count(DISTINCT doc) FROM occurrences JOIN passages ON number = doc
                        WHERE term IN {LISTED} AND article IN {LISTED} GROUP BY term"""
            values.append(listed(only))
        with self._database.errors():
            return dict(self._database.db.execute(query, values).fetchall())

    def compact(self) -> None:
        """Leave no word of what was deleted: FTS5 only marks it until its segments are merged."""
        with self._database.errors(), self._database.db as db:
            db.execute("INSERT INTO terms(terms) VALUES ('optimize')")


def _quoted(term: str) -> str:
    return '"' + re.sub(r'["\x00]', "", term) + '"'
