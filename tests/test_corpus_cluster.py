"""Articles made on a Ray cluster for a library on a Chroma server: real processes, of which one is killed at work."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import chromadb
import chromadb.config
import numpy as np
import pytest

from corpus import CorpusError
from corpus.cluster import Cluster
from corpus.listed import listed
from corpus.places import find_places
from corpus.store import disconnect
from tests.documents import docx

ROOT = Path(__file__).parent.parent
PATIENCE = 400  # seconds, on a machine that is busy with much else


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "ADVISOR_"))}
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "ADVISOR_HOME": str(home / "advisor"), "TQDM_DISABLE": "1", **more}


def sync(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corpus", "sync", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, **more)


@pytest.fixture
def pages(tmp_path):
    """The address of a web server on this machine, with two pages."""
    folder = tmp_path / "web"
    folder.mkdir()
    for name in ("larks", "wrens"):
        (folder / f"{name}.html").write_text(f"<title>On {name}</title><p>The {name} of the park sing before dawn.</p>")
    web = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    web.server_close()
    thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def manifest(tmp_path, pages):
    """A list of documents and pages, of which some are alike, of the same title, or no articles."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(36):
        words = " ".join(
            f"Worker {number} does task {n} of the plan, and writes it down in book {n}." for n in range(60)
        )
        (folder / f"{number:02}.txt").write_text(words)
    (folder / "again.txt").write_text((folder / "03.txt").read_text())
    (folder / "bad.docx").write_bytes(b"PK\x03\x04 nothing of the kind")
    (folder / "word.docx").write_bytes(docx("Parks", [("Trees", ["Gardeners in parks count the trees each spring."])]))
    (folder / "a.md").write_text("# Same title\n\nBadgers dig under the hedge in winter.\n")
    (folder / "b.md").write_text("# Same title\n\nFoxes hide beneath the oak when it rains.\n")
    lines = ["# what is to be in the library", "documents", "", f"{pages}/larks.html", f"{pages}/wrens.html"]
    (tmp_path / "list.txt").write_text("\n".join([*lines, f"{pages}/none.html", "documents/absent.txt", lines[3]]))
    return tmp_path / "list.txt"


def held(server, database):
    """What a server holds of articles: their records' digests, and their passages with vectors, by id."""
    quiet = chromadb.config.Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(server.url, settings=quiet, database=database)
    try:
        records = client.get_collection("advisor-articles").get(include=["metadatas"])
        passages = client.get_collection("advisor-passages").get(include=["embeddings", "documents"])
    finally:
        disconnect(client)
    digests = {id_: one["digest"] for id_, one in zip(records["ids"], records["metadatas"], strict=True)}
    return (
        digests,
        dict(zip(passages["ids"], passages["documents"], strict=True)),
        dict(zip(passages["ids"], np.array(passages["embeddings"]), strict=True)),
    )


def descendants(pid: int) -> dict[int, str]:
    """The processes that a process has started, and those that they have, with their command lines."""
    parents, lines = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            lines[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return {one: lines[one] for one in found}


def listening(pids) -> set[str]:
    """The addresses, as the kernel writes them, at which these processes take connections from others."""
    inodes = set()
    for pid in pids:
        for path in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(str(path.readlink()).removeprefix("socket:[").rstrip("]"))
            except OSError:
                continue
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_a_worker_that_is_killed_only_repeats_work(server, tmp_path, manifest, pages):
    plain, shared = server.database("plain"), server.database("shared")
    place = {"ADVISOR_CHROMA_URL": server.url, "ADVISOR_ALLOWED_HOSTS": pages.removeprefix("http://")}
    for database in (plain, shared):
        done = sync(env=environment(tmp_path / database, ADVISOR_CHROMA_DATABASE=database, **place))
        assert done.returncode == 0, done.stderr
    first = len(held(server, shared)[0])
    command = [sys.executable, "-m", "corpus", "sync", "--engine", "ray", "--workers", "2", str(manifest)]
    where = environment(tmp_path / "shared", ADVISOR_CHROMA_DATABASE=shared, **place)
    leftovers = set(Path("/tmp").glob("advisor-ray-*"))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=where, text=True, **pipes) as process:
        deadline = time.monotonic() + PATIENCE
        workers = []
        while not workers or len(held(server, shared)[0]) < first + 3:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
            family = descendants(process.pid)
            workers = [pid for pid, line in family.items() if line.startswith("ray::Map")]
        os.kill(workers[0], signal.SIGKILL)
        assert len(held(server, shared)[0]) < first + 36, "it was killed before the end"
        addresses = listening(family)
        (service,) = (pid for pid, line in family.items() if "gcs_server" in line.partition(" ")[0])
        environments = (Path("/proc") / str(service) / "environ").read_text().split("\0")
        said, wrong = process.communicate(timeout=PATIENCE)
    assert addresses and addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}, "loopback alone"
    assert "RAY_USAGE_STATS_ENABLED=0" in environments and "RAY_AUTH_MODE=token" in environments
    assert wrong == ""
    assert process.returncode == 1 and "41 added, 1 already there, 3 refused." in said
    again = sync(str(manifest), env=environment(tmp_path / "plain", ADVISOR_CHROMA_DATABASE=plain, **place))
    assert said.splitlines()[1:] == again.stdout.splitlines()[1:]
    for ours, theirs in zip(held(server, shared)[:2], held(server, plain)[:2], strict=True):
        assert ours == theirs
    ours, theirs = held(server, shared)[2], held(server, plain)[2]
    assert max(float(np.abs(ours[one] - theirs[one]).max()) for one in theirs) < 1e-3
    once_more = sync(str(manifest), env=environment(tmp_path / "new", ADVISOR_CHROMA_DATABASE=shared, **place))
    assert "0 added, 42 already there, 3 refused." in once_more.stdout
    assert {path.name for path in (tmp_path / "shared").iterdir()} == {"advisor"}, "nothing is kept elsewhere"
    assert set(Path("/tmp").glob("advisor-ray-*")) <= leftovers


def test_without_a_server_it_is_one_line(tmp_path):
    done = sync("--engine", "ray", env=environment(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "corpus: --engine ray is for a library on a Chroma server; set ADVISOR_CHROMA_URL to its address\n"
    )


def test_without_ray_it_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(CorpusError, match=r"^Ray is not installed; run: pip install '\.\[ray\]'$"), Cluster():
        pytest.fail("there is none")


def test_a_cluster_that_is_not_there_is_one_line(server, tmp_path):
    database = server.database("nowhere")
    place = {"ADVISOR_CHROMA_URL": server.url, "ADVISOR_CHROMA_DATABASE": database, "RAY_ADDRESS": "127.0.0.1:9"}
    done = sync("--engine", "ray", env=environment(tmp_path / "home") | place)
    assert done.returncode == 2 and done.stderr.startswith("corpus: No Ray cluster can be joined")
    assert done.stderr.count("\n") == 1 and "RAY_ADDRESS" in done.stderr


def test_a_list_names_paths_and_addresses(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(
        "\ufeff# birds\n\nnotes/a.md\r\n /srv/b.pdf \n~/c.md\nHTTPS://example.org/d\nnotes/a.md\n".encode()
    )
    named = ["notes/a.md", "/srv/b.pdf", "~/c.md"]
    found = [tmp_path / named[0], Path(named[1]), Path(named[2]), "HTTPS://example.org/d"]
    assert listed(str(path)) == found
    assert listed(str(tmp_path)) == [tmp_path]
    assert listed("https://example.org/") == ["https://example.org/"]
    path.write_bytes(b"caf\xe9")
    for given, says in ((path, "not UTF-8"), (tmp_path / "no", "No such file"), (tmp_path / "x.pdf", "corpus add")):
        with pytest.raises(CorpusError, match=says):
            listed(str(given))


def test_a_long_line_of_a_list_is_cut_where_it_is_refused(tmp_path):
    lines = (
        "x" * 3000,
        "dir/" * 600,
        f"https://{'y' * 3000}",
        f"ftp://{'z' * 3000}",
        f"~nobody{'q' * 3000}",
        "a\0" * 900,
    )
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    for given in listed(str(tmp_path / "list.txt")):
        for place in find_places(given, 1):
            assert len(place.name) < 250 and "…" in place.name and (place.url or len(place.refused) < 150)
    for given in ("w" * 3000, f"{'w' * 3000}.pdf"):
        with pytest.raises(CorpusError) as told:
            listed(given)
        assert len(str(told.value)) < 600 and "…" in str(told.value)
    kept = tmp_path / ("n" * 240 + ".md")
    kept.write_text("A long name is none the worse for it.")
    assert [place.name for place in find_places(kept, 100)] == [str(kept)]


def test_a_line_of_a_list_ends_at_its_line_feed_and_what_is_no_file_is_no_list(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("many\u2028/notes.md\r\nother.md\n", encoding="utf-8")
    assert listed(str(path)) == [tmp_path / "many\u2028/notes.md", tmp_path / "other.md"]
    os.mkfifo(tmp_path / "pipe")
    for given in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(CorpusError, match="is no file"):
            listed(given)
