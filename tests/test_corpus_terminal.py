"""What the command lines do with names that are no text, with orders to the terminal, and with a disk that is full."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus import CorpusError, Library, SettingsError, read
from corpus.errors import SpaceError
from corpus.settings import Settings, load_settings
from corpus.shelf import Shelf
from corpus.shown import one_line
from tests.fakes import BagOfWords, article_file

ROOT = Path(__file__).parent.parent
ORDERS = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202e"
SEEN = "\x1b\x07\x9b\x7f\u202e"
NOT_UTF8 = os.fsdecode(b"caf\xe9.md")


@pytest.fixture
def library(tmp_path):
    home = tmp_path / "home"
    return Library(Settings(home=home, articles=(home / "articles",)), BagOfWords())


@pytest.fixture
def folder(tmp_path):
    """Three files to be added, of which the one in the middle has a name that is not UTF-8."""
    path = tmp_path / "folder"
    path.mkdir()
    for name, words in (("a.md", "cats purr"), (NOT_UTF8, "dogs bark"), ("z.md", "birds sing")):
        (path / name).write_text(f"All the {words} here.\n")
    return path


def corpus(home, *arguments, cwd=ROOT, **more):
    environment = {**os.environ, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "corpus", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, timeout=300, check=False, **more)


def at_a_terminal(home, *arguments):
    """What a command prints that was given the end of its input (Ctrl+D) where it asks."""
    ours, its = pty.openpty()
    os.write(ours, b"\x04")
    try:
        return corpus(home, *arguments, stdin=its).stdout
    finally:
        os.close(ours)
        os.close(its)


def test_a_file_whose_name_is_not_utf8_is_added_with_the_rest(library, folder, tmp_path):
    report = library.add(folder)
    assert [one.outcome for one in report.results] == ["added"] * 3
    for one in report.results:
        one.place.encode()  # can be shown, and written down
    assert report.added[1].place.endswith("caf\ufffd.md")
    assert library.article(report.added[1].article).title == "Caf\ufffd"
    done = corpus(tmp_path / "second", "add", str(folder))
    assert (done.returncode, done.stderr) == (0, b"") and "3 added" in done.stdout.decode()


def test_what_a_command_does_not_do_is_said(tmp_path):
    home, cats = tmp_path / "home", tmp_path / "cats.md"
    cats.write_text("# Cats\n\nAll the cats purr here.\n")
    assert corpus(home, "add", str(cats)).returncode == 0
    again = corpus(home, "add", str(cats), "--author", "Ann").stdout.decode()
    file = home / "articles" / "cats.md"
    assert f"the same text as 'cats'; its fields are as they were: correct them in {file}, then sync" in again
    assert "its fields" not in corpus(home, "add", str(cats)).stdout.decode()
    unknown = corpus(home, "remove", "dogs")
    assert unknown.returncode == 1 and b"no article of the library" in unknown.stdout and not unknown.stderr
    assert b"cannot be undone" in corpus(home, "remove", "cats").stderr and file.exists()
    assert b"Nothing was removed." in at_a_terminal(home, "remove", "cats") and file.exists()
    file.write_text(file.read_text().replace("title:", "intrest: fish\ntitle:"))
    assert corpus(home, "sync").returncode == 1
    said = corpus(home, "doctor").stdout.decode()
    assert "correct the file, then run: python -m corpus sync" in said


def test_an_article_file_whose_name_is_not_utf8_is_named_and_the_rest_indexed(library, tmp_path):
    home = tmp_path / "home" / "articles"
    home.mkdir(parents=True)
    (home / NOT_UTF8).write_text(article_file("a", "Cats purr."))
    (home / "b.md").write_text(article_file("b", "Dogs bark."))
    for _ in range(2):
        report = library.sync()
        assert [line.partition(": ")[2] for line in report.refused] == [
            "file: has a name that is not UTF-8; rename it",
        ]
    assert [one.id for one in library.listing()] == ["b"] and library.stale() is None
    assert any("not UTF-8" in one.says and one.mend for one in library.examine())


def test_arguments_that_are_not_utf8_are_a_line(library, folder, tmp_path):
    library.add(folder / "a.md")
    odd = os.fsencode(NOT_UTF8)
    for arguments, code in (
        (["remove", odd, "--yes"], 1),
        (["show", odd], 2),
        (["add", odd], 1),
        (["search", "x", "--publisher", odd], 2),
        (["search", "x", "--since", odd], 2),
        (["search", odd], 0),
    ):
        done = corpus(tmp_path / "home", *arguments)
        assert done.returncode == code and b"Traceback" not in done.stderr, (arguments, done)
    with pytest.raises(SettingsError, match="ADVISOR_HOME"):
        load_settings(os.fsdecode(b"/tmp/caf\xe9"))


@pytest.mark.parametrize("given", ["", " ", "\t"])
def test_adding_nothing_does_not_add_the_working_folder(library, folder, monkeypatch, given):
    monkeypatch.chdir(folder)
    (result,) = library.add(given).results
    assert (result.outcome, result.message) == ("refused", "names nothing; give a path or an address")
    assert not library.listing()


def test_a_document_that_nobody_thought_of_is_refused_and_the_rest_added(library, folder, monkeypatch):
    def parse(source, name):
        if "dogs" in source:
            raise KeyError("a bug")
        return real(source, name)

    real = read.parse_article
    monkeypatch.setattr("corpus.read.parse_article", parse)
    report = library.add(folder)
    assert [one.outcome for one in report.results] == ["added", "refused", "added"]
    assert report.refused[0].message == "file: cannot be read (KeyError); save it in another format"


def test_a_disk_that_is_full_midway_loses_no_report(library, folder, monkeypatch):
    written = []

    def write(self, made):
        if written:
            raise SpaceError(self.folder, OSError(28, "No space left on device"))
        written.append(made.article.id)
        return real(self, made)

    real = Shelf.write
    monkeypatch.setattr(Shelf, "write", write)
    report = library.add(folder)
    assert [one.outcome for one in report.results] == ["added", "refused", "refused"]
    assert all("No space left on device" in one.message for one in report.refused)
    with pytest.raises(SpaceError):
        library.add(folder / "z.md")


def test_names_titles_and_replies_give_the_terminal_no_orders(tmp_path):
    folder = tmp_path / f"folder{ORDERS}"
    folder.mkdir()
    (folder / f"a{ORDERS}.md").write_text(f"# Title{ORDERS} of it\n\n## Part{ORDERS}\n\nWords{ORDERS} of a text.\n")
    (folder / f"bad{ORDERS}.pdf").write_text("no PDF")
    home = tmp_path / "home"
    (home / "articles").mkdir(parents=True)
    own = article_file("own", f"## Part{ORDERS}\n\nOwn words{ORDERS} of a text.", publisher='"\\e[31mA House\\e[0m"')
    (home / "articles" / "own.md").write_text(own)
    for arguments in (
        ["add", str(folder), f"http://127.0.0.1:9/{ORDERS}", f"nowhere{ORDERS}"],
        ["list"],
        ["show", "own"],
        ["search", "words", "of", "a", "text"],
        ["search", "x", "--publisher", ORDERS],
        ["remove", "--yes", f"own{ORDERS}"],
        ["doctor"],
    ):
        done = corpus(home, *arguments)
        said = (done.stdout + done.stderr).decode()
        assert said and "Traceback" not in said
        assert not set(said) & set(SEEN), (arguments, said)
        assert "\r" not in said


def test_json_stays_what_it_is_though_its_orders_are_written_out():
    code = (
        "import json, sys; from corpus import run_command\n"
        f"text = {ORDERS + ' é 文 ok'!r}\n"
        "def main():\n"
        "    print(json.dumps(text, ensure_ascii=False)); return 0\n"
        "sys.exit(run_command(main))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ORDERS + " é 文 ok" and not set(done.stdout) & set(SEEN)


def test_errors_are_one_line_whatever_they_quote():
    assert str(CorpusError(f"a\nb{ORDERS}\r\n\u2028c\udcff")) == "a b ]0;owned [2J 31m \ufffd c\ufffd"
    assert one_line("plain  é 文, as it is") == "plain  é 文, as it is"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a small disk can be made by root alone")
@pytest.mark.parametrize("kilobytes", [16, 200, 900, 1_600, 2_400, 3_200])
def test_a_full_disk_at_the_first_sync_is_a_line(tmp_path, kilobytes):
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)], check=False)
    if made.returncode:
        pytest.skip("no disk can be made here")
    try:
        for arguments in (
            ["sync"],
            ["add", str(ROOT / "corpus" / "articles" / "coderdev-hiring-guide.md")],
            ["doctor"],
        ):
            done = corpus(disk / "home", *arguments)
            said = (done.stdout + done.stderr).decode()
            assert done.returncode in (0, 1, 2) and said and "Traceback" not in said and "panicked" not in said
            if done.returncode == 2:
                assert said.count("\n") == 1 and "free space" in said
    finally:
        subprocess.run(["umount", str(disk)], check=True)
