"""The server under an open page: gone, started anew, and a library that cannot be opened."""

from __future__ import annotations

import contextlib
import resource

from browsing import answered, ask, opened
from page_server import free_port, running, served
from wire import Wire, said

PAY = "What do mid-level ML engineers earn?"
GONE = ("ERR_CONNECTION_REFUSED", "Failed to fetch", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "network error")


@contextlib.contextmanager
def gone(browser, environment, port, *states):
    """Tabs of a page that were brought into a state each, and whose server then went."""
    with contextlib.ExitStack() as tabs:
        with served(environment, port=port) as address:
            shown = [tabs.enter_context(opened(browser, address, expected=GONE)) for _ in states]
            for tab, bring in zip(shown, states, strict=True):
                bring(tab)
        yield shown


def with_an_answer(tab):
    ask(tab, "Do I need a master's degree?")


def with_the_library(tab):
    tab.click(".views [data-view=library]")
    tab.wait_for_selector(".shelf")


def with_nothing(tab):
    pass


def test_a_server_that_is_gone_is_told_and_what_was_begun_survives_its_return(browser, environment):
    port = free_port()
    with gone(browser, environment, port, with_an_answer, with_nothing) as (tab, other):
        tab.fill("#question-box", PAY)
        tab.press("#question-box", "Enter")
        tab.wait_for_selector(".problem:has-text('cannot be reached')")
        tab.locator("#question-box").press_sequentially("half a thought")
        assert tab.locator(".question").nth(1).inner_text() == PAY
        other.click(".views [data-view=library]")
        other.wait_for_selector(".shelf-place .problem:has-text('cannot be reached')")
        assert "Opening the library" not in other.inner_text(".page")
        with served(environment, port=port):
            # Once the server is back the page loads itself anew, from what the browser has kept.
            tab.click(".turn:nth-child(2) .under [data-do=again]")
            tab.wait_for_selector(".turn:nth-child(2) .made")
            assert "$149,000" in answered(tab, 2).inner_text()
            assert tab.locator(".turn").count() == 2, "the conversation before it is still there"
            assert tab.input_value("#question-box") == "half a thought"
            other.wait_for_selector(".shelf tbody tr")
            assert not other.locator(".notice").is_visible()


def in_sight(place):
    """Whether something is visible in the window, and nothing lies over it."""
    return place.evaluate("""(one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const [x, y] = [left + Math.min(width / 2, 40), top + height / 2];
        return y > 0 && y < innerHeight && one.contains(document.elementFromPoint(x, y));
    }""")


def test_what_needs_the_server_says_where_one_looks_that_it_is_gone(browser, environment):
    states = (with_an_answer, with_the_library, with_an_answer)
    with gone(browser, environment, None, *states) as (chat, library, dialog):
        turn = chat.locator(".turn")
        turn.locator("[data-do=read]").first.click()
        chat.wait_for_selector(".notice:has-text('cannot be reached')")
        turn.locator("[aria-label='Good answer']").click()
        assert not turn.locator(".rated").is_visible(), "what was not kept is not said to be"

        library.locator("[data-do=remove]").last.click()
        library.click(".confirm .yes")
        library.wait_for_selector(".notice.problem:has-text('cannot be reached')")
        assert in_sight(library.locator(".notice"))
        library.locator(".notice [data-do=dismiss-notice]").click()
        assert not library.locator(".notice").is_visible()

        dialog.click(".tools [data-do=exporting]")
        dialog.click(".export [data-form=json]")
        dialog.wait_for_selector(".notice.problem:has-text('cannot be reached')")
        assert in_sight(dialog.locator(".notice")), "over the dialog"
        dialog.keyboard.press("Escape")
        dialog.wait_for_selector(".masthead + .notice")
        assert in_sight(dialog.locator(".notice")), "it is still so"


def test_a_kept_conversation_that_could_not_be_shown_is_once_the_server_answers(browser, address):
    """As where the page comes from a cache: its first calls find nobody."""
    with opened(browser, address, expected=(*GONE, "ERR_FAILED")) as tab:
        ask(tab, PAY)
        tab.route("**/component_server/**", lambda route: route.abort())
        tab.reload()
        tab.wait_for_selector(".chat > .opening.problem:has-text('cannot be reached')")
        assert tab.locator(".question").inner_text() == PAY, "what is kept is not lost from sight"
        tab.unroute("**/component_server/**")
        tab.wait_for_selector(".turn .made")
        assert not tab.locator(".opening:visible").count()
        assert not tab.locator(".notice").is_visible()


def test_a_first_start_shows_the_page_while_the_articles_are_indexed(browser, environment, tmp_path):
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


def test_on_a_full_disk_the_page_answers_and_what_would_write_says_so_in_a_line(environment, own_home):
    """No file of the page's process may grow: the disk is as full as can be, that of its log and uploads as well."""
    note = {"name": "otters.md", "text": "# Otters\n\nOtters sleep on their backs and hold hands.\n"}
    with running({**environment, "ADVISOR_HOME": str(own_home)}) as (address, page):
        wire, limit = Wire(address), resource.prlimit(page.pid, resource.RLIMIT_FSIZE)
        shown = wire.trigger("ask", {"id": "a", "key": "k", "question": PAY})[0]
        (sent,) = wire.upload(**note).json()
        resource.prlimit(page.pid, resource.RLIMIT_FSIZE, (0, limit[1]))
        refused = wire.upload(**{**note, "text": "# Others\n\nOther text."})
        assert (refused.status_code, refused.json()["error"][:32]) == (507, "The file could not be kept; free")
        for told in (wire.bring({"id": "1", "files": [sent]}), wire.remove("coderdev-hiring-guide").text):
            assert "cannot be written" in told and "; free space or set ADVISOR_HOME" in told
        assert "could not be kept" in wire.call("rate", {"turn": shown[-1]["data"][0]["turn"]}).text
        assert '"status": "answered"' in said_of(wire, "What does a data scientist do?")
        resource.prlimit(page.pid, resource.RLIMIT_FSIZE, limit)
        (sent,) = wire.upload(**note).json()
        assert "<b>added</b>" in wire.bring({"id": "2", "files": [sent]})
        assert "hold hands" in said_of(wire, "How do otters sleep?")
        wire.http.close()


def said_of(wire, question):
    """What an answer says, be it an error."""
    return said(wire.trigger("ask", {"id": "b", "key": "k", "question": question})[0])
