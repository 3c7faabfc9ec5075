"""Makes every case a pytest test: `pytest evals -k a-013`, `pytest evals/cases/figure.jsonl`.

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
from evals.case import CASES, Case, load_cases, read_cases
from evals.report import misses
from evals.run import Sources, run
from evals.target import Target, altered_library, open_target

_OPENED = pytest.StashKey[tuple[dict[str, Case], Target, Sources]]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the case files."""
    if file_path.suffix == ".jsonl" and file_path.parent == CASES:
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
        cases, target, sources = _opened(self.config)
        (row,) = run(target, [cases[self.name]], sources, progress=False)
        if misses(row):
            text = row.asked.answer.text if row.asked else ""
            # Who tunes the advisor must not read the cases held out.
            told = "\n\n".join((row.case.question, text, *misses(row)))
            pytest.fail("(held out)" if row.case.held_out else told, pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is from."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """The answer and what was missed, without a traceback."""
        return str(excinfo.value)


def _opened(config: pytest.Config) -> tuple[dict[str, Case], Target, Sources]:
    """The library, opened once a session."""
    if _OPENED not in config.stash:
        library = Library.open()
        library.sync()
        cases = load_cases(library.articles())
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        altered = stack.enter_context(altered_library(library, cases))
        sources = Sources({a.id: a for a in library.articles()}, {a.id: a for a in altered.articles()})
        config.stash[_OPENED] = ({case.id: case for case in cases}, open_target("quote", library, altered), sources)
    return config.stash[_OPENED]
