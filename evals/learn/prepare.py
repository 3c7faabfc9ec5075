"""Clones of public repositories go in; the plain libraries that `questions/` places its answers in come out.

`sources.toml` names each library's repository, commit, licence and files. Their text is others' and is no part of this
project: who trains again clones the repositories and prepares them (`python -m evals prepare-libraries`).
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from evals.case import CaseError

SOURCES = Path(__file__).parent / "sources.toml"
_NAME = 70  # characters of a path, its last, that name a file
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\$([A-Za-z0-9_-]+)\$")  # of an amount or a year that a site fills in
_DROPPED = (
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),
    re.compile(r"<%.*?%>|\{\{.*?\}\}|\{%.*?%\}|<[^<>\n]{1,300}>", re.DOTALL),
    re.compile(r"^(?:import|export|:::) ?.*$", re.MULTILINE),
    re.compile(r"!\[[^\]]*\]\([^)]*\)"),
)


def prepare_libraries(clones: Path, out: Path) -> str:
    """Write every library of which there is a clone, `CLONES/OWNER/NAME`, to a folder of its own under `out`.

    Returns a line on what was written. Raises CaseError where there is no such folder, and where a clone has not the
    commit or one of the files.
    """
    if not clones.is_dir():
        raise CaseError(f"--clones: there is no folder {clones}")
    written, missing = 0, []
    for name, source in tqdm(read_sources().items(), desc="Preparing", unit="library", disable=None):
        clone = clones / source["repository"]
        if not clone.is_dir():
            missing.append(source["repository"])
            continue
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        for path in source["files"]:
            text = plain(
                _shown(clone, source["commit"], path),
                Path(path).stem,
                words=source.get("words"),
                has_placeholders=source.get("placeholders", False),
            )
            (folder / file_name(path)).write_text(text, encoding="utf-8")
        written += 1
    said = f"{written} of {written + len(missing)} libraries are in {out}"
    return f"{said}; {clones} has no clone of {', '.join(dict.fromkeys(missing))}" if missing else said


def read_sources() -> dict[str, Mapping[str, Any]]:
    """Every library by its name."""
    return tomllib.loads(SOURCES.read_text(encoding="utf-8"))


def file_name(path: str) -> str:
    """What a file of a repository is called in its library, which is flat."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower().rsplit(".", 1)[0])[-_NAME:].strip("-") + ".md"


def plain(text: str, stem: str, *, words: int | None = None, has_placeholders: bool = False) -> str:
    """An article without what a site's generator reads, under its title; of a long one its first words."""
    stated = _TITLE.search(text)
    if has_placeholders:  # elsewhere dollars are money or mathematics
        text = _PLACEHOLDER.sub(_filled, text)
    for pattern in _DROPPED:
        text = pattern.sub("", text)
    if not re.search(r"^#\s", text, re.MULTILINE):
        text = f"# {stated[1] if stated else stem.replace('-', ' ').capitalize()}\n\n{text}"
    heading = _HEADING.search(text)
    title = (stated[1] if stated else heading[1] if heading else stem).replace('"', "'").strip()
    text = f'---\ntitle: "{title}"\n---\n{text}'
    return " ".join(text.split(" ")[:words]) if words else text


def _filled(found: re.Match[str]) -> str:
    """A figure in a placeholder's place, always the same, so that a question on it has an answer."""
    return "2026" if re.search("year|date", found[1]) else f"£{sum(map(ord, found[1])) % 90 * 100 + 1200:,}"


def _shown(clone: Path, commit: str, path: str) -> str:
    command = ["git", "-C", str(clone), "show", f"{commit}:{path}"]
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError as exc:
        raise CaseError("git was not found; install it") from exc
    except subprocess.CalledProcessError as exc:
        raise CaseError(f"{clone} has no {path} at commit {commit[:12]}; fetch that commit") from exc
