"""The command line of the evals: `python -m evals [run|compare|agree|cases|panel|bench|soak|record|written|...]`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable

from advisor import Advisor, AdvisorError
from corpus import CorpusError, Library, run_command
from evals.case import KINDS, CaseError
from evals.gate import GateError
from evals.judges import JudgeError
from evals.options import parser
from evals.target import TargetError

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


def _prepared() -> Library:
    """The library that the environment names, up to date."""
    library = Library.open()
    Advisor("quote", library=library).prepare(lambda line: print(line, file=sys.stderr))
    return library


def _run(options: argparse.Namespace) -> int:
    from evals import gate, report
    from evals.judges import open_judge
    from evals.page import render
    from evals.scene import Scene
    from evals.suite import is_whole, score
    from evals.target import Target, of_report, open_target

    if options.update_baseline and not options.baseline:
        raise GateError("--update-baseline needs --baseline FILE, the file to write")
    if options.update_baseline and (options.library or not is_whole(options)):
        raise GateError("--update-baseline is for a run of all cases; leave out what chooses some of them")
    baseline = gate.read_baseline(options.baseline) if options.baseline and not options.update_baseline else None
    judge, replay = open_judge(options.judge), of_report(options.replay) if options.replay else None

    def target(scene: Scene) -> Target:
        return replay or open_target(options.model or options.target, *scene.asked, is_default=scene.is_default)

    made, sources = score(_prepared(), options, target, judge, baseline)
    report.write(made, render(made, sources, baseline), options.out)
    if options.update_baseline:
        gate.write_baseline(made.rows, made.about, options.baseline)
    if options.failures:
        print(report.failures(made.rows))
    print(report.table(made.summary, made.checks))
    if not is_whole(options) and options.fail_under is None:
        print("\nNo thresholds were applied: they hold for a run of all cases (or name some by --fail-under).")
    print(f"\n{len(made.rows)} cases in {made.about['seconds']} s; open {options.out / 'report.html'}")
    return PASSED if made.passed else FAILED


def _compare(options: argparse.Namespace) -> int:
    from evals.compare import compare
    from evals.judges import open_judge
    from evals.run import Row, run
    from evals.suite import scenes
    from evals.target import open_target

    judge, rows = open_judge(options.judge), (list[Row](), list[Row]())
    for scene in scenes(_prepared(), options):
        # Both are opened before either is asked, so that a name that is none is told at once.
        both = [
            open_target(name, *scene.asked, is_default=scene.is_default) for name in (options.first, options.second)
        ]
        for target, of in zip(both, rows, strict=True):
            of += run(target, scene.cases, scene.sources, second=judge, jobs=options.jobs)
    print(compare(options.first, rows[0], options.second, rows[1]))
    return FAILED if any(row.error for of in rows for row in of) else PASSED


def _agree(options: argparse.Namespace) -> int:
    from evals.agree import agree
    from evals.judges import open_judge

    print(agree(options.files, open_judge(options.judge), held_out=options.held_out))
    return PASSED


def _written(options: argparse.Namespace) -> int:
    from evals.gate import GateError
    from evals.written import written

    if options.update_baseline and not options.baseline:
        raise GateError("--update-baseline needs --baseline FILE, the file to write")
    said, passed = written(_prepared(), options.recording, options.baseline, update=options.update_baseline)
    print(said)
    return PASSED if passed else FAILED


def _cases(options: argparse.Namespace) -> int:
    from evals.run import ARTICLES
    from evals.scene import case_sets
    from evals.sections import ENOUGH, coverage, table
    from evals.turns import CONVERSATION

    library = Library.open()
    library.sync()
    sets = case_sets(library)
    cases = [case for one in sets for case in one.cases]
    kinds, held_out = Counter(case.kind for case in cases), Counter(case.kind for case in cases if case.held_out)
    for kind in (*KINDS, CONVERSATION):
        print(f"{kinds[kind]:5}  {kind} ({held_out[kind]} held out)")
    print(f"{len(cases):5}  in all ({held_out.total()} held out): ", end="")
    print(", ".join(f"{len(one.cases)} of {one.library}" for one in sets), end="\n\n")
    sections = coverage(library.articles(), [case for one in sets if one.library == ARTICLES for case in one.cases])
    print(table(sections))
    return FAILED if any(len(section.cases) < ENOUGH for section in sections) else PASSED


def _record(options: argparse.Namespace) -> int:
    from evals.judges import open_judge
    from evals.recording import record
    from evals.run import Row, run
    from evals.suite import scenes
    from evals.target import of_advisor

    open_judge(options.judge)  # says so before anything is asked where it is none
    rows, model = list[Row](), record(options.model, options.out)
    for scene in scenes(_prepared(), options):
        advisors = (Advisor(model, library=one) for one in scene.asked)
        rows += run(of_advisor(model.model_name, *advisors), scene.cases, scene.sources, jobs=options.jobs)
    failed = [row for row in rows if row.error or (row.answer and row.answer.mode == "quote" and row.answer.usage)]
    print(f"{len(rows)} cases asked, of which the model failed {len(failed)}; its replies are in {options.out}")
    print(f"Score them by: python -m evals --model recorded:{options.out}")
    return FAILED if failed else PASSED


def _panel(options: argparse.Namespace) -> int:
    from evals.panel.read import read_panel
    from evals.panel.write import write_panel

    print(read_panel(options.read) if options.read else write_panel(_prepared(), options))
    return PASSED


def _train_verifier(options: argparse.Namespace) -> int:
    from evals.learn.train_verifier import train_verifier

    print(train_verifier(options.data, options.base, options.libraries, options.out, options.epochs))
    return PASSED


def _train_embedder(options: argparse.Namespace) -> int:
    from evals.learn.embedder import train_embedder

    print(train_embedder(options.libraries, options.out, options.epochs, options.most, options.base))
    return PASSED


def _train_reader(options: argparse.Namespace) -> int:
    from evals.learn.reader import train_reader

    print(train_reader(options.libraries, options.base, options.out, options.epochs, options.most))
    return PASSED


def _prepare_libraries(options: argparse.Namespace) -> int:
    from evals.learn.prepare import prepare_libraries

    print(prepare_libraries(options.clones, options.out))
    return PASSED


def _fit_gate(options: argparse.Namespace) -> int:
    from evals.learn.gate import fit_gate

    print(fit_gate(options.libraries))
    return PASSED


def _bench(options: argparse.Namespace) -> int:
    from evals.bench.bench import bench
    from evals.bench.scale import scale

    if options.part == "scale":
        scale(min(options.passages, 1_000_000), server=options.server)
    else:
        bench(options.part)
    return PASSED


def _soak(options: argparse.Namespace) -> int:
    from evals.bench.soak import soak

    table, holds = soak(min(options.askers, 400), min(options.seconds, 600), written=options.written)
    print(table)
    return PASSED if holds else FAILED


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "compare": _compare,
    "agree": _agree,
    "cases": _cases,
    "written": _written,
    "bench": _bench,
    "soak": _soak,
    "panel": _panel,
    "record": _record,
    "train-embedder": _train_embedder,
    "train-reader": _train_reader,
    "train-verifier": _train_verifier,
    "prepare-libraries": _prepare_libraries,
    "fit-gate": _fit_gate,
}


if __name__ == "__main__":
    sys.exit(run_command(main))
