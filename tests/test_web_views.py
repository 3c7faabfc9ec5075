"""Between chat and library: where each was left, the browser's Back, a reload."""

from __future__ import annotations

import pytest
from browsing import answered, ask

PAY = "What do mid-level ML engineers earn?"
DEGREE = "Do I need a master's degree?"


@pytest.fixture
def tab(tab):
    """A low window that holds two answers."""
    tab.set_viewport_size({"width": 1000, "height": 500})
    ask(tab, PAY)
    ask(tab, DEGREE)
    return tab


def go(tab, view):
    tab.click(f".views [data-view={view}]")
    tab.wait_for_selector(".shelf tbody tr" if view == "library" else ".log")


def scrolled(tab, to=None):
    if to is not None:
        tab.evaluate("(to) => scrollTo(0, to)", to)
    return tab.evaluate("scrollY")


def test_each_view_is_shown_as_it_was_left(tab):
    chat = scrolled(tab, 130)
    go(tab, "library")
    assert scrolled(tab) == 0
    library = scrolled(tab, 90)
    go(tab, "chat")
    assert scrolled(tab) == chat == 130
    go(tab, "library")
    assert scrolled(tab) == library == 90


def test_the_browsers_back_and_forward_switch_views(tab):
    chat = scrolled(tab, 130)
    go(tab, "library")
    tab.go_back()
    tab.wait_for_selector(".chat:visible")
    assert scrolled(tab) == chat
    assert tab.locator(".views [aria-current]").inner_text() == "Chat"
    tab.go_forward()
    tab.wait_for_selector(".library:visible")
    assert not tab.locator(".chat").is_visible()


def test_back_closes_a_dialog_over_the_library_and_then_leaves_it(tab):
    go(tab, "library")
    tab.locator(".shelf [data-do=read]").first.click()
    tab.wait_for_selector(".reader[open]")
    tab.go_back()
    tab.wait_for_selector(".reader", state="hidden")
    assert tab.locator(".library").is_visible()
    tab.go_back()
    tab.wait_for_selector(".chat:visible")


def test_a_dialog_that_was_closed_takes_no_step_of_back(tab):
    tab.click(".tools [data-do=about]")
    tab.keyboard.press("Escape")
    go(tab, "library")
    tab.go_back()
    tab.wait_for_selector(".chat:visible")
    assert tab.locator(".turn").count() == 2


def test_a_reload_stays_in_the_library_and_the_chat_is_there_at_its_last_turn(tab):
    go(tab, "library")
    tab.reload()
    tab.wait_for_selector(".shelf tbody tr")
    assert not tab.locator(".chat").is_visible()
    go(tab, "chat")
    answered(tab, 2)
    tab.wait_for_function("document.querySelector('.turn:last-child').getBoundingClientRect().top < innerHeight / 2")


def test_a_question_of_another_view_leads_to_the_chat(tab):
    go(tab, "library")
    tab.click(".tools [data-do=topics]")
    tab.click(".topics .ask >> nth=0")
    turn = answered(tab, 3)
    assert turn.locator(".question").is_visible()
    tab.go_back()
    tab.wait_for_selector(".library:visible")
