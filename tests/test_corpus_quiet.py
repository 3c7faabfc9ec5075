"""Nothing is sent, looked up or left behind by the libraries that we stand on, such as onnxruntime's telemetry."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.settings import worker_environment
from tests.documents import docx

ROOT = Path(__file__).parent.parent
SOURCES = [path for room in ("advisor", "corpus", "evals") for path in (ROOT / room).rglob("*.py")]
USE = """
import pathlib, socket, sys, time
def looked_up(host, *_, **__):
    raise AssertionError(f"looked up {host}")
socket.getaddrinfo = looked_up
from corpus import Library
library = Library.open(sys.argv[1])
report = library.add(*sys.argv[2:])  # a DOCX is read by a process of its own, whose libraries load onnxruntime, too
assert len(report.added) == 2, report
assert library.search("penguins", 1)
time.sleep(2)  # its events are kept and sent by a thread
"""


@pytest.fixture
def places(tmp_path):
    """A fresh home of the user, with ADVISOR_HOME in it, and two documents."""
    (tmp_path / "user").mkdir()
    (tmp_path / "a.md").write_text("# Zoos\n\nData scientists in zoos count the penguins.\n")
    (tmp_path / "b.docx").write_bytes(docx("Parks", [("Trees", ["Gardeners in parks count the trees each spring."])]))
    return tmp_path


def used(places: Path, *before: str) -> None:
    home = places / "user"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "HF_"))}
    command = [*before, sys.executable, "-c", USE, home / "advisor", places / "a.md", places / "b.docx"]
    environment = {**kept, "HOME": str(home), "TQDM_DISABLE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([str(one) for one in command], cwd=ROOT, env=environment, check=True, timeout=300)
    assert [path.name for path in home.iterdir()] == ["advisor"], "nothing is kept outside ADVISOR_HOME"


def test_nothing_is_kept_outside_advisor_home_and_no_name_is_looked_up(places):
    used(places)


def test_no_process_of_ours_opens_a_connection(places):
    """As the kernel sees it: libraries that are not Python ask no socket module."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = places / "trace"
    used(places, "strace", "-f", "-qq", "-o", str(trace), "-e", "trace=connect,sendto,sendmsg,sendmmsg,execve")
    lines = trace.read_text(errors="replace").splitlines()
    assert sum("execve(" in line and "= 0" in line for line in lines) >= 2, "the child was watched, too"
    assert not [line for line in lines if "AF_INET" in line or "systemd/resolve" in line]


def test_the_child_that_reads_documents_has_it_off_though_it_gets_a_bare_environment():
    code = "import corpus.documents.reader, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=worker_environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def imports_runtime(path: Path) -> bool:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return any(
        name and name.startswith("onnxruntime")
        for name in names + [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    )


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if imports_runtime(path)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_whoever_imports_the_runtime_has_its_telemetry_off_before(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    code = f"import sys, {module}; assert 'corpus.settings' in sys.modules and 'onnxruntime' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
