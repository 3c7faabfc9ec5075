"""What lies in which shard of the vectors: noted in the catalog's file, before anything is put there or taken away."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from corpus.database import LISTED, Database, listed, new_state, touch

TABLES = """
CREATE TABLE IF NOT EXISTS shards (number INTEGER PRIMARY KEY, folder TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS loose (id TEXT, shard INTEGER, PRIMARY KEY (id, shard)) WITHOUT ROWID;
"""


@dataclasses.dataclass(frozen=True)
class Shard:
    """A part of the vectors: a folder, and what changes whenever something is put there."""

    number: int
    folder: str
    state: str


class Ledger:
    """The shards of one catalog. A passage is loose in a shard that may hold it although it does not count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def loosen(self, ids: Iterable[str], shard: int) -> None:
        """Note passages before they are put into a shard: until they count, they are to be taken out again."""
        with self._database.errors(), self._database.db as db:
            db.executemany("INSERT OR IGNORE INTO loose VALUES (?, ?)", [(id_, shard) for id_ in ids])

    def loose_shards(self) -> list[int]:
        """The shards that hold passages which do not count."""
        return [number for (number,) in self._database.all("SELECT DISTINCT shard FROM loose ORDER BY shard")]

    def shards(self) -> list[Shard]:
        """Every shard, oldest first."""
        return [Shard(*row) for row in self._database.all("SELECT number, folder, state FROM shards ORDER BY number")]

    def in_shard(self, number: int) -> list[str]:
        """The ids of a shard's passages, oldest first."""
        return [id_ for (id_,) in self._database.all("SELECT id FROM passages WHERE shard = ? ORDER BY number", number)]

    def shard_size(self, number: int) -> int:
        """How many passages a shard has."""
        return int(self._database.all("SELECT count(*) FROM passages WHERE shard = ?", number)[0][0])

    def by_shard(self, only: frozenset[str]) -> dict[int, list[str]]:
        """Of these articles, those that each shard has passages of."""
        query = f"SELECT DISTINCT shard, article FROM passages WHERE article IN {LISTED}"
        found: dict[int, list[str]] = {}
        for shard, article in self._database.all(query, listed(only)):
            found.setdefault(shard, []).append(article)
        return found

    def set_shard(self, number: int | None, folder: str | None) -> None:
        """Have a shard in this folder from now on, with nothing loose in it; no folder: no shard any more."""
        with self._database.errors(), self._database.db as db:
            db.execute("DELETE FROM loose WHERE shard = ?", (number,))
            if folder is None:
                db.execute("DELETE FROM shards WHERE number = ?", (number,))
            else:
                db.execute("INSERT OR REPLACE INTO shards VALUES (?, ?, ?)", (number, folder, new_state()))
            touch(db)
