"""A library on a server and a folder go in; the folder comes out as a copy of its articles that writes through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from corpus.about import NAME as ABOUT
from corpus.article import read_article
from corpus.chunk import chunk
from corpus.differences import NAME as DIFFERENCES
from corpus.embed import Embedder
from corpus.files import Known, article_files, look
from corpus.giving import give, take
from corpus.making import Made
from corpus.records import ARTICLE, BESIDE, DAMAGED, REMOVED, Record
from corpus.remote import Remote
from corpus.settings import Settings
from corpus.shelf import Shelf, render

OWN, PROGRAM = "own", "program"  # groups of articles: those that were added, those that came with the program
BESIDES = (ABOUT, DIFFERENCES)  # files that lie beside articles
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class Copies(Shelf):
    """The articles of a library on a server, as files under `home`; what is put here or taken is so there first.

    They lie in two folders, one for each group, so that what lies beside them speaks of the right ones.
    """

    def __init__(self, home: Path, settings: Settings, remote: Remote, embedder: Embedder) -> None:
        super().__init__(home / "articles", gone="it is on the server no longer")
        self.folders = (home / PROGRAM, self.folder)
        self._own = settings.home / "articles"
        self._given = settings.articles
        self._remote = remote
        self._embedder = embedder

    def sources(self) -> Iterator[tuple[str, Path]]:
        """The folders of this machine that a sync gives to the server, each after its group."""
        return ((OWN if folder == self._own else PROGRAM, folder) for folder in self._given)

    def write(self, made: Made) -> Path:
        """Give an article to the server, then keep it here. Raises ArticleError where its id has been taken."""
        give(self._remote, self._embedder, made, OWN, is_new=True)
        return super().write(made)

    def delete(self, paths: Iterable[Path]) -> None:
        """Take articles from the server, then their files away."""
        every = list(paths)
        for path in every:
            if path.suffix == ".md":
                take(self._remote, path.stem, OWN)
        super().delete(every)

    def clear(self, ids: Iterable[str]) -> frozenset[str]:
        """Take damaged records from the server."""
        damaged = frozenset(one.id for one in self._remote.records(list(ids)) if one.kind == DAMAGED)
        for id_ in damaged:
            take(self._remote, id_, OWN)
        return damaged

    def leave_out(self, ids: Iterable[str]) -> None:
        """Have exactly these of the program's articles not on the server."""
        wanted, so_far = frozenset(ids), self.left_out()
        for id_ in wanted - so_far:
            take(self._remote, id_, PROGRAM)
        for path in self._program_files():
            if path.stem in so_far - wanted:
                article = read_article(path)
                give(self._remote, self._embedder, Made(article, chunk(article), {}), PROGRAM, is_new=True)
                self._keep(self.folders[0] / path.name, render(article))
        super().leave_out(wanted)

    def copy(self, records: Sequence[Record], known: dict[str, Known]) -> None:
        """Have just these records' files here, and list those of the program's articles that were removed.

        What is new is fetched; `known` is what is known of files, by path.
        """
        wanted = {path: one for one in records if (path := self._path(one))}
        changed = {
            one.id: path for path, one in wanted.items() if look(path, known.get(str(path))).digest != one.digest
        }
        for record in self._remote.records(list(changed)):
            if record.kind not in (REMOVED, DAMAGED):  # since
                self._keep(changed[record.id], record.text)
        super().delete([path for path in self._files() if path not in wanted])
        removed = {one.id for one in records if one.kind == REMOVED}
        left_out = removed & {path.stem for path in self._program_files()}
        if left_out != self.left_out():
            super().leave_out(left_out)

    def _path(self, record: Record) -> Path | None:
        """Where a record's file lies; nowhere but under the home, whatever a server says."""
        folder = self.folders[0 if record.group == PROGRAM else 1]
        if record.kind == ARTICLE and _ID.fullmatch(record.id):
            return folder / f"{record.id}.md"
        name = record.id.partition("@")[0]
        return folder / name if record.kind == BESIDE and name in BESIDES else None

    def _files(self) -> Iterator[Path]:
        yield from article_files(self.folders)
        yield from (folder / name for folder in self.folders for name in BESIDES if (folder / name).exists())

    def _program_files(self) -> Iterator[Path]:
        return article_files(folder for group, folder in self.sources() if group == PROGRAM)

    def _keep(self, path: Path, text: str) -> None:
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
        self._put(path, text)
