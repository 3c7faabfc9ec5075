"""A path or an address goes in; the files and pages that it names come out, each with its name, or why it is none."""

from __future__ import annotations

import dataclasses
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus.documents.extract import SUFFIXES
from corpus.shown import brief, one_line

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NO_DOCUMENT = "of another kind than Markdown, text, HTML, PDF or DOCX"
_KINDS = 5  # of what is no document, that are named


@dataclasses.dataclass(frozen=True)
class Place:
    """One file, one web page, an article to bring back, or none of these."""

    name: str
    path: Path | None = None
    url: str | None = None
    left_out: str = ""  # the id of an article that is not wanted so far
    refused: str = ""  # why it is none of these
    skipped: str = ""  # of a folder: how many of what is in it are passed by, and why


def find_places(given: str | Path, max_bytes: int) -> Iterator[Place]:
    """The file, the page or the files of a folder that `given` names.

    In a folder what is hidden, a link, or of a kind that is no document is passed by, and counted in a last Place;
    named by itself it is refused. A file of more than `max_bytes` is refused without being read.
    """
    name, told = one_line(str(given)), brief(str(given))  # a line of a list may be no name, and long
    if isinstance(given, str) and not given.strip():
        yield Place("''", refused="names nothing; give a path or an address")
        return
    if isinstance(given, str) and _ADDRESS.match(given):
        is_web = given.lower().startswith(("http://", "https://"))
        yield Place(told, url=given) if is_web else Place(told, refused="is no http or https address; give one")
        return
    try:
        path = Path(given).expanduser().absolute()
        if path.is_dir():
            yield from _folder(path, name, max_bytes)
        elif not path.exists():
            yield Place(told, refused="is not there; check the path")
        elif path.suffix.lower() not in SUFFIXES:
            yield Place(name, refused="is no Markdown, text, HTML, PDF or DOCX file; convert it first")
        else:
            yield _file(path, name, max_bytes)
    except (OSError, ValueError, RuntimeError) as exc:  # no rights, a null byte, a loop of links
        yield Place(told, refused=f"cannot be read ({getattr(exc, 'strerror', None) or exc}); check it and its rights")


def _folder(folder: Path, name: str, max_bytes: int) -> Iterator[Place]:
    """The documents of a folder and those below it, and last what was passed by."""
    passed, kinds = Counter[str](), Counter[str]()
    for path, why in _within(folder, lambda exc: passed.update(["that cannot be read"])):
        if not why:
            yield _file(path, one_line(str(path)), max_bytes)
            continue
        passed[why] += 1
        if why == _NO_DOCUMENT:
            kinds[one_line(path.suffix.lower())[:12] or "no ending"] += 1
    if passed:
        some = {_NO_DOCUMENT: f" ({', '.join(kind for kind, _ in kinds.most_common(_KINDS))})"}
        yield Place(name, skipped=", ".join(f"{n:,} {why}{some.get(why, '')}" for why, n in passed.most_common()))


def _within(folder: Path, missed: Callable[[OSError], None]) -> Iterator[tuple[Path, str]]:
    """Each file, and why it is passed by; no link is followed, so that nothing outside the folder is read."""
    for root, folders, files in os.walk(folder, onerror=missed):
        found = [(name, _passed_by(Path(root, name))) for name in sorted(folders)]
        yield from ((Path(root, name), why) for name, why in found if why)
        folders[:] = [name for name, why in found if not why]
        for name in sorted(files):
            path = Path(root, name)
            yield path, _passed_by(path) or ("" if path.suffix.lower() in SUFFIXES else _NO_DOCUMENT)


def _passed_by(path: Path) -> str:
    return "hidden" if path.name.startswith(".") else "linked" if path.is_symlink() else ""


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
