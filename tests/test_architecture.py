"""The rooms of the house: who may import whom, what stays out of a light import, what the shop windows show."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [path for room in ("advisor", "corpus", "evals") for path in (ROOT / room).rglob("*.py")] + [ROOT / "app.py"]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    names = imported(path)
    tops = {name.split(".")[0] for name in names}
    forbidden = {"corpus": {"advisor", "evals", "app"}, "advisor": {"evals", "app"}, "app": {"evals"}}
    assert not tops & forbidden.get(room(path), set())
    if room(path) == "advisor":
        assert not any(name.startswith("corpus.") for name in names), "the advisor uses corpus by its public names"
    assert "chromadb" not in tops or path.name == "store.py"
    assert "gradio" not in tops or path.parent.name == "web"


def test_only_settings_read_the_environment():
    readers = [p.name for p in SOURCES if "os.environ" in p.read_text(encoding="utf-8") and room(p) != "evals"]
    assert sorted(readers) == ["app.py", "settings.py", "settings.py"]  # of advisor and of corpus


# What a room may import of the others: the values and settings, and only rooms that come before it in the flow.
ORDER = ("question", "models", "verify", "find", "answering", "written", "pipeline", "web")


@pytest.mark.parametrize("path", [p for p in SOURCES if room(p) == "advisor"], ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_of_the_advisor_know_only_those_before_them(path):
    own = path.relative_to(ROOT / "advisor").parts[0].removesuffix(".py")
    if own in ORDER:
        after = ORDER[ORDER.index(own) + 1 :]
        assert not [name for name in imported(path) if name.startswith("advisor.") and name.split(".")[1] in after]


@pytest.mark.parametrize("name", ["advisor", "corpus"])
def test_the_shop_window_is_sorted_and_whole(name):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(module.__all__, key=lambda word: (word.islower(), word))
    assert all(getattr(module, word) is not None for word in module.__all__)
    with pytest.raises(AttributeError):
        module.no_such_name  # noqa: B018


def test_importing_and_asking_load_nothing_heavy(environment):
    code = (
        "import sys, advisor, advisor.models.chat, advisor.models.providers;"
        "heavy = {'torch', 'transformers', 'gradio', 'sentence_transformers', 'langchain_openai', 'langchain'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "assert 'chromadb' not in sys.modules;"
        "advisor.ask('What does an AI engineer do?');"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)


def test_the_project_names_no_host_of_a_registry_and_no_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    words = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "/" + "work/", "/" + "root/")
    for name in listed:
        path = ROOT / name
        if path.suffix in (".png", ".npz", ".onnx") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], name
