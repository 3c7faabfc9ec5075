"""Written mode in a real browser, with a model's server of our own."""

from __future__ import annotations

import re
import threading

import pytest
from chat_server import ChatServer, Drop, Reply
from page_server import served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio", "ignore::DeprecationWarning:websockets")

QUESTION = "What do mid-level ML engineers earn?"
STATED = "Mid-level MLEs command salaries between $149,000 and $192,000"
LIE = "Mid-level machine learning engineers earn $312,000"


def key_of(request: dict, words: str) -> str:
    """The key of the passage in the prompt that holds some words."""
    prompt = request["messages"][-1]["content"]
    before = prompt[: prompt.index(words)]
    return re.findall(r"^\[(p\d+)\]", before, re.MULTILINE)[-1]


@pytest.fixture
def written(environment):
    """A page whose model follows a script, `steps(function)` being the next."""
    script = []
    with ChatServer(lambda request: script.pop(0)(request)) as server:
        more = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": server.url, "ADVISOR_SECOND_READER": "off"}
        with served({**environment, **more}) as address:
            yield address, script


def ask(browser, address):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(address)
    tab.wait_for_selector(".welcome")
    tab.fill("#question textarea", QUESTION)
    tab.keyboard.press("Enter")
    return tab


def test_sentences_appear_one_by_one_and_a_lie_is_withheld_with_its_reason(browser, written):
    address, script = written
    hold = threading.Event()

    def reply(request):
        key = key_of(request, STATED)
        first = f"{STATED}, with senior roles reaching well over $220,000 annually [{key}]. "
        return Reply(
            pieces=(
                first,
                f"{LIE} [{key}]. ",
                hold,
                "AI Engineer has the highest variance and the highest ceiling right now.",
            )
        )

    script.append(reply)
    tab = ask(browser, address)
    tab.wait_for_selector(".answer:has-text('$149,000')")
    assert tab.get_attribute(".answer", "aria-busy") == "true", "the first sentence is there before the reply is whole"
    hold.set()
    tab.wait_for_selector(".answer:not([aria-busy])")
    assert "$312,000" not in tab.inner_text(".answer")
    assert "Written by openai:scripted" in tab.inner_text(".made")
    assert "openai:scripted" in tab.inner_text(".state")
    tab.click(".withheld summary")
    withheld = tab.inner_text(".withheld ul")
    assert LIE in withheld
    assert "$312,000 is not in the passage" in withheld
    assert tab.locator(".sources mark").count() >= 1
    tab.close()


def test_a_server_that_goes_away_in_the_middle_ends_in_quotes(browser, written):
    address, script = written

    def reply(request):
        key = key_of(request, STATED)
        return Drop(f"{STATED}, with senior roles reaching well over $220,000 annually [{key}]. Also, the")

    script.append(reply)
    tab = ask(browser, address)
    tab.wait_for_selector(".answer:not([aria-busy])")
    text = tab.inner_text(".answer")
    assert "articles' own words" in text
    assert "checked word for word" in tab.inner_text(".made")
    assert "$149,000" in text
    tab.close()
