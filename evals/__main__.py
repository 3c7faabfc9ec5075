"""The command line of the evals: `python -m evals [run|bench|fit]`."""

from __future__ import annotations

import argparse
import sys

from corpus import CorpusError, run_command
from evals.case import CaseError, load_cases


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 2 could not run."""
    parser = argparse.ArgumentParser(prog="python -m evals", description="Score and measure the advisor.")
    parser.set_defaults(command=_run, failures=False, ids="")
    commands = parser.add_subparsers(title="commands")
    run = commands.add_parser("run", help="ask every case and print the scores (the default)")
    run.add_argument("--ids", metavar="PREFIX", default="", help="ask only the cases whose id starts so")
    run.add_argument("--failures", action="store_true", help="list the tuning cases that went wrong")
    run.set_defaults(command=_run)
    bench = commands.add_parser("bench", help="measure speed and memory beside LangChain's stock pipeline")
    bench.set_defaults(command=_bench)
    fit = commands.add_parser("fit", help="fit the ranking and gate weights on the tuning cases and print them")
    fit.set_defaults(command=_fit)
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except (CaseError, CorpusError) as exc:
        print(f"evals: {exc}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    from advisor import Advisor
    from evals.report import failures, table
    from evals.run import run

    advisor = Advisor()
    advisor.prepare()
    articles = advisor.library.articles()
    cases = [case for case in load_cases(articles) if case.id.startswith(options.ids)]
    rows = run(advisor.ask, cases, articles)
    if options.failures:
        print(failures(rows))
    print(table(rows))
    errors = [f"{row.case.id}: {row.error}" for row in rows if row.error]
    if errors:
        raise CaseError(f"{len(errors)} of {len(rows)} cases raised an error, the first {errors[0]}")


def _bench(options: argparse.Namespace) -> None:
    from evals.bench import bench

    bench()


def _fit(options: argparse.Namespace) -> None:
    from advisor import Advisor
    from evals.fit import fit

    advisor = Advisor()
    advisor.prepare()
    ranking, gate = fit(advisor, load_cases(advisor.library.articles()))
    print("advisor/rank.py", ranking, "advisor/coverage.py", gate, sep="\n")


if __name__ == "__main__":
    sys.exit(run_command(main))
