"""The chat in a real browser: asking, sources, going on, asking again, judging."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browsing import answered, ask, opened

PAY = "What do mid-level ML engineers earn?"
HIGHLIGHTED = "mark.open"


def test_an_empty_page_says_what_it_is_and_what_to_ask(tab):
    text = tab.inner_text(".welcome")
    assert "not from a counsellor" in text
    assert "JoinAI sells an AI-engineering course" in text
    assert tab.locator(".welcome .ask").count() == 6
    assert tab.inner_text(".state").startswith("4 articles · quote mode: ")


def test_a_question_is_answered_with_its_sources_beside_it(tab):
    turn = ask(tab, PAY)
    assert "$149,000" in turn.locator(".answer").inner_text()
    assert "checked word for word" in turn.locator(".made").inner_text()
    source = turn.locator(".source", has_text="Coder.Dev ·").first
    assert "Coder.Dev · author not stated · date not stated" in source.inner_text()
    assert "Coder.Dev sells staff augmentation" in source.locator(".interest").inner_text()
    assert turn.locator(".sources").bounding_box()["x"] > turn.locator(".answer").bounding_box()["x"] + 500
    assert tab.input_value("#question-box") == ""


def _mark(turn, words):
    """The first mark whose source quotes the words."""
    held = turn.locator(".sources [id*='-source-']", has_text=words).first.get_attribute("id")
    return turn.locator(f".answer .cite[href='#{held}']").first


def test_a_mark_shows_who_says_it_when_what_they_sell_and_what_stands_around_it(tab):
    mark = _mark(ask(tab, PAY), "$149,000")
    for show, hide in ((mark.hover, tab.locator("h1").hover), (mark.focus, mark.blur)):
        show()
        card = tab.locator(".card")
        assert card.locator(".by").inner_text() == "Coder.Dev · date not stated"
        assert "between $149,000 and $192,000" in card.locator("q").inner_text()
        before, after = card.locator(".around").all_inner_texts()
        assert before.startswith("The high demand for AI talent")
        assert after.startswith("This financial pressure")
        assert "Coder.Dev sells staff augmentation" in card.locator(".sells").inner_text()
        assert mark.get_attribute("aria-describedby") == card.get_attribute("id")
        hide()
        assert not card.is_visible()


def test_a_mark_lights_its_note_in_the_margin_and_brings_it_into_sight(browser, address):
    with opened(browser, address, viewport={"width": 1280, "height": 560}) as tab:
        turn = ask(tab, PAY)
        for mark in turn.locator(".answer > p .cite").all():
            mark.hover()
            lit = turn.locator(".sources mark.lit")
            assert lit.first.get_attribute("id").endswith(f"-source-{mark.inner_text()}")
            note, column = lit.first.bounding_box(), turn.locator(".answer").bounding_box()
            assert tab.locator(".masthead").bounding_box()["height"] < note["y"]
            assert note["y"] + note["height"] <= tab.locator(".composer").bounding_box()["y"]
            card = tab.locator(".card").bounding_box()
            assert card["x"] + card["width"] <= column["x"] + column["width"] + 1, "the card does not cover the margin"
        tab.locator("h1").hover()
        assert not lit.count()


def test_a_passage_is_folded_to_its_quote_and_unfolds(tab):
    source = ask(tab, PAY).locator(".source").filter(has_text="Typical mid-level TC").first
    unfold = source.locator("[data-do=unfold]").first
    assert "Interview emphasis" in source.inner_text(), "the line after the quoted one"
    assert "Center of gravity" not in source.inner_text()
    unfold.click()
    assert "Center of gravity" in source.inner_text()
    assert unfold.get_attribute("aria-expanded") == "true"
    unfold.click()
    assert "Center of gravity" not in source.inner_text()


@pytest.mark.parametrize("how", ["click", "Enter"])
def test_a_mark_opens_the_sources_at_its_quote(tab, how):
    turn = ask(tab, PAY)
    mark = _mark(turn, "$149,000")
    if how == "click":
        mark.click()
    else:
        mark.focus()
        mark.press("Enter")
    number = mark.inner_text()
    quoted = turn.locator(f".sources {HIGHLIGHTED}")
    assert quoted.first.get_attribute("id").endswith(f"-source-{number}")
    assert "$149,000" in quoted.first.inner_text()
    tab.wait_for_function(
        """() => { const box = document.querySelector('mark.open').getBoundingClientRect();
                   return box.top >= 0 && box.bottom <= innerHeight; }"""
    )


def test_the_whole_article_opens_with_the_quote_in_sight(tab):
    turn = ask(tab, PAY)
    turn.locator(".source").filter(has_text="between $149,000").locator("[data-do=read]").click()
    reader = tab.locator(".reader")
    reader.locator("mark").wait_for()
    assert "between $149,000 and $192,000" in reader.locator("mark").inner_text()
    assert "The race to integrate Artificial Intelligence" in reader.inner_text(), "the article from its beginning"
    tab.wait_for_function(
        """() => { const box = document.querySelector('.reader mark').getBoundingClientRect();
                   return box.top > 0 && box.bottom < innerHeight; }"""
    )
    tab.keyboard.press("Escape")
    assert not reader.is_visible()


def test_the_whole_article_marks_every_quote_of_it(tab):
    turn = ask(tab, "Which role pays more?")
    source = turn.locator(".source").filter(has=tab.locator("mark >> nth=2")).first
    quoted = [one.removeprefix(f"{at}") for at, one in enumerate(source.locator("mark").all_text_contents(), 1)]
    source.locator("[data-do=read]").click()
    tab.locator(".reader mark").first.wait_for()
    marked = " ".join(tab.locator(".reader mark").all_inner_texts())
    sentences = [words for words in quoted if ";" not in words]  # a table's row is marked cell by cell
    assert len(sentences) > 1
    assert [words for words in sentences if words.strip("0123456789") not in marked] == []
    assert all(figure in marked for words in quoted for figure in re.findall(r"\$[^;]+", words))


def test_where_articles_differ_both_sides_stand_beside_each_other(tab):
    box = ask(tab, PAY).locator(".differ[open]")
    assert box.count() == 1
    sides = box.locator(".side")
    assert [sides.nth(at).locator(".publisher").inner_text() for at in range(2)] == ["JoinAI", "Coder.Dev"]
    left, right = (sides.nth(at).bounding_box() for at in range(2))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert "total compensation" in box.locator(".note").inner_text()


def test_examples_and_follow_ups_are_asked_by_a_click(tab):
    tab.click(".welcome .ask >> text=Do I need a master's degree?")
    first = answered(tab, 1)
    assert "bachelor" in first.locator(".answer").inner_text()
    question = first.locator(".under .ask").first.inner_text()
    first.locator(".under .ask").first.click()
    assert answered(tab, 2).locator(".question").inner_text() == question


def test_a_follow_up_keeps_its_context_and_says_how_it_was_understood(tab):
    assert not ask(tab, "What does an ML engineer do?").locator(".understood").count()
    turn = ask(tab, "and what do they earn at mid level?")
    assert "$149,000" in turn.locator(".answer").inner_text()
    understood = "Understood as: What does an ML engineer do? and what do they earn at mid level?"
    assert turn.locator(".understood").inner_text() == understood


def test_a_refusal_is_help(tab):
    turn = ask(tab, "What do ML engineers earn in Germany?")
    assert "Not in the articles" in turn.locator(".answer").inner_text()
    assert "nothing about “Germany”" in turn.locator(".answer").inner_text()
    assert "What they do answer" in turn.locator(".under").inner_text()
    turn.locator(".under .ask").first.click()
    assert answered(tab, 2).locator(".cite").count()


def test_what_can_be_asked_is_shown_by_role_and_asked_by_a_click(tab):
    tab.click("[data-do=topics]")
    tab.wait_for_selector(".topics .ask")
    roles = tab.locator(".topics h3").all_inner_texts()
    assert roles == ["Machine learning engineers", "AI engineers", "Data scientists", "Choosing and hiring"]
    tab.click(".topics .ask >> text=What skills do AI engineers need?")
    assert "AI engineers" in answered(tab, 1).locator(".question").inner_text()
    assert not tab.locator(".topics").is_visible()


def test_an_answer_is_asked_again_in_its_place(tab):
    turn = ask(tab, PAY)
    ask(tab, "Do I need a master's degree?")
    turn.locator("[data-do=again]").click()
    assert "$149,000" in answered(tab, 1).locator(".answer").inner_text()
    assert tab.locator(".turn .question").all_inner_texts() == [PAY, "Do I need a master's degree?"]


def test_fast_clicks_do_not_disturb_the_order(tab):
    questions = [PAY, "Do I need a master's degree?", "Which role pays more?"]
    for question in questions:
        ask(tab, question)
    tab.evaluate("[2, 1, 0, 2, 1].forEach((at) => document.querySelectorAll('[data-do=again]')[at]?.click())")
    answered(tab, 3)
    tab.wait_for_selector(".composer .send:has-text('Ask')")
    tab.reload()
    answered(tab, 3)
    assert tab.locator(".turn .question").all_inner_texts() == questions


def test_the_browsers_back_closes_a_panel_and_stays(browser, address):
    with opened(browser, address, viewport={"width": 390, "height": 844}) as tab:
        ask(tab, PAY).locator(".cite").first.click()
        assert tab.locator(".sheet").is_visible()
        tab.go_back()
        tab.wait_for_selector(".sheet", state="hidden")
        assert tab.locator(".turn").count() == 1
        tab.locator(".cite").first.click()
        tab.set_viewport_size({"width": 1280, "height": 800})
        tab.wait_for_selector(".turn > .sources")
        assert not tab.locator(".sheet").is_visible(), "where there is room the sources stand in the margin"


def test_the_last_question_is_edited_in_its_place(tab):
    turn = ask(tab, PAY)
    turn.locator("[data-do=edit]").click()
    box = turn.locator(".editing textarea")
    assert box.input_value() == PAY
    box.fill("Do I need a master's degree?")
    box.press("Enter")
    tab.wait_for_selector(".turn:nth-child(1) .answer:has-text('bachelor')")
    assert tab.locator(".turn").count() == 1
    assert turn.locator(".question").inner_text() == "Do I need a master's degree?"


def test_editing_can_be_given_up(tab):
    turn = ask(tab, PAY)
    turn.locator("[data-do=edit]").click()
    turn.locator(".editing textarea").press("Escape")
    assert turn.locator(".question").inner_text() == PAY


def test_editing_an_earlier_question_loses_nothing(tab):
    turn = ask(tab, PAY)
    ask(tab, "Do I need a master's degree?")
    turn.locator("[data-do=edit]").click()
    turn.locator(".editing textarea").fill("Which role pays more?")
    turn.locator(".editing textarea").press("Enter")
    tab.wait_for_selector(".turn:nth-child(1) .question:has-text('Which role pays more?')")
    answered(tab, 1)
    assert tab.locator(".turn").count() == 1
    tab.click("[data-do=conversations]")
    assert "2 questions" in " ".join(tab.locator(".chats .when").all_inner_texts())


def test_a_good_answer_and_a_bad_one_are_kept_as_jsonl(tab, home):
    ask(tab, PAY).locator("[aria-label='Good answer']").click()
    tab.wait_for_selector(".rated:has-text('good answer')")
    turn = ask(tab, "Which role pays more?")
    turn.locator("[aria-label='Bad answer']").click()
    turn.locator("[data-reason='Source does not say that']").click()
    turn.locator(".rated:has-text('source does not say that')").wait_for()
    lines = [json.loads(line) for line in (home / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["good"], one["reason"], one["question"]) for one in lines[-2:]] == [
        (True, None, PAY),
        (False, "source does not say that", "Which role pays more?"),
    ]


def pasted(tab):
    """What is on the clipboard, which the page itself may not read."""
    tab.fill("#question-box", "")
    tab.press("#question-box", "Control+V")
    return tab.input_value("#question-box")


def test_an_answer_and_a_link_to_its_question_are_copied(browser, address):
    with opened(browser, address, permissions=["clipboard-read", "clipboard-write"]) as tab:
        turn = ask(tab, PAY)
        turn.locator("[data-do=copy]").click()
        turn.locator("text=Copied").wait_for()
        copied = pasted(tab)
        assert copied.startswith(f"## {PAY}")
        assert "> Mid-level MLEs command salaries" in copied
        turn.locator("[data-do=link]").click()
        turn.locator("text=Link copied").wait_for()
        link = pasted(tab)
        tab.goto(link)
        tab.wait_for_selector(".welcome")
        assert tab.input_value("#question-box") == PAY
        tab.press("#question-box", "Enter")
        answered(tab, 1)
        tab.reload()
        answered(tab, 1)
        assert tab.input_value("#question-box") == "", "it has been asked"


def test_about_me_is_used_shown_cleared_and_kept_nowhere_else(browser, address, home):
    secret = "beekeeper from Ulm"
    with opened(browser, address) as tab:
        tab.click(".tools [data-do=about]")
        tab.fill("[name=background]", secret)
        tab.fill("[name=goal]", "become an AI engineer")
        tab.keyboard.press("Escape")  # it is kept as it is typed
        assert secret in tab.inner_text(".asker-line")
        turn = ask(tab, "Which way should I go?")
        assert secret in turn.locator(".asker").inner_text()
        turn.locator("[aria-label='Good answer']").click()
        turn.locator(".rated:has-text('Kept')").wait_for()
        tab.click(".asker-line [data-do=clear-about]")
        assert not tab.locator(".asker-line").is_visible()
        assert ask(tab, "Which role pays more?").locator(".asker").count() == 0
    files = [path for path in Path(home).rglob("*") if path.is_file()]
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_an_empty_and_an_endless_question_are_told_so(tab):
    tab.press("#question-box", "Enter")
    assert "Type a question first" in tab.inner_text("#question-hint")
    tab.fill("#question-box", "why " * 2000)
    tab.press("#question-box", "Enter")
    assert "the limit is 4000" in tab.inner_text("#question-hint")
    assert tab.locator(".turn").count() == 0
    assert len(tab.input_value("#question-box")) > 7000, "what was typed is not lost"


def test_the_keyboard_alone_will_do(tab):
    tab.locator("h1").click()
    tab.keyboard.press("/")
    tab.keyboard.type("Which role pays more?")
    tab.keyboard.press("Shift+Enter")
    tab.keyboard.type("And by how much?")
    tab.keyboard.press("Enter")
    turn = answered(tab, 1)
    turn.locator(".cite").first.focus()
    tab.keyboard.press("Enter")
    assert turn.locator(HIGHLIGHTED).count()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "question-box"


def test_on_a_phone_the_sources_slide_up_from_below(browser, address):
    with opened(browser, address, viewport={"width": 390, "height": 844}, reduced_motion="reduce") as tab:
        turn = ask(tab, PAY)
        assert not turn.locator(".sources").is_visible()
        _mark(turn, "$149,000").click()
        sheet = tab.locator(".sheet")
        assert "$149,000" in sheet.locator(HIGHLIGHTED).first.inner_text()
        box = sheet.bounding_box()
        assert round(box["y"] + box["height"]) == 844
        tab.keyboard.press("Escape")
        assert not sheet.is_visible()
        turn.locator("[data-do=sources]").click()
        assert sheet.locator(".source").count() >= 2


def test_two_readers_see_nothing_of_each_other(browser, address):
    with opened(browser, address) as one, opened(browser, address) as other:
        ask(one, PAY)
        assert other.locator(".turn").count() == 0
        ask(other, "Do I need a master's degree?")
        assert "master's" not in one.inner_text(".log")
