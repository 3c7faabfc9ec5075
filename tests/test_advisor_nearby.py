"""Servers of chat models on this machine: what they offer, and what only looks like one."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from advisor.models.nearby import SERVERS, Server, nearby, nearby_hint, servers

NOBODY = Server("Ollama", "ollama", "http://127.0.0.1:1")
EMBEDDER = {"name": "all-minilm", "details": {"family": "bert"}}


class _Lists(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def listing(body: object, provider: str, path: str = ""):
    """A server that lists models so, and the paths that it is asked for."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Lists", (_Lists,), {"body": text}))
    http.asked = []
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Server("Here", provider, f"http://127.0.0.1:{http.server_address[1]}{path}"), http.asked
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def test_the_models_of_servers_on_this_machine_are_listed_and_none_is_called(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    ollama = {"models": [EMBEDDER, {"name": "qwen3:8b"}, {"name": "other"}]}
    compatible = {"data": [{"id": "org/model-7b.gguf"}, {"id": "text-embedding-nomic"}, {"id": "org/model-7b.gguf"}]}
    with listing(ollama, "ollama") as (one, asked), listing(compatible, "openai", "/v1") as (two, also_asked):
        found = nearby([one, NOBODY, two])
        assert nearby_hint([NOBODY, one]).endswith("written by it, set ADVISOR_MODEL=ollama:qwen3:8b")
        assert nearby_hint([two]).endswith(
            f"set ADVISOR_MODEL=openai:org/model-7b.gguf and ADVISOR_MODEL_URL={two.url}"
        )
    assert [(each.model, each.server) for each in found] == [
        ("ollama:qwen3:8b", one),
        ("ollama:other", one),
        ("openai:org/model-7b.gguf", two),
    ]
    assert set(asked) == {"/api/tags"}
    assert set(also_asked) == {"/v1/models"}


@pytest.mark.parametrize("provider", ["ollama", "openai"])
@pytest.mark.parametrize(
    "body", [b"hello", [], {"models": [], "data": []}, {"models": [{"name": "a b\n"}], "data": [7, {}]}, b"\xff", b""]
)
def test_whatever_else_listens_there_is_passed_over(body, provider):
    with listing(body, provider) as (one, _):
        assert nearby([one]) == []
        assert nearby_hint([one]) is None


def test_nobody_there():
    assert nearby([NOBODY, Server("x", "openai", "nonsense")]) == []


def test_all_servers_are_on_this_machine_but_one_that_is_named():
    assert all(one.url.startswith("http://127.0.0.1:") for one in servers())
    assert [one.url for one in servers("https://models.example/v1/")][:2] == [
        "https://models.example/v1",
        SERVERS[0].url,
    ]
