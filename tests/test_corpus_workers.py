"""Articles made by several processes at once: the same library, whoever of them dies, and no process left behind."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from corpus import Library, StoreError
from corpus.making import Maker, Order
from corpus.settings import Server, Settings
from corpus.workers import Processes, elsewhere
from tests.documents import docx
from tests.fakes import BagOfWords, article_file

ROOT = Path(__file__).parent.parent
PATIENCE = 240  # seconds, on a machine that is busy with much else


class Deadly(BagOfWords):
    """Ends its process where a passage holds the word that it was given."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word

    def encode_passages(self, passages):
        if any(self.word in one.content for one in passages) and multiprocessing.parent_process():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_passages(passages)


@pytest.fixture
def folder(tmp_path):
    """Documents of several kinds, some of which are refused, alike or of the same title."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(12):
        words = " ".join(f"Animal {number} has habit {n} of its kind, which is noted in book {n}." for n in range(20))
        (folder / f"{number:02}.txt").write_text(words)
    (folder / "again.txt").write_text((folder / "03.txt").read_text())
    (folder / "bad.docx").write_bytes(b"PK\x03\x04 nothing of the kind")
    (folder / "empty.md").write_text("")
    (folder / "own.md").write_text(article_file("otters", "Otters are counted at dawn."))
    (folder / "page.html").write_text("<h1>Same title</h1><p>Foxes hide beneath the hedge when it rains.</p>")
    (folder / "same.md").write_text("# Same title\n\nBadgers dig under the hedge in winter.\n")
    (folder / "word.docx").write_bytes(docx("Parks", [("Trees", ["Gardeners in parks count the trees each spring."])]))
    return folder


def opened(home: Path, embedder=None) -> Library:
    return Library(Settings(home, (home / "articles",)), embedder or BagOfWords())


def held(library):
    """All that a library holds, with its vectors."""
    catalog = library._index.catalog
    ids = sorted(catalog.passage_ids())
    whole, near = library._index.nearest(np.ones(512, dtype=np.float32), len(ids)), catalog.passages(ids, len(ids))
    return library.articles(), sorted(whole), [(one, rows.tolist()) for one, rows in near]


def test_two_processes_make_the_same_library_and_tell_of_it_in_the_same_order(tmp_path, folder):
    one, two = opened(tmp_path / "one"), opened(tmp_path / "two")
    report = one.add(folder, publisher="A House")
    assert [one.outcome for one in report.results].count("added") == 16
    assert [one.outcome for one in report.results].count("refused") == 2
    again = two.using(Processes(2)).add(folder, publisher="A House")
    assert repr(again).replace("/two/", "/one/") == repr(report)
    assert held(two) == held(one)
    assert [result.outcome for result in two.using(Processes(2)).add(folder).added] == []
    files = [path for path in (tmp_path / "two" / "articles").iterdir() if path.suffix == ".md"]
    for path in (*files[:3], tmp_path / "two" / "articles" / "bad.md"):
        path.write_text(path.read_text() + "\nOne more sentence stands here.\n" if path.exists() else "no article\n")
        same = tmp_path / "one" / "articles" / path.name
        same.write_text(path.read_text())
    plain, shared = one.sync(), two.using(Processes(2)).sync()
    assert shared.changed == plain.changed and len(plain.changed) == 3 and shared.embedded == plain.embedded > 0
    assert [line.replace("/two/", "/one/") for line in shared.refused] == list(plain.refused) != []
    assert held(two) == held(one)


def test_the_model_that_ships_gives_the_same_vectors_in_processes_that_have_fewer_threads(home, library, tmp_path):
    environment = {**os.environ, "ADVISOR_HOME": str(tmp_path / "home"), "TQDM_DISABLE": "1"}
    command = [sys.executable, "-W", "error", "-m", "corpus", "sync", "--workers", "2"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "") and "4 added" in done.stdout
    ids = sorted(library._index.catalog.passage_ids())
    ours, theirs = (
        dict(one._index.catalog.passages(ids, len(ids))) for one in (library, Library.open(tmp_path / "home"))
    )
    assert ours.keys() == theirs.keys()
    assert max(float(np.abs(ours[one] - theirs[one]).max()) for one in ours) < 1e-3


def test_a_worker_that_is_killed_takes_nothing_with_it(tmp_path, folder, caplog):
    plain, library, killed = opened(tmp_path / "one"), opened(tmp_path / "two"), []

    def kill(stage, done, total):
        if done == 4 and not killed:
            killed.append(multiprocessing.active_children()[0])
            os.kill(killed[0].pid, signal.SIGKILL)

    report = library.using(Processes(2)).add(folder, progress=kill)
    assert killed and "A worker has died; what it was at is made again." in caplog.text
    assert report == plain.add(folder)
    assert held(library) == held(plain)
    assert not multiprocessing.active_children()


def test_what_a_worker_is_told_holds_no_token(tmp_path):
    server = Server("https://chroma.example", token="tk-3f9c1d7e5b")
    order = Order(Settings(tmp_path, (), allowed_hosts=("intranet.example",), server=server), fields={"author": "Ann"})
    told = elsewhere(order, 1)
    assert b"tk-3f9c1d7e5b" in pickle.dumps(order) and b"tk-3f9c1d7e5b" not in pickle.dumps(told)
    assert told.settings.allowed_hosts == ("intranet.example",) and told.fields == {"author": "Ann"}


def test_a_worker_of_another_version_makes_nothing(tmp_path, folder):
    order = dataclasses.replace(elsewhere(Order(Settings(tmp_path, ())), 1), kind="another chunker-0")
    with Maker(order) as maker:
        made = maker.make(folder / "own.md")
    assert str(made) == "A worker has another version of this program; install the same wherever it runs"
    assert isinstance(made, StoreError)


def test_what_ends_whoever_reads_it_is_refused_and_the_rest_added(tmp_path, folder):
    library = opened(tmp_path / "home", Deadly("Badgers"))
    report = library.using(Processes(2)).add(folder)
    assert len(report.added) == 15
    (message,) = (one.message for one in report.refused if one.place.endswith("same.md"))
    assert message == "file: ends the process that reads it; add it without --workers"


def test_where_every_worker_dies_it_is_one_line(tmp_path, folder):
    library = opened(tmp_path / "home", Deadly("Animal"))
    with pytest.raises(StoreError, match=r"Workers die whatever they make.*; run it without --workers"):
        library.using(Processes(2)).add(folder)
    assert not multiprocessing.active_children()


@pytest.fixture
def many(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        words = " ".join(f"Person {number} tells story {n}, of which nobody has heard a word." for n in range(120))
        (folder / f"{number:02}.txt").write_text(words)
    return folder


@pytest.fixture
def adding(tmp_path, many):
    """A command that adds them in two processes, in a group of its own as at a terminal, and has begun to."""
    environment = {**os.environ, "ADVISOR_HOME": str(tmp_path / "home"), "TQDM_DISABLE": "1"}
    command = [sys.executable, "-m", "corpus", "add", str(many), "--workers", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # else it may be ignored, as in the background
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, text=True, **pipes)
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + PATIENCE
    while not list((tmp_path / "home" / "articles").glob("*.md")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    yield process
    for one in living(process.pid):
        os.kill(one, signal.SIGKILL)
    process.communicate()


def living(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its) == group and state != "Z":
            found.append(int(path.parent.name))
    return found


def all_gone(group: int) -> bool:
    deadline = time.monotonic() + 60
    while living(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not living(group)


def test_ctrl_c_ends_it_cleanly_and_the_next_goes_on(adding, tmp_path, many):
    assert len(living(adding.pid)) >= 3
    os.killpg(adding.pid, signal.SIGINT)
    assert adding.communicate(timeout=60) == ("", "")
    assert adding.returncode == 130
    assert all_gone(adding.pid)
    library = Library.open(tmp_path / "home")
    report = library.add(*sorted(many.iterdir())[:3])
    assert not report.refused and report.known


def test_workers_do_not_outlive_who_started_them(adding):
    os.kill(adding.pid, signal.SIGKILL)
    assert all_gone(adding.pid)
