"""What is told of a page that runs: a line of log an answer, whether it is ready, figures; and that nothing is sent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from types import SimpleNamespace

import httpx
import pytest
from chat_server import ChatServer, Reply, Status
from page_server import ROOT, free_port, running
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient
from wire import Wire

from advisor import Advisor
from advisor.answer import Answer, Claim, Notice, Usage
from advisor.errors import AdvisorError, ModelError, QuestionError
from advisor.settings import Settings
from advisor.web import health
from advisor.web.access import Access
from advisor.web.place import Place
from advisor.web.watch import Watch, log

PAY = "What do mid-level ML engineers earn?"
TOKEN = "t" * 30


def until_ready(http):
    deadline = time.monotonic() + 120  # on a machine that is busy with much else
    while (reply := http.get("health")).status_code != 200:
        assert time.monotonic() < deadline, reply.text
        time.sleep(0.1)
    return reply.json()


def lines_of(server):
    return [json.loads(line) for line in server.written().splitlines() if line.startswith("{")]


# One answer.


@pytest.fixture
def told(caplog):
    """The log's lines so far."""
    caplog.set_level("INFO", logger=log.name)
    return lambda: [json.loads(record.getMessage()) for record in caplog.records if record.name == log.name]


def answer(**more):
    return Answer(question="q", standalone_question="q", text="t", status="partial", **more)


def figure(watch, name, **labels):
    return watch.registry.get_sample_value(name, labels) or 0


def test_an_answer_is_a_line_without_what_was_said(told):
    watch, seconds = Watch(), []
    watch.took = seconds.append
    withheld = (Claim("a lie", (), "unsupported", 0.0, "no"),)
    list(
        watch.answering(iter([Notice("secret words"), answer(withheld=withheld)]), "quote", "a secret question", "id-1")
    )
    (line,) = told()
    assert (line["id"], line["event"], line["status"], line["mode"]) == ("id-1", "answer", "partial", "quote")
    assert (line["withheld"], line["citations"], line["model_calls"]) == (1, 0, 0)
    assert 0 <= line["first_ms"] <= line["total_ms"]
    assert "secret" not in json.dumps(line)
    assert len(seconds) == 1
    assert figure(watch, "advisor_answers_total", status="partial", mode="quote") == 1
    assert figure(watch, "advisor_withheld_total") == 1
    assert figure(watch, "advisor_answer_seconds_count", mode="quote") == 1


def test_the_question_is_told_where_that_is_asked_for(told):
    list(Watch(log_questions=True).answering(iter([answer()]), "quote", "What is “it”?\n{}", None))
    (line,) = told()
    assert line["question"] == "What is “it”?\n{}"
    assert line["id"]


def test_what_a_reader_writes_breaks_no_line_of_the_log(told, caplog):
    broken = "".join(map(chr, range(0x20))) + "a\x7f\x85b\u2028c\u2029d"
    list(Watch(log_questions=True).answering(iter([answer()]), "quote", broken, f"id{broken}"))
    assert (told()[0]["question"], told()[0]["id"]) == (broken, f"id{broken}")
    assert len(caplog.records[-1].getMessage().splitlines()) == 1


def test_what_ends_otherwise_is_told_too(told, caplog):
    watch, seconds = Watch(), []
    watch.took = seconds.append

    def failing(exc):
        yield Notice("begun")
        raise exc

    for exc in (QuestionError("empty"), ModelError("gone")):
        with pytest.raises(type(exc)):
            list(watch.answering(failing(exc), "openai:x", "q"))
    with pytest.raises(AdvisorError, match=r"^Something went wrong; the server's log says what\.$"):
        list(watch.answering(failing(ValueError("a bug")), "openai:x", "q"))
    assert "ValueError: a bug" in caplog.text
    left = watch.answering(iter([Notice("begun"), answer()]), "openai:x", "q")
    next(left)
    left.close()
    assert [line["status"] for line in told()] == ["bad_question", "failed", "failed", "stopped"]
    assert len(seconds) == 2, "what was not answered tells nothing of how long an answer takes"


def test_a_model_that_did_not_write_is_known_until_it_does():
    watch = Watch()
    list(watch.answering(iter([answer(mode="quote")]), "openai:x", "q"))
    assert watch.model_fails is None, "of what is off the topic none is asked"
    list(watch.answering(iter([answer(mode="quote", usage=Usage(calls=2))]), "openai:x", "q"))
    assert watch.model_fails is True
    list(watch.answering(iter([answer(mode="openai:x", usage=Usage(calls=1))]), "openai:x", "q"))
    assert watch.model_fails is False


# Over the wire.


@pytest.fixture(scope="module")
def watched(own):
    """A page that is served to others, with a token for its figures: a wire to it and its process."""
    more = {"ADVISOR_PUBLIC": "1", "ADVISOR_METRICS_TOKEN": TOKEN, "ADVISOR_LOG_QUESTIONS": "1"}
    named = {"ADVISOR_PAGE_HOSTS": "advisor.example"}
    with running({**own, **more, **named}, "--host", "0.0.0.0") as (address, server):
        wire = Wire(address)
        until_ready(wire.http)
        yield wire, server
        wire.http.close()


def test_each_answer_is_found_in_the_log_by_the_id_that_its_asker_knows(watched):
    wire, server = watched
    event = wire.http.post("gradio_api/call/ask", json={"data": [PAY]}).json()["event_id"]
    assert "complete" in wire.http.get(f"gradio_api/call/ask/{event}").text
    wire.trigger("ask", {"id": "asked-here", "question": "Thanks!"})
    by_id = {line["id"]: line for line in lines_of(server)}
    assert by_id[event]["status"] == "answered"
    assert by_id[event]["question"] == PAY
    assert by_id[event]["citations"] >= 1
    assert by_id["asked-here"]["mode"] == "quote"


def test_a_page_that_is_ready_says_so_to_any_probe(watched, library):
    wire, _ = watched
    for host in ("10.0.0.7:7860", "advisor.example", "localhost"):
        reply = wire.http.get("health", headers={"Host": host})
        assert reply.status_code == 200
        told = reply.json()
        assert told["ready"] is True
        assert (told["articles"], told["passages"]) == (len(library.listing()), library.passage_count())
        assert told["library"]
        assert (told["mode"], told["model"]) == ("quote", None)
    assert wire.http.get("config", headers={"Host": "10.0.0.7:7860"}).status_code == 421


def test_figures_are_for_who_has_the_token_or_owns_the_page(watched, local):
    wire, _ = watched
    wire.trigger("ask", {"id": "1", "question": PAY})
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        refused = wire.http.get("metrics", headers=given)
        assert refused.status_code == 401
        assert "advisor_answers" not in refused.text
    reply = wire.http.get("metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7"})
    assert reply.status_code == 200
    families = {one.name: one for one in text_string_to_metric_families(reply.text)}
    answered = [sample.labels for sample in families["advisor_answers"].samples]
    assert {"status": "answered", "mode": "quote"} in answered
    assert families["advisor_library_passages"].samples[0].value > 0
    assert {"advisor_answer_seconds", "advisor_refused", "advisor_running", "advisor_waiting"} <= set(families)
    assert not [name for name in families if name.startswith(("python", "process"))], "a registry of its own"
    assert local.http.get("metrics").status_code == 200, "whoever sits at the machine owns the page"
    assert local.http.get("metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 401


@pytest.fixture
def owned():
    """The probes of a page that an owner and its readers have passwords to, and its Access."""
    access = Access(Place("0.0.0.0"), "correct horse", "open sesame")
    library = SimpleNamespace(state=("x",), listing=list, passage_count=lambda: 0, is_away=False)
    desk = SimpleNamespace(access=access, watch=Watch(), advisor=SimpleNamespace(mode="quote", library=library))
    desk.opening = SimpleNamespace(is_done=True, failure=None, begin=lambda: None)
    crowd = SimpleNamespace(running=0, waiting=0)
    with TestClient(Starlette(routes=health.probes(desk, crowd, TOKEN))) as http:
        yield http, access


def test_the_owners_password_measures_a_page_that_has_not_seen_it(owned):
    http, _ = owned
    for password, status in (("correct horse", 200), ("open sesame", 401), ("wrong", 401), ("", 401)):
        reply = http.get("metrics", headers={"Authorization": f"Bearer {password}"})
        assert (reply.status_code, "advisor_answers" in reply.text) == (status, status == 200), password


def test_the_token_is_no_wrong_password(owned):
    http, access = owned
    for _ in range(12):
        assert http.get("metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert access.pause("testclient") == 0
    for _ in range(10):
        assert http.get("metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert access.pause("testclient") == 1


def test_a_library_that_cannot_be_opened_is_not_ready_and_nobody_hears_where_it_lies(environment, tmp_path):
    blocked = tmp_path / "home"
    blocked.write_text("a file where the folder should be")
    with running({**environment, "ADVISOR_HOME": str(blocked)}) as (address, _), httpx.Client(base_url=address) as http:
        for _ in range(2):
            reply = http.get("health")
            assert reply.status_code == 503
            assert reply.json()["ready"] is False
            assert str(tmp_path) not in reply.text


def test_whether_a_models_server_can_be_reached():
    def reachable(mode, url=None, fails=None):
        advisor = SimpleNamespace(mode=mode, model_url=url)
        return health._reachable(SimpleNamespace(advisor=advisor, watch=SimpleNamespace(model_fails=fails)))

    gone = f"http://127.0.0.1:{free_port()}/v1"
    with ChatServer(lambda request: Reply("")) as server:
        assert reachable("openai:x", server.url) is True
        assert reachable("quote", server.url) is None, "no model is asked"
    assert reachable("openai:x", gone) is False
    assert reachable("ollama:x", gone, fails=False) is False, "what was is not what is"
    assert [reachable("openai:x", fails=fails) for fails in (None, True, False)] == [None, False, True]


def test_the_model_that_was_chosen_on_the_page_is_the_one_that_is_probed(library):
    def chosen(**fields):
        return SimpleNamespace(label="x", settings=Settings(**fields))

    advisor = Advisor("quote", library=library)
    assert advisor.model_url is None
    assert advisor.writing_with(chosen(model="openai:x", model_url="http://127.0.0.1:1/v1")).model_url
    assert advisor.writing_with(chosen(model="groq:y")).model_url is None


def test_what_was_looked_up_is_told_again_for_some_seconds():
    looked = []
    fresh = health._Fresh(lambda: looked.append(1) or {"ready": len(looked) > 1})
    assert [fresh()["ready"] for _ in range(4)] == [False, True, True, True]
    assert len(looked) == 2


def test_killed_in_mid_answer_the_next_start_is_clean(environment, own):
    hold = Status(401)
    with ChatServer(lambda request: hold) as chat:
        port = free_port()
        more = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": chat.url}
        with running({**own, **more}, port=port) as (address, server):
            wire = Wire(address)
            wire.join("ask", {"question": PAY}, uuid.uuid4().hex)
            wire.http.close()
            server.send_signal(signal.SIGKILL)
            server.wait(timeout=20)
        with running(own, port=port) as (address, server):
            wire = Wire(address)
            assert "$149,000" in json.dumps(wire.trigger("ask", {"question": PAY}))
            wire.http.close()
            assert not [line for line in server.written().splitlines() if "Indexing" in line or "damaged" in line]


TRACED = """
import os, socket, sys
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
        print("connected", address)
    return real(self, address)
socket.socket.connect = connect
from advisor import Advisor
from langchain_core.tracers.context import _tracing_v2_is_enabled
runnable = Advisor().as_runnable()
assert runnable.invoke("What do ML engineers earn?").citations
assert not _tracing_v2_is_enabled()
from opentelemetry import trace
assert type(trace.get_tracer_provider()).__name__ in ("ProxyTracerProvider", "NoOpTracerProvider")
"""


def test_traces_go_nowhere_unless_their_makers_variables_say_so(environment):
    kept = {name: value for name, value in environment.items() if not name.startswith(("LANG", "OTEL", "CHROMA_OTEL"))}
    done = subprocess.run([sys.executable, "-c", TRACED], env=kept, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
