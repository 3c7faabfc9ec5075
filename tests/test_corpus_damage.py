"""Files of the index or of a model in which bytes have changed: seen, said, and made anew from the articles."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corpus import Library, ModelError, StoreError, embed, seals, weights
from corpus.settings import Settings
from corpus.store import VectorStore
from tests.fakes import BagOfWords, article_file

ROOT = Path(__file__).parent.parent


def opened(home):
    return Library(Settings(home=home, articles=(home / "articles",)), BagOfWords())


def answer(library):
    asked = ("zebra1x7", "zebra0x350", "zebra2x100")
    found = [library.search(f"The {word} stands here", 1, terms=[word])[0] for word in asked]
    return [(hit.passage.article, hit.passage.start) for hit in found]  # the graph is built by chance


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A library of so many passages that Chroma has put its graph on the disk, and what it answers."""
    home = tmp_path_factory.mktemp("kept") / "home"
    (home / "articles").mkdir(parents=True)
    for n in range(3):
        parts = (f"## Part {m} of {n}\n\nThe zebra{n}x{m} stands here. Dogs bark in town {n}." for m in range(370))
        (home / "articles" / f"a{n}.md").write_text(article_file(f"a{n}", "\n\n".join(parts)))
    library = opened(home)
    library.sync()
    found = answer(library)
    library._index.builds.release()
    shutil.copytree(home, home.parent / "copy")
    return home, found


@pytest.fixture
def home(kept):
    """The library as it was made: at the same place, as the index notes the paths of the articles."""
    shutil.rmtree(kept[0])
    shutil.copytree(kept[0].parent / "copy", kept[0])
    return kept[0]


def part(home, pattern):
    (path,) = (path for path in (home / "index").glob(pattern) if path.is_file())
    return path


def flip(path, at=None, count=1, seed=1):
    """Change bytes, in the middle where it is not said where, and keep the times of the file."""
    times, body = path.stat(), bytearray(path.read_bytes())
    begin = len(body) // 2 if at is None else at
    for place in range(begin, min(len(body), begin + count)):
        body[place] ^= 1 << random.Random(seed + place).randrange(8)
    path.write_bytes(body)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


PARTS = {  # what lies in the index, and where a byte of it is flipped
    "catalog": ("build-*/catalog.sqlite3", None, 1),
    "catalog's head": ("build-*/catalog.sqlite3", 20, 1),
    "much of the catalog": ("build-*/catalog.sqlite3", 9_000, 9_000),
    "embeddings": ("build-*/embeddings.sqlite3", None, 1),
    "embeddings' head": ("build-*/embeddings.sqlite3", 20, 1),
    "vectors": ("build-*/vectors-*/*/data_level0.bin", None, 1),
    "much of the vectors": ("build-*/vectors-*/*/data_level0.bin", 40_000, 90_000),
    "graph": ("build-*/vectors-*/*/link_lists.bin", None, 4),
    "graph's head": ("build-*/vectors-*/*/header.bin", 21, 2),
    "names": ("build-*/vectors-*/*/index_metadata.pickle", 9, 30),
    "lengths": ("build-*/vectors-*/*/length.bin", 8, 3),
    "the store's head": ("build-*/vectors-*/chroma.sqlite3", 20, 60),
    "checksums": ("build-*/checksums", 3, 1),
    "the name of the build": ("current", 8, 1),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_flipped_byte_is_seen_and_the_index_made_anew(kept, home, what, capfd):
    pattern, at, count = PARTS[what]
    flip(part(home, pattern), at, count)
    library = opened(home)
    (index, *_) = library.examine()
    assert not index.is_well and index.mend == "run: python -m corpus sync"
    assert library.stale() == "the index is damaged", "whoever opens it is told, and syncs"
    assert library.sync().rebuilt == "the index is damaged"
    assert answer(library) == kept[1]
    assert library.stale() is None and not library.sync()
    assert [one for one in library.examine() if not one.is_well and one.subject != "space"] == []
    assert "panicked" not in capfd.readouterr().err, "it is seen before Chroma sees it"


@pytest.mark.parametrize("what", ["catalog", "much of the vectors", "names"])
def test_a_large_library_is_examined_by_sync_and_doctor_alone(kept, home, what, monkeypatch):
    monkeypatch.setattr(seals, "CHEAP", 1000)
    pattern, at, count = PARTS[what]
    flip(part(home, pattern), at, count)
    (index, *_) = opened(home).examine()
    assert not index.is_well and index.mend == "run: python -m corpus sync"
    assert opened(home).sync().rebuilt == "the index is damaged"
    assert answer(opened(home)) == kept[1]


@pytest.mark.parametrize("what", ["catalog", "embeddings", "vectors"])
def test_nothing_is_added_to_what_is_damaged(kept, home, what, tmp_path, monkeypatch):
    monkeypatch.setattr(seals, "CHEAP", 1000)
    pattern, at, count = PARTS[what]
    flip(part(home, pattern), at, count)
    (tmp_path / "new.md").write_text(article_file("new", "Fish swim."))
    library = opened(home)
    assert library.add(tmp_path / "new.md").added and answer(library) == kept[1]
    assert not seals.damaged(part(home, "build-*/catalog.sqlite3").parent)


def test_reading_adding_and_removing_keep_the_checksums_right(home, tmp_path):
    library = opened(home)

    def is_right():
        build = part(home, "build-*/catalog.sqlite3").parent
        names = {"catalog.sqlite3", "embeddings.sqlite3", *(path.name for path in build.glob("vectors-*"))}
        return seals.read(build).keys() == names and not seals.damaged(build)

    assert is_right()
    for _ in range(3):
        other = opened(home)
        answer(other)
        other._index.builds.release()
    assert is_right(), "Chroma writes even to read"
    (tmp_path / "new.md").write_text(article_file("new", "Fish swim."))
    for act in (
        lambda: library.add(tmp_path / "new.md"),
        lambda: library.add(tmp_path / "new.md"),
        lambda: library.remove("new"),
        library.sync,
        lambda: os.utime(home / "articles" / "a0.md", ns=(1, 1)),
        library.sync,
    ):
        act()
        assert is_right() and library.stale() is None
    assert all(one.is_well for one in library.examine() if one.subject != "space")


def test_there_are_no_checksums_while_somebody_writes(home, monkeypatch):
    """A kill, at whatever moment, leaves none that are wrong: the next sync finishes, and does not begin anew."""
    (home / "articles" / "new.md").write_text(article_file("new", "Fish swim."))
    library = opened(home)
    seen = []

    class Killed(BaseException):
        pass

    def killed(self, *_):
        seen.append(seals.read(self._folder))
        raise Killed

    monkeypatch.setattr("corpus.sync.Writer.finish", killed)
    with pytest.raises(Killed):
        library.sync()
    monkeypatch.undo()
    assert seen == [{}] and not library.examine()[0].is_well
    report = opened(home).sync()
    assert not report.rebuilt and report.embedded == 0
    assert all(one.is_well for one in opened(home).examine() if one.subject != "space")


def test_an_index_of_before_there_were_checksums_gets_them(kept, home):
    part(home, "build-*/checksums").unlink()
    library = opened(home)
    assert library.stale() is None and not library.examine()[0].is_well
    assert not library.sync() and library.examine()[0].is_well
    assert answer(library) == kept[1]


def test_a_reader_is_not_told_of_damage_while_another_writes(home):
    """Checksums and files change together only for who holds the lock: the reader looks again."""
    told, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            told.append(opened(home).stale())

    thread = threading.Thread(target=read)
    thread.start()
    try:
        library = opened(home)
        for n in range(6):
            (home / "articles" / "a0.md").write_text(article_file("a0", f"Cats purr in house {n}."))
            library.sync()
    finally:
        stop.set()
        thread.join()
    assert told and "the index is damaged" not in told


def test_a_panic_of_chromas_is_an_error_of_ours(tmp_path):
    """Its class is no Exception, and would end the program."""

    class PanicException(BaseException):
        pass

    class Collection:
        def count(self):
            raise PanicException("range end index 7 out of range")

    class Client:
        def close(self):
            raise PanicException("again")

    store = VectorStore(tmp_path / "store", create=True)
    client, store._client, store._collection = store._client, Client(), Collection()
    with pytest.raises(StoreError, match=r"cannot be read .range end.*run 'python -m corpus sync'"):
        store.count()
    store.close()
    client.close()


def test_a_flipped_model_is_refused_and_not_asked(tmp_path):
    """It would load and run, and decline every question."""
    shutil.copytree(embed.MODEL, tmp_path / "model")
    model = tmp_path / "model" / "model.onnx"
    assert embed.OnnxEmbedder(tmp_path / "model").encode(["x"]).shape == (1, 384)
    flip(model, model.stat().st_size // 3)
    with pytest.raises(ModelError, match=r"model\.onnx is damaged: .*; install the package again"):
        embed.OnnxEmbedder(tmp_path / "model").encode(["x"])
    library = Library(Settings(home=tmp_path, articles=()), embed.OnnxEmbedder(tmp_path / "model"))
    found = {one.subject: one for one in library.examine()}["model"]
    assert not found.is_well and found.mend == "install the package again"


def test_a_flipped_tokenizer_is_refused(monkeypatch):
    monkeypatch.setattr(weights, "TOKENIZER_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"tokenizer\.json is damaged: .*; reinstall"):
        embed.OnnxEmbedder(embed.MODEL).encode(["x"])


@pytest.mark.parametrize("folder", ["advisor/find/model", "advisor/verify/model", "corpus/model"])
def test_every_model_that_ships_has_a_checksum_and_is_checked(folder, tmp_path):
    weights.check_model(ROOT / folder / "model.onnx")
    shutil.copy(ROOT / folder / "model.onnx", tmp_path)
    with pytest.raises(ModelError, match="no checksum"):
        weights.check_model(tmp_path / "model.onnx")
    code = (
        "import sys; from pathlib import Path; from advisor import ModelError\n"
        "from advisor.models.cross_encoder import OnnxCrossEncoder\n"
        "try: OnnxCrossEncoder(Path(sys.argv[1]), 64, 'reader').logits([('a', 'b')])\n"
        "except ModelError as exc: print(exc)"
    )
    shutil.copy(ROOT / folder / "model.sha256", tmp_path)
    flip(tmp_path / "model.onnx")
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "missing or damaged" in done.stdout
