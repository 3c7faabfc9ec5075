"""A folder goes in; the build of the index that counts comes out: readers keep the old one until the new one is whole.

`current` names the build in use. A new one is made beside it, and counts once `current` names it.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from corpus import seals
from corpus.catalog import Catalog
from corpus.errors import SpaceError, StoreError
from corpus.vectors import Vectors

CURRENT = "current"
CATALOG = "catalog.sqlite3"
_PREFIX = "build-"
_DAMAGED = "damaged"


class Build:
    """One build, to be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.check()
        self.catalog = Catalog(folder / CATALOG)
        self.fingerprint = self.catalog.meta().get("fingerprint", "")
        self.vectors = Vectors(folder, self.catalog.ledger)

    def check(self) -> None:
        """Raise StoreError where the build is damaged, as far as that is seen at no cost: of a large one later."""
        wrong = seals.damaged(self.folder) if seals.is_small(self.folder) else []
        if wrong:
            raise StoreError(f"The index is damaged ({self.folder / wrong[0]}); run 'python -m corpus sync'")


class Builds:
    """The builds of one index. Safe to share by threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._opened: tuple[object, Build] | None = None

    def current(self) -> Build:
        """The build in use, opened anew when another is. Raises StoreError where there is none."""
        try:
            stat = (self.folder / CURRENT).stat()
        except OSError as exc:
            if not self.may_be_made:
                raise SpaceError(self.folder, exc) from exc
            raise StoreError("There is no index yet; run 'python -m corpus sync'") from exc
        key = (stat.st_mtime_ns, stat.st_ino)
        with self._lock:
            if self._opened is None or self._opened[0] != key:
                build = Build(self.folder / self.name())
                if self._opened:
                    self._opened[1].vectors.close()
                self._opened = (key, build)
            return self._opened[1]

    @property
    def may_be_made(self) -> bool:
        """Whether the folder can be made, or written to; where it cannot, a sync is of no use."""
        there = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)

    def release(self) -> None:
        """Let go of the vectors and their memory until they are asked for again."""
        with self._lock:
            if self._opened:
                self._opened[1].vectors.close()

    def name(self) -> str:
        """The name of the build in use; "" where there is none, and one that no build has where it is damaged."""
        try:
            return (self.folder / CURRENT).read_text(encoding="utf-8").strip() or _DAMAGED
        except UnicodeDecodeError:
            return _DAMAGED
        except OSError:
            return ""

    def unfinished(self, fingerprint: str) -> Path:
        """A build of this fingerprint that was begun and does not count yet, or a new folder for one."""
        for folder in self.others():
            try:
                if Catalog(folder / CATALOG).meta().get("fingerprint") == fingerprint:
                    return folder
            except StoreError:
                continue
        return self.folder / f"{_PREFIX}{uuid.uuid4().hex[:8]}"

    def others(self) -> Iterator[Path]:
        """What lies in the folder beside the build in use: those begun, those done with, and an older version's."""
        if self.folder.is_dir():
            named = (CURRENT, "sync.lock", self.name())
            yield from (path for path in sorted(self.folder.iterdir()) if path.name not in named)

    def use(self, folder: Path) -> None:
        """Have this build count from now on, at once for every reader."""
        new = self.folder / f"{CURRENT}.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / CURRENT)

    def tidy(self) -> None:
        """Delete all but the build in use."""
        for path in list(self.others()):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
