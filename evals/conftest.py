"""Makes every case a pytest test: `pytest evals -k a-013`, `pytest evals/libraries/trades/cases.jsonl`.

So is every conversation, as a whole: `pytest evals -k n-nursing-002`.

A test fails where a scorer is not satisfied: what `python -m evals` averages, one by one. So some fail; the gate is
`python -m evals`, and this is for looking at one case.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpus import Library
from evals.case import CASES, Case, read_cases
from evals.report import misses
from evals.run import ARTICLES, Sources, run
from evals.scene import LIBRARIES, case_sets, opened
from evals.target import Target, open_target
from evals.turns import CONVERSATIONS, Turn, read_turns, units

_Opened = tuple[dict[str, Sequence[Case]], Target, Sources]  # what is asked, by the name of its test
_OPENED = pytest.StashKey[dict[str, _Opened]]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the case files."""
    is_of_library = file_path.parent.parent == LIBRARIES
    if file_path.suffix == ".jsonl" and (file_path.parent in (CASES, CONVERSATIONS) or is_of_library):
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """One file of cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test a line."""
        if self.path.parent == CONVERSATIONS:
            names = [turns[0].conversation for _, turns in read_turns(self.path)]
        else:
            names = [case.id for _, case in read_cases(self.path)]
        for name in names:
            yield CaseItem.from_parent(self, name=name)


class CaseItem(pytest.Item):
    """One case, or one conversation."""

    def runtest(self) -> None:
        """Ask it, and fail where a scorer is not satisfied."""
        of = {CASES: ARTICLES, CONVERSATIONS: self.path.stem}
        library = of.get(self.path.parent, self.path.parent.name)
        cases, target, sources = _opened(self.config, library)
        rows = run(target, cases[self.name], sources, progress=False)
        missed = [row for row in rows if misses(row)]
        if missed:
            # Who tunes the advisor must not read the cases held out.
            told = (
                "\n\n".join((row.case.question, row.answer.text if row.answer else "", *misses(row))) for row in missed
            )
            pytest.fail("(held out)" if rows[0].case.held_out else "\n\n".join(told), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is from."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """The answer and what was missed, without a traceback."""
        return str(excinfo.value)


def _opened(config: pytest.Config, name: str) -> _Opened:
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
        asked = {_name(unit[0]): unit for unit in units(cases.cases)}
        held[name] = (asked, target, scene.sources)
    return held[name]


def _name(case: Case) -> str:
    return case.conversation if isinstance(case, Turn) else case.id
