"""An address goes in; many ask there at once, each for itself, and what they were told comes out."""

from __future__ import annotations

import dataclasses
import json
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from evals.bench.stock import QUESTIONS

_PATIENCE = 90.0  # seconds for one answer
_PAUSE = 1.0  # seconds before who was not answered asks again, where the page does not say when
_LONGEST = 5.0
# Of each client, though it speaks no TLS here: to make one takes a processor 30 ms, which is the page's to have.
_TLS = ssl.create_default_context()


@dataclasses.dataclass
class Told:
    """What askers were told: each answer's seconds and time, how often "busy", and a line for all that went wrong.

    `said` are the lines that the page said in the place of an answer, with their times, by the monotonic clock.
    """

    seconds: list[float] = dataclasses.field(default_factory=list)
    at: list[float] = dataclasses.field(default_factory=list)
    said: list[tuple[float, str]] = dataclasses.field(default_factory=list)
    busy: int = 0
    mixed: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    modes: set[str] = dataclasses.field(default_factory=set)

    def within(self, share: float) -> float:
        """Seconds within which that share was answered."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ask_for(address: str, askers: int, seconds: float, most: int | None = None) -> Told:
    """Let so many ask through the page's endpoint for so long, or each `most` times.

    An answer is mixed up where it is to another question than its asker's. Who is told that the page is busy waits
    as long as it says and asks again; who is told in a line why there is no answer waits a second.
    """
    told, until = Told(), time.monotonic() + seconds

    def asker(number: int) -> None:
        with httpx.Client(base_url=address, timeout=_PATIENCE, verify=_TLS) as client:
            turn = 0
            while time.monotonic() < until and (most is None or turn < most):
                turn += _ask(client, f"{QUESTIONS[(turn + number) % len(QUESTIONS)]} I am asker {number}-{turn}.", told)

    _all(asker, askers)
    return told


def listen(address: str, askers: int, ready: threading.Barrier) -> Told:
    """Let each ask once and begin to listen, then pass `ready`, and hear its answer to its end."""
    told = Told()

    def asker(number: int) -> None:
        question = f"{QUESTIONS[number % len(QUESTIONS)]} I am listener {number}."
        with httpx.Client(base_url=address, timeout=_PATIENCE, verify=_TLS) as client:
            try:
                event = client.post("gradio_api/call/ask", json={"data": [question]}).json()["event_id"]
                with client.stream("GET", f"gradio_api/call/ask/{event}") as stream:
                    ready.wait(_PATIENCE)
                    answer = json.loads([line[5:] for line in stream.iter_lines() if line.startswith("data:")][-1])
                told.modes.add(answer[0]["mode"])
            except (httpx.HTTPError, LookupError, TypeError, ValueError, threading.BrokenBarrierError) as exc:
                told.errors.append(f"{question}: {exc!r}")

    _all(asker, askers)
    return told


def _all(asker: Callable[[int], None], askers: int) -> None:
    threads = [threading.Thread(target=asker, args=(number,)) for number in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(client: httpx.Client, question: str, told: Told) -> int:
    """Ask once; 0 where it is to be asked again."""
    begun = time.monotonic()
    try:
        asked = client.post("gradio_api/call/ask", json={"data": [question, None, None, None, None]})
        if asked.status_code in (429, 503):
            told.busy += 1
            after = asked.headers.get("retry-after", "")
            time.sleep(min(float(after) if after.isdecimal() else _PAUSE, _LONGEST))
            return 0
        answer = _heard(client, asked.json()["event_id"])
        if set(answer) >= {"error", "title"}:  # the framework's form of one
            told.said.append((time.monotonic(), str(answer["error"])))
            time.sleep(_PAUSE)
            return 0
    except (httpx.HTTPError, LookupError, TypeError, ValueError) as exc:
        told.errors.append(f"{question}: {exc!r}")
        return 1
    told.at.append(time.monotonic())
    told.seconds.append(told.at[-1] - begun)
    told.modes.add(str(answer.get("mode")))
    if answer.get("question") != question:
        told.mixed.append(f"{question!r} was answered with {answer.get('question')!r}")
    elif not answer.get("text"):
        told.errors.append(f"{question}: an answer without text")
    return 1


def _heard(client: httpx.Client, event: str) -> dict[str, Any]:
    with client.stream("GET", f"gradio_api/call/ask/{event}") as stream:
        lines = [line[5:] for line in stream.iter_lines() if line.startswith("data:")]
    last = json.loads(lines[-1])
    answer: dict[str, Any] = last[0] if isinstance(last, list) else last
    return answer
