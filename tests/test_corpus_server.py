"""A library on a Chroma server: real server processes on loopback, killed and started again, shared by processes."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import itertools
import os
import shlex
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import chromadb
import chromadb.config
import pytest
from chroma_server import ChromaServer, guarded
from fakes import BagOfWords, article_file

from advisor import Advisor
from advisor.web import health
from corpus import Library, SettingsError, StoreError
from corpus import replica as replica_module
from corpus.chunk import chunk
from corpus.settings import Server, Settings, load_settings
from corpus.store import disconnect
from corpus.workers import Processes
from evals.case import load_cases

ROOT = Path(__file__).parent.parent
TOKEN = "tk-3f9c1d7e5b"
_numbers = itertools.count(1)


@pytest.fixture
def database(server):
    return server.database(f"test-{next(_numbers)}")


@pytest.fixture
def folder(tmp_path):
    """Articles that come with the program, in these tests."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name in ("otters", "penguins", "herons"):
        (folder / f"{name}.md").write_text(article_file(name, f"# About {name}\n\nThe {name} are counted at dawn."))
    return folder


@pytest.fixture
def replica(server, database, folder, tmp_path):
    """Opens the shared library as another machine would: with a home of its own."""

    def opened(home: str = "a", *, given: Path = folder, url: str = server.url, token: str | None = None) -> Library:
        place = tmp_path / home
        settings = Settings(place, (given, place / "articles"), server=Server(url, database=database, token=token))
        return Library(settings, BagOfWords())

    return opened


def collections(server, database):
    quiet = chromadb.config.Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(server.url, settings=quiet, database=database)
    try:
        return {one.name: one.get(include=["documents"]) for one in client.list_collections()}
    finally:
        disconnect(client)


def ids_of(library):
    return [one.id for one in library.listing()]


def note(folder: Path, name: str, text: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(f"# Notes on {name}\n\n{text or f'Every {name} is weighed on the scales of {name} in spring.'}\n")
    return path


def is_just(server, database, library) -> bool:
    """Whether the server holds each passage of each article once, and no others."""
    found = collections(server, database)["advisor-passages"]["ids"]
    return sorted(found) == sorted(one.id for article in library.articles() for one in chunk(article))


def environment(server, database, home: Path, **more: str) -> dict[str, str]:
    place = {"ADVISOR_CHROMA_URL": server.url, "ADVISOR_CHROMA_DATABASE": database, "ADVISOR_HOME": str(home)}
    return {**os.environ, **place, "TQDM_DISABLE": "1", "ADVISOR_MODEL": "", **more}


def run(arguments: list[str], environment: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, **more)


# ---- the same library


def test_a_replica_needs_nothing_but_the_address(replica, tmp_path):
    assert replica("a").stale() == "there is no index yet"
    report = replica("a").sync()
    assert sorted(report.added) == ["herons", "otters", "penguins"]
    empty = tmp_path / "none"
    empty.mkdir()
    other = replica("b", given=empty)
    other.embedder.encode = lambda texts: pytest.fail("a replica embeds no article")
    assert other.stale() is None
    assert ids_of(other) == ["herons", "otters", "penguins"]
    assert other.article("otters") == replica("a").article("otters")
    other.embedder = BagOfWords()
    (hit, *_) = other.search("who counts penguins", 3)
    assert hit.passage.article == "penguins"
    assert hit.sentences[0][1] > 0.2
    assert [one.passage.article for one in other.search("counted at dawn", 9, sources=["herons"])] == ["herons"]


def test_what_several_processes_make_is_given_as_if_one_had_made_it(replica, server, database, folder):
    library = replica().using(Processes(2))
    report = library.sync()
    assert sorted(report.added) == ["herons", "otters", "penguins"] and report.embedded == 3
    assert is_just(server, database, library)
    (folder / "otters.md").write_text(article_file("otters", "# About otters\n\nThe otters are fed at noon."))
    (folder / "voles.md").write_text(article_file("voles", "# About voles\n\nThe voles are fed at noon, too."))
    again = library.sync()
    assert (again.added, again.changed, again.embedded) == (("voles",), ("otters",), 2)
    assert is_just(server, database, library)
    assert [one.passage.article for one in replica("b").search("otters fed noon", 1)] == ["otters"]


def test_a_sync_that_finds_nothing_new_changes_nothing(replica, server, database):
    library = replica()
    library.sync()
    before = library.state
    again = library.sync()
    assert not again
    assert again.embedded == 0
    assert library.state == before
    assert is_just(server, database, library)


def same(ours, theirs) -> bool:
    return [dataclasses.replace(one, elapsed_ms=0) for one in (ours,)] == [dataclasses.replace(theirs, elapsed_ms=0)]


@pytest.fixture(scope="module")
def both(server, home, tmp_path_factory):
    """An advisor over the embedded library, and one over the same articles on the server, on another machine."""
    database = server.database("both")
    shared = Server(server.url, database=database)
    first = dataclasses.replace(load_settings(tmp_path_factory.mktemp("first")), server=shared)
    Library(first).sync()
    second = dataclasses.replace(load_settings(tmp_path_factory.mktemp("second")), server=shared)
    return Advisor("quote", library=Library.open(home)), Advisor("quote", library=Library(second))


def differing(both, cases) -> list[str]:
    asked = [(case, [each.ask(case.question, case.history, case.profile) for each in both]) for case in cases]
    return [case.id for case, (ours, theirs) in asked if not same(ours, theirs)]


def test_answers_are_those_of_the_embedded_library(both):
    embedded, served = (one.library for one in both)
    assert [one.text for one in served.articles()] == [one.text for one in embedded.articles()]
    assert served.about() == embedded.about()
    assert served.noted_differences() == embedded.noted_differences()
    cases = [case for case in load_cases(embedded.articles()) if not case.edits]
    assert len(cases) > 1000
    for case in cases[::97]:
        ours, theirs = (one.search(case.question, 8) for one in (embedded, served))
        assert [hit.passage for hit in ours] == [hit.passage for hit in theirs]
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-5)
    assert differing(both, cases[::97]) == []


@pytest.mark.evaluation
def test_all_answers_are_those_of_the_embedded_library(both):
    cases = [case for case in load_cases(both[0].library.articles()) if not case.edits]
    assert differing(both, cases) == []


# ---- shared by several


SEES = """
import sys, time
sys.path[:0] = ["tests"]
from fakes import BagOfWords
from corpus import Library
library = Library.open(embedder=BagOfWords())
print(len(library.listing()), flush=True)
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    if any(hit.passage.article == "notes-on-lynx" for hit in library.search("lynx weighed", 3)):
        print(time.time(), flush=True)
        break
    time.sleep(0.2)
"""


@pytest.mark.alone
def test_another_process_sees_an_added_article_within_five_seconds(replica, server, database, tmp_path):
    library = replica()
    library.sync()
    command = [sys.executable, "-c", SEES]
    place = environment(server, database, tmp_path / "b")
    with subprocess.Popen(command, env=place, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "3\n"
        (added,) = library.add(note(tmp_path / "notes", "lynx")).added
        when = time.time()
        assert added.article == "notes-on-lynx"
        assert float(other.stdout.readline()) - when < 5


ADDS = """
import sys
sys.path[:0] = ["tests"]
from pathlib import Path
from fakes import BagOfWords
from corpus import Library
from corpus.settings import load_settings
library = Library(load_settings(articles=(Path(sys.argv[1]), Path(sys.argv[2]))), BagOfWords())
print("ready", flush=True)
sys.stdin.readline()
report = library.sync()
print(len(report.refused), *report.refused, flush=True)
"""


def test_two_syncs_at_once_lose_nothing_and_duplicate_nothing(replica, server, database, tmp_path, folder):
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, given in enumerate(folders):
        given.mkdir()
        for id_ in [f"both-{n}" for n in range(6)] + [f"only-{number}-{n}" for n in range(6)]:
            (given / f"{id_}.md").write_text(article_file(id_, f"# On {id_}\n\nThe words of {id_} stand here."))
    processes = []
    for number, given in enumerate(folders):
        home = tmp_path / f"home-{number}"
        command = [sys.executable, "-c", ADDS, str(given), str(home / "articles")]
        place = environment(server, database, home)
        processes.append(
            subprocess.Popen(command, env=place, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        assert process.communicate(timeout=120)[0] == "0\n"
    empty = tmp_path / "none"
    empty.mkdir()
    library = replica("third", given=empty)
    assert ids_of(library) == sorted(
        [f"both-{n}" for n in range(6)] + [f"only-{m}-{n}" for m in range(2) for n in range(6)]
    )
    assert is_just(server, database, library)


def test_an_id_that_two_want_at_once_is_the_first_ones(replica, server, database, tmp_path):
    ours, theirs = replica("a"), replica("b")
    ours.sync()
    assert len(ids_of(theirs)) == 3
    first = ours._latest, theirs._latest  # both have looked, and neither sees the other's
    assert first
    theirs._replica._pull = lambda progress: None  # as if it had looked a moment before
    assert ours.add(note(tmp_path / "x", "moles", "Moles dig at night.")).added
    (refused,) = theirs.add(note(tmp_path / "y", "moles", "Moles were moved to another park.")).refused
    assert "has just become another article's" in refused.message
    third = replica("c")
    assert "dig at night" in third.article("notes-on-moles").text
    assert is_just(server, database, third)


def test_a_file_with_the_id_of_somebody_elses_article_does_not_replace_it(replica, tmp_path):
    ours, theirs = replica("a"), replica("b")
    ours.sync()
    ours.add(note(tmp_path / "x", "moles"))
    own = tmp_path / "b" / "articles"
    own.mkdir(parents=True)
    (own / "mine.md").write_text(article_file("notes-on-moles", "Something else altogether stands here."))
    (line,) = theirs.sync().refused
    assert "'notes-on-moles' is another article's on the server; choose another" in line
    assert "weighed" in ours.article("notes-on-moles").text


def test_a_corrected_file_is_taken_over_by_a_sync_and_leaves_nothing_of_before(replica, server, database, folder):
    ours, theirs = replica("a"), replica("b")
    ours.sync()
    assert len(ids_of(theirs)) == 3
    (folder / "otters.md").write_text(article_file("otters", "# About otters\n\nThe otters are fed at noon."))
    report = ours.sync()
    assert report.changed == ("otters",)
    assert report.embedded == 1
    assert "noon" in theirs._latest.catalog.article("otters").text
    kept = collections(server, database)
    for one in (kept["advisor-articles"], kept["advisor-passages"]):
        assert not [text for text in one["documents"] if text and "The otters are c" in text]
    assert is_just(server, database, theirs)


def test_what_is_removed_is_gone_from_the_server_and_from_every_replica(replica, server, database, tmp_path, folder):
    ours, theirs = replica("a"), replica("b")
    ours.sync()
    ours.add(note(tmp_path / "notes", "lynx"))
    assert len(theirs._latest.catalog.ids()) == 4
    report = theirs.remove("notes-on-lynx", "otters", "nobody")
    assert report.removed == ("notes-on-lynx", "otters")
    assert report.results[0].message == "it is on the server no longer"
    kept = collections(server, database)
    for one in (kept["advisor-articles"], kept["advisor-passages"]):
        texts = [text for text in one["documents"] if text]
        assert not [text for text in texts if "lynx" in text or "otters" in text]
    for library in (ours, theirs):
        library._latest  # noqa: B018
        assert ids_of(library) == ["herons", "penguins"]
        found = [path for path in (library._replica._copies.folder.parent).rglob("*") if path.is_file()]
        assert not [path for path in found if b"lynx is weighed" in path.read_bytes()]
    assert not ours.sync().added, "what was removed stays removed"
    assert ours.add(note(tmp_path / "notes", "lynx")).added[0].article == "notes-on-lynx"
    assert ours.add("otters").added[0].message == "brought back"
    assert len(theirs._latest.catalog.ids()) == 4
    assert is_just(server, database, theirs)


def test_an_ingest_that_is_killed_is_finished_by_the_next(replica, server, database, tmp_path):
    given = tmp_path / "many"
    given.mkdir()
    for number in range(24):
        text = "\n\n".join(f"# Part {n}\n\nArticle {number} says {n} things of note." for n in range(5))
        (given / f"m{number}.md").write_text(article_file(f"m{number}", text))
    home = tmp_path / "killed"
    command = [sys.executable, "-c", ADDS, str(given), str(home / "articles")]
    place = environment(server, database, home)
    with subprocess.Popen(
        command, env=place, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        watched = replica("b", given=given)
        while True:
            with contextlib.suppress(StoreError):
                if len(watched._latest.catalog.ids()) >= 3:
                    break
            time.sleep(0.05)
        process.kill()
        process.wait()
    assert len(watched._latest.catalog.ids()) < 24
    assert all(article.text.startswith("# Part 0") and "# Part 4" in article.text for article in watched.articles())
    watched.sync()
    assert len(ids_of(watched)) == 24
    assert is_just(server, database, watched)


# ---- what others have damaged


@pytest.fixture
def stored(server, database):
    """The two collections of the library, as any program can write to them: articles, passages."""
    quiet = chromadb.config.Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(server.url, settings=quiet, database=database)
    yield lambda: [
        client.get_collection(f"advisor-{name}", embedding_function=None) for name in ("articles", "passages")
    ]
    disconnect(client)


@pytest.mark.parametrize("how", ["6 floats", "half", "short", "odd", "", "!!", "nan", 5])
def test_damaged_vectors_are_embedded_anew(replica, stored, folder, caplog, how):
    (folder / "otters.md").write_text(article_file("otters", "The otters swim. They are counted at dawn. Few sleep."))
    first = replica("a")
    first.sync()
    hits = first.search("counted otters", 3)
    _, passages = stored()
    (id_,) = passages.get(where={"article": "otters"}, include=[])["ids"]
    (metadata,) = passages.get([id_])["metadatas"]
    packed = base64.b64decode(metadata["sentences"])
    broken = {
        "6 floats": packed[:12],
        "half": packed[: len(packed) // 2],
        "short": packed[:-2],
        "odd": packed[:3],
        "nan": b"\xff" * len(packed),
    }
    put = base64.b64encode(broken[how]).decode() if how in broken else how
    passages.update([id_], metadatas=[{**metadata, "sentences": put}])
    second = replica("b")
    assert second.search("counted otters", 3) == hits
    assert caplog.messages == [
        f"The server's vectors of 1 of 1 passages are damaged, such as those of {id_}: they are embedded anew."
    ]
    assert passages.get([id_])["metadatas"] == [metadata]
    assert not second.sync().refused
    assert [one.subject for one in second.examine() if not one.is_well and one.subject != "model"] == []


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"group": "own", "digest": ""},
        {"kind": "article", "group": "own"},
        {"kind": 5, "group": "own", "digest": ""},
        {"kind": "article", "group": True, "digest": "0" * 64},
        {"kind": "article", "group": "own", "digest": 5},
    ],
)
def test_a_damaged_record_is_passed_over_named_and_can_be_removed(replica, stored, tmp_path, caplog, metadata):
    replica("a").sync()
    articles, _ = stored()
    articles.add(["stray"], documents=["x"], embeddings=[[1.0, 0.5]], metadatas=metadata and [metadata])
    library = replica("b")
    assert ids_of(library) == ["herons", "otters", "penguins"]
    assert library.search("counted otters", 1)[0].passage.article == "otters"
    named = "The record 'stray' on the server is damaged and passed over; sync where its file lies, or: "
    assert named + "python -m corpus remove stray" in caplog.text
    assert [line for line in library.sync().refused if line.startswith(named)]
    (finding,) = [one for one in library.examine() if "'stray'" in one.says]
    assert "remove stray" in finding.mend
    removed, unknown = library.remove("stray", "nobody").results
    assert (removed.outcome, removed.message) == ("removed", "it is on the server no longer")
    assert unknown.outcome == "refused"
    assert not library.sync().refused
    assert library.add(note(tmp_path / "notes", "lynx")).added


def test_a_damaged_record_is_mended_by_a_sync_where_its_file_lies(replica, stored):
    library = replica()
    library.sync()
    articles, _ = stored()
    before = articles.get(["otters"])
    articles.delete(["otters"])
    articles.add(["otters"], documents=["x"], embeddings=[[1.0, 0.5]])
    assert not library.sync().refused
    assert ids_of(library) == ["herons", "otters", "penguins"]
    assert articles.get(["otters"])["metadatas"] == before["metadatas"]


def test_passages_that_belong_to_no_article_do_not_hide_those_that_do(replica, stored):
    library = replica()
    library.sync()
    wanted = library.search("counted otters", 1)
    _, passages = stored()
    vector = library.embedder.encode_query("counted otters").tolist()
    for article in ("nobody", "otters"):
        passages.add(
            [f"{article}-{n}" for n in range(300)],
            embeddings=[vector] * 300,
            documents=["x"] * 300,
            metadatas=[{"article": article, "headings": "", "sentences": ""}] * 300,
        )
    assert library.search("counted otters", 1) == wanted
    assert library.search("counted otters", 1, sources=["otters"])[0].similarity == wanted[0].similarity > 0


# ---- a server that goes, and comes back


@pytest.fixture
def fragile(tmp_path):
    """A server of a test's own, to be killed."""
    place = tmp_path / "chroma"
    place.mkdir()
    started = ChromaServer(place)
    started.start()
    yield started
    started.kill()


def test_reads_say_that_the_server_is_away_and_go_on_when_it_is_back(fragile, folder, tmp_path):
    settings = Settings(tmp_path / "a", (folder,), server=Server(fragile.url))
    library = Library(settings, BagOfWords())
    library.sync()
    stop, told, found, wrong = threading.Event(), list[str](), list[float](), list[BaseException]()

    def load() -> None:
        while not stop.is_set():
            try:
                if library.search("counted penguins", 2)[0].passage.article == "penguins":
                    found.append(time.monotonic())
            except StoreError as exc:
                told.append(str(exc))
            except BaseException as exc:
                wrong.append(exc)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()

    def wait_for(seen) -> None:
        deadline = time.monotonic() + 60
        while not seen():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    try:
        wait_for(lambda: len(found) > 20)
        fragile.kill()
        wait_for(lambda: len(told) > 20)
        assert ids_of(library) == ["herons", "otters", "penguins"], "what needs no server is still shown"
        fragile.start()
        back = time.monotonic()
        wait_for(lambda: found[-1] > back)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    fix = "does not answer; check that it runs, and ADVISOR_CHROMA_URL, then try again"
    assert {line for line in told if fix not in line} == set()
    assert not [line for line in told if "\n" in line]


def test_a_page_whose_server_is_away_is_not_ready_until_it_is_back(fragile, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(replica_module, "_FRESH", 0.2)
    monkeypatch.setattr(replica_module, "_AGAIN", 0.2)
    library = Library(Settings(tmp_path / "a", (folder,), server=Server(fragile.url)), BagOfWords())
    library.sync()
    opening = SimpleNamespace(is_done=True, failure=None)
    desk = SimpleNamespace(advisor=SimpleNamespace(library=library, mode="quote"), opening=opening)

    def wait_for(ready) -> None:
        deadline = time.monotonic() + 60
        while (told := health._looked(desk))["ready"] is not ready:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert told["articles"] == 3

    wait_for(True)
    fragile.kill()
    wait_for(False)
    fragile.start()
    wait_for(True)


def test_writes_go_on_after_the_server_was_killed_and_lose_nothing(fragile, folder, tmp_path):
    settings = Settings(tmp_path / "a", (folder,), server=Server(fragile.url))
    library = Library(settings, BagOfWords())
    library.sync()
    notes = tmp_path / "notes"
    for number in range(14):
        note(notes, f"beetle{number}")
    seen = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "Adding" and done == 6 and not seen:
            seen.append(done)
            fragile.kill()

    report = library.add(notes, progress=progress)
    assert len(report.added) == 6
    assert len(report.refused) == 8
    assert "does not answer" in report.refused[0].message
    fragile.start()
    again = library.add(notes)
    assert (len(again.added), len(again.known), len(again.refused)) == (8, 6, 0)
    other = Library(dataclasses.replace(settings, home=tmp_path / "b"), BagOfWords())
    assert len(ids_of(other)) == 17
    assert is_just(fragile, "default_database", other)


def test_a_command_without_a_server_is_one_line(tmp_path):
    place = {"ADVISOR_CHROMA_URL": "http://127.0.0.1:9", "ADVISOR_HOME": str(tmp_path), "ADVISOR_CHROMA_TOKEN": TOKEN}
    for command in (["corpus", "sync"], ["advisor", "What pays?"]):
        done = run(command, {**os.environ, **place, "ADVISOR_MODEL": ""})
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].endswith(
            "The Chroma server http://127.0.0.1:9 does not answer; check that it runs, and ADVISOR_CHROMA_URL, "
            "then try again"
        )
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stderr + done.stdout


# ---- who is let in, and to what


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"owner": "somebody"}, "was made by another program"),
        (
            {"made_by": "career-advisor", "schema": "0", "embedding": "bag-of-words chunker-4"},
            r"is of another schema \(0, here 1\)",
        ),
        (
            {"made_by": "career-advisor", "schema": "1", "embedding": "e5-base chunker-4"},
            r"is of another embedding \(e5-base chunker-4, here bag-of-words chunker-\d+\)",
        ),
    ],
)
def test_a_foreign_collection_is_refused_and_left_as_it_is(replica, server, database, metadata, reason):
    quiet = chromadb.config.Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(server.url, settings=quiet, database=database)
    foreign = client.create_collection("advisor-articles", metadata=metadata, embedding_function=None)
    foreign.add(["x"], embeddings=[[0.5, 0.5]], documents=["theirs"])
    library = replica()
    for use in (library.listing, library.sync, lambda: library.search("x"), lambda: library.remove("x")):
        with pytest.raises(StoreError, match=reason) as told:
            use()
        assert "set ADVISOR_CHROMA_DATABASE to another database" in str(told.value)
    assert [one.subject for one in library.examine() if not one.is_well][:1] == ["server"]
    assert foreign.get()["documents"] == ["theirs"]
    disconnect(client)


def test_a_database_that_is_not_there_is_named(replica, server, tmp_path):
    settings = Settings(tmp_path / "z", server=Server(server.url, database="nowhere"), articles=())
    with pytest.raises(StoreError, match="has no database 'nowhere' of tenant 'default_tenant'; ") as told:
        Library(settings, BagOfWords()).sync()
    _, _, command = str(told.value).partition("create it: ")
    subprocess.run([*shlex.split(command), "--silent", "--fail", "--noproxy", "*"], check=True, timeout=60)
    Library(settings, BagOfWords()).sync()


@pytest.mark.parametrize("code", [200, 302, 404, 405])
def test_what_is_no_chroma_server_is_said_to_be_none(tmp_path, code):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.end_headers()
            self.wfile.write(b'{"error": "nothing of the kind"}')

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        library = Library(Settings(tmp_path, (), server=Server(f"http://127.0.0.1:{other.server_port}")), BagOfWords())
        with pytest.raises(StoreError, match="is no Chroma server; set ADVISOR_CHROMA_URL"):
            library.sync()
        other.shutdown()


def test_a_token_is_needed_used_and_never_shown(replica, server, database, tmp_path, caplog):
    with guarded(server.port, TOKEN) as (port, let_in):
        url = f"http://127.0.0.1:{port}"
        for token in (None, "tk-wrong-0000"):
            with pytest.raises(StoreError, match="does not let us in; set ADVISOR_CHROMA_TOKEN to its token") as told:
                replica(f"no-{token}", url=url, token=token).sync()
            assert "tk-" not in str(told.value)
        assert not let_in
        library = replica("yes", url=url, token=TOKEN)
        assert len(library.sync().added) == 3
        assert library.search("otters", 1)[0].passage.article == "otters"
        shown = [repr(library.settings), repr(vars(library)), *map(repr, library.examine()), caplog.text]
        place = {"ADVISOR_CHROMA_URL": url, "ADVISOR_CHROMA_TOKEN": TOKEN}
        done = run(["corpus", "doctor"], environment(server, database, tmp_path / "cli", **place))
        assert "server" in done.stdout
        shown += [done.stdout, done.stderr]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in shown if TOKEN in text]
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]


def test_https_is_spoken_and_a_certificate_that_nobody_vouches_for_is_refused(server, database, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with guarded(server.port, TOKEN, context) as (port, let_in):
        place = {"ADVISOR_CHROMA_URL": f"https://127.0.0.1:{port}", "ADVISOR_CHROMA_TOKEN": TOKEN}
        refused = run(["corpus", "list"], environment(server, database, tmp_path / "h", **place))
        assert refused.returncode == 2
        assert "does not answer" in refused.stderr
        assert not let_in
        vouched = {**place, "SSL_CERT_FILE": str(certificate)}
        done = run(["corpus", "list"], environment(server, database, tmp_path / "h", **vouched))
        assert "holds no library yet; run 'python -m corpus sync'" in done.stderr
        assert let_in


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ADVISOR_CHROMA_URL", "chroma.example:8000", "write it as http://chroma.example:8000"),
        ("ADVISOR_CHROMA_URL", "ftp://chroma.example", "write it as http://chroma.example:8000"),
        ("ADVISOR_CHROMA_URL", "http://", "write it as http://chroma.example:8000"),
        ("ADVISOR_CHROMA_URL", "http://host:99999", "write it as http://chroma.example:8000"),
        ("ADVISOR_CHROMA_URL", "http://host/?a=b", "write it as http://chroma.example:8000"),
        ("ADVISOR_CHROMA_URL", "http://me:hunter2@host", "holds a name or a password"),
        ("ADVISOR_CHROMA_TOKEN", "hunter2 and more", "holds blanks"),
        ("ADVISOR_CHROMA_TOKEN", "hunter2\nX: y", "holds blanks"),
    ],
)
def test_bad_settings_are_one_line_without_secrets(monkeypatch, name, value, says):
    monkeypatch.setenv("ADVISOR_CHROMA_URL", "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says) as told:
        load_settings()
    assert "hunter2" not in str(told.value)
