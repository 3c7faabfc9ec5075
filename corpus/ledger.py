"""What lies in which shard of the vectors: noted in the catalog's file, in the transactions that change it."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable

from corpus.database import LISTED, Database, listed, touch

SHARD = 30_000  # passages: some 70 MB of memory
TABLES = """
CREATE TABLE IF NOT EXISTS shards (
    number INTEGER PRIMARY KEY, folder TEXT NOT NULL, dead INTEGER NOT NULL, is_settled INTEGER NOT NULL);
"""


@dataclasses.dataclass(frozen=True)
class Shard:
    """A part of the vectors: the folder that they lie in, "" before there is one, and how many in it were deleted."""

    number: int
    folder: str
    dead: int


class Ledger:
    """The shards of one catalog; one is settled where its folder holds just those passages that count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shards(self, *, unsettled: bool = False) -> list[Shard]:
        """Every shard, or those that are not settled, oldest first."""
        within = "WHERE NOT is_settled" if unsettled else ""
        query = f"SELECT number, folder, dead FROM shards {within} ORDER BY number"
        return [Shard(*row) for row in self._database.all(query)]

    def in_shard(self, number: int) -> dict[str, str]:
        """The articles of a shard's passages, by the passages' ids, oldest first."""
        query = "SELECT id, article FROM passages WHERE shard = ? ORDER BY number"
        return dict(self._database.all(query, number))

    def by_shard(self, only: frozenset[str]) -> dict[int, list[str]]:
        """Of these articles, those that each shard has passages of."""
        query = f"SELECT DISTINCT shard, article FROM passages WHERE article IN {LISTED}"
        found: dict[int, list[str]] = {}
        for shard, article in self._database.all(query, listed(only)):
            found.setdefault(shard, []).append(article)
        return found

    def settle(self, number: int, folder: str, dead: int) -> None:
        """Have a shard in this folder from now on; no folder: no shard any more."""
        with self._database.errors(), self._database.db as db:
            if folder:
                query = "UPDATE shards SET folder = ?, dead = ?, is_settled = 1 WHERE number = ?"
                db.execute(query, (folder, dead, number))
            else:
                db.execute("DELETE FROM shards WHERE number = ?", (number,))
            touch(db)


def room(db: sqlite3.Connection) -> int:
    """The shard that new passages go to; it is not settled from now on."""
    (last,) = db.execute("SELECT max(number) FROM shards").fetchone()
    (size,) = db.execute("SELECT count(*) FROM passages WHERE shard = ?", (last,)).fetchone()
    number = (last or 0) + (last is None or size >= SHARD)
    db.execute("INSERT OR IGNORE INTO shards VALUES (?, '', 0, 0)", (number,))
    unsettle(db, [number])
    return number


def unsettle(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Note that what lies in these shards does not count any more, or what counts does not lie there yet."""
    db.executemany("UPDATE shards SET is_settled = 0 WHERE number = ?", [(number,) for number in set(numbers)])
