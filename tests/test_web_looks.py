"""The page at every width, in both themes, magnified, by keyboard, to a screen reader: in a real browser."""

from __future__ import annotations

import contextlib
import functools
import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import ask, opened
from conftest import CHROMIUM, FLAGS

QUESTION = "Which role pays more?"
COMPARED = "Compare AI engineers, ML engineers and data scientists"
REFUSED = "What do ML engineers earn in Germany?"
LONG = "a" * 300 + " " + "What-do-engineers-earn-" * 20
WIDTHS = (360, 768, 1280, 1920)
DIALOGS = ("conversations", "topics", "about", "reader", "confirm", "export")
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def tab_of(browser, address):
    """A tab with an answer, of some size; made once for each kind of device, judged at the end."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def made(**device):
            tab = stack.enter_context(opened(browser, address, **device))
            ask(tab, QUESTION)
            return tab

        def sized(width=1280, height=900, **device):
            tab = made(**device)
            close(tab)
            tab.set_viewport_size({"width": width, "height": height})
            tab.click("[data-do=view][data-view=chat]")
            return tab

        yield sized


def close(tab):
    while tab.locator("dialog[open]").count():
        tab.locator("dialog[open]").last.locator("[data-do=close]").first.click()


def show(tab, name):
    """Open a dialog, or the library."""
    if name == "library":
        tab.click("[data-do=view][data-view=library]")
        tab.wait_for_selector(".shelf tbody tr")
        tab.wait_for_selector(".adding:not([hidden])")  # the last that comes
    elif name == "reader":
        show(tab, "library")
        tab.locator(".shelf [data-do=read]").first.click()
        tab.wait_for_selector(".reader[open] h2")
    elif name == "confirm":
        show(tab, "library")
        tab.locator("[data-do=remove]").first.click()
    elif name == "sheet":
        tab.locator("[data-do=sources]").first.click()
    elif name != "chat":
        tab.click(f".tools [data-do={'exporting' if name == 'export' else name}]")
        if name == "topics":
            tab.wait_for_selector(".topics .ask")
    if name not in ("chat", "library"):
        assert tab.locator(f"dialog.{name}[open]").is_visible()


def too_wide(tab):
    """What sticks out of the window, or of the dialog that is open."""
    return tab.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        const boxes = [document.scrollingElement, ...document.querySelectorAll('dialog[open]')];
        const isWide = (box) => box.scrollWidth > box.clientWidth + 1;
        const scroll = boxes.filter(isWide).map((box) => box.className || 'page');
        const sticking = [...document.querySelectorAll('#advisor *')].filter((one) => {
            const at = one.getBoundingClientRect();
            const isSeen = at.width > 1 && at.height > 1 && !one.closest('.wide, .card, .unseen');
            return isSeen && (at.right > width + 1 || at.left < -1);
        });
        return [...scroll, ...sticking.map((one) => one.className || one.tagName)];
    }""")


def fits(tab, *names):
    """Assert that nothing is too wide in the chat and in each of those places."""
    for name in ("chat", *names):
        show(tab, name)
        assert too_wide(tab) == [], name
        close(tab)
        tab.click("[data-do=view][data-view=chat]")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(tab_of, width):
    fits(tab_of(width), "library", *DIALOGS, *(["sheet"] if width < 1000 else []))


@pytest.mark.parametrize("width", WIDTHS)
def test_nor_does_it_in_the_dark(tab_of, width):
    tab = tab_of(width, color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 24, 23)"
    fits(tab, "library", "topics")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_citation_is_large_enough_for_a_finger(tab_of, width):
    marks = [mark.bounding_box() for mark in tab_of(width).locator(".cite:visible").all()]
    assert len(marks) > 3
    assert [one for one in marks if min(one["width"], one["height"]) < 24] == []
    for at, one in enumerate(marks):
        for other in marks[at + 1 :]:
            apart_x = max(one["x"] - other["x"] - other["width"], other["x"] - one["x"] - one["width"])
            apart_y = max(one["y"] - other["y"] - other["height"], other["y"] - one["y"] - one["height"])
            assert max(apart_x, apart_y) >= -4, "one does not lie over another"


def test_the_masthead_stays_in_sight_on_a_phone_and_is_low(tab_of):
    tab = tab_of(360, 740)
    for _ in range(2):
        tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        box = tab.locator(".masthead").bounding_box()
        assert tab.evaluate("scrollY") > 100
        assert (box["y"], box["height"] < 90) == (0, True)
        tab.click(".views [data-view=library]")
        tab.wait_for_selector(".shelf tbody tr")
    tab.click(".views [data-view=chat]")
    tab.locator(".turn").last.evaluate("(turn) => turn.scrollIntoView()")
    assert tab.locator(".turn .question").last.bounding_box()["y"] >= box["height"], "a question is not under it"
    low = tab_of(740, 360)
    low.evaluate("scrollTo(0, 400)")
    assert low.locator(".masthead").bounding_box()["y"] < 0, "in a low window there is no room for it"


def test_what_went_wrong_what_is_missing_and_what_is_said_look_like_what_they_are(browser, address):
    look = """(one) => {
        const { color, borderLeftWidth, borderLeftStyle, borderLeftColor } = getComputedStyle(one);
        return [color, borderLeftWidth === '0px' ? 'none' : borderLeftStyle, borderLeftColor];
    }"""
    with opened(browser, address) as tab:
        quoted = ask(tab, QUESTION).locator(".answer > p .piece:not(.frame)").first.evaluate(look)
        gap = ask(tab, REFUSED).locator(".own.gap")
        reply = ask(tab, "thanks!").locator(".own:not(.gap)")
        ids = "[...document.querySelectorAll('.use')].map((box) => box.value)"
        show(tab, "library")
        tab.evaluate(f"localStorage.setItem('career-advisor/without', JSON.stringify({ids}))")
        tab.click("[data-do=view][data-view=chat]")
        problem = ask(tab, QUESTION).locator(".problem")
        looks = [quoted, *(one.evaluate(look) for one in (gap, reply, problem))]
        assert [one[1] for one in looks] == ["none", "dashed", "solid", "solid"]
        assert looks[0][0] == looks[1][0] == looks[2][0] != looks[3][0], "words in the colour of what went wrong"
        assert looks[3][0] == looks[3][2]
        assert "Not in the articles" in gap.inner_text()


def test_a_dialog_of_a_phone_can_be_closed_by_a_word_in_one_piece(tab_of):
    for name in ("export", "sheet", "reader"):
        tab = tab_of(360, 740)
        show(tab, name)
        box = tab.locator("dialog[open] > header [data-do=close]").bounding_box()
        assert box["height"] < 40, f"one line: {name}"


def test_a_comparison_on_a_phone_is_a_card_for_each_row_and_scrolls_nowhere(browser, address):
    with opened(browser, address, viewport={"width": 375, "height": 740}) as tab:
        table = ask(tab, COMPARED).locator(".compared")
        rows = [row.bounding_box() for row in table.locator("tbody tr").all()]
        assert len(rows) > 1
        assert all(one["x"] >= 0 and one["x"] + one["width"] <= 375 for one in rows)
        assert all(one["y"] + one["height"] <= other["y"] for one, other in itertools.pairwise(rows))
        assert table.evaluate("(one) => one.parentElement.scrollWidth <= one.parentElement.clientWidth")
        first = table.locator("tbody tr").first
        head, cell = first.locator("th").bounding_box(), first.locator("td").first.bounding_box()
        assert head["y"] + head["height"] <= cell["y"], "its name is its head"
        label = first.locator("td").first.evaluate("(one) => getComputedStyle(one, '::before').content")
        assert label == '"AI Engineer"'
        assert too_wide(tab) == []
        tab.set_viewport_size({"width": 1280, "height": 800})
        assert table.locator("thead").bounding_box()["height"] > 10, "where there is room it is a table"
        assert first.locator("th").bounding_box()["y"] == first.locator("td").last.bounding_box()["y"]


def test_long_words_and_a_long_question_break(tab_of):
    for width in (360, 1280):
        tab = tab_of(width)
        tab.fill("#question-box", LONG)
        tab.press("#question-box", "Enter")
        tab.wait_for_selector(".turn:last-child .answer:not([aria-busy])")
        assert too_wide(tab) == []


@pytest.mark.parametrize("width", [640, 512])
def test_magnified_twice_nothing_is_lost(tab_of, width):
    """As a browser does it: half the pixels, each twice the size."""
    fits(tab_of(width, 450, device_scale_factor=2), "library", *DIALOGS, "sheet")


def test_with_letters_of_twice_the_size_nothing_is_lost(playwright, address):
    """As a reader sets it for all pages."""
    large = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--blink-settings=defaultFontSize=32"])
    with opened(large, address) as tab:
        assert tab.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        ask(tab, QUESTION)
        fits(tab, "library", *DIALOGS, "sheet")
    large.close()


FOCUSABLE = """() => [...document.querySelectorAll('#advisor *')]
    .filter((one) => one.matches('button, a[href], input, textarea, select, summary, [tabindex="0"]'))
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0)
    .filter((one) => !document.querySelector('dialog[open]') || one.closest('dialog[open]'))
    .map((one, at) => { one.dataset.stop = at; return at; })"""
FOCUSED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one.type === 'file' ? one.closest('.drop') : one);
    const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return [one.dataset?.stop, isSeen, `${one.tagName} ${one.className} ${one.textContent.slice(0, 30)}`];
}"""


def walked(tab):
    """The controls that Tab comes to, and those at which the focus is not seen."""
    stops = {str(at) for at in tab.evaluate(FOCUSABLE)}
    reached, unseen = set(), []
    for _ in range(3 * len(stops) + 20):
        tab.keyboard.press("Tab")
        stop, is_seen, what = tab.evaluate(FOCUSED)
        if stop is not None:
            reached.add(stop)
            if not is_seen:
                unseen.append(what)
        if reached >= stops:
            break
    tab.evaluate("document.querySelectorAll('[data-stop]').forEach((one) => delete one.dataset.stop)")
    return stops - reached, unseen


@pytest.mark.parametrize("name", ["chat", "library", *DIALOGS])
def test_every_control_is_reached_by_tab_and_seen_to_be(tab_of, name):
    tab = tab_of()
    show(tab, name)
    tab.evaluate("document.activeElement.blur()")
    assert walked(tab) == (set(), [])


def test_the_sheet_of_a_phone_is_reached_by_tab(tab_of):
    tab = tab_of(360)
    show(tab, "sheet")
    assert walked(tab) == (set(), [])


def test_nothing_moves_for_who_wants_no_motion(browser, address):
    watching = "window.__moved = []; addEventListener('animationstart', (one) => __moved.push(one.animationName), true)"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        with opened(browser, address, reduced_motion=motion, before=watching, **PHONE) as tab:
            ask(tab, QUESTION)
            tab.locator("[data-do=sources]").click()
            tab.wait_for_selector(".sheet[open]")
            tab.evaluate("new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")
            moved = tab.evaluate("__moved.length + document.getAnimations().length")
            assert bool(moved) is moves


def serious(tab):
    """What axe-core finds of weight."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(Axe().axe_script)
    found = tab.evaluate("axe.run('#advisor', {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious(browser, address, width, theme):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme, "reduced_motion": "reduce"}
    with opened(browser, address, stored={"about": {"background": "nurse"}}, **options) as tab:
        assert serious(tab) == [], "welcome"
        turn = ask(tab, QUESTION)
        assert serious(tab) == [], "answer"
        for button in turn.locator("[data-do=unfold]:visible").all():
            button.click()
        assert turn.locator("details.differ[open] summary").count() == 1
        turn.locator("[data-do=ask-reason]").click()
        turn.locator(".cite").first.focus()
        assert serious(tab) == [], "everything open"
        ask(tab, REFUSED)
        assert serious(tab) == [], "refusal"
        tab.fill("#question-box", "")
        tab.press("#question-box", "Enter")
        assert serious(tab) == [], "hint"
        for name in ("library", *DIALOGS, *(["sheet"] if width < 1000 else [])):
            show(tab, name)
            assert serious(tab) == [], name
            close(tab)
            tab.click("[data-do=view][data-view=chat]")


def test_axe_finds_nothing_serious_in_an_error_and_while_an_answer_is_made(browser, address):
    unwritten = "career-advisor/without"
    with opened(browser, address, reduced_motion="reduce") as tab:
        ids = "[...document.querySelectorAll('.use')].map((box) => box.value)"
        show(tab, "library")
        tab.evaluate(f"localStorage.setItem('{unwritten}', JSON.stringify({ids}))")
        tab.click("[data-do=view][data-view=chat]")
        turn = ask(tab, QUESTION)
        assert "No article is in use" in turn.locator(".problem").inner_text()
        assert serious(tab) == [], "error"
        tab.evaluate("localStorage.clear()")
        tab.route("**/gradio_api/queue/join*", lambda route: None)  # never answered
        tab.fill("#question-box", REFUSED)
        tab.press("#question-box", "Enter")
        tab.wait_for_selector(".answer[aria-busy]")
        assert serious(tab) == [], "busy"


def test_a_screen_reader_is_told_the_answer(browser, address):
    hearing = """
        window.__said = [];
        addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
            const said = document.querySelector('.said')?.textContent;
            if (said && said !== __said.at(-1)) __said.push(said);
        }).observe(document.body, {subtree: true, childList: true, characterData: true}));
    """
    with opened(browser, address, before=hearing) as tab:
        assert tab.locator(".said").get_attribute("aria-live") == "polite"
        turn = ask(tab, QUESTION)
        told = tab.evaluate("__said")
        assert told[0] == "Reading the articles."
        pieces = turn.locator(".answer :is(.piece, .differ summary, .side .publisher, td)").all_text_contents()
        assert len(pieces) > 3 and all(piece in told[-1] for piece in pieces)
        assert turn.locator(".side .publisher").count() > 1
        assert turn.get_attribute("aria-labelledby") == turn.locator("h2").get_attribute("id")
        ask(tab, REFUSED)
        assert "nothing about “Germany”" in tab.evaluate("__said.at(-1)")
