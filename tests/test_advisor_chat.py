"""The calls: against a real server with the real client, and against models that misbehave."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from chat_server import ChatServer, Drop, Empty, Endless, Flood, Malformed, Reply, Stall, Status, is_quiet, soon
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI

from advisor import ModelError
from advisor.answer import Usage
from advisor.models.chat import Calls, Chat, without_thoughts
from advisor.models.failures import explain
from advisor.models.providers import open_model
from advisor.settings import Settings, load_settings

KEY = "sk-test-0123456789abcdef"
ASKED = [("system", "Be brief."), ("user", "Hello?")]
NOW = {"Retry-After": "0"}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def begin(server: ChatServer, **limits: Any) -> Calls:
    settings = Settings(model="openai:tiny", model_url=server.url, timeout=5, seconds=10)
    settings = replace(settings, **limits)
    return Chat(open_model(settings), settings).begin()


def reply(calls: Calls, max_tokens: int = 10) -> str:
    return "".join(calls.stream(ASKED, max_tokens=max_tokens))


def failure(*steps: Any, **limits: Any) -> str:
    with ChatServer(*steps) as server:
        return failure_of(server, **limits)


def failure_of(server: ChatServer, **limits: Any) -> str:
    with pytest.raises(ModelError) as caught:
        list(begin(server, **limits).stream(ASKED))
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    return str(caught.value)


def test_a_reply_comes_in_pieces_and_is_counted():
    with ChatServer(Reply("Hello out there.", usage=(12, 3))) as server:
        calls = begin(server)
        assert list(calls.stream(ASKED)) == ["Hello ", "out ", "there."]
        assert list(calls.stream(ASKED))
        usage = calls.usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (2, 24, 6)
    assert usage.model_ms > 0
    sent = server.requests[0].json
    assert [(one["role"], one["content"]) for one in sent["messages"]] == ASKED
    assert (sent["model"], sent["temperature"], sent["max_completion_tokens"]) == ("tiny", 0, 900)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_piece_is_there_before_the_next_is_said():
    gate = threading.Event()
    with ChatServer(Reply(pieces=("One ", gate, "two."))) as server:
        pieces = begin(server).stream(ASKED)
        assert next(pieces) == "One "
        gate.set()
        assert list(pieces) == ["two."]


def test_a_short_reply_is_whole_and_cut_where_it_is_not_short():
    with ChatServer(Reply(" YES, it does. "), Endless("abcd")) as server:
        calls = begin(server)
        assert reply(calls) == "YES, it does. "
        assert reply(calls, max_tokens=2) == "abcd" * 4


def test_a_server_that_tells_no_tokens():
    with ChatServer(Reply("Fine.", usage=None)) as server:
        calls = begin(server)
        assert reply(calls) == "Fine."
    assert (calls.usage.input_tokens, calls.usage.output_tokens) == (0, 0)


@pytest.mark.parametrize("first", [Status(429, NOW), Status(500, NOW), Status(503, NOW)])
def test_what_passes_is_tried_again(first):
    with ChatServer(first, Reply("There.")) as server:
        calls = begin(server)
        assert list(calls.stream(ASKED)) == ["There."]
    assert calls.usage.calls == 2


def test_a_dropped_connection_and_silence_before_the_first_word_are_tried_again(monkeypatch):
    monkeypatch.setattr("advisor.models.chat._FIRST_WAIT", 0.01)
    with ChatServer(Drop(), Stall(), Reply("There.")) as server:
        assert list(begin(server, timeout=0.3).stream(ASKED)) == ["There."]
    assert len(server.requests) == 3


def test_failing_for_ever():
    with ChatServer(Status(500, NOW)) as server, pytest.raises(ModelError, match=r"failed \(500\), tried 3 times; "):
        list(begin(server).stream(ASKED))
    assert len(server.requests) == 3
    assert failure(Status(429, NOW), retries=0).startswith("openai:tiny takes no more requests for now (429)")


def test_no_wait_beyond_the_budget():
    started = time.monotonic()
    assert "(429), tried once" in failure(Status(429, {"Retry-After": "60"}))
    assert time.monotonic() - started < 5


def test_a_server_that_is_not_there():
    with ChatServer() as server:
        pass
    with pytest.raises(ModelError, match="openai:tiny cannot be reached, tried once; check the network, ADVISOR_MODEL"):
        list(begin(server, retries=0).stream(ASKED))


def test_an_ollama_that_does_not_run_is_to_be_started():
    told = explain(ConnectionError("refused"), "ollama:qwen3:8b", load_settings("quote"), 3, has_begun=False)
    assert told.startswith("ollama:qwen3:8b cannot be reached, tried 3 times; start it (ollama serve), or check")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Status(401, body=f'{{"error": {{"message": "Bad key {KEY}"}}}}'), "refused the key; check OPENAI_API_KEY"),
        (Status(403), "refused the key; check OPENAI_API_KEY"),
        (Status(404), "openai has no model 'tiny' at this address; check ADVISOR_MODEL and ADVISOR_MODEL_URL"),
        (Status(400, body=f'{{"error": {{"message": "no\\nBearer {KEY}"}}}}'), "did not take the request (400); check"),
        (Empty(), "sent an empty reply; ask again"),
        (Malformed(), "openai:tiny failed (JSONDecodeError); ask again"),
        (Malformed("One "), "broke off in mid-reply; ask again"),
        (Drop("One "), "broke off in mid-reply"),
    ],
)
def test_what_does_not_pass_fails_at_once(step, says):
    with ChatServer(step) as server, pytest.raises(ModelError) as caught:
        list(begin(server).stream(ASKED))
    assert says in str(caught.value)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1


def test_silence():
    assert "was silent for 0.3 s" in failure(Stall(), timeout=0.3, retries=0)
    assert "fell silent for 0.3 s in mid-reply" in failure(Stall("One "), timeout=0.3)


def test_the_budget_is_of_all_calls_together():
    assert "took longer than the 0.4 s of an answer" in failure(Endless(delay=0.02), seconds=0.4)
    with ChatServer(Reply("Fine.")) as server:
        calls = begin(server, seconds=0.01)
        time.sleep(0.02)
        with pytest.raises(ModelError, match="took longer"):
            reply(calls)
    assert (calls.remaining, server.requests) == (0, [])


def test_patience_is_for_one_try():
    with ChatServer(Stall(), Reply("Fine.")) as server, pytest.raises(ModelError, match="was silent"):
        list(begin(server).stream(ASKED, patience=0.2))
    assert len(server.requests) == 1


class Starts(BaseCallbackHandler):
    def __init__(self) -> None:
        self.count = 0

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.count += 1


def test_callbacks_reach_the_model_at_every_try():
    starts = Starts()
    with ChatServer(Status(500, NOW), Reply("Fine.")) as server:
        assert list(begin(server).stream(ASKED, {"callbacks": [starts]})) == ["Fine."]
    assert starts.count == 2


def test_an_endless_reply_is_cut():
    with ChatServer(Endless()) as server:
        assert len("".join(begin(server, max_tokens=10).stream(ASKED))) == 80


def test_an_option_that_a_model_refuses_is_left_out_from_then_on():
    def step(request: dict[str, Any]) -> Reply | Status:
        for option in ("stream_options", "temperature"):
            if option in request:
                return Status(400, body=f'{{"error": {{"message": "Unsupported parameter: {option}"}}}}')
        return Reply("Fine.")

    with ChatServer(step) as server:
        calls = begin(server, retries=0)
        assert reply(calls) == reply(calls) == "Fine."
    assert len(server.requests) == 4


def test_closing_ends_the_call():
    gate = threading.Event()
    with ChatServer(Reply(pieces=("One ", gate, "two ", "three"))) as server:
        calls = begin(server)
        pieces = calls.stream(ASKED)
        assert next(pieces) == "One "
        pieces.close()  # type: ignore[attr-defined]
        assert soon(is_quiet)
    assert calls.usage.calls == 1


PROCESSING = "HTTP/1.1 102 Processing\r\n\r\n"


@pytest.mark.parametrize("pings", [Flood(delay=0.05), Flood(PROCESSING, delay=0.05, is_head=True)])
def test_no_call_outlives_its_answer_however_the_server_pings(pings, monkeypatch):
    monkeypatch.setattr("advisor.models.chat._FIRST_WAIT", 0.01)
    with ChatServer(pings) as server:
        with pytest.raises(ModelError, match="was silent"):
            list(begin(server, timeout=0.3).stream(ASKED))
        assert soon(is_quiet)
        assert soon(lambda: server.left == [pings] * 3)


def test_closing_an_answer_closes_its_connection_even_of_a_client_that_is_not_ours():
    with ChatServer(Stall("One ")) as server:
        model = ChatOpenAI(model="tiny", base_url=server.url, api_key=KEY, timeout=30)  # type: ignore[arg-type]
        pieces = Chat(model, Settings()).begin().stream(ASKED)
        assert next(pieces) == "One "
        pieces.close()
        assert soon(is_quiet)
        assert model.root_client._client.get(server.url).status_code == 200  # it goes on for others


EVENT = f'data: {{"choices": [], "more": "{"x" * 4000}"}}\n\n'
PING = f": {'ping' * 1000}\n\n"


@pytest.mark.parametrize("flood", ["x" * 65536, PING * 20, EVENT * 20], ids=["line", "pings", "events"])
def test_a_line_or_a_reply_without_end_is_cut_off(flood):
    said = failure(Flood(flood), seconds=30, max_tokens=100)
    assert said == "openai:tiny sent more than a reply can hold; check ADVISOR_MODEL and ADVISOR_MODEL_URL"
    assert soon(is_quiet)


def test_nothing_is_unpacked():
    said = 'data: {"choices": [{"index": 0, "delta": {"content": "As it came."}}]}\n\ndata: [DONE]\n\n'
    with ChatServer(Status(200, {"Content-Encoding": "gzip"}, said)) as server:
        assert reply(begin(server)) == "As it came."
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_prompt_nowhere(status):
    with ChatServer() as other:
        said = failure(Status(status, {"Location": f"{other.url}/chat/completions"}))
    assert said.startswith(f"openai:tiny was redirected ({status}), which is not followed; check ADVISOR_MODEL")
    assert other.requests == []


HOSTILE = '{"error": {"message": "\\u001b[2J Call 0900-SCAM \\u202e", "code": "SCAM", "type": "SCAM"}}'


@pytest.mark.parametrize(
    "step",
    [
        *(Status(code, NOW, HOSTILE) for code in (400, 401, 404, 409, 418, 429, 500)),
        Status(400, NOW, "\x1b[2J SCAM"),
        Malformed(chunk=HOSTILE),
        Malformed(chunk="\x1b[2J SCAM"),
        Malformed("One ", HOSTILE),
    ],
)
def test_what_a_server_says_of_a_failure_is_not_repeated(step):
    said = failure(step, retries=0)
    assert "SCAM" not in said
    assert said.isprintable()


class Stuck(GenericFakeChatModel):
    """A client that knows no timeout."""

    gate: Any

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self.gate.wait(10)
        yield from ()


def test_a_client_that_ignores_its_timeout_holds_nobody():
    gate = threading.Event()
    settings = Settings(timeout=5, seconds=0.1)
    with pytest.raises(ModelError, match="stuck took longer"):
        list(Chat(Stuck(messages=iter([]), gate=gate), settings).begin().stream(ASKED))
    gate.set()


def test_any_chat_model_will_do():
    calls = Chat(GenericFakeChatModel(messages=iter([AIMessage("<think>Hm.</think>\nHi there")])), Settings()).begin()
    assert "".join(calls.stream([*ASKED, ("assistant", "Yes?"), ("human", "Hm.")])) == "Hi there"
    assert calls.usage == Usage(calls=1, model_ms=calls.usage.model_ms)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a < b\n</think>\n\nYes. 1 < 2 <thin", "Yes. 1 < 2 <thin"),
        ("One<think>two</think> three<think>four</think>.", "One three."),
        ("<think>for ever", ""),
        ("  plain ", "plain "),
        ("", ""),
    ],
)
def test_thoughts_are_not_passed_on(text, left, size):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(without_thoughts(pieces)) == left


def test_the_key_shows_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    with ChatServer(Reply("Fine."), Status(401, body=f'{{"error": {{"message": "Bad key: {KEY}"}}}}')) as server:
        settings = Settings(model="openai:tiny", model_url=server.url)
        chat = Chat(open_model(settings), settings)
        calls = chat.begin()
        reply(calls)
        with pytest.raises(ModelError):
            reply(calls)
    shown = [repr(one) + str(one) for one in (settings, chat, chat.model, calls, calls.usage)]
    assert KEY not in caplog.text + "".join(shown)
