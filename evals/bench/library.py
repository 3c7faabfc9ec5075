"""Nothing goes in; what a large library costs comes out: time and memory, beside LangChain's stock pipeline."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from corpus import Library
from evals.bench.crowd import crowd
from evals.bench.kills import ROUNDS, kill_loop
from evals.bench.measured import ROOT, own, python, row

_FIRST, _ALL = 6_900, 10_000  # articles: the first make 100,000 passages
_INGESTS = 3
_SHARES = 5  # of a measurement, of which the median is taken


def library_bench() -> None:
    """Measure and print; takes about ten minutes and 5 GB of disk."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        real, home = folder / "real", folder / "home"
        python(["-m", "corpus", "sync"], real)
        _ingest(folder, real)
        for name, numbers in {
            "first": range(_FIRST),
            "rest": range(_FIRST, _ALL),
            "one": range(_ALL, _ALL + 1),
        }.items():
            (folder / name).mkdir()
            for file, text in crowd(Library.open(real).articles(), numbers):
                (folder / name / file).write_text(text, encoding="utf-8")
        with _adding(home, real, folder / "first", folder / "rest") as process:
            assert process.stdout and process.stdin
            process.stdout.readline()
            found = [_crowd("search", home, real) for _ in range(_SHARES)]
            single = [_crowd("one", home, real, folder / "one") for _ in range(_SHARES)]
            added = json.loads(process.communicate("on\n")[0])
    middle = {name: statistics.median(one[name] for one in found) for name in found[0]}
    own(f"search of {middle['passages']:,.0f} passages, p50 ms", middle["p50"], "-")
    own("the same, p95 ms", middle["p95"], "15 ms")
    own("opening that library, s", middle["opened"], "3 s")
    own("one article more, s", statistics.median(one["added"] for one in single), "2 s")
    own("and taken out again, s", statistics.median(one["removed"] for one in single), "-")
    own(f"{_ALL:,} articles added, s", added["seconds"], "-")
    own("memory for them, over that for 100, MB", added["most"] - added["few"], "200 MB")
    wrong = kill_loop()
    own(f"lost or half there after {ROUNDS} kills", len(wrong), "0")
    for line in wrong:
        print(f"  {line}", file=sys.stderr)  # noqa: T201


def _ingest(folder: Path, real: Path) -> None:
    ours, stock = [], []
    for number in range(_INGESTS):
        ours.append(_crowd("ingest", folder / f"ingest-{number}", real))
        stock.append(float(python(["-m", "evals.bench.stock", "ingest", str(folder / f"stock-{number}")], real).output))
    pairs = [(one["passages"], other) for one, other in zip(ours, stock, strict=True)]
    row("passages of 240 words, embedded and stored, a s", pairs, "min 2.5")
    pairs = [(one["articles"], other) for one, other in zip(ours, stock, strict=True)]
    row("the same as articles, with every sentence, a s", pairs, "-")


def _crowd(command: str, home: Path, real: Path, *paths: Path) -> dict[str, float]:
    figures: dict[str, float] = json.loads(
        python(["-m", "evals.bench.crowd", command, *map(str, (home, real, *paths))], real).output
    )
    return figures


def _adding(home: Path, real: Path, *folders: Path) -> subprocess.Popen[Any]:
    return subprocess.Popen(
        [sys.executable, "-m", "evals.bench.crowd", "add", *map(str, (home, real, *folders))],
        cwd=ROOT,
        env={**os.environ, "TQDM_DISABLE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
