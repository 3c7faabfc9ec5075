"""A path or an address goes in; the files and pages that it names come out, each with its name, or why it is none."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from pathlib import Path

from corpus.documents.extract import SUFFIXES
from corpus.shown import one_line

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Place:
    """One file, one web page, an article to bring back, or none of these."""

    name: str
    path: Path | None = None
    url: str | None = None
    left_out: str = ""  # the id of an article that is not wanted so far
    refused: str = ""  # why it is none of these


def find_places(given: str | Path, max_bytes: int) -> Iterator[Place]:
    """The file, the page or the files of a folder that `given` names.

    In a folder what is hidden, a link, or of a kind that is no document is passed by without a word; named by itself
    it is refused. A file of more than `max_bytes` is refused without being read.
    """
    name = one_line(str(given))
    if isinstance(given, str) and not given.strip():
        yield Place("''", refused="names nothing; give a path or an address")
        return
    if isinstance(given, str) and _ADDRESS.match(given):
        is_web = given.lower().startswith(("http://", "https://"))
        yield Place(name, url=given) if is_web else Place(name, refused="is no http or https address; give one")
        return
    try:
        path = Path(given).expanduser().absolute()
        if path.is_dir():
            yield from (_file(found, one_line(str(found)), max_bytes) for found in _documents(path))
        elif not path.exists():
            yield Place(name, refused="is not there; check the path")
        elif path.suffix.lower() not in SUFFIXES:
            yield Place(name, refused="is no Markdown, text, HTML, PDF or DOCX file; convert it first")
        else:
            yield _file(path, name, max_bytes)
    except (OSError, ValueError, RuntimeError) as exc:  # no rights, a null byte, a loop of links
        yield Place(name, refused=f"cannot be read ({getattr(exc, 'strerror', None) or exc}); check it and its rights")


def _documents(folder: Path) -> Iterator[Path]:
    """The documents of a folder and those below it; no link is followed, so that nothing outside it is read."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if not name.startswith(".") and path.suffix.lower() in SUFFIXES and not path.is_symlink():
                yield path


def _file(path: Path, name: str, max_bytes: int) -> Place:
    try:
        if not path.is_file():
            return Place(name, refused="is no plain file; give one")
        size = path.stat().st_size
    except OSError as exc:
        return Place(name, refused=f"cannot be read ({exc.strerror}); check it and its rights")
    if size > max_bytes:
        limit = f"{max_bytes / 2**20:g} MB"
        return Place(name, refused=f"is larger than {limit}; split it, or raise ADVISOR_MAX_FILE_MB")
    return Place(name, path=path) if size else Place(name, refused="is empty")
