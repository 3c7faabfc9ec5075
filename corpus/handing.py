"""Folders of articles on this machine go in; a server has what is new or changed in them: a sync to a shared library.

Others give to the same library. So what is in no file here stays there, what somebody removed stays removed, and an
article that came from elsewhere is not written over by a file that happens to have its id.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from corpus.copies import BESIDES, OWN, Copies
from corpus.embed import Embedder
from corpus.errors import ArticleError
from corpus.files import article_files, has_name
from corpus.giving import give
from corpus.index import Progress
from corpus.making import Engine, Order, Outcomes, next_of
from corpus.records import ARTICLE, BESIDE, DAMAGED, REMOVED, Record, record_of
from corpus.remote import Remote
from corpus.shelf import render

_NAMELESS = "has a name that is not UTF-8; rename it"
_NEVER = ["", "", ""]  # given so far


@dataclasses.dataclass(frozen=True)
class File:
    """A file of an article, and what is known of it."""

    group: str
    path: Path
    digest: str  # SHA-256 of its bytes, "" where it cannot be read
    is_given: bool  # as it is; who changed the article on the server since meant to


class Handing:
    """One sync of this machine's folders; `file` keeps what was given of each file, between syncs."""

    def __init__(self, copies: Copies, remote: Remote, embedder: Embedder, file: Path) -> None:
        self._copies = copies
        self._remote = remote
        self._embedder = embedder
        self._file = file
        self._given: dict[str, list[str]] = {}  # by path: the file's digest, the record's id and digest
        self._seen: set[str] = set()  # ids
        self.embedded = 0

    def run(self, progress: Progress, engine: Engine, order: Order) -> Iterator[str]:
        """Give everything, made by an engine; yields a line for each file that is refused."""
        with contextlib.suppress(OSError, ValueError):
            self._given = dict(json.loads(self._file.read_text(encoding="utf-8")))
        held = {one.id: one for one in self._remote.records()}
        files = [
            self._look(group, path, held)
            for group, folder in self._copies.sources()
            for path in article_files([folder])
        ]
        todo = [one.path for one in files if not one.is_given and has_name(one.path)]
        known = frozenset(self._remote.passage_ids() if todo else ())
        try:
            with contextlib.closing(engine(todo, dataclasses.replace(order, known=known))) as outcomes:
                for number, file in enumerate(files):
                    progress("Giving articles to the server", number, len(files))
                    try:
                        self._give(file, held, outcomes)
                    except ArticleError as exc:
                        yield str(exc)
                    progress("Giving articles to the server", number + 1, len(files))
            self._give_besides(held)
        finally:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._given), encoding="utf-8")

    def _look(self, group: str, path: Path, held: dict[str, Record]) -> File:
        digest = _digest(path)
        before, id_, _ = self._given.get(str(path), _NEVER)
        there = held.get(id_)
        is_given = bool(digest) and before == digest and there is not None and there.kind != DAMAGED
        return File(group, path, digest, is_given)

    def _give(self, file: File, held: dict[str, Record], outcomes: Outcomes) -> None:
        group, path = file.group, file.path
        if not has_name(path):
            raise ArticleError(path, "file", _NAMELESS)
        before = self._given.get(str(path), _NEVER)
        if file.is_given:
            self._seen.add(before[1])
            return
        made = next_of(outcomes)
        article = made.article
        if article.id in self._seen:
            raise ArticleError(path, "id", f"'{article.id}' is another article's; choose another")
        record = record_of(article.id, ARTICLE, group, render(article))
        there = held.get(article.id)
        is_theirs = there and there.digest != record.digest and before[1] != article.id
        if there and there.kind == ARTICLE and is_theirs and OWN in (group, there.group):
            raise ArticleError(path, "id", f"'{article.id}' is another article's on the server; choose another")
        self._seen.add(article.id)
        is_unwanted = there and there.kind == REMOVED and (group != OWN or there.digest == record.digest)
        if there is None or (there.digest != record.digest and not is_unwanted):
            is_new = there is None or there.kind == REMOVED
            self.embedded += give(self._remote, self._embedder, made, group, is_new=is_new)
        self._given[str(path)] = [file.digest, record.id, record.digest]

    def _give_besides(self, held: dict[str, Record]) -> None:
        for group, folder in self._copies.sources():
            for path in (folder / name for name in BESIDES if (folder / name).is_file()):
                with contextlib.suppress(OSError, UnicodeDecodeError):  # what cannot be read is told where it is used
                    record = record_of(f"{path.name}@{group}", BESIDE, group, path.read_text(encoding="utf-8"))
                    there, before = held.get(record.id), self._given.get(str(path), _NEVER)
                    if there is None or record.digest not in (there.digest, before[2]):
                        self._remote.put(record)
                        self._remote.touch()
                    self._given[str(path)] = ["", record.id, record.digest]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # reading the article will say why
