from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import article_file

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(environment):
    def ran(*arguments, **extra):
        return subprocess.run(
            [sys.executable, *arguments],
            env={**environment, **extra},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return ran


def test_a_question_is_answered_on_the_command_line(run):
    done = run("-m", "advisor", "Which role pays more?")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "[1]" in done.stdout
    assert "Sources" in done.stdout


def test_json_is_the_whole_answer(run):
    done = run("-m", "advisor", "--json", "Which role pays more?", "--profile", "student")
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"]


def test_an_answer_is_limited_on_the_command_line(run):
    asked = ("-m", "advisor", "--json", "What do mid-level ML engineers earn?", "--since", "2026-01-01")
    answer = json.loads(run(*asked, "--source", "joinai-three-roles-2026", "--source", "coderdev-hiring-guide").stdout)
    assert {citation["article"] for citation in answer["citations"]} == {"joinai-three-roles-2026"}
    wrong = run(*asked, "--source", "nope")
    assert wrong.returncode == 2
    assert "no article 'nope'; it has 'coderdev-hiring-guide'" in wrong.stderr


@pytest.mark.parametrize(
    "arguments", [("-m", "advisor", ""), ("-m", "advisor", "x" * 5000), ("-m", "corpus"), ("-m", "evals", "nonsense")]
)
def test_misuse_is_a_line_and_exit_code_2(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_a_home_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("-m", "advisor", "Which role pays more?", ADVISOR_HOME=str(tmp_path / "file"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "ADVISOR_HOME" in done.stderr


@pytest.mark.parametrize("command", [("list",), ("search", "pay"), ("doctor",)])
def test_to_sync_is_not_advised_where_nothing_can_be_written(run, tmp_path, command):
    (tmp_path / "file").write_text("in the way")
    done = run("-m", "corpus", *command, ADVISOR_HOME=str(tmp_path / "file"))
    told = next(line for line in (done.stdout + done.stderr).splitlines() if "index" in line)
    assert "cannot be written" in told and "ADVISOR_HOME" in told
    assert "corpus sync" not in done.stdout + done.stderr and done.returncode


def test_that_a_chat_model_is_needed_is_said_before_the_answer(home, monkeypatch):
    from advisor.__main__ import main

    monkeypatch.setenv("ADVISOR_HOME", str(home))
    both = io.StringIO()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    assert main(["--beyond", "--model", "quote", "Which role pays more?"]) == 0
    first, *rest = both.getvalue().splitlines()
    assert first.startswith("advisor: --beyond needs a chat model")
    assert "Sources" in rest


def test_the_library_can_be_synced_listed_and_searched(run):
    assert "up to date: 4 articles" in run("-m", "corpus", "sync").stdout
    assert "coderdev-hiring-guide" in run("-m", "corpus", "list").stdout
    assert run("-m", "corpus", "search", "salary", "-k", "2").stdout.count("cosine") == 2


def test_an_own_article_is_used_and_a_bad_one_is_named(run, own_home):
    (own_home / "articles").mkdir(exist_ok=True)
    text = article_file("own", "## Data scientists in zoos\n\nData scientists in zoos count penguins every day.")
    (own_home / "articles" / "own.md").write_text(text, encoding="utf-8")
    (own_home / "articles" / "bad.md").write_text("nothing", encoding="utf-8")
    synced = run("-m", "corpus", "sync", ADVISOR_HOME=str(own_home))
    assert synced.returncode == 1
    assert "bad.md: front matter:" in synced.stderr
    asked = run("-m", "advisor", "What do data scientists do in zoos?", ADVISOR_HOME=str(own_home))
    assert "count penguins" in asked.stdout


def test_nothing_dials_out(home, environment, tmp_path):
    """A first sync, with the model's export, and a question, with every way out of this machine shut."""
    code = """
import socket
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"dialled {address}")
    return real(self, address)
socket.socket.connect = connect
def no_lookup(host, *rest, **more):
    if host not in ("127.0.0.1", "::1", "localhost", None):
        raise AssertionError(f"looked up {host}")
    return lookup(host, *rest, **more)
lookup, socket.getaddrinfo = socket.getaddrinfo, no_lookup
from corpus import Library
Library.open().sync()
import advisor
assert advisor.ask("Which role pays more?").status == "answered"
"""
    environment = {**environment, "ADVISOR_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True, timeout=300)
