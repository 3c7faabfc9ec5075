"""Vectors of passages go in; they come out by the passages' ids: a SQLite file of its own, as no text stands in it.

So it need not be written anew where text is removed, and what Chroma holds can be made of it at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.database import LISTED, Database, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "embeddings.sqlite3"
_TABLES = """
CREATE TABLE IF NOT EXISTS embeddings (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, own BLOB NOT NULL, sentences BLOB NOT NULL);
"""


class Embeddings:
    """Of each passage its own vector, and its sentences', which are kept in half precision."""

    def __init__(self, folder: Path, *, writable: bool = False) -> None:
        self.database = Database(folder / NAME, tables=_TABLES if writable else None)

    def put(self, ids: Sequence[str], vectors: Sequence[NDArray[np.float32]]) -> None:
        """Keep vectors, of each passage its own and then its sentences', shape (1 + sentences, dimensions).

        To be called before the passages count, so that none that does is without.
        """
        rows = [
            (id_, found[0].astype(np.float32).tobytes(), found[1:].astype(np.float16).tobytes())
            for id_, found in zip(ids, vectors, strict=True)
        ]
        with self.database.errors(), self.database.db as db:
            db.executemany("INSERT OR REPLACE INTO embeddings (id, own, sentences) VALUES (?, ?, ?)", rows)

    def own(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors, shape (dimensions,), of these passages, by id. Raises StoreError where one is missing."""
        rows = self.database.all(f"SELECT id, own FROM embeddings WHERE id IN {LISTED}", listed(ids))
        with self.database.errors():
            if len(rows) < len(ids):
                raise ValueError("it lacks passages")
            return {id_: np.frombuffer(blob, dtype=np.float32) for id_, blob in rows}

    def sentences(self, id_: str, count: int) -> NDArray[np.float32] | None:
        """The vectors of a passage's sentences, shape (count, dimensions); None where there are none of it."""
        rows = self.database.all("SELECT sentences FROM embeddings WHERE id = ?", id_)
        with self.database.errors():
            return np.frombuffer(rows[0][0], dtype=np.float16).reshape(count, -1).astype(np.float32) if rows else None

    def keep(self, ids: Collection[str]) -> None:
        """Forget all but these passages'."""
        known = {id_ for (id_,) in self.database.all("SELECT id FROM embeddings")}
        with self.database.errors(), self.database.db as db:
            db.executemany("DELETE FROM embeddings WHERE id = ?", [(id_,) for id_ in known.difference(ids)])

    def count(self) -> int:
        """Of how many passages there are vectors."""
        return int(self.database.all("SELECT count(id) FROM embeddings")[0][0])
