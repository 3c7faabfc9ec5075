"""A chat model's requests go in; streamed replies come out that state what their passages do, or fail as they are told.

It speaks the OpenAI chat-completions wire on this machine alone: nothing of what a soak asks leaves it.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = ("stall", "reset", "flood")  # says nothing more; breaks the connection; goes on for ever
_PASSAGE = re.compile(r"^\[(p\d+)\] from an article by [^\n]*\n(.*?)(?=^\[p\d+\] from |\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))[A-Z][^.!?|\n#*\[]{40,240}\.(?=\s)", re.MULTILINE)


class ModelServer:
    """`fault` is what it does from now on, one of FAULTS or "" for what it should."""

    def __init__(self) -> None:
        self.fault = ""
        self.replies = 0
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.request_queue_size = 256
        self._http.daemon_threads = True
        self._http.model = self  # type: ignore[attr-defined]

    @property
    def settings(self) -> dict[str, str]:
        """The variables by which the page asks it."""
        url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        limits = {"ADVISOR_MODEL_TIMEOUT": "3", "ADVISOR_MODEL_SECONDS": "10", "ADVISOR_MODEL_RETRIES": "0"}
        return {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": url, "OPENAI_API_KEY": "none", **limits}

    @contextlib.contextmanager
    def serving(self) -> Iterator[ModelServer]:
        """While it answers."""
        thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def reply(messages: list[dict[str, Any]]) -> str:
    """What a model should say: the first sentences of the passages, cited; yes, where it is to check one."""
    system, prompt = str(messages[0]["content"]), str(messages[-1]["content"])
    if not system.startswith("You answer"):
        return "YES" if system.startswith("You check") else prompt.splitlines()[-1]
    stated = ((key, _SENTENCE.search(text)) for key, text in _PASSAGE.findall(prompt))
    told = [f"{found[0].strip()[:-1]} [{key}]." for key, found in stated if found]
    return " ".join(told[:3])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer one request."""
        self.close_connection = True
        model: ModelServer = self.server.model  # type: ignore[attr-defined]
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model.replies += 1
        with contextlib.suppress(OSError):  # whoever asked has gone
            self._answer(model, asked)

    def _answer(self, model: ModelServer, asked: dict[str, Any]) -> None:
        fault, text = model.fault, reply(asked["messages"])
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if not asked.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self._head("application/json", json.dumps(_frame("chat.completion", choice)).encode())
            return
        self._head("text/event-stream")
        for word in re.findall(r"\S+\s*", text):
            self._delta({"content": word})
            if fault:
                break
        if fault == "stall":
            model.closing.wait(30)
        while fault == "flood" and not model.closing.is_set():
            self._delta({"content": "word " * 50})
        self._delta({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _head(self, kind: str, body: bytes | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def _delta(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.wfile.write(f"data: {json.dumps(_frame('chat.completion.chunk', choice))}\n\n".encode())
        self.wfile.flush()


def _frame(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "soak", "object": kind, "created": 1_700_000_000, "model": "scripted", "choices": [choice]}
