"""The page is started; a table of how fast it appears, answers and serves a crowd comes out.

`python -m evals.bench.serving`, part of `python -m evals bench page`; needs a Chromium and the development tools. The
page takes turns with an empty page of the same framework, so that a machine that changes its pace changes both.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from evals.bench.measured import ROOT
from evals.bench.stock import QUESTIONS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 5
PEOPLE, EACH = 50, 10

_EMPTY = """
import gradio, sys
with gradio.Blocks(analytics_enabled=False) as page:
    gradio.HTML("<h1>An empty page</h1>")
page.launch(server_port=int(sys.argv[-1]), quiet=True, ssr_mode=False)
"""
_ON_SCREEN = """(question) => new Promise((done) => {
  const box = document.querySelector('#question-box');
  const turns = document.querySelectorAll('.turn').length;
  box.value = question;
  const started = performance.now();
  const seen = new MutationObserver(() => {
    if (!document.querySelectorAll('.turn')[turns]?.querySelector('.made')) return;
    seen.disconnect();
    requestAnimationFrame(() => done(performance.now() - started));
  });
  seen.observe(document.querySelector('.log'), { childList: true, subtree: true, attributes: true });
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
})"""


@dataclasses.dataclass(frozen=True)
class Crowd:
    """What many people who ask at once were given: seconds for each answer, and what went wrong.

    `busy` are the times that one was told to come back, and did; the seconds until then are nobody's answer.
    """

    seconds: list[float]
    wrong: list[str]
    busy: int = 0

    @property
    def p95(self) -> float:
        """Seconds within which 95% were answered."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]


def crowd(address: str, people: int = PEOPLE, each: int = EACH) -> Crowd:
    """Let people ask at once through the page's endpoint, each with a profile of their own.

    An answer is wrong where it is to another question than was asked, or none.
    """
    seconds, wrong, busy = list[float](), list[str](), list[float]()

    def asker(number: int) -> None:
        with httpx.Client(base_url=address, timeout=120) as client:
            for turn in range(each):
                question = f"{QUESTIONS[(turn + number) % len(QUESTIONS)]} I am asker {number}-{turn}."
                while True:
                    started = time.perf_counter()
                    try:
                        got = _asked(client, question)["question"]
                    except _BusyError as exc:
                        busy.append(exc.after)
                        time.sleep(exc.after)
                        continue
                    except (httpx.HTTPError, KeyError, TypeError, ValueError) as exc:
                        got = repr(exc)
                    break
                seconds.append(time.perf_counter() - started)
                if got != question:
                    wrong.append(f"{question!r} was answered with {got!r}")

    threads = [threading.Thread(target=asker, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Crowd(seconds, wrong, len(busy))


class _BusyError(Exception):
    """The page is busy for some seconds more."""

    def __init__(self, after: float) -> None:
        super().__init__(after)
        self.after = after


def _asked(client: httpx.Client, question: str) -> dict[str, Any]:
    """One question through the named endpoint, as any HTTP client would. Raises _BusyError."""
    call = client.post("gradio_api/call/ask", json={"data": [question, None, None, None, None]})
    if call.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise _BusyError(float(call.headers["retry-after"]))
    with client.stream("GET", f"gradio_api/call/ask/{call.json()['event_id']}") as reply:
        lines = [line[5:] for line in reply.iter_lines() if line.startswith("data:")]
    answer: dict[str, Any] = json.loads(lines[-1])[0]
    return answer


@contextlib.contextmanager
def _running(command: Sequence[str], home: Path) -> Iterator[tuple[str, float]]:
    """A server in a process of its own: its address once it answers, and when it was started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "ADVISOR_HOME": str(home),
        "ADVISOR_MODEL": "quote",
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    started = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, *command, str(port)], cwd=ROOT, env=environment, **quiet)  # type: ignore[call-overload]
    try:
        while True:
            if server.poll() is not None:
                raise RuntimeError(f"{command[0]} did not start; run it by hand to see why")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/", started
    finally:
        server.terminate()
        server.wait()


def _painted(browser: Browser, address: str, started: float) -> tuple[Page, float]:
    """A tab that shows the page's first words, and the seconds since the start."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address, wait_until="commit")
    page.wait_for_selector("h1")
    return page, time.perf_counter() - started


def measure() -> list[tuple[str, float, str]]:
    """The figures: name, value, limit."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("a Chromium is needed; install Debian's 'chromium'")
    later, first, screen = list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as started:
        home = Path(made)
        subprocess.run([sys.executable, "-m", "corpus", "sync"], cwd=ROOT, check=True, env=_quiet(home))
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        browser.new_page().goto("about:blank")
        for _ in range(ROUNDS):
            with _running(["-c", _EMPTY], home) as (address, at):
                page, empty = _painted(browser, address, at)
                page.close()
            with _running(["app.py", "--port"], home) as (address, at):
                page, painted = _painted(browser, address, at)
                later.append(painted - empty)
                page.wait_for_function("document.activeElement.id === 'question-box'")
                page.evaluate(_ON_SCREEN, QUESTIONS[0])
                first.append(time.perf_counter() - at - painted)
                screen += [page.evaluate(_ON_SCREEN, question) for question in QUESTIONS[1:]]
                page.close()
        browser.close()
        with _running(["app.py", "--port"], home) as (address, _):
            crowd(address, people=1, each=3)
            served = crowd(address)
    return [
        ("first paint after an empty page's, s", statistics.median(later), "1.0 s"),
        ("first answer after that, s", statistics.median(first), "1.5 s"),
        ("an answer on screen after Enter, p50 ms", statistics.median(screen), "300 ms"),
        ("the same, greatest ms", max(screen), "-"),
        (f"{PEOPLE} people, {EACH} questions each, p50 s", statistics.median(served.seconds), "-"),
        ("the same, p95 s", served.p95, "2 s"),
        ("the same, answers that are wrong", float(len(served.wrong)), "0"),
        ("the same, times that one was told to come back", float(served.busy), "-"),
    ]


def _quiet(home: Path) -> dict[str, str]:
    return {**os.environ, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1"}


if __name__ == "__main__":
    for name, figure, limit in measure():
        print(f"{name:44}{figure:>10.2f}{limit:>10}")  # noqa: T201
