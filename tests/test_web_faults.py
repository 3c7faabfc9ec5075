"""The server under an open page: gone, started anew, and a library that cannot be opened."""

from __future__ import annotations

import contextlib

from browsing import answered, ask, opened
from page_server import free_port, served

PAY = "What do mid-level ML engineers earn?"
GONE = ("ERR_CONNECTION_REFUSED", "Failed to fetch", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "network error")


def test_a_server_that_is_gone_is_told_and_the_question_survives_its_return(browser, environment):
    port = free_port()
    with contextlib.ExitStack() as first:
        address = first.enter_context(served(environment, port=port))
        with opened(browser, address, expected=GONE) as tab:
            ask(tab, "Do I need a master's degree?")
            first.close()
            tab.fill("#question-box", PAY)
            tab.press("#question-box", "Enter")
            tab.wait_for_selector(".problem:has-text('cannot be reached')", timeout=20_000)
            tab.locator("#question-box").press_sequentially("half a thought")
            assert tab.locator(".question").nth(1).inner_text() == PAY
            with served(environment, port=port):
                # Once the server is back the page loads itself anew, from what the browser has kept.
                tab.click(".turn:nth-child(2) .under [data-do=again]", timeout=30_000)
                tab.wait_for_selector(".turn:nth-child(2) .made", timeout=20_000)
                assert "$149,000" in answered(tab, 2).inner_text()
                assert tab.locator(".turn").count() == 2, "the conversation before it is still there"
                assert tab.input_value("#question-box") == "half a thought"


def test_what_needs_the_server_says_that_it_is_gone(browser, environment):
    with contextlib.ExitStack() as running:
        address = running.enter_context(served(environment))
        with opened(browser, address, expected=GONE) as tab:
            turn = ask(tab, PAY)
            running.close()
            turn.locator("[data-do=read]").first.click()
            tab.wait_for_selector(".notice:has-text('cannot be reached')")
            turn.locator("[aria-label='Good answer']").click()
            assert not turn.locator(".rated").is_visible(), "what was not kept is not said to be"


def in_sight(place):
    """Whether something is visible in the window, and nothing lies over it."""
    return place.evaluate("""(one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const [x, y] = [left + Math.min(width / 2, 40), top + height / 2];
        return y > 0 && y < innerHeight && one.contains(document.elementFromPoint(x, y));
    }""")


def test_what_goes_wrong_in_the_library_is_seen_there(browser, environment):
    with contextlib.ExitStack() as running:
        address = running.enter_context(served(environment))
        with opened(browser, address, expected=GONE) as tab:
            tab.click(".views [data-view=library]")
            tab.wait_for_selector(".shelf")
            running.close()
            tab.locator("[data-do=remove]").last.click()
            tab.click(".confirm .yes")
            tab.wait_for_selector(".notice.problem:has-text('cannot be reached')")
            assert in_sight(tab.locator(".notice"))
            tab.locator(".notice [data-do=dismiss-notice]").click()
            assert not tab.locator(".notice").is_visible()


def test_what_goes_wrong_in_a_dialog_is_seen_over_it(browser, environment):
    with contextlib.ExitStack() as running:
        address = running.enter_context(served(environment))
        with opened(browser, address, expected=GONE) as tab:
            ask(tab, PAY)
            running.close()
            tab.click(".tools [data-do=exporting]")
            tab.click(".export [data-form=json]")
            tab.wait_for_selector(".notice.problem:has-text('cannot be reached')")
            assert in_sight(tab.locator(".notice"))
            tab.keyboard.press("Escape")
            tab.wait_for_selector(".masthead + .notice")
            assert in_sight(tab.locator(".notice")), "it is still so"


def test_a_library_that_could_not_be_listed_is_once_the_server_is_back(browser, environment):
    port = free_port()
    with contextlib.ExitStack() as first:
        address = first.enter_context(served(environment, port=port))
        with opened(browser, address, expected=GONE) as tab:
            first.close()
            tab.click(".views [data-view=library]")
            tab.wait_for_selector(".shelf-place .problem:has-text('cannot be reached')")
            assert "Opening the library" not in tab.inner_text(".page")
            with served(environment, port=port):
                tab.wait_for_selector(".shelf tbody tr", timeout=20_000)
                assert not tab.locator(".notice").is_visible()


def test_a_kept_conversation_that_could_not_be_shown_is_once_the_server_answers(browser, environment):
    """As where the page comes from a cache: its first calls find nobody."""
    with served(environment) as address, opened(browser, address, expected=(*GONE, "ERR_FAILED")) as tab:
        ask(tab, PAY)
        tab.route("**/component_server/**", lambda route: route.abort())
        tab.reload()
        tab.wait_for_selector(".chat > .opening.problem:has-text('cannot be reached')")
        assert tab.locator(".question").inner_text() == PAY, "what is kept is not lost from sight"
        tab.unroute("**/component_server/**")
        tab.wait_for_selector(".turn .made", timeout=20_000)
        assert not tab.locator(".opening:visible").count()
        assert not tab.locator(".notice").is_visible()


def test_a_first_start_shows_the_page_while_the_articles_are_indexed(browser, environment, home, tmp_path):
    with served({**environment, "ADVISOR_HOME": str(tmp_path)}) as address:
        tab = browser.new_page()
        tab.goto(address)
        tab.wait_for_selector(".opening:has-text('Indexing the articles')")
        assert tab.locator("#question-box").is_visible()
        tab.fill("#question-box", PAY)
        tab.press("#question-box", "Enter")  # and is not lost for having been asked too early
        assert "$149,000" in answered(tab, 1).inner_text()
        tab.close()


def test_a_library_that_cannot_be_opened_is_told_in_the_page(browser, environment, tmp_path):
    blocked = tmp_path / "home"
    blocked.write_text("a file where the folder should be")
    with served({**environment, "ADVISOR_HOME": str(blocked)}) as address:
        tab = browser.new_page()
        tab.goto(address)
        tab.wait_for_selector(".opening.problem:has-text('ADVISOR_HOME')")
        tab.close()
