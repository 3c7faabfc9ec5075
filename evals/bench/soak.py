"""Askers and seconds go in; a page is loaded while its parts fail, and a table of what held comes out."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from corpus import Library
from evals.bench.askers import Told, ask_for
from evals.bench.faults import PATIENCE, away, disturb, full, killed, stopped
from evals.bench.page import Page, page
from evals.bench.rows import Row, most, none, table
from evals.bench.scripted import FAULTS, ModelServer

_P95 = 3.0  # seconds, of those that are answered with quotes and not told to come back
_P95_WRITTEN = 20.0  # where a model that fails writes: the 10 that its part may take, and as long to wait
_GROWTH = 1.05  # of memory, after the askers have gone
_MORE_HANDLES = 16


def soak(askers: int, seconds: float, *, written: bool) -> tuple[str, bool]:
    """The table, and whether all of it holds; takes the seconds, and about two minutes more.

    With `written`, answers are written by a model's server that fails now and then; else the page's disk and its
    Chroma server fail, as they would in both.
    """
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        home = Path(made) / "home"
        Library.open(home).sync()
        model = stack.enter_context(ModelServer().serving()) if written else None
        settings = model.settings if model else {}
        rows = [*_loaded(home, askers, seconds, settings, model), *stopped(home, settings), *killed(home, settings)]
        if not model:
            rows += [*full(home), *away(Path(made))]
    return table(rows), all(row.holds for row in rows)


def _loaded(
    home: Path, askers: int, seconds: float, settings: dict[str, str], model: ModelServer | None
) -> Iterator[Row]:
    with page(home, settings) as running:
        # What the first answers, and the first sync among them, leave is the threads' own, and is there once.
        wrong = list[str]()
        syncing = threading.Thread(target=disturb, args=(home, 0, wrong))
        syncing.start()
        ask_for(running.address, askers, 2 * PATIENCE, most=2)
        syncing.join()
        before, open_before = running.megabytes(), running.handles()
        trouble = [threading.Thread(target=disturb, args=(home, seconds, wrong))]
        trouble += [threading.Thread(target=_fail, args=(model, seconds))] if model else []
        for each in trouble:
            each.start()
        told = ask_for(running.address, askers, seconds)
        during = running.megabytes()
        for each in trouble:
            each.join()
        after, open_after = _settled(running, before, open_before)
    yield from _answers(told, askers, seconds, wrong, _P95_WRITTEN if model else _P95)
    if model:
        modes = ", ".join(sorted(told.modes))
        yield Row("written by, with faults of the model's server between", modes, "both", len(told.modes) == 2)
    yield Row("memory at the start, at the end of the load, MB", f"{before:.0f}, {during:.0f}")
    yield most("memory after the askers have gone, MB", after, round(before * _GROWTH), ".0f")
    limit = open_before + _MORE_HANDLES
    opened = f"{open_before}, {open_after}"
    yield Row("files and sockets open before, and after", opened, f"{limit}", open_after <= limit)


def _answers(told: Told, askers: int, seconds: float, wrong: Sequence[str], p95: float) -> Iterator[Row]:
    yield Row(f"{askers} askers for {seconds:g} s: answers a second", f"{len(told.seconds) / seconds:.1f}")
    yield Row("answers; told that the page is busy", f"{len(told.seconds)}; {told.busy}", "> 0", bool(told.seconds))
    yield Row("seconds for an answer, p50", f"{told.within(0.5):.2f}")
    yield most("the same, p95", told.within(0.95), p95, ".2f")
    yield Row("the same, p99", f"{told.within(0.99):.2f}")
    yield none("errors", [*told.errors, *(line for _, line in told.said)])
    yield none("answers to another's question", told.mixed)
    yield none("the library synced meanwhile: what went wrong", wrong)


def _fail(model: ModelServer, seconds: float) -> None:
    """Have the model's server fail in each way in turn, each for a while, and answer again at the end."""
    for fault in ("", *FAULTS, ""):
        model.fault = fault
        time.sleep(seconds / (len(FAULTS) + 2))


def _settled(running: Page, before: float, open_before: int) -> tuple[float, int]:
    """Memory and handles once nothing is left of the askers' sessions, or after a while."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        after, open_after = running.megabytes(), running.handles()
        if after <= before * _GROWTH and open_after <= open_before + _MORE_HANDLES:
            break
        time.sleep(1)
    return after, open_after
