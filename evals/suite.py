"""The command line's options go in; the cases that they choose are asked of every library, and a Report comes out."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from corpus import Library
from evals import gate
from evals.case import Case, CaseError
from evals.judge import Judge
from evals.report import Report
from evals.run import Row, Sources, run
from evals.scene import CaseSet, Scene, case_sets, opened
from evals.summary import Summary, summarise
from evals.target import Target, TargetError
from evals.turns import units

_NARROWING = ("kind", "ids", "held_out", "limit", "graded")  # options of which a run is not the one that is gated


def scenes(library: Library, options: argparse.Namespace) -> Iterator[Scene]:
    """Every library of which cases are chosen, one after another: each is closed when the next is asked for."""
    for one in choose(case_sets(library, options.library or (), graded=options.graded), options):
        with opened(one, library) as scene:
            yield scene


def choose(sets: Sequence[CaseSet], options: argparse.Namespace) -> list[CaseSet]:
    """The sets with the cases that the options leave; those with none left are left out. Raises CaseError.

    A conversation is asked as a whole or not at all, and counts once.
    """
    whole = (unit for one in sets for unit in units(one.cases))
    chosen = [unit for unit in whole if any(_is_wanted(case, options) for case in unit)]
    if options.limit and options.limit < len(chosen):
        step = len(chosen) / options.limit
        chosen = [chosen[int(number * step)] for number in range(options.limit)]
    if not chosen:
        raise CaseError("no case is left; widen --library, --kind, --ids or --held-out")
    ids = {case.id for unit in chosen for case in unit}
    return [narrow for one in sets if (narrow := one.only(ids)).chosen]


def _is_wanted(case: Case, options: argparse.Namespace) -> bool:
    is_kind = not options.kind or case.kind in options.kind
    return is_kind and case.id.startswith(options.ids) and (case.held_out or not options.held_out)


def is_whole(options: argparse.Namespace) -> bool:
    """Whether all cases are asked of every library that is asked."""
    return not any(getattr(options, name) for name in _NARROWING)


def score(
    library: Library,
    options: argparse.Namespace,
    open_target: Callable[[Scene], Target],
    judge: Judge | None,
    baseline: gate.Baseline | None,
) -> tuple[Report, dict[str, Sources]]:
    """Ask, score and hold against thresholds and baseline; the articles of each library beside. Raises TargetError."""
    started = time.perf_counter()
    wanted = None if options.fail_under is None else gate.read_thresholds(options.fail_under)
    rows, sources, name = list[Row](), dict[str, Sources](), ""
    for scene in scenes(library, options):
        target = open_target(scene)
        name = target.name
        rows += run(target, scene.cases, scene.sources, second=judge, jobs=options.jobs)
        sources[scene.sources.library] = scene.sources
    if all(row.asked is None for row in rows):
        raise TargetError(f"{name} answered no case: {rows[0].error or 'it holds no answer to them'}")
    found = summarise(rows)
    about = _about(options.given, name, library.fingerprint, started)
    return Report(about, found, _checks(found, rows, wanted, baseline, options), rows), sources


def _checks(
    found: Summary,
    rows: Sequence[Row],
    wanted: Mapping[str, float] | None,
    baseline: gate.Baseline | None,
    options: argparse.Namespace,
) -> list[gate.Check]:
    checks = gate.check_errors(rows)
    if wanted is not None:
        checks += gate.check_thresholds(found.whole["all"], wanted)
    elif is_whole(options):
        checks += gate.check_libraries(found, complete=not options.library)
    whole = is_whole(options) and not options.library
    return checks + (gate.check_baseline(rows, baseline, whole=whole) if baseline else [])


def _about(given: Sequence[str], target: str, fingerprint: str, started: float) -> dict[str, Any]:
    return {
        "target": target,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["python", "-m", "evals", *given]),
        "seconds": round(time.perf_counter() - started, 1),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "fingerprint": fingerprint,
    }
