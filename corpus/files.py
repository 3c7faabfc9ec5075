"""Folders go in; the article files in them come out, with what tells whether one has changed."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.article import MOST_BYTES

_SETTLED = 2 * 10**9  # ns after which a further change of a file shows in its time, on any file system


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of an article file: when its size and time are these, it has this digest."""

    size: int
    changed: int  # ns since the epoch; 0 where that was just now, so that it may change unseen
    digest: str  # SHA-256 of its bytes, where they are not too many to be read
    article: str | None = None  # the id it is indexed as
    refused: str | None = None  # why it cannot be read


def article_files(folders: Iterable[Path]) -> Iterator[Path]:
    """The article files, folder by folder, by name; locks of editors and what else is no file are left out."""
    for folder in folders:
        found = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
        yield from sorted(path for path in found if path.suffix == ".md" and path.is_file())


def has_name(path: Path) -> bool:
    """Whether a file's name is UTF-8: any other can be neither kept nor shown."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def look(path: Path, known: Known | None = None, *, settled: bool = False) -> Known:
    """What a file is now; it is read only where its size or time are not those known.

    `settled` says that nobody else can have written it meanwhile.
    """
    try:
        stat = path.stat()
        if known and (known.size, known.changed) == (stat.st_size, stat.st_mtime_ns):
            return known
        digest = _digest(path) if stat.st_size <= MOST_BYTES else f"{stat.st_size} bytes, too many"
    except OSError:
        return Known(-1, 0, "unreadable")  # reading the article will say why
    is_settled = settled or time.time_ns() - stat.st_mtime_ns > _SETTLED
    seen = Known(stat.st_size, stat.st_mtime_ns if is_settled else 0, digest)
    if known and known.digest == digest:
        return dataclasses.replace(seen, article=known.article, refused=known.refused)
    return seen
