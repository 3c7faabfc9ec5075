"""Nothing goes in; the parser of the evals' command line comes out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from evals.case import KINDS
from evals.turns import CONVERSATION

RECORDING = Path(__file__).parent / "recordings" / "written.jsonl"
TARGETS = "quote, quote:no-lexical, stock, package:function"


def parser() -> argparse.ArgumentParser:
    """Every command with its options; what is given is a Namespace whose `command` names the command."""
    whole = argparse.ArgumentParser(
        prog="python -m evals",
        description="Score and measure the advisor. Without a command: run.",
        epilog="Exit codes: 0 passed, 1 got worse or under a threshold, 2 could not run.",
    )
    commands = whole.add_subparsers(title="commands", required=True)
    run = commands.add_parser("run", help="score the answers to all cases (the default)")
    run.add_argument("--target", metavar="NAME", default="quote", help=TARGETS)
    run.add_argument(
        "--model", metavar="PROVIDER:NAME", help="score written mode with this chat model, or recorded:FILE"
    )
    run.add_argument("--replay", metavar="FILE", type=Path, help="score the answers of an earlier report.json again")
    run.add_argument(
        "--baseline", metavar="FILE", type=Path, help="fail where a metric is worse than in this stored run"
    )
    run.add_argument("--update-baseline", action="store_true", help="write this run to --baseline's file instead")
    run.add_argument("--fail-under", metavar="NAME=VALUE,...", help="thresholds to fail under, instead of the usual")
    run.add_argument("--out", metavar="FOLDER", type=Path, default=Path("reports"), help="where the reports go")
    run.add_argument("--failures", action="store_true", help="list the tuning cases that went wrong")
    run.set_defaults(command="run")
    compare = commands.add_parser("compare", help="two targets on the same cases, paired")
    compare.add_argument("first", metavar="A", help=f"{TARGETS} or provider:model")
    compare.add_argument("second", metavar="B", help="likewise")
    compare.set_defaults(command="compare")
    keep = _add_record(commands)
    for command in (run, compare, keep):
        _add_choice(command)
    agree = commands.add_parser("agree", help="the verifier against labelled claims")
    agree.add_argument("files", metavar="FILE", nargs="*", type=Path, help="JSONL; default: every file of evals/claims")
    agree.add_argument("--judge", metavar="NAME", help="a judge instead: entailment:MODEL or chat:PROVIDER:MODEL")
    agree.add_argument("--held-out", action="store_true", help="only the pairs held out")
    agree.set_defaults(command="agree")
    written = commands.add_parser("written", help="what written mode makes of recorded writing, without a model")
    written.add_argument("--recording", metavar="FILE", type=Path, default=RECORDING, help="JSONL (default: ours)")
    written.add_argument("--baseline", metavar="FILE", type=Path, help="fail where a figure is worse than in this file")
    written.add_argument(
        "--update-baseline", action="store_true", help="write the figures to --baseline's file instead"
    )
    written.set_defaults(command="written")
    commands.add_parser("cases", help="how many cases of each kind, and for each section").set_defaults(command="cases")
    _add_bench(commands)
    _add_soak(commands)
    _add_panel(commands)
    _add_learning(commands)
    return whole


def _add_bench(commands: Any) -> None:
    bench = commands.add_parser("bench", help="measure speed and memory beside LangChain's stock pipeline")
    parts = ("speed", "library", "page", "scale")
    bench.add_argument("part", nargs="?", choices=parts, help="only this part (default: all but scale)")
    bench.add_argument("--passages", metavar="N", type=_positive, default=100_000, help="of scale, at most (100,000)")
    bench.add_argument("--server", action="store_true", help="of scale: a library on a Chroma server")
    bench.set_defaults(command="bench")


def _add_record(commands: Any) -> argparse.ArgumentParser:
    keep = commands.add_parser("record", help="keep a chat model's replies to the cases, to score them without it")
    keep.add_argument("--model", metavar="PROVIDER:NAME", required=True, help="the chat model")
    keep.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=Path("recording.jsonl"),
        help="JSONL; what it holds already is not asked again",
    )
    keep.set_defaults(command="record")
    return keep  # type: ignore[no-any-return]


def _add_soak(commands: Any) -> None:
    soak = commands.add_parser("soak", help="load, disturb, stop and kill the page; fail where a limit does not hold")
    soak.add_argument("--seconds", metavar="N", type=_positive, default=60, help="of load (default 60)")
    soak.add_argument("--askers", metavar="N", type=_positive, default=200, help="who ask at once (default 200)")
    soak.add_argument("--written", action="store_true", help="with a model's server of its own, which fails in between")
    soak.set_defaults(command="soak")


def _add_panel(commands: Any) -> None:
    panel = commands.add_parser(
        "panel", help="write conversations with their answers for judges, or read what they say"
    )
    panel.add_argument("--read", metavar="FOLDER", type=Path, help="the means of what judges wrote there; nothing else")
    panel.add_argument("--library", metavar="NAME", default="articles", help="whose conversations (default articles)")
    panel.add_argument("--turns", metavar="N", type=_positive, default=40, help="at least so many (default 40)")
    panel.add_argument("--out", metavar="FOLDER", type=Path, default=Path("build/panel"), help="where they go")
    panel.add_argument("--target", metavar="NAME", default="quote", help=f"{TARGETS} or provider:model")
    panel.add_argument("--held-out", action="store_true", help="only conversations held out")
    panel.add_argument(
        "--seed", metavar="N", type=int, default=0, help="which conversations, in which order (default 0)"
    )
    panel.add_argument("--jobs", metavar="N", type=_positive, default=1, help="conversations at once (default 1)")
    panel.set_defaults(command="panel")


def _add_learning(commands: Any) -> None:
    train = commands.add_parser("train-verifier", help="train the verifier's entailment model and its weights")
    train.add_argument(
        "--data",
        metavar="FILE",
        nargs="*",
        type=Path,
        default=[],
        help="pairs as JSONL (or .gz), beside evals/training's",
    )
    train.add_argument(
        "--base",
        metavar="FOLDER",
        type=Path,
        help="go on from a model trained before: --data is only mixed in",
    )
    train.add_argument(
        "--out", metavar="FOLDER", type=Path, default=Path("verifier-model"), help="where the torch model goes"
    )
    train.add_argument(
        "--libraries", metavar="FOLDER", type=Path, default=Path("libraries"), help="what prepare-libraries made"
    )
    train.add_argument(
        "--epochs", metavar="N", type=_positive, default=3, help="over the claims on libraries (default 3)"
    )
    train.set_defaults(command="train-verifier")
    embedder = commands.add_parser("train-embedder", help="train the embedding model on the graded questions")
    embedder.add_argument("--base", metavar="FOLDER", type=Path, help="go on from a model trained before")
    reader = commands.add_parser("train-reader", help="train the reader on the graded questions")
    reader.add_argument("--base", metavar="FOLDER", type=Path, required=True, help="what train-embedder wrote to --out")
    for command, name, most in ((embedder, "embedder", 600), (reader, "reader", 700)):
        command.add_argument(
            "--libraries", metavar="FOLDER", type=Path, required=True, help="a folder for each library"
        )
        command.add_argument(
            "--out", metavar="FOLDER", type=Path, default=Path(f"{name}-model"), help="for the weights and model.onnx"
        )
        of = f"questions of one library in an epoch, at most (default {most})"
        command.add_argument("--most", metavar="N", type=_positive, default=most, help=of)
        command.add_argument("--epochs", metavar="N", type=_positive, default=2, help="over the questions (default 2)")
        command.set_defaults(command=f"train-{name}")
    prepare = commands.add_parser(
        "prepare-libraries", help="make the libraries that graded questions were written over"
    )
    prepare.add_argument(
        "--clones",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="clones of the repositories that learn/sources.toml names, as OWNER/NAME",
    )
    prepare.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="for a folder for each library")
    prepare.set_defaults(command="prepare-libraries")
    gate = commands.add_parser("fit-gate", help="fit what tells answered questions from others")
    gate.add_argument("--libraries", metavar="FOLDER", type=Path, help="a folder for each library, for more questions")
    gate.set_defaults(command="fit-gate")


def _add_choice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--library",
        action="append",
        metavar="NAME",
        help="only this library (repeatable): articles, or a folder of libraries/",
    )
    command.add_argument(
        "--graded", metavar="FOLDER", type=Path, help="others' libraries, those left out of all training"
    )
    kinds = sorted((*KINDS, CONVERSATION))
    command.add_argument("--kind", action="append", choices=kinds, metavar="KIND", help="only this kind (repeatable)")
    command.add_argument("--ids", metavar="PREFIX", default="", help="only cases whose id starts so")
    command.add_argument("--held-out", action="store_true", help="only the cases held out")
    command.add_argument(
        "--limit",
        metavar="N",
        type=_positive,
        help="only N of them, spread over libraries and kinds; a conversation counts once",
    )
    command.add_argument(
        "--jobs", metavar="N", type=_positive, default=1, help="cases or conversations asked at once (default 1)"
    )
    command.add_argument(
        "--judge", metavar="NAME", help="where the rules cannot tell: entailment:MODEL or chat:PROVIDER:MODEL"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number of 1 or more")
    return int(text)
