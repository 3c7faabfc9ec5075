"""Articles go in; their files under ADVISOR_HOME/articles come out, whole or not at all, and are taken away again.

A file that is there is the acknowledgement of an article; `left-out.txt` beside them lists the ids of those articles of
other folders that are not wanted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from corpus.article import Article
from corpus.errors import SpaceError, StoreError

if TYPE_CHECKING:
    from corpus.making import Made

LEFT_OUT = "left-out.txt"
_UNFINISHED = ".writing-"
_ABOUT = "# Articles that came with the program and are not wanted, one id a line; then: python -m corpus sync\n"


class Shelf:
    """The folder of one's own articles."""

    def __init__(self, folder: Path, gone: str = "its file is deleted") -> None:
        """With `gone` saying what became of one that was deleted."""
        self.folder = folder
        self.gone = gone

    def holds(self, path: Path | str) -> bool:
        """Whether a file is one of them."""
        return Path(path).is_relative_to(self.folder)

    def path(self, id_: str) -> Path:
        """Where the file of an article is put."""
        return self.folder / f"{id_}.md"

    def write(self, made: Made) -> Path:
        """Write an article's file anew; once this returns it is on the disk. Raises SpaceError."""
        self._put(self.path(made.article.id), render(made.article))
        return self.path(made.article.id)

    def delete(self, paths: Iterable[Path]) -> None:
        """Take files away; once this returns they are. One that is gone already is no error. Raises SpaceError."""
        with self._errors():
            for path in paths:
                path.unlink(missing_ok=True)
            _flush(self.folder)

    def clear(self, ids: Iterable[str]) -> frozenset[str]:
        """Take away what stands under these ids and can be no article; returns under which. A folder has no such."""
        return frozenset()

    def left_out(self) -> frozenset[str]:
        """The ids of the articles that are not wanted."""
        try:
            lines = (self.folder / LEFT_OUT).read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except (OSError, UnicodeDecodeError) as exc:
            raise StoreError(f"{self.folder / LEFT_OUT} cannot be read ({exc}); mend or delete it") from exc
        return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))

    def leave_out(self, ids: Iterable[str]) -> None:
        """List exactly these ids as not wanted."""
        listed = sorted(ids)
        if listed:
            self._put(self.folder / LEFT_OUT, _ABOUT + "".join(f"{id_}\n" for id_ in listed))
        else:
            self.delete([self.folder / LEFT_OUT])

    def tidy(self) -> None:
        """Take away what a writer that was killed has left."""
        if self.folder.is_dir():
            self.delete(list(self.leftovers()))

    def leftovers(self) -> Iterator[Path]:
        """What a writer that was killed has left."""
        yield from self.folder.glob(f"{_UNFINISHED}*")

    def _put(self, path: Path, text: str) -> None:
        """Write a file beside its place, flush it, and move it there: a reader sees the old one, or the new one."""
        with self._errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / f"{_UNFINISHED}{uuid.uuid4().hex[:8]}"
            try:
                with beside.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
            except OSError:
                beside.unlink(missing_ok=True)
                raise
            _flush(self.folder)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise SpaceError(self.folder, exc) from exc


def render(article: Article) -> str:
    """The text of an article's file: front matter, then the text as it stands."""
    fields = {name: value for name, value in dataclasses.asdict(article).items() if name != "text" and value}
    front = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{front}---\n\n{article.text}\n"


def _flush(folder: Path) -> None:
    """Make what was renamed or deleted in a folder last; only POSIX can."""
    if os.name == "posix" and folder.is_dir():
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
