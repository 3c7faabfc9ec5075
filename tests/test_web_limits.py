"""How much the page does at once and for each address: what is refused, when to try again, and what shows."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from types import SimpleNamespace

import httpx
import pytest
from browsing import READY, judge, watched
from chat_server import ChatServer, Reply, soon
from page_server import served
from wire import Wire

from advisor.web import crowd, rates
from advisor.web.crowd import GROUP, Crowd, at_once
from advisor.web.doors import RefusedError
from advisor.web.limits import Limits
from advisor.web.rates import Allowance
from advisor.web.watch import Watch

PAY = "What do mid-level ML engineers earn?"
HELD = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_SECOND_READER": "off", "ADVISOR_ANSWERS": "1"}


class Queue:
    """What is read of the framework's."""

    def __init__(self, running=0, waiting=0):
        group = SimpleNamespace(current_concurrency=running, queue=[None] * waiting)
        self.event_queue_per_concurrency_id = {GROUP: group}

    def hold(self, running, waiting):
        self.__init__(running, waiting)


def learned(queue, running, waiting, seconds):
    """A crowd whose answers take so long."""
    of = Crowd(queue, running, waiting)
    for _ in range(200):
        of.took(seconds)
    return of


async def there():
    """What tells that whoever asked has gone: not yet."""
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def waiting(of, count, receive=there):
    """So many questions that wait for their turn; what each is told in the end."""
    told = [asyncio.create_task(of.turn(time.monotonic(), receive)) for _ in range(count)]
    await asyncio.sleep(0)
    yield told
    for one in told:
        one.cancel()
    await asyncio.gather(*told, return_exceptions=True)


@pytest.mark.parametrize(
    ("running", "before", "after"), [(0, 0, 0), (3, 0, 0), (4, 0, 0), (4, 14, 0), (4, 16, 2), (4, 60, 7)]
)
def test_a_question_is_taken_where_it_is_answered_in_two_seconds(running, before, after):
    async def asked():
        of = learned(Queue(running), 4, 100, 0.4)
        of._waiting = before
        return of.ahead()

    assert asyncio.run(asked()) == after


def test_the_less_sure_it_is_how_long_an_answer_takes_the_less_is_waited_for_it():
    of = Crowd(Queue(running=4), 4, 100)
    for number in range(200):
        of.took(0.2 if number % 2 else 0.8)
    assert 0.7 < of._longest() < 1.1, "one second and a half, where each takes half a second"
    for _ in range(400):
        of.took(0.5)
    assert of._longest() == pytest.approx(1.5)


def test_places_are_given_in_the_order_in_which_was_asked_and_to_no_more_than_there_are():
    async def asked():
        queue, order = Queue(running=2), []
        of = learned(queue, 2, 9, 0.1)

        async def one(number):
            assert await of.turn(time.monotonic(), there) == 0
            order.append(number)
            with of.enter():
                assert of.running + of._entering <= 2
                await asyncio.sleep(0.02)

        asking = [asyncio.create_task(one(number)) for number in range(6)]
        await asyncio.sleep(0.05)
        assert order == [] and of.waiting == 6
        queue.hold(0, 0)
        await asyncio.gather(*asking)
        assert of.waiting == 0
        return order

    assert asyncio.run(asked()) == [0, 1, 2, 3, 4, 5]


def test_who_has_waited_in_vain_is_told_to_come_back_though_it_looked_well_when_it_came():
    async def asked():
        queue = Queue(running=2)
        of = learned(queue, 2, 9, 0.1)
        began = time.monotonic()
        async with waiting(of, 3) as told:
            for _ in range(200):
                of.took(0.9)  # another program has taken the processors
            late = await of.turn(began - 1.2, there)  # came a while ago, as its body was slow
            assert (late, time.monotonic() - began < 1) == (2, True)
            assert await asyncio.gather(*told) == [2, 1, 1]
        return time.monotonic() - began

    assert 1.5 < asyncio.run(asked()) < 3


def test_who_has_gone_waits_no_more():
    async def asked():
        of, going = learned(Queue(running=1), 1, 9, 0.1), asyncio.Event()
        async with waiting(of, 1, going.wait), waiting(of, 1) as stays:
            assert of.waiting == 2
            going.set()
            while of.waiting > 1:
                await asyncio.sleep(0.01)
            assert not stays[0].done()

    asyncio.run(asyncio.wait_for(asked(), 1))


def test_a_slow_model_lets_wait_as_long_as_an_answer_takes_and_no_more_than_may():
    async def asked():
        queue = Queue(running=2)
        of = learned(queue, 2, 3, 20)
        for before, after in ((0, 0), (1, 0), (2, 30), (3, 40), (90, 60)):
            of._waiting = before
            assert of.ahead() == after, "nobody is sent away for longer than a minute"

    asyncio.run(asked())


def test_how_many_at_once(monkeypatch):
    monkeypatch.setattr(crowd.os, "cpu_count", lambda: 8)
    assert at_once("quote", None) == 16
    assert at_once("openai:x", None) == 64
    assert at_once("quote", 3) == 3


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(value=1000.0)
    monkeypatch.setattr(rates.time, "monotonic", lambda: now.value)
    return now


def test_an_allowance_is_regained_evenly(clock):
    allowance = Allowance(30, 60.0)
    assert [allowance.spend("a") for _ in range(30)] == [0.0] * 30
    assert allowance.spend("a") == 2.0
    assert allowance.spend("a") == 2.0, "what is refused is not counted"
    assert allowance.spend("b") == 0.0, "others' is theirs"
    clock.value += 2
    assert allowance.spend("a") == 0.0
    assert allowance.spend("a") == 2.0
    clock.value += 3600
    assert [allowance.spend("a") for _ in range(31)] == [*[0.0] * 30, 2.0], "and no more than all of it"


def test_what_is_remembered_of_addresses_has_an_end(clock, monkeypatch):
    monkeypatch.setattr(rates, "_MOST_ADDRESSES", 3)
    allowance = Allowance(1, 60.0)
    for address in "abcd":
        allowance.spend(address)
    assert list(allowance._free) == ["b", "c", "d"]


def test_a_refusal_says_when_to_come_back(clock):
    limits = Limits(Crowd(Queue(), 4, 4), Watch(), rate=2)

    async def ask(limits, address, *, is_inner=False):
        async with limits.question(address, is_inner, clock.value, there):
            pass

    for _ in range(2):
        asyncio.run(ask(limits, "a"))
    asyncio.run(ask(limits, "a", is_inner=True))
    with pytest.raises(RefusedError, match=r"Many questions came from your address; try again in 30 seconds.") as told:
        asyncio.run(ask(limits, "a"))
    assert (told.value.status, told.value.after) == (429, 30)
    with pytest.raises(RefusedError, match=r"The page is busy; try again in a second.") as told:
        asyncio.run(ask(Limits(Crowd(Queue(running=4), 4, 0), Watch(), rate=2), "a"))
    assert (told.value.status, told.value.after) == (503, 1)
    for _ in range(1200):
        limits.request("a")
    with pytest.raises(RefusedError, match=r"Many requests .* in a second."):
        limits.request("a")
    alone = Limits(Crowd(Queue(), 4, 4), Watch(), rate=None)
    for _ in range(2000):
        alone.request("a")


# Over the wire and in a browser.


@pytest.fixture(scope="module")
def holding(environment):
    """A page that makes one answer at once and lets none wait; its model says nothing until the event is set."""
    hold = threading.Event()
    with ChatServer(lambda request: Reply(pieces=(hold, "The articles do not say."))) as server:
        more = {**HELD, "ADVISOR_WAITING": "0", "ADVISOR_MODEL_URL": server.url}
        with served({**environment, **more}) as address:
            yield address, hold
            hold.set()


def test_a_busy_page_says_when_to_come_back_and_then_answers(browser, holding):
    address, hold = holding
    hold.clear()
    first, second = Wire(address), Wire(address)
    event = first.http.post("gradio_api/call/ask", json={"data": [PAY]}).json()["event_id"]
    assert soon(lambda: running_of(first) == 1)
    for path, body in (
        ("gradio_api/call/ask", {"data": [PAY]}),
        ("gradio_api/call/v2/ask", {"question": PAY}),
        ("gradio_api/mcp/", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}}),
    ):
        busy = second.http.post(path, json=body)
        assert busy.status_code == 503, path
        assert int(busy.headers["retry-after"]) >= 1
        assert "busy; try again in" in busy.json()["error"]
    assert second.call("shelf", {}).status_code == 200, "what is no question is answered"
    tab = watched(browser.new_page())
    tab.goto(address)
    tab.wait_for_selector(READY)
    tab.fill("#question-box", PAY)
    tab.press("#question-box", "Enter")
    tab.wait_for_selector(".turn.failed .problem:has-text('The page is busy; try again in')")
    assert not tab.locator(".toast-body:visible").count(), "it is said once"
    hold.set()
    assert "complete" in first.http.get(f"gradio_api/call/ask/{event}").text
    assert soon(lambda: running_of(first) == 0)
    tab.click("[data-do=again]")
    tab.wait_for_selector(".turn .made")
    judge(tab, address, expected=("status of 503",))
    tab.close()
    assert 'advisor_refused_total{status="503"} 4.0' in first.http.get("metrics").text
    for wire in (first, second):
        wire.http.close()


def running_of(wire):
    told = wire.http.get("metrics").text
    return float(next(line.split()[1] for line in told.splitlines() if line.startswith("advisor_running")))


def test_an_address_asks_so_often_a_minute_and_is_told_when_again(browser, environment):
    public = {"ADVISOR_PUBLIC": "1", "ADVISOR_RATE": "2"}
    with served({**environment, **public}, "--behind-proxy") as address, httpx.Client(base_url=address) as http:

        def ask(reader):
            return http.post("gradio_api/call/ask", json={"data": [PAY]}, headers={"X-Forwarded-For": reader})

        assert [ask("10.0.0.1").status_code for _ in range(3)] == [200, 200, 429]
        assert 1 <= int(ask("10.0.0.1").headers["retry-after"]) <= 30
        assert ask("made-up, 10.0.0.2").status_code == 200
        assert ask("10.0.0.1, 10.0.0.3").status_code == 200, "only the proxy's own word counts"
        assert http.get("health", headers={"X-Forwarded-For": "10.0.0.1"}).status_code in (200, 503)
        context = browser.new_context(extra_http_headers={"X-Forwarded-For": "10.0.0.1"})
        tab = watched(context.new_page())
        tab.goto(address)
        tab.wait_for_selector(READY)
        tab.fill("#question-box", PAY)
        tab.press("#question-box", "Enter")
        tab.wait_for_selector(".turn.failed .problem:has-text('Many questions came from your address; try again in')")
        judge(tab, address, expected=("status of 429",))
        context.close()
