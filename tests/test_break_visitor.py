"""A visitor tries to exhaust the page: others are answered meanwhile, and its memory is soon what it was before."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import uuid
from pathlib import Path

import httpx
import pytest
from page_server import running
from test_web_load import resident
from wire import Wire

pytestmark = [
    pytest.mark.breaking,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as Linux tells it"),
]
PAY = "What do mid-level ML engineers earn?"
PATIENCE = 60.0  # seconds after which nothing of a visitor is left


def leave(wire):
    """Ask in sessions that nobody listens to, each with as long a profile as a request may have."""
    for _ in range(12):
        wire.join("ask", {"question": PAY, "profile": "x" * 1_900_000}, uuid.uuid4().hex)
    for _ in range(40):
        wire.join("ask", {"question": PAY}, uuid.uuid4().hex)
        wire.post("gradio_api/call/ask", {"data": [PAY]})


def bury(wire):
    """Send what is as long, as deep and as manifold as it may be, and more."""
    body = {"session_hash": "a", "component_id": wire.component, "fn_name": "render", "data": {}}
    for data in ({"turns": ["x" * 5_800_000]}, {"turns": [[]] * 150_000}, {"turns": [{"a": [[[]]]}] * 40_000}):
        for _ in range(4):
            wire.post("gradio_api/component_server/", {**body, "data": data})
    for path in ("gradio_api/queue/join", "gradio_api/process_recording", "gradio_api/upload", "sign-in"):
        with contextlib.suppress(httpx.TransportError):
            wire.http.post(path, content=b"x" * 30_000_000, headers={"Content-Type": "application/json"})


def forge(wire):
    """Judge answers that the page has never given."""
    answer = {"question": "q", "standalone_question": "q", "text": "x" * 500_000, "status": "answered"}
    turn = {"question": "q", "answer": answer}
    for _ in range(40):
        wire.call("rate", {"turn": turn})


def hold(wire, open_):
    """Hold connections with half a request."""
    host, port = wire.address.removeprefix("http://").rstrip("/").split(":")
    head = f"POST /gradio_api/cancel HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    for number in range(300):
        one = open_.enter_context(socket.create_connection((host, int(port)), timeout=10))
        with contextlib.suppress(OSError):
            one.sendall((head if number % 2 else f"{head}Content-Length: 9\r\n\r\n{{").encode())


def answered(wire):
    """Seconds that another's question takes, which is answered rightly."""
    begun = time.monotonic()
    event = wire.post("gradio_api/call/ask", {"data": [PAY]}).json()["event_id"]
    heard = wire.http.get(f"gradio_api/call/ask/{event}").text
    (data,) = [line[5:] for line in heard.splitlines() if line.startswith("data:") and "149,000" in line]
    assert json.loads(data)[0]["question"] == PAY
    return time.monotonic() - begun


def handles(server):
    return sum(1 for _ in Path(f"/proc/{server.pid}/fd").iterdir())


def test_what_a_visitor_does_is_forgotten_and_keeps_nobody_waiting(environment):
    with running(environment) as (address, server), contextlib.ExitStack() as open_:
        visitor, other = Wire(address), Wire(address)
        for do in (leave, bury, forge):  # what the first time leaves is the threads' and the parsers' own
            do(visitor)
            answered(other)
        time.sleep(PATIENCE)
        before, open_before = resident(server.pid), handles(server)
        for do in (leave, bury, forge):
            do(visitor)
            assert answered(other) < 30
        hold(visitor, open_)
        assert answered(other) < 30
        open_.close()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and (resident(server.pid) > 1.1 * before or handles(server) > open_before + 16):
            time.sleep(1)
        assert resident(server.pid) <= 1.1 * before
        assert handles(server) <= open_before + 16
        visitor.http.close()
        other.http.close()
