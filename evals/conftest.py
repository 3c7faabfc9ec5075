"""Makes every case a pytest test: `pytest evals -k a-013`, `pytest evals/libraries/trades/cases.jsonl`.

A test fails where a scorer is not satisfied: what `python -m evals` averages, one by one. So some fail; the gate is
`python -m evals`, and this is for looking at one case.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus import Library
from evals.case import CASES, Case, read_cases
from evals.report import misses
from evals.run import ARTICLES, Sources, run
from evals.scene import LIBRARIES, case_sets, opened
from evals.target import Target, open_target

_OPENED = pytest.StashKey[dict[str, tuple[dict[str, Case], Target, Sources]]]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the case files."""
    if file_path.suffix == ".jsonl" and (file_path.parent == CASES or file_path.parent.parent == LIBRARIES):
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """One file of cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test a line."""
        for _, case in read_cases(self.path):
            yield CaseItem.from_parent(self, name=case.id)


class CaseItem(pytest.Item):
    """One case."""

    def runtest(self) -> None:
        """Ask it, and fail where a scorer is not satisfied."""
        library = ARTICLES if self.path.parent == CASES else self.path.parent.name
        cases, target, sources = _opened(self.config, library)
        (row,) = run(target, [cases[self.name]], sources, progress=False)
        if misses(row):
            text = row.answer.text if row.answer else ""
            # Who tunes the advisor must not read the cases held out.
            told = "\n\n".join((row.case.question, text, *misses(row)))
            pytest.fail("(held out)" if row.case.held_out else told, pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is from."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """The answer and what was missed, without a traceback."""
        return str(excinfo.value)


def _opened(config: pytest.Config, name: str) -> tuple[dict[str, Case], Target, Sources]:
    """A library, opened once a session."""
    held = config.stash.setdefault(_OPENED, {})
    if name not in held:
        plain = Library.open()
        plain.sync()
        (cases,) = case_sets(plain, [name])
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        scene = stack.enter_context(opened(cases, plain))
        target = open_target("quote", *scene.asked)
        held[name] = ({case.id: case for case in cases.cases}, target, scene.sources)
    return held[name]
