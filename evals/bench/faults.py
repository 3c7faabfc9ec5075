"""A home goes in; a page over it is stopped, killed, loses its disk, its Chroma server; what came of each comes out.

Each fault has its designed outcome, which is the limit of a row: who asks is answered, or told in a line why not;
nothing that was acknowledged is lost; and what has gone is used again when it is back.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from corpus import Library
from evals.bench.askers import Told, ask_for, listen
from evals.bench.chroma import ChromaServer
from evals.bench.measured import ROOT
from evals.bench.page import Page, page
from evals.bench.rows import Row, most, none

PATIENCE = 45.0  # seconds in which all who ask once are answered, and nothing may be left of a session
_LEAVING = 11.0  # seconds that a page that is told to stop may take: ten, and what it takes to end
_LISTENING = 6  # who listen to their answers when a page is stopped
_FEW = 20  # askers of a page that something happens to
_AWAY = 8.0  # seconds for which the Chroma server is, and the disk is full
_BACK = 10.0  # seconds in which a server that has returned is used: it is asked for every five
_NOTE = "# Otters in aquariums\n\nOtters in aquariums sleep on their backs and hold hands. They eat fish at noon.\n"
_ID = "otters-in-aquariums"
# What follows is a program on a disk that is full: no file of its may grow.
_FULL = (
    "import runpy; from resource import *; setrlimit(RLIMIT_FSIZE, (0, getrlimit(RLIMIT_FSIZE)[1])); "
    "runpy.run_module('corpus', run_name='__main__')"
)


def disturb(home: Path, seconds: float, wrong: list[str]) -> None:
    """Add an article in mid-load, and take it out again."""
    time.sleep(seconds / 4)
    _done(wrong, home, "add", str(_note(home)))
    time.sleep(seconds / 4)
    _done(wrong, home, "remove", _ID, "--yes")


def stopped(home: Path, settings: Mapping[str, str]) -> Iterator[Row]:
    """A page that is told to stop while some listen to their answers: those are made, as far as ten seconds go."""
    heard = list[Told]()
    with page(home, settings) as running:
        ask_for(running.address, 1, PATIENCE, most=1)
        ready = threading.Barrier(_LISTENING + 1)
        listening = threading.Thread(target=lambda: heard.append(listen(running.address, _LISTENING, ready)))
        listening.start()
        with contextlib.suppress(threading.BrokenBarrierError):
            ready.wait(PATIENCE)
        begun = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=3 * _LEAVING)
        took = time.monotonic() - begun
        listening.join()
    yield most("told to stop while it answers: seconds to its end", took, _LEAVING)
    yield none("the same: answers that were begun and are cut", heard[0].errors)


def killed(home: Path, settings: Mapping[str, str]) -> Iterator[Row]:
    """A page that is killed while it answers, and the next one over the same home."""
    with page(home, settings) as running, _asking(running):
        running.process.kill()
        running.process.wait()
    wrong = _damage(home)
    with page(home, settings) as running:
        told = ask_for(running.address, _FEW, PATIENCE, most=1)
    yield none("killed while it answers: what is wrong at the next start", [*wrong, *_amiss(told, _FEW)])


def full(home: Path) -> Iterator[Row]:
    """A page whose disk is full for a while: it answers, what would write says what to do, and nothing is lost."""
    if sys.platform != "linux":  # elsewhere a limit cannot be set to a process that runs
        return
    import resource

    before = [article.id for article in Library.open(home).listing()]
    with page(home, {}) as running:
        ask_for(running.address, _FEW, PATIENCE, most=1)
        limit = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (0, limit[1]))
        adding = _corpus(home, "add", str(_note(home)), program=("-c", _FULL))
        told = ask_for(running.address, _FEW, _AWAY)
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, limit)
        lost = sorted(set(before) - {article.id for article in Library.open(home).listing()})
        _done(lost, home, "add", str(_note(home)))
        lost += _damage(home)
        _done(lost, home, "remove", _ID, "--yes")
    said = (adding.stdout + adding.stderr).strip()
    yield none(f"the disk is full: what is wrong with {len(told.seconds)} answers", _amiss(told, 1))
    is_told = adding.returncode > 0 and "\n" not in said and "; free space" in said
    yield Row("the same: adding an article says what to do", "a line" if is_told else said[-200:], "a line", is_told)
    yield none("the same: what is lost or damaged, once there is room", lost)


def away(folder: Path) -> Iterator[Row]:
    """A page whose Chroma server is killed and returns: meanwhile a line says so, then answers go on by themselves."""
    (folder / "chroma").mkdir()
    server, home, wrong, moments = ChromaServer(folder / "chroma"), folder / "on-server", list[str](), list[float]()
    settings = {"ADVISOR_CHROMA_URL": server.url}

    def fail() -> None:
        time.sleep(_AWAY)
        server.kill()
        moments.append(time.monotonic())
        time.sleep(_AWAY)
        server.start()
        moments.append(time.monotonic())

    server.start()
    try:
        _done(wrong, home, "sync", settings=settings)
        with page(home, settings) as running:
            ask_for(running.address, _FEW, PATIENCE, most=1)
            trouble = threading.Thread(target=fail)
            trouble.start()
            told = ask_for(running.address, _FEW, 4 * _AWAY)
            trouble.join()
    finally:
        server.kill()
    yield from _returned(told, moments, wrong)


def _returned(told: Told, moments: Sequence[float], wrong: Sequence[str]) -> Iterator[Row]:
    gone, back = moments
    answered = [sum(at < gone for at in told.at), sum(at > back for at in told.at)]
    figure = f"{answered[0]}, {len(told.said)}, {answered[1]}"
    holds = all(answered) and bool(told.said)
    yield Row("Chroma's server is killed, and returns: answers, lines that say so, answers", figure, "> 0", holds)
    others = [line for _, line in told.said if "does not answer; check that it runs" not in line or "\n" in line]
    yield none("the same: what else was said or went wrong", [*wrong, *others, *told.errors, *told.mixed])
    after = min((at for at in told.at if at > back), default=back + PATIENCE) - back
    yield most("the same: seconds from its return to the first answer", after, _BACK)


def _amiss(told: Told, least: int) -> list[str]:
    """A line for each who was answered otherwise than it should be."""
    few = [f"only {len(told.seconds)} were answered"] if len(told.seconds) < least else []
    return [*few, *told.errors, *told.mixed, *(line for _, line in told.said)]


def _damage(home: Path) -> list[str]:
    """A line for all that is not well in a library, but that its disk has little room."""
    found = Library.open(home).examine()
    return [f"{one.subject}: {one.says}" for one in found if not one.is_well and one.subject != "space"]


@contextlib.contextmanager
def _asking(running: Page) -> Iterator[None]:
    """While some ask, and are answered or not."""
    asking = threading.Thread(target=ask_for, args=(running.address, _FEW, 2.0))
    ask_for(running.address, 1, PATIENCE, most=1)
    asking.start()
    time.sleep(0.5)  # they are in the middle of it
    yield
    asking.join()


def _note(home: Path) -> Path:
    path = home / "otters.md"
    path.write_text(_NOTE, encoding="utf-8")
    return path


def _done(wrong: list[str], home: Path, *command: str, settings: Mapping[str, str] | None = None) -> None:
    done = _corpus(home, *command, settings=settings)
    if done.returncode:
        wrong.append(f"corpus {command[0]}: {(done.stdout + done.stderr).strip()[-200:]}")


def _corpus(
    home: Path, *command: str, program: tuple[str, str] = ("-m", "corpus"), settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **(settings or {}), "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1"}
    command = (sys.executable, *program, *command)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
