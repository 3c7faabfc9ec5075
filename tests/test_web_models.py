"""Choosing the model that writes, on the page: one click, a panel, what goes wrong, and who may not."""

from __future__ import annotations

import json

import pytest
from browsing import ask, opened
from chat_server import ChatServer, Reply, Status
from page_server import running, served
from test_web_written import QUESTION, truth
from wire import Wire, wired

from advisor.settings import Settings
from advisor.web.choosing import PROVIDERS, Choosing

KEY = "sk-typed-0123456789abcdef"
KNOWS = "It differs <b>from</b> town to town [p1]."


def said(request):
    """What the model does: the short call, what it knows itself, the answer."""
    asked = request["messages"][0]["content"]
    if "one word" in asked:
        return Reply("ready")
    return Reply(KNOWS) if asked.startswith("A reader asked") else truth(request)


@pytest.fixture
def near(environment):
    """A page without a model beside a server that has one, and what that server is asked."""
    with ChatServer(said) as server:
        yield {**environment, "ADVISOR_MODEL_URL": server.url, "OPENAI_API_KEY": "", "ADVISOR_MODEL": ""}, server


def test_a_model_on_this_machine_writes_after_one_click_and_says_apart_what_it_knows_itself(browser, near):
    environment, server = near
    with served(environment) as address, opened(browser, address) as tab:
        assert "quote mode" in tab.inner_text(".state")
        offer = tab.locator(".offers button")
        assert offer.inner_text().startswith("Have answers written by scripted (")
        quoted = ask(tab, QUESTION)
        assert quoted.locator("[data-do=beyond]").count() == 0
        assert server.requests == [], "a model is not called unasked"
        offer.click()
        tab.wait_for_selector(".state:has-text('openai:scripted')")
        assert tab.locator(".offers button").count() == 0
        turn = ask(tab, QUESTION)
        assert "Written by openai:scripted" in turn.locator(".made").inner_text()
        written = turn.locator(".answer").inner_text()
        turn.locator("[data-do=beyond]").click()
        tab.wait_for_selector(".beyond")
        apart = turn.locator(".beyond")
        assert apart.locator(".label").inner_text() == "Not from the articles, not checked"
        assert "It differs <b>from</b> town to town." in apart.inner_text()
        assert apart.locator("a, b").count() == 0
        assert turn.locator(".answer").inner_text().startswith(written.strip())
        assert turn.locator("[data-do=beyond]").count() == 0
        tab.reload()
        tab.wait_for_selector(".beyond")
        tab.click("[data-do=models]")
        tab.click(".to-quotes")
        tab.wait_for_selector(".state:has-text('quote mode')")


def test_the_panel_takes_a_key_tries_it_and_says_in_a_line_what_went_wrong(browser, environment, tmp_path):
    codes = [401, 404, 200]

    def step(request):
        code = codes.pop(0) if codes else 200
        return said(request) if code == 200 else Status(code)

    with ChatServer(step) as server, ChatServer(said) as elsewhere:
        more = {"OPENAI_API_BASE": f"{server.url}/", "OPENAI_API_KEY": "", "ADVISOR_MODEL": ""}  # where OpenAI is
        more["ADVISOR_MODEL_URL"] = elsewhere.url
        with running({**environment, **more}) as (address, process), opened(browser, address) as tab:
            tab.click("[data-do=models]")
            tab.wait_for_selector(".model .offered li")

            def tried():
                tab.select_option(".model [name=provider]", "openai")
                tab.fill(".model [name=name]", "gpt-5-mini")
                tab.fill(".model [name=key]", KEY)
                tab.click(".model .send")

            for why in ("refused the key", "has no model 'gpt-5-mini'"):
                tried()
                tab.wait_for_selector(f'.model .hint:has-text("{why}")')
                assert tab.input_value(".model [name=key]") == ""
                assert "quote mode" in tab.inner_text(".state")
            tried()
            tab.wait_for_selector(".state:has-text('openai:gpt-5-mini')")
            assert "Written by openai:gpt-5-mini" in ask(tab, QUESTION).inner_text()
            kept = tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}]) + document.body.innerHTML")
            assert KEY not in kept
            process.terminate()
            process.wait(timeout=30)
            assert KEY not in process.written()
        assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
        assert elsewhere.requests == [], "a key goes to its own provider"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_is_typed_has_its_own_address(provider):
    for model in (None, "openai:own"):
        choosing = Choosing(Settings(model=model, model_url="http://127.0.0.1:1/v1"))
        settings, key = choosing._typed({"provider": provider, "name": "x", "key": KEY})
        assert (settings.model, settings.model_url, key) == (f"{provider}:x", None, KEY)


def test_ollama_is_where_the_page_was_told():
    choosing = Choosing(Settings(model="ollama:one", model_url="http://127.0.0.1:1"))
    assert choosing._typed({"provider": "ollama", "name": "other"})[0].model_url == "http://127.0.0.1:1"
    assert choosing._typed({"provider": "openai", "name": "other"})[0].model_url is None


@pytest.mark.parametrize("more", [("--host", "0.0.0.0"), ("--behind-proxy",)], ids=" ".join)
def test_visitors_of_a_served_page_are_offered_nothing_and_choose_nothing(near, more):
    environment, server = near
    with wired({**environment, "ADVISOR_PUBLIC": "1"}, *more) as visitor:
        visitor.call("shelf", {})  # waits for the library
        start = visitor.call("start", {}).json()
        assert start["model"] is None
        assert "ADVISOR" not in start["state"]
        wanted = {"model": "openai:scripted", "server": "the server at ADVISOR_MODEL_URL", "token": "x"}
        for name, data in (("models", {}), ("choose", wanted)):
            assert "only on the computer that serves the page" in visitor.call(name, data).json()["error"]
    assert server.requests == []


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"server": "Elsewhere", "model": "openai:x"}, "Elsewhere no longer offers openai:x"),
        ({"server": "the server at ADVISOR_MODEL_URL", "model": "openai:other"}, "no longer offers openai:other"),
        ({"provider": "huggingface", "name": "/etc"}, "Name the provider and the model"),
        ({"provider": "openai", "name": " "}, "Name the provider and the model"),
        ({"provider": "openai", "name": ["x"]}, "What is given as name is none"),
        ({"provider": "openai", "name": "x", "key": "a\nb"}, "What is given as key is none"),
        ({}, "Name the provider and the model"),
    ],
    ids=str,
)
def test_what_cannot_be_chosen_is_one_line(home_page, wanted, why):
    wire, server = home_page
    reply = wire.call("choose", {**wanted, "token": wire.token()}).json()
    assert why in reply["error"]
    assert server.requests == []


def test_a_choice_without_the_pages_token_and_words_of_no_turn_are_refused(home_page):
    wire, server = home_page
    assert "older than its server" in wire.call("choose", {"model": "quote", "token": ""}).json()["error"]
    assert "cannot be read" in wire.call("beyond", {"turn": {"question": 7}}).json()["error"]
    assert "no answer yet" in wire.call("beyond", {"turn": {"question": QUESTION}}).json()["error"]
    *_, last = wire.trigger("ask", {"id": "1", "question": QUESTION})[0]
    turn = json.loads(json.dumps(last))["data"][0]["turn"]
    assert "nothing to say" in wire.call("beyond", {"turn": turn}).json()["error"], "quote mode"
    assert server.requests == []


@pytest.fixture(scope="module")
def home_page(environment):
    with ChatServer(said) as server:
        more = {"ADVISOR_MODEL_URL": server.url, "OPENAI_API_KEY": "", "ADVISOR_MODEL": ""}
        with served({**environment, **more}) as address:
            wire = Wire(address)
            wire.call("shelf", {})
            yield wire, server
            wire.http.close()
