"""The page of differences: every point with both its sides, found by words and publisher, its articles a click away."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from browsing import answered, ask, opened
from fakes import article_file
from page_server import served

from corpus import Library

NOTED = Path(__file__).parent.parent / "corpus" / "articles" / "differences.toml"
TOPICS = [one["topic"] for one in tomllib.loads(NOTED.read_text(encoding="utf-8"))["difference"]]
PAY = "What do mid-level ML engineers earn?"
MID = "what a mid-level machine learning engineer earns"


def listed(tab):
    """The page of differences, gone to from the library."""
    tab.click(".views [data-view=library]")
    tab.click(".library .lede [data-view=differences]")
    tab.wait_for_selector(".point")
    return tab.locator(".point")


def test_every_noted_point_is_listed_with_both_sides_in_their_own_words(tab):
    points = listed(tab)
    assert sorted(points.evaluate_all("all => all.map((one) => one.dataset.topic)")) == sorted(TOPICS)
    assert tab.locator(".points-counted").inner_text() == f"{len(TOPICS)} points"
    assert tab.locator(".point[open]").count() == 0
    point = tab.locator(f".point[data-topic='{MID}']")
    point.locator("summary").click()
    sides = point.locator(".side")
    assert [sides.nth(n).locator(".publisher").inner_text() for n in range(2)] == ["JoinAI", "Coder.Dev"]
    assert "$200K–$380K in total compensation" in sides.nth(0).inner_text()
    assert "Mid-level MLEs command salaries" in sides.nth(1).locator("blockquote").inner_text()
    assert "sells staff augmentation" in sides.nth(1).locator(".byline").inner_text().lower()
    assert point.locator(".note").inner_text().startswith("The first counts total compensation")


def test_a_point_is_found_by_words_and_by_publisher(tab):
    points = listed(tab)
    tab.fill(".points-filter", "mid-level Coder.Dev")
    assert tab.locator(f".point:visible[data-topic='{MID}']").count() == 1
    shown = tab.locator(".point:visible").count()
    assert tab.locator(".points-counted").inner_text() == f"{shown} of {len(TOPICS)} points"
    tab.fill(".points-filter", "zebra")
    assert tab.locator(".point:visible, .points h3:visible").count() == 0
    tab.fill(".points-filter", "")
    tab.select_option(".differences .publisher", "JoinAI")
    held = points.evaluate_all("all => all.filter((one) => !one.hidden).map((one) => one.dataset.publishers)")
    assert 0 < len(held) < len(TOPICS)
    assert all('"JoinAI"' in one for one in held)


def test_a_side_leads_to_its_sentence_in_its_article_and_back(tab):
    listed(tab)
    point = tab.locator(f".point[data-topic='{MID}']")
    point.locator("summary").click()
    quote = point.locator("blockquote").nth(1).inner_text()
    point.locator("[data-do=read]").nth(1).click()
    tab.wait_for_selector(".reader[open] mark")
    assert quote in " ".join(tab.locator(".reader mark").all_inner_texts())
    tab.go_back()
    tab.wait_for_selector(".reader", state="hidden")
    assert point.is_visible()


def test_an_answers_difference_leads_to_its_point_and_back_to_the_answer(tab):
    turn = ask(tab, PAY)
    turn.locator("[data-do=differences]").first.click()
    tab.wait_for_selector(f".point[open][data-topic='{MID}']")
    assert tab.locator(".point[open]").count() == 1
    assert tab.evaluate("document.activeElement.parentElement.dataset.topic") == MID
    tab.go_back()
    tab.wait_for_selector(".chat:visible")
    assert answered(tab, 1).is_visible()
    assert not tab.locator(".differences").is_visible()


def test_a_reload_stays_with_the_differences_and_back_leads_to_the_library(tab):
    listed(tab)
    tab.reload()
    tab.wait_for_selector(".point")
    assert not tab.locator(".chat").is_visible()
    tab.go_back()
    tab.wait_for_selector(".library:visible")


def test_where_none_is_noted_that_is_said_and_there_is_nothing_to_filter(browser, environment, home, tmp_path):
    folder, own = tmp_path / "articles", tmp_path / "home"
    folder.mkdir()
    (folder / "bread.md").write_text(article_file("Bread", "## Pay\n\nBakers earn $20 an hour."), encoding="utf-8")
    shutil.copytree(home, own)
    library = Library.open(own)
    for one in library.listing():
        library.remove(one.id)
    library.add(str(folder / "bread.md"))
    with served({**environment, "ADVISOR_HOME": str(own)}) as address, opened(browser, address) as tab:
        tab.click(".views [data-view=library]")
        tab.click(".library .lede [data-view=differences]")
        none = tab.wait_for_selector(".points .none")
        assert none.inner_text().startswith("No differences between these articles are noted.")
        assert not tab.locator(".differences .filters").is_visible()
