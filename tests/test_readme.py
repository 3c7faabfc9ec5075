"""The README's code blocks, run as written."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from advisor import Advisor
from evals.replay import read_replays
from evals.written import answers

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RECORDING = ROOT / "evals" / "recordings" / "written.jsonl"
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def environment(home, environment, tmp_path_factory):
    """With a home of their own, as they add and remove articles."""
    own = tmp_path_factory.mktemp("readme") / "home"
    shutil.copytree(home, own)
    return {**environment, "ADVISOR_HOME": str(own)}


@pytest.mark.parametrize("code", PYTHON, ids=lambda code: code.splitlines()[-1][:40])
def test_python_blocks_run(code, environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith("python ")])
def test_commands_run(line, environment):
    command = [sys.executable, *shlex.split(line)[1:]]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_both_answers_to_one_question_are_what_is_answered(library):
    section = README.partition("### Two ways")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?:^>.*\n)+", section, re.MULTILINE)
    quoted, written = ("\n\n".join(" ".join(part.split()) for part in _unmarked(block)) for block in blocks)
    [record] = [one for one in read_replays(RECORDING) if f"*{one['question']}*" in README]
    assert Advisor("quote", library=library).ask(record["question"]).text == quoted
    assert answers([record], library)[0].text == written


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test"} <= set(re.findall(r"(?:`|^)make ([a-z]+)\b", README, re.MULTILINE)) <= targets


def test_pictures_exist():
    assert all((ROOT / path).is_file() for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README))


def _unmarked(block):
    """The paragraphs of a block that is quoted in Markdown."""
    return re.sub(r"^> ?", "", block, flags=re.MULTILINE).split("\n\n")


def test_the_threat_model_names_tests_that_exist():
    named = re.findall(r"`(test_\w+)(\.py)?`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert len(named) > 20
    for name, is_file in named:
        assert (ROOT / "tests" / f"{name}.py").is_file() if is_file else f"def {name}(" in written, name
