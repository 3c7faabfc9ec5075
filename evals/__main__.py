"""The command line of the evals: `python -m evals [run|compare|agree|cases|bench|fit|record|train-verifier]`."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from advisor import AdvisorError
from corpus import CorpusError, Library, run_command
from evals.case import KINDS, Case, CaseError, load_cases
from evals.gate import GateError
from evals.judges import JudgeError
from evals.options import parser
from evals.run import Sources
from evals.target import TargetError, altered_library

PASSED, FAILED, COULD_NOT_RUN = 0, 1, 2
_ERRORS = (AdvisorError, CaseError, CorpusError, GateError, JudgeError, TargetError)


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 passed, 1 got worse or under a threshold, 2 could not run."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0] not in COMMANDS and given[0] not in ("-h", "--help")):
        given = ["run", *given]
    options = parser().parse_args(given)
    options.given = given
    try:
        return COMMANDS[options.command](options)
    except _ERRORS as exc:
        print(f"evals: {exc}", file=sys.stderr)
    except OSError as exc:  # the reports' folder, a file without rights, a full disk
        print(f"evals: {exc.filename or 'a file'} cannot be used ({exc.strerror}); choose another", file=sys.stderr)
    return COULD_NOT_RUN


@contextlib.contextmanager
def _opened(options: argparse.Namespace) -> Iterator[tuple[Library, Library, Sources, list[Case]]]:
    """The library, its altered copy, the articles of both, and the cases chosen."""
    from advisor import Advisor

    library = Library.open()
    Advisor("quote", library=library).prepare(lambda line: print(line, file=sys.stderr))
    cases = load_cases(library.articles())
    with altered_library(library, cases) as altered:
        sources = Sources({a.id: a for a in library.articles()}, {a.id: a for a in altered.articles()})
        yield library, altered, sources, _chosen(cases, options)


def _chosen(cases: Sequence[Case], options: argparse.Namespace) -> list[Case]:
    chosen = [
        case
        for case in cases
        if case.id.startswith(options.ids)
        and (not options.kind or case.kind in options.kind)
        and (case.held_out or not options.held_out)
    ]
    if options.limit and options.limit < len(chosen):
        step = len(chosen) / options.limit
        chosen = [chosen[int(number * step)] for number in range(options.limit)]
    if not chosen:
        raise CaseError("no case is left; widen --kind, --ids or --held-out")
    return chosen


def _run(options: argparse.Namespace) -> int:
    from evals import gate, report
    from evals.judges import open_judge
    from evals.page import render
    from evals.run import run
    from evals.sections import coverage
    from evals.target import of_report, open_target

    if options.update_baseline and not options.baseline:
        raise GateError("--update-baseline needs --baseline FILE, the file to write")
    whole = not (options.kind or options.ids or options.held_out or options.limit)
    if options.update_baseline and not whole:
        raise GateError("--update-baseline is for a run of all cases; leave out --kind, --ids, --held-out and --limit")
    wanted = gate.THRESHOLDS if whole else {}
    wanted = gate.read_thresholds(options.fail_under) if options.fail_under is not None else wanted
    baseline = gate.read_baseline(options.baseline) if options.baseline and not options.update_baseline else None
    judge = open_judge(options.judge)
    started = time.perf_counter()
    with _opened(options) as (library, altered, sources, cases):
        name = options.model or options.target
        target = of_report(options.replay) if options.replay else open_target(name, library, altered)
        rows = run(target, cases, sources, second=judge, jobs=options.jobs)
    found = report.estimates(rows)
    checks = gate.check_errors(rows) + gate.check_thresholds(found["all"], wanted)
    checks += gate.check_baseline(rows, baseline, whole=whole) if baseline else []
    made = report.Report(_about(options, target.name, library, started), found, checks, rows)
    sections = coverage(sources.plain.values(), cases)
    report.write(made, render(made, sources, sections, baseline), options.out)
    if options.update_baseline:
        gate.write_baseline(rows, made.about, options.baseline)
    if options.failures:
        print(report.failures(rows))
    print(report.table(found, checks))
    if not whole and options.fail_under is None:
        print("\nNo thresholds were applied: they hold for a run of all cases (or name some by --fail-under).")
    print(f"\n{len(rows)} cases in {made.about['seconds']} s; open {options.out / 'report.html'}")
    if all(row.asked is None for row in rows):
        raise TargetError(f"{target.name} answered no case: {rows[0].error or 'it holds no answer to them'}")
    return PASSED if made.passed else FAILED


def _about(options: argparse.Namespace, target: str, library: Library, started: float) -> dict[str, Any]:
    return {
        "target": target,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["python", "-m", "evals", *options.given]),
        "seconds": round(time.perf_counter() - started, 1),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "fingerprint": library.fingerprint,
    }


def _compare(options: argparse.Namespace) -> int:
    from evals.compare import compare
    from evals.judges import open_judge
    from evals.run import run
    from evals.target import open_target

    judge = open_judge(options.judge)
    with _opened(options) as (library, altered, sources, cases):
        both = [open_target(name, library, altered) for name in (options.first, options.second)]
        first, second = (run(target, cases, sources, second=judge, jobs=options.jobs) for target in both)
    print(compare(options.first, first, options.second, second))
    return FAILED if any(row.error for row in (*first, *second)) else PASSED


def _agree(options: argparse.Namespace) -> int:
    from evals.agree import agree
    from evals.judges import open_judge

    print(agree(options.files, open_judge(options.judge), held_out=options.held_out))
    return PASSED


def _cases(options: argparse.Namespace) -> int:
    from collections import Counter

    from evals.sections import ENOUGH, coverage, table

    library = Library.open()
    library.sync()
    articles = library.articles()
    cases = load_cases(articles)
    kinds, held_out = Counter(case.kind for case in cases), Counter(case.kind for case in cases if case.held_out)
    for kind in KINDS:
        print(f"{kinds[kind]:5}  {kind} ({held_out[kind]} held out)")
    print(f"{len(cases):5}  in all ({held_out.total()} held out)\n")
    sections = coverage(articles, cases)
    print(table(sections))
    return FAILED if any(len(section.cases) < ENOUGH for section in sections) else PASSED


def _record(options: argparse.Namespace) -> int:
    from advisor import Advisor
    from evals.judges import open_judge
    from evals.recording import record
    from evals.run import run
    from evals.target import of_advisor

    open_judge(options.judge)  # says so before anything is asked where it is none
    with _opened(options) as (library, altered, sources, cases):
        model = record(options.model, options.out)
        target = of_advisor(model.model_name, *(Advisor(model, library=one) for one in (library, altered)))
        rows = run(target, cases, sources, jobs=options.jobs)
    failed = [
        row for row in rows if row.error or (row.asked and row.asked.answer.mode == "quote" and row.asked.answer.usage)
    ]
    print(f"{len(rows)} cases asked, of which the model failed {len(failed)}; its replies are in {options.out}")
    print(f"Score them by: python -m evals --model recorded:{options.out}")
    return FAILED if failed else PASSED


def _train_verifier(options: argparse.Namespace) -> int:
    from evals.train_verifier import train_verifier

    print(train_verifier(options.data, options.base, options.out, options.epochs))
    return PASSED


def _bench(options: argparse.Namespace) -> int:
    from evals.bench import bench

    bench(options.part)
    return PASSED


def _fit(options: argparse.Namespace) -> int:
    from advisor import Advisor
    from evals.fit import fit
    from evals.training import load_examples

    advisor = Advisor()
    advisor.prepare()
    articles = advisor.library.articles()
    print("advisor/find/rank.py", fit(advisor, load_examples(articles, load_cases(articles))), sep="\n")
    return PASSED


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "compare": _compare,
    "agree": _agree,
    "cases": _cases,
    "bench": _bench,
    "fit": _fit,
    "record": _record,
    "train-verifier": _train_verifier,
}


if __name__ == "__main__":
    sys.exit(run_command(main))
