"""The page in a real browser, and its endpoint for programs."""

from __future__ import annotations

import pytest
from page_server import served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio", "ignore::DeprecationWarning:websockets")


@pytest.fixture(scope="module")
def address(environment):
    with served(environment) as address:
        yield address


@pytest.fixture
def page(browser, address):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.requests = []
    tab.problems = []
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.on("console", lambda message: tab.problems.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.goto(address)
    tab.wait_for_selector(".welcome")
    yield tab
    assert tab.problems == []
    local = (address, "data:", "blob:", address.replace("http", "ws"))
    assert [url for url in tab.requests if not url.startswith(local)] == [], "a request left this machine"
    tab.close()


def ask(page, question):
    count = page.locator(".turn").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    answered(page, count + 1)


def answered(page, turns):
    page.wait_for_selector(f".turn:nth-child({turns}) .answer:not([aria-busy])")


def test_a_question_is_answered_with_quotes_in_their_passages(page):
    ask(page, "What do mid-level ML engineers earn?")
    assert "$149,000" in page.inner_text(".answer")
    mark = page.locator(".answer .cite").first
    mark.click()
    quote = page.locator(".sources mark:target")
    assert quote.is_visible()
    assert page.locator(".sources .interest").count() >= 1
    assert page.input_value("#question textarea") == ""


def test_a_starter_and_a_follow_up_work_by_a_click(page):
    page.click("text=Do I need a master's degree?")
    answered(page, 1)
    assert "bachelor" in page.inner_text(".answer")
    page.locator(".answer .ask").first.click()
    answered(page, 2)


def test_a_follow_up_keeps_its_context(page):
    ask(page, "What does an ML engineer do?")
    ask(page, "and what do they earn at mid level?")
    assert "$149,000" in page.locator(".answer").nth(1).inner_text()


def test_a_refusal_names_the_gap_and_offers_more(page):
    ask(page, "What do ML engineers earn in Germany?")
    assert "nothing about pay in Germany" in page.inner_text(".answer")
    assert page.locator(".answer .ask").count() > 0


def test_an_empty_question_is_told_so_and_hostile_text_is_only_text(page):
    ask(page, "   ")
    assert "empty" in page.inner_text(".problem")
    page.fill("#question textarea", "<img src=x onerror=\"document.title='owned'\"> what do AI engineers do?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".made")
    assert "<img" in page.inner_text(".question")
    assert page.locator(".problem").count() == 0
    assert page.title() == "Career advisor"


def test_the_keyboard_alone_will_do(page):
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("Which role pays more?")
    page.keyboard.press("Enter")
    answered(page, 1)


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_width_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, "Which role pays more?")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_sessions_do_not_mix(browser, address, page):
    ask(page, "Which role pays more?")
    other = browser.new_page()
    other.goto(address)
    other.wait_for_selector(".welcome")
    assert other.locator(".turn").count() == 0
    other.close()


def test_the_endpoint_gives_the_whole_answer(address):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict("Which role pays more?", None, None, api_name="/ask")
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"]
