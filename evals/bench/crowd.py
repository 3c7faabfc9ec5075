"""The four articles go in; a crowd of articles like them comes out, and vectors for it that nobody has to wait for.

The words of every sentence are shuffled, so that no two articles have a text in common; the vectors are those of the
real passages and sentences, each moved a little by what its text is. `python -m evals.bench.crowd COMMAND HOME REAL
...`, the command add, ask, grow, ingest, one or search, prints its figures as JSON; REAL is a home that holds the four
articles and the exported model.
"""

from __future__ import annotations

import dataclasses
import json
import random
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus import Article, Library, Passage, Settings, chunk
from corpus.embed import each_alone
from corpus.settings import load_settings
from corpus.store import VectorStore
from evals.bench.stock import QUESTIONS, passages

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW = 100  # articles, after which the memory in use is taken to compare with
_MOVED = 0.6  # length of what is added to a unit vector
_ROUNDS = 40
_ASKED = 10  # times that each question is answered
# Words of the articles, as they are looked for beside a question's own.
_RELATED = ("salary", "paid", "typical", "level", "design", "build", "deploy", "role", "skills", "experience", "data")


class Perturbed:
    """An embedder whose vectors are real ones, moved a little; a question's is its own."""

    name = "perturbed"

    def __init__(self, library: Library) -> None:
        """With the vectors of a library's passages; its embedder embeds the questions."""
        passages = [passage for article in library.articles() for passage in chunk(article)]
        self._real = library.embedder
        self._known = self._real.encode([passage.content for passage in passages])

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, the same for the same text."""
        keys = [zlib.crc32(text.encode()) for text in texts]
        moves = np.array([np.random.default_rng(key).normal(size=self._known.shape[1]) for key in keys])
        moves *= _MOVED / np.linalg.norm(moves, axis=1, keepdims=True)
        vectors = self._known[[key % len(self._known) for key in keys]] + moves
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The real vector of a question."""
        return self._real.encode_query(text)

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """As a model that reads every text alone."""
        return each_alone(self, passages)


def crowd(articles: tuple[Article, ...], numbers: range) -> Iterator[tuple[str, str]]:
    """File names and texts of the articles with these numbers."""
    for number in numbers:
        article = articles[number % len(articles)]
        fields = f"id: crowd-{number}\ntitle: Article {number} of a crowd\npublisher: House {number % 50}\n"
        date = f'published: "20{number % 25:02}-{number % 12 + 1:02}-01"\n'
        yield f"crowd-{number}.md", f"---\n{fields}{date}---\n\n{_shuffled(article, number)}\n"


def _shuffled(article: Article, seed: int) -> str:
    order, pieces, at = random.Random(seed), list[str](), 0
    for sentence in article.sentences():
        words = sentence.text.split()
        if sentence.kind != "row":
            order.shuffle(words)
        pieces += [article.text[at : sentence.start], " ".join(words)]
        at = sentence.end
    return "".join([*pieces, article.text[at:]])


def _open(home: Path, real: Path) -> Library:
    alone = dataclasses.replace(load_settings(real), server=None)  # what is real lies here, whatever is measured
    return Library.open(home, embedder=Perturbed(Library(alone)))


def _resident() -> float:
    """MB of memory in use by this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20


def add(home: Path, real: Path, *folders: Path) -> dict[str, float]:
    """Add the articles of one folder after another; before the next it says so, and waits for a line to go on."""
    library, few, most, seconds = _open(home, real), [0.0], [0.0], 0.0
    library.sync()

    def watch(stage: str, done: int, total: int) -> None:
        if stage == "Adding" and done % 20 == 0 and done >= _FEW:
            most[0] = max(most[0], _resident())
            few[0] = few[0] or most[0]

    for number, folder in enumerate(folders):
        if number:
            print("next", flush=True)  # noqa: T201
            sys.stdin.readline()
        started = time.perf_counter()
        report = library.add(folder, progress=watch)
        assert not report.refused and not report.known
        seconds += time.perf_counter() - started
    return {"seconds": seconds, "few": few[0], "most": max(most[0], _resident())}


def ingest(home: Path, real: Path) -> dict[str, float]:
    """Embed and store the passages of `stock.passages`: as they are, and as articles with their sentences and words."""
    library = Library.open(real)
    embedder, texts = library.embedder, passages()
    embedder.encode(["ready"])
    folder = home / "articles"
    folder.mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.md").write_text(f"---\nid: p{number}\ntitle: P\n---\n\n{text}\n", encoding="utf-8")
    whole = Library(Settings(home=home, articles=(folder,)), embedder)
    store = VectorStore(home / "store", create=True)
    ids = list(map(str, range(len(texts))))
    started = time.perf_counter()
    for at in range(0, len(texts), 64):
        store.add(ids[at : at + 64], ["a"] * len(ids[at : at + 64]), embedder.encode(texts[at : at + 64]))
    stored = time.perf_counter()
    whole.sync()
    return {"passages": len(texts) / (stored - started), "articles": len(texts) / (time.perf_counter() - stored)}


def search(home: Path, real: Path) -> dict[str, float]:
    """Open a library, and search it as answers do: by a vector, and by a question's words among some twenty."""
    library = _open(home, real)
    library.embedder.encode_query("ready")
    started = time.perf_counter()
    assert library.stale() is None
    library.search(QUESTIONS[0], 20)
    opened = time.perf_counter() - started
    times = []
    for number in range(_ROUNDS):
        for question in QUESTIONS:
            asked = f"{question} ({number})"  # another vector each time
            started = time.perf_counter()
            library.search(asked, 20, terms=[*question.split(), *_RELATED])
            times.append((time.perf_counter() - started) * 1000)
    return {
        "opened": opened,
        "passages": library.passage_count(),
        "p50": statistics.median(times),
        "p95": float(np.percentile(times, 95)),
    }


def grow(home: Path, real: Path) -> dict[str, float]:
    """Bring a library in step with its folder; a server's, where one is named."""
    library = _open(home, real)
    started = time.perf_counter()
    library.sync()
    return {"seconds": time.perf_counter() - started, "passages": library.passage_count()}


def ask(home: Path, real: Path) -> dict[str, float]:
    """The time of whole answers, found, read and checked, and the memory of the process that gives them."""
    from advisor import Advisor

    advisor = Advisor(model=None, library=_open(home, real))
    advisor.ask(QUESTIONS[0])
    times = []
    for number in range(_ASKED):
        for question in QUESTIONS:
            started = time.perf_counter()
            advisor.ask(f"{question} ({number})")
            times.append((time.perf_counter() - started) * 1000)
    return {"p50": statistics.median(times), "p95": float(np.percentile(times, 95)), "resident": _resident()}


def one(home: Path, real: Path, file: Path) -> dict[str, float]:
    """Add one more article to a library that is open, and take it out again."""
    library = _open(home, real)
    library.search(QUESTIONS[0])
    started = time.perf_counter()
    (result,) = library.add(file).added
    added = time.perf_counter() - started
    assert result.article
    started = time.perf_counter()
    library.remove(result.article)
    return {"added": added, "removed": time.perf_counter() - started}


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    commands: dict[str, Callable[..., dict[str, float]]] = {
        made.__name__: made for made in (add, ask, grow, ingest, one, search)
    }
    print(json.dumps(commands[command](*map(Path, paths))))  # noqa: T201
