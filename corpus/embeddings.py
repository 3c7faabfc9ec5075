"""Vectors of passages go in; they come out by the passages' ids: a SQLite file of its own, as no text stands in it.

So it need not be written anew where text is removed, and what Chroma holds can be made of it at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.database import LISTED, Database, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "embeddings.sqlite3"
_TABLES = """
CREATE TABLE IF NOT EXISTS embeddings (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, rows INTEGER NOT NULL, vectors BLOB NOT NULL);
"""


class Embeddings:
    """Of each passage its own vector and then its sentences', shape (1 + sentences, dimensions)."""

    def __init__(self, folder: Path, *, writable: bool = False) -> None:
        self.database = Database(folder / NAME, tables=_TABLES if writable else None)

    def put(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors; before the passages count, so that none that does is without."""
        rows = [(id_, len(found), found.astype(np.float16).tobytes()) for id_, found in vectors.items()]
        with self.database.errors(), self.database.db as db:
            db.executemany("INSERT OR REPLACE INTO embeddings (id, rows, vectors) VALUES (?, ?, ?)", rows)

    def of(self, ids: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those of these passages that there are, by id."""
        rows = self.database.all(f"SELECT id, rows, vectors FROM embeddings WHERE id IN {LISTED}", listed(ids))
        with self.database.errors():
            return {
                id_: np.frombuffer(blob, dtype=np.float16).reshape(count, -1).astype(np.float32)
                for id_, count, blob in rows
            }

    def keep(self, ids: Collection[str]) -> None:
        """Forget all but these passages'."""
        known = {id_ for (id_,) in self.database.all("SELECT id FROM embeddings")}
        with self.database.errors(), self.database.db as db:
            db.executemany("DELETE FROM embeddings WHERE id = ?", [(id_,) for id_ in known.difference(ids)])

    def count(self) -> int:
        """Of how many passages there are vectors."""
        return int(self.database.all("SELECT count(id) FROM embeddings")[0][0])
