"""A path goes in; a SQLite database comes out, to read or to write: one connection a thread, errors in one line."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import SpaceError, StoreError

LISTED = "(SELECT value FROM json_each(?))"  # one parameter, however many values
_DAMAGED = (zlib.error, ValueError, TypeError)  # is what a row holds
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def listed(values: Iterable[str | int]) -> str:
    """The parameter for LISTED."""
    return json.dumps(list(values))


class Database:
    """One SQLite file. Raises StoreError where it is damaged, SpaceError where it cannot be written."""

    def __init__(self, path: Path, *, tables: str | None = None) -> None:
        """Open it to be read; with `tables`, the statements that make them, to be written."""
        self.path = path
        self._writable = tables is not None
        self._local = threading.local()
        with self.errors():
            if tables is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                self.db.executescript(tables)
            elif not path.exists():
                raise StoreError(f"The index {path} is not there; run 'python -m corpus sync'")

    @property
    def db(self) -> sqlite3.Connection:
        """The connection of this thread."""
        if not hasattr(self._local, "db"):
            self._local.db = self._connect()
        return self._local.db  # type: ignore[no-any-return]

    def _connect(self) -> sqlite3.Connection:
        if not self._writable:
            try:
                return self._reading("mode=ro")
            except sqlite3.Error:  # a folder without rights: even a reader of a write-ahead log writes there
                return self._reading("immutable=1")
        db = sqlite3.connect(self.path, timeout=30)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")  # the files are the truth; the log keeps this whole
        db.execute("PRAGMA secure_delete=ON")  # what is removed leaves no bytes behind
        return db

    def _reading(self, how: str) -> sqlite3.Connection:
        db = sqlite3.connect(f"{self.path.as_uri()}?{how}", uri=True, timeout=30)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return db

    def all(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Every row that a query finds."""
        with self.errors():
            try:
                return self.db.execute(query, values).fetchall()
            except UnicodeEncodeError:  # a name that is not UTF-8 stands in no row
                return []

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Say in a line what went wrong with it."""
        try:
            yield
        except (OSError, sqlite3.Error, *_DAMAGED) as exc:
            code = getattr(exc, "sqlite_errorcode", None)
            if isinstance(exc, OSError) or (code is not None and code & 0xFF in _NO_ROOM):
                raise SpaceError(self.path.parent, exc) from exc
            raise StoreError(f"The index {self.path} cannot be used ({exc}); run 'python -m corpus sync'") from exc

    def vacuum(self) -> None:
        """Leave no bytes of what was deleted: SQLite overwrites it, but not the copies that its balancing has left."""
        with self.errors():
            self.db.execute("VACUUM")

    def flush(self) -> bool:
        """Empty the log, which holds pages as they were, into the file; whether no reader was in the way."""
        with self.errors():
            (is_busy, *_) = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "db"):
            self._local.db.close()
            del self._local.db


def set_meta(db: sqlite3.Connection, values: Mapping[str, str | None]) -> None:
    """Set named values; None removes one."""
    for name, value in values.items():
        if value is None:
            db.execute("DELETE FROM meta WHERE name = ?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def touch(db: sqlite3.Connection) -> None:
    """Note how many passages there are, and that something has changed."""
    (passages,) = db.execute("SELECT coalesce(sum(passages), 0) FROM articles").fetchone()
    set_meta(db, {"passages": str(passages), "generation": new_state()})


def new_state() -> str:
    """A name that nothing had before."""
    return uuid.uuid4().hex[:8]
