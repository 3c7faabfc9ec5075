"""A build of the index goes in; checksums of what was written there come out, and what is not as they say.

The file `checksums` is deleted before anything is written and made anew after, so that where it is, nobody writes.
Chroma's folders are summed up by what they hold, not by their bytes: it writes to them even to read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

NAME = "checksums"
CHEAP = 32 * 2**20  # bytes of a build that is read through whenever it is opened: some 50 ms
_HELD = (
    "tenants",
    "databases",
    "collections",
    "segments",
    "max_seq_id",
    "embeddings",
    "embedding_metadata",
    "embeddings_queue",
)
_WAYS = ("mode=rw", "mode=ro", "immutable=1")  # to write: what a killed reader has left may have to be rolled back


def read(build: Path) -> dict[str, str]:
    """The checksums of a build's parts, by name; none where it is being written, or was not finished."""
    try:
        lines = (build / NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def seal(build: Path, parts: Collection[str], known: Mapping[str, str]) -> None:
    """Write the checksums of these parts; those that are known are not taken anew."""
    lines = [f"{known.get(part) or _digest(build / part)}  {part}\n" for part in sorted(parts)]
    new = build / f"{NAME}.new"
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    new.replace(build / NAME)


def unseal(build: Path) -> None:
    """Take the checksums away: from here on the parts may change."""
    (build / NAME).unlink(missing_ok=True)


def is_small(build: Path) -> bool:
    """Whether it takes next to no time to look at all of it."""
    with contextlib.suppress(OSError):  # another process has just put something elsewhere
        return sum(path.stat().st_size for path in build.rglob("*") if path.is_file()) <= CHEAP
    return False


def damaged(build: Path, *, only: Collection[str] | None = None) -> list[str]:
    """The parts, of `only` these, that are not what was written."""
    sums = read(build)
    looked_at = {name: digest for name, digest in sums.items() if only is None or name in only}
    wrong = [name for name, digest in looked_at.items() if is_damaged(build / name, digest)]
    return wrong if read(build) == sums else []  # it has been written meanwhile


def is_damaged(path: Path, digest: str | None) -> bool:
    """Whether a part is not what was written; that cannot be told where its checksum is not known."""
    return digest is not None and _seen(path) != digest


def _seen(path: Path) -> str:
    try:
        return _digest(path)
    except (OSError, ValueError, sqlite3.Error) as exc:
        return f"cannot be read ({exc})"


def _digest(path: Path) -> str:
    if path.is_dir():
        return _held(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _held(folder: Path) -> str:
    """What a Chroma collection holds: its rows, and the graphs of those segments that it has put on the disk."""
    digest = hashlib.sha256()
    with contextlib.closing(_opened(folder / "chroma.sqlite3")) as db:
        digest.update(repr(db.execute("PRAGMA integrity_check(1)").fetchall()).encode())
        for table in _HELD:
            for row in db.execute(f"SELECT * FROM {table}"):
                digest.update(repr(row).encode())
        stored = {str(id_) for (id_,) in db.execute("SELECT segment_id FROM max_seq_id")}
    for path in sorted(path for path in folder.glob("*/*") if path.parent.name in stored):
        digest.update(f"{path.name} {_digest(path)}".encode())
    return digest.hexdigest()


def _opened(path: Path) -> sqlite3.Connection:
    for way in _WAYS:
        db = sqlite3.connect(f"{path.as_uri()}?{way}", uri=True, timeout=30)
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return db
        except sqlite3.Error:
            db.close()
            if way == _WAYS[-1]:
                raise
    raise AssertionError
