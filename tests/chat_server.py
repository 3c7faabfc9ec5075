"""A server that speaks the OpenAI chat-completions wire, streamed and not, and does what a script says."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """A whole reply. `pieces` are texts and Events: at an Event the stream holds until it is set."""

    text: str = ""
    pieces: tuple[str | threading.Event, ...] | None = None  # None: the words of `text`
    delay: float = 0.0  # seconds before each piece
    usage: tuple[int, int] | None = (100, 20)
    finish: str = "stop"

    def parts(self) -> tuple[str | threading.Event, ...]:
        if self.pieces is not None:
            return self.pieces
        return tuple(re.findall(r"\S+\s*", self.text))


@dataclass(frozen=True)
class Status:
    """An HTTP error."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"error": {"message": "as the script says", "type": "scripted"}}'


@dataclass(frozen=True)
class Stall:
    """`after` is said, then nothing, until the client goes or the server closes."""

    after: str = ""


@dataclass(frozen=True)
class Drop:
    """`after` is said, then the connection is closed in the middle of the stream."""

    after: str = ""


@dataclass(frozen=True)
class Malformed:
    """`after` is said, then a chunk comes that is not JSON, or is no reply."""

    after: str = ""
    chunk: str = '{"choices": [{"del'


@dataclass(frozen=True)
class Endless:
    """The same piece again and again, until the client goes."""

    piece: str = "word "
    delay: float = 0.0


@dataclass(frozen=True)
class Flood:
    """The same bytes again and again, until the client goes: pings, or a line without an end."""

    text: str = ": ping\n\n"
    delay: float = 0.0
    is_head: bool = False  # before the reply's head


@dataclass(frozen=True)
class Empty:
    """A reply of no text."""


Step = Reply | Status | Stall | Drop | Malformed | Endless | Flood | Empty


@dataclass(frozen=True)
class Request:
    json: dict[str, Any]
    headers: dict[str, str]  # names in lower case


class ChatServer:
    """`with ChatServer(Reply("Hi."), Status(500)) as server:` one step a request, the last one for all that follow.

    Instead of steps, one function from the request's JSON to a step.
    """

    def __init__(self, *steps: Step | Callable[[dict[str, Any]], Step]) -> None:
        self._steps = list(steps) or [Reply("Hello there.")]
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self.left: list[Step] = []  # those that the client went from
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = False  # server_close() waits for them, so that nothing outlives a test
        self._http.chat = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """For ADVISOR_MODEL_URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def take(self, request: Request) -> Step:
        with self._lock:
            self.requests.append(request)
            step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return step(request.json) if callable(step) else step


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within ten seconds, which are for a busy machine."""
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def is_quiet() -> bool:
    """Whether no call to a chat model is under way in this process."""
    return not any(thread.name == "chat-model" for thread in threading.enumerate())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(200, json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))

    def do_POST(self) -> None:
        self.close_connection = True
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chat: ChatServer = self.server.chat  # type: ignore[attr-defined]
        step = chat.take(Request(body, {name.lower(): value for name, value in self.headers.items()}))
        try:
            self._follow(step, body, chat.closing)
        except (BrokenPipeError, ConnectionResetError):  # the client went, as clients do
            chat.left.append(step)

    def _follow(self, step: Step, body: dict[str, Any], closing: threading.Event) -> None:
        if isinstance(step, Status):
            self._send(step.code, step.body, step.headers)
        elif isinstance(step, Flood) and step.is_head:
            while not closing.wait(step.delay):
                self.wfile.write(step.text.encode())
        elif body.get("stream"):
            self._stream(step, body, closing)
        elif isinstance(step, Reply):
            text = step.text or "".join(part for part in step.parts() if isinstance(part, str))
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": step.finish}
            self._send(200, json.dumps({**_frame(body), "choices": [choice], "usage": _usage(step.usage)}))
        elif isinstance(step, Empty):
            choice = {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}
            self._send(200, json.dumps({**_frame(body), "choices": [choice]}))
        elif isinstance(step, Malformed):
            self._send(200, '{"choices": [{"mess')
        elif isinstance(step, (Stall, Endless, Flood)):
            closing.wait(30)

    def _send(self, code: int, body: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, step: Step, body: dict[str, Any], closing: threading.Event) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self._event({**_frame(body), "choices": [_delta({"role": "assistant", "content": ""})]})
        for part in _parts(step):
            if isinstance(part, threading.Event):
                while not part.wait(0.02) and not closing.is_set():
                    pass
                continue
            if getattr(step, "delay", 0.0):
                closing.wait(step.delay)  # type: ignore[union-attr]
            if closing.is_set():
                return
            if part:
                self._event({**_frame(body), "choices": [_delta({"content": part})]})
        if isinstance(step, Stall):
            closing.wait(30)
        while isinstance(step, Flood) and not closing.wait(step.delay):
            self._chunk(step.text)
        if isinstance(step, Malformed):
            self._chunk(f"data: {step.chunk}\n\n")
        if isinstance(step, (Stall, Drop)):
            return  # the socket is closed, without the last chunk
        self._event({**_frame(body), "choices": [_delta({}, finish=getattr(step, "finish", "stop"))]})
        usage = getattr(step, "usage", None)
        if usage and (body.get("stream_options") or {}).get("include_usage"):
            self._event({**_frame(body), "choices": [], "usage": _usage(usage)})
        self._chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, value: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(value)}\n\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


def _parts(step: Step) -> Iterable[str | threading.Event]:
    if isinstance(step, Reply):
        return step.parts()
    if isinstance(step, Endless):
        return iter(lambda: step.piece, None)
    return (getattr(step, "after", ""),)


def _frame(body: dict[str, Any]) -> dict[str, Any]:
    kind = "chat.completion.chunk" if body.get("stream") else "chat.completion"
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": body.get("model", "")}


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _usage(usage: tuple[int, int] | None) -> dict[str, int] | None:
    if usage is None:
        return None
    return {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
