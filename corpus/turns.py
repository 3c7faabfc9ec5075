"""An index goes in; the right to write it comes out, for one process at a time."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from corpus.errors import SpaceError
from corpus.index import Index, Progress
from corpus.sync import Writer, sync

_PATIENCE = 1.0  # seconds of waiting for another process without a word
_ROOM = 2  # MB without which nothing is begun: more than a small article takes
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def writing(index: Index) -> Iterator[None]:
    """Be the only one who writes; another process is waited for. Raises SpaceError where nothing can be written."""
    folder = index.builds.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "sync.lock")
        try:
            lock.acquire(timeout=_PATIENCE)
        except filelock.Timeout:
            _log.warning("Another process is indexing; waiting for it to finish ...")
            lock.acquire()
    except OSError as exc:
        raise SpaceError(folder, exc) from exc
    try:
        _find_room(folder)
        yield
    except OSError as exc:
        raise SpaceError(folder, exc) from exc
    finally:
        lock.release()


def _find_room(folder: Path) -> None:
    """Raise OSError where the disk is full, before readers let go of what they may then be unable to open again."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_ROOM):
            file.write(bytes(2**20))
        file.flush()


class Turns:
    """Writes one thing after another, in turns with other processes. Use it in a `with`; its end is part of it."""

    def __init__(self, index: Index, progress: Progress) -> None:
        self._index = index
        self._progress = progress
        self._writer: Writer | None = None
        self._state: tuple[str, str] | None = None

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Finish what was written, unless a kill or the like is on its way: then the next sync does."""
        try:
            if self._writer and (kind is None or issubclass(kind, Exception)):
                with self.turn() as writer:
                    writer.finish(self._progress)
        finally:
            self._close()

    @contextlib.contextmanager
    def turn(self) -> Iterator[Writer]:
        """A writer, while no other process writes, of an index that is in step with the files."""
        with writing(self._index):
            if self._writer is None or self._state != self._now():
                self._close()
                sync(self._index, self._progress, count=False)
                self._writer = Writer(self._index, self._index.builds.folder / self._index.builds.name())
            try:
                yield self._writer
            finally:
                self._state = self._now()

    def _now(self) -> tuple[str, str]:
        return self._index.builds.name(), self._index.generation

    def _close(self) -> None:
        if self._writer:
            self._writer.__exit__()
            self._writer = None
