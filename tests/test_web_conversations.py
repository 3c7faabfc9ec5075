"""What the browser keeps: several conversations, through reloads, two tabs, a full storage."""

from __future__ import annotations

import json

from browsing import answered, ask, opened

PAY = "What do mid-level ML engineers earn?"
DEGREE = "Do I need a master's degree?"


def chats(tab):
    tab.click(".tools [data-do=conversations]")
    return tab.locator(".chats li")


def download(tab, button):
    with tab.expect_download() as waiting:
        button.click()
    path = waiting.value.path()
    return waiting.value.suggested_filename, path.read_text(encoding="utf-8")


def test_a_reload_keeps_the_conversation_and_its_context(tab):
    ask(tab, PAY)
    tab.reload()
    turn = answered(tab, 1)
    assert turn.locator(".question").inner_text() == PAY
    assert turn.locator(".source").count() >= 2
    assert "data scientist" in ask(tab, "and what do data scientists earn?").inner_text().lower()


def test_conversations_are_switched_renamed_and_deleted(tab):
    ask(tab, PAY)
    tab.click("[data-do=new]")
    assert tab.locator(".welcome").is_visible()
    ask(tab, DEGREE)
    rows = chats(tab)
    assert rows.locator(".title").all_inner_texts() == [DEGREE, PAY]
    rows.nth(1).locator(".title").click()
    answered(tab, 1)
    tab.wait_for_selector(f".question:has-text('{PAY}')")
    assert tab.locator(".turn").count() == 1

    row = chats(tab).filter(has_text=PAY)
    row.locator("[data-do=rename]").click()
    tab.fill(".renaming", "Pay at mid level")
    tab.press(".renaming", "Enter")
    assert "Pay at mid level" in tab.locator(".chats .title").all_inner_texts()

    tab.locator(".chats li").filter(has_text="Pay at mid level").locator("[data-do=delete]").click()
    assert "Delete “Pay at mid level”" in tab.inner_text(".confirm")
    tab.click(".confirm [data-do=close]")
    assert tab.locator(".chats li").count() == 2
    tab.locator(".chats li").filter(has_text="Pay at mid level").locator("[data-do=delete]").click()
    tab.click(".confirm .yes")
    tab.wait_for_function("document.querySelectorAll('.chats li').length === 1")
    tab.keyboard.press("Escape")
    assert tab.locator(".welcome").is_visible(), "what was open is gone"


def test_a_conversation_is_exported_with_its_citations(tab):
    ask(tab, PAY)
    row = chats(tab).first
    name, text = download(tab, row.locator("[data-form=markdown]"))
    assert name == "What-do-mid-level-ML-engineers-earn.md"
    assert f"## {PAY}" in text
    assert "> Mid-level MLEs command salaries between $149,000 and $192,000" in text
    assert "Coder.Dev sells staff augmentation" in text
    name, text = download(tab, row.locator("[data-form=json]"))
    assert name.endswith(".json")
    answer = json.loads(text)["turns"][0]["answer"]
    assert any(one["quote"].startswith("| Typical mid-level TC") for one in answer["citations"])
    assert answer["fingerprint"]


def test_export_is_a_control_that_says_so(tab):
    tab.click("text=Export")
    assert "nothing to export yet" in tab.inner_text("#question-hint")
    ask(tab, PAY)
    for form, name in (("Markdown", ".md"), ("JSON", ".json")):
        tab.click(".tools >> text=Export")
        assert "Export this conversation" in tab.inner_text(".export")
        assert download(tab, tab.locator(f".export >> text={form}"))[0].endswith(name)
        assert not tab.locator(".export").is_visible()
    assert "Export as" in chats(tab).first.inner_text()


def test_a_conversation_that_is_not_kept_is_exported_all_the_same(browser, address):
    forbidden = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } })"
    with opened(browser, address, before=forbidden) as tab:
        ask(tab, PAY)
        tab.click(".tools >> text=Export")
        assert f"## {PAY}" in download(tab, tab.locator(".export >> text=Markdown"))[1]


def test_a_full_storage_is_told_and_the_conversation_goes_on(browser, address):
    full = """() => {
      const fill = (count, size) => {
        try {
          for (let at = 0; at < count; at++) localStorage.setItem(`filler ${size} ${at}`, 'x'.repeat(size));
        } catch { /* full */ }
      };
      fill(60, 100_000);
      fill(1000, 100);
    }"""
    with opened(browser, address) as tab:
        tab.evaluate(full)
        ask(tab, PAY)
        assert "no room left" in tab.inner_text(".notice")
        assert "$149,000" in ask(tab, "and at mid level?").inner_text() or tab.locator(".turn").count() == 2
        tab.evaluate("localStorage.clear()")
        ask(tab, DEGREE)
        assert not tab.locator(".notice").is_visible()
        tab.reload()
        answered(tab, 3)


def test_a_cleared_storage_does_no_harm(tab):
    ask(tab, PAY)
    tab.evaluate("localStorage.clear()")
    assert tab.locator(".turn").count() == 1
    ask(tab, DEGREE)
    assert chats(tab).count() == 1


def test_a_forbidden_storage_does_no_harm(browser, address):
    forbidden = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } })"
    with opened(browser, address, before=forbidden) as tab:
        assert "$149,000" in ask(tab, PAY).inner_text()
        assert "not kept" in tab.inner_text(".notice")


def test_a_damaged_conversation_is_told_and_can_be_deleted(browser, address):
    broken = {"id": "x", "title": "Broken", "at": 1, "turns": [{"key": "k", "turn": {"question": 7, "pieces": "no"}}]}
    with opened(browser, address, stored={"chat/x": broken}) as tab:
        chats(tab).filter(has_text="Broken").locator(".title").click()
        tab.wait_for_selector(".notice:has-text('cannot be read')")
        chats(tab).locator("[data-do=delete]").click()
        tab.click(".confirm .yes")
        tab.keyboard.press("Escape")
        ask(tab, PAY)


def test_two_tabs_do_not_overwrite_each_other(browser, address):
    with opened(browser, address) as one:
        ask(one, PAY)
        two = one.context.new_page()
        two.goto(address)
        two.wait_for_selector(".welcome")
        ask(two, DEGREE)
        assert chats(two).count() == 2
        two.locator(".chats li").filter(has_text=PAY).locator(".title").click()
        answered(two, 1)
        two.wait_for_selector(f".question:has-text('{PAY}')")
        ask(two, "Which role pays more?")
        one.wait_for_selector(".turn:nth-child(2)")
        assert one.locator(".turn").count() == 2, "the same conversation, seen in both"
        chats(two).filter(has_text=PAY).locator("[data-do=delete]").click()
        two.click(".confirm .yes")
        one.wait_for_selector(".notice:has-text('deleted in another tab')")
        assert one.locator(".welcome").is_visible()
