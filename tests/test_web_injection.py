"""Hostile texts in a real browser, on every way into the page: they are seen as text, and nothing runs."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from browsing import ask, opened
from chat_server import ChatServer, Reply
from injections import HOSTILE, seen, turn_of
from page_server import served
from scripted import Script, passages

from advisor.web.turn import Turn, growing
from corpus import Library

TITLE = "Career advisor"
QUESTION = "How many letters a day do hostile engineers write?"
ALL = "Which letters do hostile engineers write?"
SOME = [HOSTILE[name] for name in ("literal", "handlebars", "javascript")]  # HTML of a model is dropped before the page
FORMS = 5  # to ask, to add, to sign in, about the reader, for a model
MODEL = "openai:<img src=x onerror=window.ran=1>${window.ran=1}{{constructor}}"
PLACES = {  # of a turn that is all hostile text
    ".question": 1, ".understood": 1, ".asker": 1, ".answer .piece": 1, ".compared tbody td": 1, ".side .publisher": 1,
    ".byline": 1, ".interest": 1, ".withheld q": 1, ".withheld span": 1, ".ask": 2,
}  # fmt: skip


def article(number, text):
    """The front matter and the body of an article that is hostile wherever it can be."""
    line = " ".join(text.replace("\x00", "").split())
    fields = {name: json.dumps(f"A {line}") for name in ("title", "publisher", "author", "interest", "audience")}
    cell = line.replace("|", "/")
    table = f"| D {cell} | E |\n|---|---|\n| F | {cell} |\n"
    body = f"## B {line}\n\nHostile engineers write {number} letters a day. {text}\n\n- C {line}\n\n{table}"
    front = "\n".join(f"{name}: {value}" for name, value in fields.items())
    return front, body.replace("\x00", "")


@pytest.fixture(scope="module")
def hostile_home(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "home"
    shutil.copytree(home, folder)
    (folder / "articles").mkdir(exist_ok=True)
    for number, text in enumerate(HOSTILE.values()):
        front, body = article(number, text)
        (folder / "articles" / f"evil-{number:02}.md").write_text(
            f"---\nid: a-evil-{number:02}\n{front}\n---\n\n{body}", encoding="utf-8"
        )
    report = Library.open(folder).sync()
    assert len(report.added) == len(HOSTILE), report.refused
    return folder


@pytest.fixture(scope="module")
def stored(advisor):
    """What a browser may hold that somebody else has filled."""
    whole = list(growing(Turn("q"), advisor.stream("Which role pays more?")))[-1]
    turns = [
        {"key": f"turn-{number}", "turn": turn_of(text, whole).to_dict(), "rated": text}
        for number, text in enumerate(HOSTILE.values())
    ]
    chats = {
        f"chat/{number}": {"id": f"{number}", "title": text, "at": 1, "turns": turns[:1]}
        for number, text in enumerate(HOSTILE.values())
    }
    return {
        "chat/x": {"id": "x", "title": HOSTILE["script"], "at": 2, "turns": turns},
        "open": "x",
        "about": {"background": HOSTILE["image"], "goal": HOSTILE["literal"] + HOSTILE["handlebars"]},
        **chats,
    }


@pytest.fixture(scope="module")
def tab(browser, environment, hostile_home, stored):
    def stated(prompt):
        """What the hostile articles state, with its citation; then what the first of the passages does not."""
        sentences = [
            f"{sentence} [{key}]."
            for key, text in passages(prompt).items()
            for sentence in re.findall(r"Hostile engineers write \d+ letters a day", text)
        ]
        return Reply("\n\n".join(sentences + [f"It is said: {text} [p1]." for text in SOME]))

    untrue = Reply("\n\n".join(f"It is said: 9,999 times {text} [p1]." for text in HOSTILE.values()))

    def reply(request):
        asked = request["messages"][-1]["content"]
        writes = (lambda _: untrue) if ALL in asked else stated if QUESTION in asked else "It is not said."
        return Script(writes=writes)(request)

    with ChatServer(reply) as server:
        more = {"ADVISOR_HOME": str(hostile_home), "ADVISOR_MODEL": MODEL, "ADVISOR_MODEL_URL": server.url}
        with (
            served({**environment, **more, "ADVISOR_SECOND_READER": "off"}) as address,
            opened(browser, address, stored=stored) as tab,
        ):
            yield tab


@pytest.fixture(autouse=True)
def nothing_runs(tab):
    tab.evaluate("document.querySelectorAll('dialog[open]').forEach((one) => one.close())")
    yield
    assert tab.evaluate("window.ran") is None
    assert tab.title() == TITLE
    assert tab.dialogs == []
    assert tab.locator("h1").all_inner_texts() == [TITLE]
    foreign = "script, iframe, img, object, embed, base, meta, style, link, audio, video, math, marquee, template, body"
    assert tab.locator(f"#advisor :is({foreign})").count() == 0
    assert tab.locator("#advisor form").count() == FORMS
    names = "(all) => all.flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^style$/.test(name))"
    assert set(tab.eval_on_selector_all("#advisor .log *, #advisor .library *, #advisor dialog *", names)) == set()


def test_a_conversation_that_somebody_else_has_stored_is_text(tab):
    turns = tab.locator(".log > .turn")
    assert turns.count() == len(HOSTILE)
    for place, times in PLACES.items():
        texts = tab.eval_on_selector_all(
            ".log > .turn",
            "(turns, place) => turns.map((turn) => [...turn.querySelectorAll(place)].map((one) => one.textContent))",
            place,
        )
        for inside, text in zip(texts, HOSTILE.values(), strict=True):
            assert sum(seen(text) in seen(one) for one in inside) >= times, (place, text)
    links = tab.eval_on_selector_all("#advisor a", "(all) => all.map((one) => one.getAttribute('href'))")
    assert all(href.startswith(("#turn-", "http://", "https://")) for href in links)
    tab.locator(".cite").first.hover()
    assert tab.locator(".card").is_visible()
    assert seen(HOSTILE["script"]) in seen(tab.inner_text(".card"))


def test_hostile_titles_and_what_is_told_of_oneself_are_text(tab):
    assert HOSTILE["image"] in tab.inner_text(".asker-text")
    assert "${window.ran=1}{{constructor" in tab.inner_text(".asker-text")
    tab.click("[data-do=conversations]")
    titles = tab.locator(".chats .title").all_text_contents()
    assert set(HOSTILE.values()) <= set(titles)
    tab.locator(".chats li", has_text="onbegin").first.locator("text=Rename").click()
    assert "onbegin" in tab.input_value(".renaming")
    tab.press(".renaming", "Enter")
    tab.locator(".chats li", has_text="onbegin").first.locator("text=Delete").click()
    assert "onbegin" in tab.inner_text("#confirm-text")
    tab.click(".confirm >> text=Keep")
    with tab.expect_download() as download:
        tab.locator(".chats li", has_text="<iframe").first.locator("text=Markdown").click()
    assert download.value.suggested_filename.endswith(".md")
    assert "<" not in download.value.suggested_filename
    tab.click(".conversations >> text=Close")


def test_hostile_articles_and_a_hostile_model_are_text(tab):
    tab.click("[data-do=new]")
    welcome = seen(tab.locator(".interests").text_content())
    assert all(f"A {seen(text)}" in welcome for text in list(HOSTILE.values())[:12])
    assert MODEL in tab.inner_text(".state")
    turn = ask(tab, QUESTION)
    assert f"Written by {MODEL}" in turn.locator(".made").inner_text()
    told = seen(turn.text_content())
    assert all(f"It is said: {text}" in told for text in SOME)
    assert turn.locator(".answer .cite").count() > 0
    more = ask(tab, ALL)
    assert f"Nothing of what {MODEL} wrote" in more.locator(".answer").inner_text()
    withheld = seen(more.locator(".withheld").text_content())
    assert withheld.count("It is said: ") > len(HOSTILE) / 2
    turn.locator("[data-do=read]").first.click()
    tab.wait_for_selector(".reader[open] h2")
    assert tab.inner_text(".reader h2").startswith("A ")
    tab.click(".reader >> text=Close")


def test_hostile_questions_are_text(tab):
    hostile = list(HOSTILE.values())
    for texts in (hostile[at::10] for at in range(10)):
        turn = ask(tab, f"What of {' '.join(texts)} and pay?")
        assert all(seen(text) in seen(turn.locator(".question").text_content()) for text in texts)


def test_the_library_lists_reads_and_removes_hostile_articles_as_text(tab):
    tab.click(".views >> text=Library")
    tab.wait_for_selector(".shelf tbody tr")
    rows = [seen(text) for text in tab.locator(".shelf tbody tr").all_text_contents()]
    listed = " ".join(rows)
    assert len(rows) == len(HOSTILE) + 4
    assert all(f"A {seen(text)}" in listed for text in HOSTILE.values())
    tab.fill(".filter", "<svg onload")
    assert tab.locator(".shelf tbody tr:visible").count() == 1
    tab.locator(".shelf tbody tr:visible [data-do=remove]").click()
    assert HOSTILE["svg"] in tab.inner_text("#confirm-text")
    tab.click(".confirm .yes")
    tab.wait_for_selector(".added li")
    tab.fill(".filter", "")
    names = tab.eval_on_selector_all(".filters .publisher option", "(all) => all.map((one) => one.value)")
    assert f"A {HOSTILE['image']}" in names
    tab.select_option(".filters .publisher", f"A {HOSTILE['image']}")
    assert tab.locator(".shelf tbody tr:visible").count() == 1
    tab.locator(".shelf tbody tr:visible [data-do=read]").click()
    tab.wait_for_selector(".reader[open] h2")
    assert HOSTILE["image"] in tab.inner_text(".reader h2")
    tab.click(".reader >> text=Close")
    tab.select_option(".filters .publisher", "")


def test_hostile_file_names_and_addresses_are_text(tab):
    files = [
        {"name": text.replace("/", "_").replace("\x00", "") + ".zip", "mimeType": "text/plain", "buffer": b"x"}
        for text in HOSTILE.values()
    ]
    tab.set_input_files(".files", files[:40])
    tab.wait_for_selector(f".added li:nth-child({len(files[:40])})")
    lines = tab.locator(".added li").all_text_contents()
    assert all("convert it first" in line for line in lines)
    assert sum("window.ran=1" in line for line in lines) > 20
    tab.fill(".address", "javascript:window.ran=1 https://<img/src=x/onerror=window.ran=1>")
    tab.click(".by-address .send")
    tab.wait_for_selector(".added .refused")
    assert "no web address" in tab.inner_text(".added")
