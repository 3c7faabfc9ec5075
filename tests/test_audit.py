"""What the project stands on and what lies in its repository: pinned, licensed, and no secret among it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
OURS = {"advisor", "app", "corpus", "evals", "tests", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Torch's own, which `make lock` leaves out: nothing here needs a GPU.
UNPINNED = ("nvidia-", "cuda-", "triton")
# What may be used without making this project's own code theirs.
FREE = re.compile(
    r"\b(?:MIT|MIT-CMU|BSD|0BSD|Apache|ISC|MPL|Mozilla Public|PSF|Python Software|PYTHON|Unlicense|HPND|Zlib|CC0|"
    r"CNRI|Public Domain|LGPL|BlueOak|BSL|Boost)\b",
    re.IGNORECASE,
)
SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a key of OpenAI or Anthropic": r"\bsk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{24,}",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{18,}",
    "a token of a model hub": r"\bhf_[A-Za-z]{30,}",
    "a key of Google": r"\bAIza[0-9A-Za-z_-]{35}",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a key of Groq": r"\bgsk_[A-Za-z0-9]{30,}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}",
    "a password in an address": r"\b[a-z][a-z0-9+]{2,12}://[^\s:/@\"'{}<>]+:[^\s:/@\"'{}<>]{8,}@[a-z0-9.-]+",
    "a password": r"(?i)\b(?:password|secret|api_?key|token)\s*[:=]\s*[\"'](?=[^\"']*\d)(?=[^\"']*[a-z])[\w+/=-]{20,}",
}
PLANTED = [
    "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "sk-proj-" + "a1B2" * 10,
    "ghp_" + "a1B2c3" * 6,
    "hf_" + "aBcDeFgHiJ" * 4,
    "AIza" + "a1B2c" * 7,
    "postgresql://me:" + "hunter2hunter2@db.example/x",
    'API_KEY = "' + "q8w7e6r5t4" * 3 + '"',
]


def installed():
    """The version of every distribution that is installed, by its name in one spelling."""
    found = importlib.metadata.distributions()
    return {canonicalize_name(one.metadata["Name"]): one.version for one in found}


def locked():
    """The version that the lock pins for this machine, by name."""
    pins = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        one = Requirement(line)
        (pin,) = one.specifier
        assert pin.operator == "==", line
        if one.marker is None or one.marker.evaluate():
            pins[canonicalize_name(one.name)] = pin.version
    return pins


def closure(*extras):
    """All that the project needs with these extras, as far as it is installed, by name."""
    optional = PROJECT["optional-dependencies"]
    left = [
        (Requirement(text), "") for text in [*PROJECT["dependencies"], *(text for e in extras for text in optional[e])]
    ]
    found, seen = set(), set()
    while left:
        one, extra = left.pop()
        name = canonicalize_name(one.name)
        if (one.marker and not one.marker.evaluate({"extra": extra})) or (name, frozenset(one.extras)) in seen:
            continue
        seen.add((name, frozenset(one.extras)))
        if name == canonicalize_name(PROJECT["name"]):
            left += [(Requirement(text), "") for extra in one.extras for text in optional[extra]]
            continue
        found.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            pytest.fail(f"{name} is needed and not installed; run: make dev")
        left += [(Requirement(text), each) for text in needs for each in ("", *one.extras)]
    return {name for name in found if not name.startswith(UNPINNED)}


def test_whatever_is_pinned_and_installed_is_of_the_version_that_is_pinned():
    here, pins = installed(), locked()
    others = {name: (here[name], pins[name]) for name in pins.keys() & here.keys() if here[name] != pins[name]}
    # A build of torch for one kind of machine is the same version: 2.13.0+cpu.
    assert {name: (has, pin) for name, (has, pin) in others.items() if has.partition("+")[0] != pin} == {}


def test_all_that_the_project_and_its_tools_need_is_pinned():
    needed = closure("dev")
    assert len(needed) > 100
    assert needed - locked().keys() == set(), "run: make lock"


def imported():
    """The modules of others that are imported, each with a file that does it."""
    sources = [
        ROOT / "app.py",
        *(path for room in ("advisor", "corpus", "evals", "tests") for path in (ROOT / room).rglob("*.py")),
    ]
    found = {}
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0]: path for name in names}
    return {name: path for name, path in found.items() if name not in OURS | sys.stdlib_module_names}


def test_nothing_is_imported_that_is_not_pinned():
    by_module, pins = importlib.metadata.packages_distributions(), locked()
    modules = imported()
    assert {"chromadb", "gradio", "numpy", "pytest"} <= modules.keys()
    for module, path in modules.items():
        owners = {canonicalize_name(name) for name in by_module.get(module, ())} or {canonicalize_name(module)}
        providers = owners | {canonicalize_name(f"langchain-{module}")}
        assert providers & pins.keys(), (
            f"{path.relative_to(ROOT)} imports {module}, which requirements.lock does not pin"
        )


def licence(name):
    told = importlib.metadata.metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License")]
    stated = told.get("License-Expression") or ", ".join(classified) or (told.get("License") or "")
    return stated.strip().splitlines()[0][:80] if stated.strip() else ""


def test_every_licence_is_stated_and_is_one_that_lets_others_use_it():
    listed = {name: licence(name) for name in sorted(closure())}
    print("\n".join(f"{name:32} {told}" for name, told in listed.items()))  # noqa: T201 - pytest -rP lists them
    assert {name: told for name, told in listed.items() if not FREE.search(told)} == {}
    assert not [name for name, told in listed.items() if re.search(r"\bA?GPL", told) and " OR " not in told]


def files():
    """What is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in told.split("\0") if name and (path := ROOT / name).is_file()]


def secrets_in(text):
    return {what for what, pattern in SECRETS.items() if re.search(pattern, text)}


def test_a_secret_is_seen():
    assert [text for text in PLANTED if not secrets_in(f"x = 1\n{text}\n")] == []


def test_no_file_of_the_repository_holds_a_secret():
    found = {}
    for path in files():
        if secrets := secrets_in(path.read_bytes().decode("utf-8", "replace")):
            found[str(path.relative_to(ROOT))] = secrets
    assert found == {}
