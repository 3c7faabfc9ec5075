"""Written mode in a real browser, with a model's server of our own: streaming, stopping, and what can go wrong."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import threading
import uuid

import httpx
import pytest
from browsing import answered, ask, opened
from chat_server import ChatServer, Drop, Reply, Stall, Status, soon
from page_server import running, served
from wire import Wire

QUESTION = "What do mid-level ML engineers earn?"
STATED = "Mid-level MLEs command salaries between $149,000 and $192,000"
TRUTH = f"{STATED}, with senior roles reaching well over $220,000 annually"
LIE = "Mid-level machine learning engineers earn $312,000"


def key_of(request: dict, words: str = STATED) -> str:
    """The key of the passage in the prompt that holds some words."""
    prompt = request["messages"][-1]["content"]
    before = prompt[: prompt.index(words)]
    return re.findall(r"^\[(p\d+)\]", before, re.MULTILINE)[-1]


def truth(request: dict) -> Reply:
    return Reply(f"{TRUTH} [{key_of(request)}].")


@pytest.fixture(scope="module")
def written(environment):
    """A page whose model follows a script, `steps(function)` being the next."""
    script = []
    with ChatServer(lambda request: script.pop(0)(request)) as server:
        more = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": server.url, "ADVISOR_SECOND_READER": "off"}
        with served({**environment, **more}) as address:
            yield address, script


@contextlib.contextmanager
def streaming(browser, written, begin=lambda tab: submit(tab), expected=()):
    """A tab whose answer has begun and goes on once the event that comes with it is set."""
    address, script = written
    hold = threading.Event()
    # A sentence is known to end where the next one begins.
    script.append(lambda request: Reply(pieces=(f"{TRUTH} [{key_of(request)}]. ", "It ", hold, "is so.")))
    try:
        with opened(browser, address, expected=expected) as tab:
            begin(tab)
            tab.wait_for_selector(".answer:has-text('$149,000')")
            assert tab.get_attribute(".answer", "aria-busy") == "true"
            yield tab, hold
    finally:
        hold.set()


def submit(tab):
    tab.fill("#question-box", QUESTION)
    tab.press("#question-box", "Enter")


def test_sentences_appear_one_by_one_and_a_lie_is_withheld_with_its_reason(browser, written):
    address, script = written
    hold = threading.Event()

    def reply(request):
        key = key_of(request)
        last = "AI Engineer has the highest variance and the highest ceiling right now."
        return Reply(pieces=(f"{TRUTH} [{key}]. ", f"{LIE} [{key}]. ", hold, last))

    script.append(reply)
    with opened(browser, address) as tab:
        submit(tab)
        tab.wait_for_selector(".answer:has-text('$149,000')")
        assert tab.get_attribute(".answer", "aria-busy") == "true", (
            "the first sentence is there before the reply is whole"
        )
        hold.set()
        turn = answered(tab, 1)
        assert "$312,000" not in turn.locator(".answer").inner_text()
        assert "Written by openai:scripted" in turn.locator(".made").inner_text()
        assert "openai:scripted" in tab.inner_text(".state")
        turn.locator("[data-do=withheld]").click()
        withheld = turn.locator(".sources .withheld ul").inner_text()
        assert LIE in withheld
        assert "$312,000 is not in the passage" in withheld


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_a_streaming_answer_can_be_stopped(browser, written, how):
    with streaming(browser, written) as (tab, _):
        if how == "button":
            tab.click("[data-do=stop]")
        else:
            tab.keyboard.press("Escape")
        tab.wait_for_selector(".stopped")
        assert "$149,000" in tab.inner_text(".answer"), "what was there stays"
        assert tab.is_visible(".composer .send:has-text('Ask')")
        written[1].append(truth)
        tab.click("[data-do=again]")
        tab.wait_for_selector(".made")
        assert tab.locator(".turn").count() == 1


def test_an_answer_begun_from_an_example_can_be_stopped(browser, written):
    def begin(tab):
        tab.evaluate("text => { document.querySelector('.welcome .ask').dataset.ask = text; }", QUESTION)
        tab.click(".welcome .ask >> nth=0")

    with streaming(browser, written, begin) as (tab, _):
        tab.click("[data-do=stop]")
        tab.wait_for_selector(".stopped")


def test_the_page_reloaded_in_mid_answer_keeps_the_question(browser, written):
    with streaming(browser, written, expected=("AbortError", "Connection errored out")) as (tab, _):
        tab.reload()
        tab.wait_for_selector(".stopped")
        assert tab.inner_text(".question") == QUESTION
        written[1].append(truth)
        tab.click("[data-do=again]")
        tab.wait_for_selector(".made")


def test_a_table_is_told_while_it_comes_and_drawn_when_it_is_whole(browser, written):
    address, script = written
    row, hold = "Typical mid-level TC", threading.Event()

    def reply(request):
        key = key_of(request, row)
        head = f"| | AI engineer | ML engineer |\n|---|---|---|\n| Ships | Production features [{key}] | - |\n"
        rows = f"| {row} | $220K–$400K [{key}] | $900K–$980K [{key}] |\n\n"
        return Reply(pieces=(head, rows, f"{TRUTH} [{key}]. ", "It ", hold, "is so."))

    script.append(reply)
    with opened(browser, address, viewport={"width": 1280, "height": 800}) as tab:
        tab.fill("#question-box", "Put AI engineers, ML engineers and data scientists into a table")
        tab.press("#question-box", "Enter")
        tab.wait_for_selector(".answer .items li:has-text('Typical mid-level TC: AI engineer: $220K–$400K.')")
        hold.set()
        turn = answered(tab, 1)
        (table,) = turn.locator(".compared").all()
        assert [one.inner_text() for one in table.locator("thead th").all()] == ["AI engineer", "ML engineer"]
        assert [[one.inner_text() for one in tr.locator("> *").all()] for tr in table.locator("tbody tr").all()] == [
            ["Ships", "Production features1", "not stated"],
            [row, "$220K–$400K2", "not stated"],
        ]
        assert turn.locator(".answer .items").count() == 0, "what is drawn is not told beside it"
        table.locator("a").last.click()
        tab.wait_for_selector(".sources :text('$220K–$400K') >> visible=true")
        turn.locator(".made [data-do=withheld]").click()
        assert "$900K" in turn.locator(".sources .withheld ul").inner_text()


def test_a_server_that_goes_away_in_the_middle_ends_in_quotes(browser, written):
    address, script = written
    script.append(lambda request: Drop(f"{TRUTH} [{key_of(request)}]. Also, the"))
    with opened(browser, address) as tab:
        turn = ask(tab, QUESTION)
        text = turn.locator(".answer").inner_text()
        assert "articles' own words" in text
        assert "$149,000" in text
        assert "checked word for word" in turn.locator(".made").inner_text()


@pytest.mark.parametrize(("host", "is_owner"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_a_program_hears_why_the_model_failed_where_it_is_the_owners(environment, host, is_owner):
    with ChatServer(lambda request: Status(401)) as server:
        more = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": server.url, "ADVISOR_PUBLIC": "1"}
        with served({**environment, **more}, "--host", host) as address, httpx.Client(base_url=address) as http:
            asked = http.post("gradio_api/call/ask", json={"data": [QUESTION, None, None, None, None]})
            heard = http.get(f"gradio_api/call/ask/{asked.json()['event_id']}", timeout=60).text
    assert ("check OPENAI_API_KEY" in heard) is is_owner
    assert ("The chat model could not answer just now" in heard) is not is_owner
    assert "$149,000" in heard


def test_a_model_that_stalls_keeps_nobody_else_waiting(browser, written):
    address, script = written
    with opened(browser, address) as one, opened(browser, address) as other:
        script.append(lambda request: Stall(f"{TRUTH} [{key_of(request)}]. It "))
        submit(one)
        one.wait_for_selector(".answer:has-text('$149,000')")
        script.append(truth)
        assert "Written by" in ask(other, QUESTION).inner_text()
        other.click(".views [data-view=library]")
        other.wait_for_selector(".shelf")
        assert one.get_attribute(".answer", "aria-busy") == "true"
        one.keyboard.press("Escape")


def test_what_is_said_is_announced_sentence_by_sentence(browser, written):
    with streaming(browser, written) as (tab, hold):
        assert "$149,000" in tab.inner_text(".said")
        tab.evaluate(
            """() => {
              const said = document.querySelector('.said');
              window.again = [];
              const heard = new MutationObserver(() => again.push(said.textContent));
              heard.observe(said, { childList: true, subtree: true });
            }"""
        )
        hold.set()
        answered(tab, 1)
        assert not [one for one in tab.evaluate("again") if "$149,000" in one], "each sentence once"


@contextlib.contextmanager
def told_to_stop(environment, hold):
    """A page that was told to stop in the middle of an answer: its process, and the rest of the answer."""
    with ChatServer(lambda request: Reply(pieces=(f"{TRUTH} [{key_of(request)}]. ", "It ", hold, "is so."))) as chat:
        patient = {"ADVISOR_MODEL_TIMEOUT": "300", "ADVISOR_MODEL_SECONDS": "300", "ADVISOR_SECOND_READER": "off"}
        model = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": chat.url}
        with running({**environment, **model, **patient}) as (address, server):
            wire, session = Wire(address), uuid.uuid4().hex
            wire.join("ask", {"question": QUESTION}, session)
            with wire.http.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
                lines = stream.iter_lines()
                assert any("$149,000" in line for line in lines)
                server.send_signal(signal.SIGTERM)
                assert soon(lambda: is_closed(address)), "nobody new is let in"
                try:
                    yield server, lines
                finally:
                    hold.set()
            wire.http.close()


def is_closed(address):
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):  # reset: it closed while this was waiting to be let in
        return True
    return False


def test_told_to_stop_the_page_lets_its_answers_end(environment):
    hold = threading.Event()
    with told_to_stop(environment, hold) as (server, lines):
        hold.set()
        assert any("process_completed" in line and "$149,000" in line for line in lines)
        assert server.wait(timeout=60) == -signal.SIGTERM


def test_an_answer_without_an_end_does_not_keep_the_page_from_stopping(environment):
    with told_to_stop(environment, threading.Event()) as (server, _):
        assert server.wait(timeout=60) == -signal.SIGTERM, "ten seconds, on a busy machine"
