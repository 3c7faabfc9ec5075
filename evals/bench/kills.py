"""A number of rounds goes in; processes that add, edit and remove articles are killed; what did not survive comes out.

After every kill the library must be whole: each article that was acknowledged is found in both indexes, none is half
there, and of what was removed no file holds a word. The process to be killed is
`python -m evals.bench.kills FOLDER SEED`.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus import Library, Passage, Settings, chunk, read_article
from corpus.embed import each_alone
from evals.bench.measured import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 50
_ARTICLES = 12
_LONGEST = 1.5  # seconds that a process lives


class Numbered:
    """An embedder whose vectors are random, the same for the same text."""

    name = "numbered"

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), 64)."""
        vectors = np.array([np.random.default_rng(zlib.crc32(text.encode())).normal(size=64) for text in texts])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text."""
        return np.asarray(self.encode([text])[0], dtype=np.float32)

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """As a model that reads every text alone."""
        return each_alone(self, passages)


def open_library(folder: Path) -> Library:
    """The library of a folder, with no articles but its own."""
    home = folder / "home"
    return Library(Settings(home=home, articles=(home / "articles",)), Numbered())


def mark(number: int) -> str:
    """A word that stands in one article only."""
    return f"mark{hashlib.sha256(str(number).encode()).hexdigest()[:20]}"


def article_text(number: int) -> str:
    """The text of an article's file: some passages, each with its mark."""
    parts = [
        f"## Part {part}\n\nThis is sentence {part} of {mark(number)}. " + f"Some word{number}x{part} here. " * 20
        for part in range(number % 4 + 2)
    ]
    return f"---\nid: a{number}\ntitle: Article {number}\n---\n\n" + "\n\n".join(parts) + "\n"


def work(folder: Path, seed: int) -> None:
    """Add, edit and remove articles at random until killed, saying what is begun and what is done."""
    order, library = random.Random(seed), open_library(folder)
    library.sync()
    _say("ready")
    while True:
        number = order.randrange(_ARTICLES)
        path = library.path_of(f"a{number}")
        if path is None:
            _say(f"adding {number}")
            assert library.add(folder / "files" / f"a{number}.md").added
            _say(f"added {number}")
        elif order.random() < 0.5:
            _say(f"removing {number}")
            library.remove(f"a{number}")
            _say(f"removed {number}")
        else:
            edited = path.with_name("edited")  # as editors do, so that no half of a file is read
            edited.write_text(article_text(number).replace("## Part 1", f"New words.\n\n## Part {order.random()}"))
            edited.replace(path)
            library.sync()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def kill_loop(rounds: int = ROUNDS, seed: int = 1) -> list[str]:
    """Kill so many processes, each at a random moment; returns a line for everything that was not right afterwards."""
    order, wrong = random.Random(seed), list[str]()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "files").mkdir()
        for number in range(_ARTICLES):
            (folder / "files" / f"a{number}.md").write_text(article_text(number), encoding="utf-8")
        states: dict[int, str] = {}
        for one in range(rounds):
            for line in _killed(folder, order.randrange(2**31), order.random() * _LONGEST):
                what, _, of = line.partition(" ")
                states |= {int(of): what} if of else {}
            wrong += [f"round {one}: {line}" for line in _check(folder, states)]
    return wrong


def _killed(folder: Path, seed: int, seconds: float) -> list[str]:
    """What one process said before it was killed."""
    command = [sys.executable, "-m", "evals.bench.kills", str(folder), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        first = process.stdout.readline()
        if first != "ready\n":
            raise RuntimeError(process.stderr.read())
        time.sleep(seconds)  # the moment is what is tried, nothing waits for it
        process.kill()
        lines = process.stdout.read().splitlines(keepends=True)
    return [line.strip() for line in lines if line.endswith("\n")]


def _check(folder: Path, states: dict[int, str]) -> Iterator[str]:
    """What is not right with the library after the next command, which is a sync."""
    library = open_library(folder)
    library.sync()
    yield from (f"{one.subject}: {one.says}" for one in library.examine() if not one.is_well and one.subject != "space")
    if why := library.stale():
        yield f"not in step: {why}"
    files = {path.stem: path for path in (folder / "home" / "articles").glob("*.md")}
    if set(files) != {one.id for one in library.listing()}:
        yield "the articles are not those of the files"
    for id_, path in files.items():
        yield from _half_indexed(library, id_, path)
    for number, what in states.items():
        if what == "added" and f"a{number}" not in files:
            yield f"a{number} was acknowledged and is lost"
        if what == "removed" and f"a{number}" in files:
            yield f"a{number} was removed and is back"
    gone = [number for number in range(_ARTICLES) if f"a{number}" not in files]
    for path in (path for path in (folder / "home").rglob("*") if path.is_file()):
        held = path.read_bytes()
        yield from (f"{path.name} has a word of a{one}, removed" for one in gone if mark(one)[4:].encode() in held)


def _half_indexed(library: Library, id_: str, path: Path) -> Iterator[str]:
    article, indexed = read_article(path), library.article(id_)
    if indexed != article:
        yield f"{id_} is not indexed as its file says"
        return
    passages = {passage.id: passage for passage in chunk(article)}
    found = library.search(article.text[:500], 1000, terms=["sentence", "word", "words"], sources=[id_])
    if {hit.passage.id: hit.passage for hit in found} != passages:
        yield f"{id_} has other passages than its file"
    if any(not hit.similarity or not hit.lexical for hit in found):
        yield f"{id_} is in one of the indexes only"


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
