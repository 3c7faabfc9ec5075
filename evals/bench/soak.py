"""Askers and seconds go in; a page is loaded, disturbed, stopped and killed, and a table of what held comes out."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus import Library
from evals.bench.askers import Told, ask_for, listen
from evals.bench.measured import ROOT
from evals.bench.page import Page, page
from evals.bench.scripted import FAULTS, ModelServer

_P95 = 3.0  # seconds, of those that are answered and not told to come back
_GROWTH = 1.10  # of memory, after the askers have gone
_MORE_HANDLES = 16
_SETTLED = 45.0  # seconds after which nothing may be left of a session
_LEAVING = 11.0  # seconds that a page that is told to stop may take: ten, and what it takes to end
_LISTENING = 6  # who listen to their answers when a page is stopped
_FEW = 20  # askers of a page that is killed
_NOTE = "# Otters in aquariums\n\nOtters in aquariums sleep on their backs and hold hands. They eat fish at noon.\n"


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure of the table, and whether it is within its limit; one without a limit is."""

    name: str
    figure: str
    limit: str = ""
    holds: bool = True


def soak(askers: int, seconds: float, *, written: bool) -> tuple[str, bool]:
    """The table, and whether all of it holds; takes the seconds, and about a minute more."""
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as stack:
        home = Path(made) / "home"
        Library.open(home).sync()
        model = stack.enter_context(ModelServer().serving()) if written else None
        settings = model.settings if model else {}
        rows = [*_loaded(home, askers, seconds, settings, model), *_stopped(home, settings), *_killed(home, settings)]
    return _table(rows), all(row.holds for row in rows)


def _loaded(
    home: Path, askers: int, seconds: float, settings: dict[str, str], model: ModelServer | None
) -> Iterator[Row]:
    with page(home, settings) as running:
        # What the first crowd, and the first sync under it, leave is the threads' own, and is there once.
        wrong = list[str]()
        ask_for(running.address, askers, _SETTLED, most=1)
        _disturb(home, 0, wrong)
        ask_for(running.address, askers, _SETTLED, most=1)
        before, open_before = running.megabytes(), running.handles()
        trouble = [threading.Thread(target=_disturb, args=(home, seconds, wrong))]
        trouble += [threading.Thread(target=_fail, args=(model, seconds))] if model else []
        for each in trouble:
            each.start()
        told = ask_for(running.address, askers, seconds)
        during = running.megabytes()
        for each in trouble:
            each.join()
        after, open_after = _settled(running, before, open_before)
    yield from _answers(told, askers, seconds, wrong)
    if model:
        modes = ", ".join(sorted(told.modes))
        yield Row("written by, with faults of the model's server between", modes, "both", len(told.modes) == 2)
    yield Row("memory at the start, at the end of the load, MB", f"{before:.0f}, {during:.0f}")
    limit = before * _GROWTH
    yield Row("memory after the askers have gone, MB", f"{after:.0f}", f"{limit:.0f}", after <= limit)
    limit = open_before + _MORE_HANDLES
    yield Row(
        "files and sockets open before, and after", f"{open_before}, {open_after}", f"{limit}", open_after <= limit
    )


def _answers(told: Told, askers: int, seconds: float, wrong: Sequence[str]) -> Iterator[Row]:
    yield Row(f"{askers} askers for {seconds:g} s: answers a second", f"{len(told.seconds) / seconds:.1f}")
    yield Row("answers; told that the page is busy", f"{len(told.seconds)}; {told.busy}", "> 0", bool(told.seconds))
    yield Row("seconds for an answer, p50", f"{told.within(0.5):.2f}")
    yield Row("the same, p95", f"{told.within(0.95):.2f}", f"{_P95:g}", told.within(0.95) <= _P95)
    yield Row("the same, p99", f"{told.within(0.99):.2f}")
    yield Row("errors", _some(told.errors), "0", not told.errors)
    yield Row("answers to another's question", _some(told.mixed), "0", not told.mixed)
    yield Row("the library synced meanwhile: what went wrong", _some(wrong), "0", not wrong)


def _some(lines: Sequence[str]) -> str:
    return f"{len(lines)}, such as {lines[0][:100]}" if lines else "0"


def _disturb(home: Path, seconds: float, wrong: list[str]) -> None:
    """Add an article in mid-load, and take it out again."""
    note = home / "otters.md"
    note.write_text(_NOTE, encoding="utf-8")
    time.sleep(seconds / 4)
    _corpus(home, "add", str(note), wrong=wrong)
    time.sleep(seconds / 4)
    _corpus(home, "remove", "otters-in-aquariums", "--yes", wrong=wrong)


def _fail(model: ModelServer, seconds: float) -> None:
    """Have the model's server fail in each way in turn, each for a while, and answer again at the end."""
    for fault in ("", *FAULTS, ""):
        model.fault = fault
        time.sleep(seconds / (len(FAULTS) + 2))


def _corpus(home: Path, *command: str, wrong: list[str]) -> None:
    environment = {**os.environ, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "corpus", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        wrong.append(f"corpus {command[0]}: {(done.stdout + done.stderr).strip()[-200:]}")


def _settled(running: Page, before: float, open_before: int) -> tuple[float, int]:
    """Memory and handles once nothing is left of the askers' sessions, or after a while."""
    until = time.monotonic() + _SETTLED
    while time.monotonic() < until:
        after, open_after = running.megabytes(), running.handles()
        if after <= before * _GROWTH and open_after <= open_before + _MORE_HANDLES:
            break
        time.sleep(1)
    return after, open_after


def _stopped(home: Path, settings: dict[str, str]) -> Iterator[Row]:
    """A page that is told to stop while some listen to their answers: those are made, as far as ten seconds go."""
    heard = list[Told]()
    with page(home, settings) as running:
        ask_for(running.address, 1, _SETTLED, most=1)
        ready = threading.Barrier(_LISTENING + 1)
        listening = threading.Thread(target=lambda: heard.append(listen(running.address, _LISTENING, ready)))
        listening.start()
        with contextlib.suppress(threading.BrokenBarrierError):
            ready.wait(_SETTLED)
        begun = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=3 * _LEAVING)
        took = time.monotonic() - begun
        listening.join()
    cut = heard[0].errors
    yield Row("told to stop while it answers: seconds to its end", f"{took:.1f}", f"{_LEAVING:g}", took <= _LEAVING)
    yield Row("the same: answers that were begun and are cut", _some(cut), "0", not cut)


def _killed(home: Path, settings: dict[str, str]) -> Iterator[Row]:
    """A page that is killed while it answers, and the next one over the same home."""
    with page(home, settings) as running, _asking(running):
        running.process.kill()
        running.process.wait()
    wrong = [f"{one.subject}: {one.says}" for one in Library.open(home).examine() if not one.is_well]
    with page(home, settings) as running:
        told = ask_for(running.address, _FEW, _SETTLED, most=1)
    wrong += [*told.errors, *told.mixed]
    is_clean = not wrong and len(told.seconds) == _FEW
    yield Row("killed while it answers: what is wrong at the next start", _some(wrong), "0", is_clean)


@contextlib.contextmanager
def _asking(running: Page) -> Iterator[None]:
    """While some ask, and are answered or not."""
    asking = threading.Thread(target=ask_for, args=(running.address, _FEW, 2.0))
    ask_for(running.address, 1, _SETTLED, most=1)
    asking.start()
    time.sleep(0.5)  # they are in the middle of it
    yield
    asking.join()


def _table(rows: Sequence[Row]) -> str:
    width = max(len(row.name) for row in rows)
    lines = [f"{'':{width}}  {'measured':>12}  {'at most':>8}"]
    lines += [
        f"{row.name:{width}}  {row.figure:>12}  {row.limit:>8}{'' if row.holds else '  FAILS'}".rstrip() for row in rows
    ]
    return "\n".join(lines)
