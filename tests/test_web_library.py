"""The library in the page: what is there, what the chat may use, adding, removing, and what is refused."""

from __future__ import annotations

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browsing import ask
from documents import docx, html_page, pdf
from page_server import served

SECTIONS = [
    ("Night shifts", ["Prompt librarians at Zanzibar Data earn $81,234 a year.", "They sort prompts by moonlight."])
]
ASKED = "What do prompt librarians at Zanzibar Data earn?"


@pytest.fixture(scope="module")
def web():
    """A web server with one page; anything else is not found."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path == "/librarians"
            body = html_page("Librarians of prompts", SECTIONS) if found else b"gone"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(environment, home, tmp_path_factory, web):
    """A page over a library of its own, which these tests change."""
    own = tmp_path_factory.mktemp("library")
    shutil.copytree(home, own, dirs_exist_ok=True)
    more = {"ADVISOR_HOME": str(own), "ADVISOR_ALLOWED_HOSTS": web.removeprefix("http://"), "ADVISOR_MAX_FILE_MB": "5"}
    with served({**environment, **more}) as address:
        yield address


@pytest.fixture
def tab(tab):
    tab.click(".views [data-view=library]")
    tab.wait_for_selector(".shelf")
    return tab


def titles(tab):
    return list(tab.locator(".shelf tbody tr:visible th").all_inner_texts())


def add(tab, *files):
    tab.set_input_files(".files", [{"name": name, "mimeType": "", "buffer": body} for name, body in files])
    tab.wait_for_selector(".progress", state="hidden")
    return tab.locator(".added")


def remove(tab, title):
    row = tab.locator(".shelf tbody tr").filter(has_text=title)
    row.locator("[data-do=remove]").click()
    tab.click(".confirm .yes")
    row.wait_for(state="detached")


def test_the_table_tells_of_each_article_and_filters(tab):
    row = tab.locator(".shelf tbody tr").filter(has_text="JoinAI")
    assert [cell.strip() for cell in row.locator("td").all_inner_texts()[1:5]] == [
        "JoinAI",
        "2026-05-29",
        "JoinAI sells an AI-engineering course (the JoinAI MasterClass), which the article recommends.",
        "18",
    ]
    tab.fill(".filters .filter", "staff augmentation")
    assert len(titles(tab)) == 1
    assert "1 of 4 articles" in tab.inner_text(".counted")
    tab.fill(".filters .filter", "")
    tab.select_option(".filters .publisher", "JoinAI")
    assert titles(tab) == ["AI Engineer vs Machine Learning Engineer vs Data Scientist (2026)"]


def test_an_article_is_opened_to_be_read(tab):
    tab.click(".shelf th button >> text=Role Comparison")
    tab.wait_for_selector(".reader h2:has-text('Role Comparison')")
    assert "What Is an AI Engineer?" in tab.inner_text(".reader")


def test_a_long_article_opens_at_its_title(tab):
    for size in ({"width": 1280, "height": 800}, {"width": 390, "height": 700}):
        tab.set_viewport_size(size)
        for row in range(2):
            tab.locator(".shelf th button").nth(row).click()
            tab.wait_for_selector(".reader[open] h2")
            head, title = tab.locator(".reader > header").bounding_box(), tab.locator(".reader h2").bounding_box()
            assert head["y"] + head["height"] <= title["y"] < size["height"] / 2
            tab.locator(".reader").evaluate("(one) => { one.scrollTop = 900; }")
            tab.keyboard.press("Escape")


def test_a_phone_breaks_no_word_of_a_table(tab):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.click(".shelf th button >> text=AI Engineer vs Machine Learning Engineer")
    first = tab.locator(".reader table th[scope=row]", has_text="Background fit")
    assert first.bounding_box()["width"] > 80
    lines = """(one) => {
        const words = document.createRange();
        words.selectNodeContents(one);
        return words.getClientRects().length;
    }"""
    assert first.evaluate(lines) <= 2, "two words, each in one piece"
    assert tab.evaluate(
        "document.querySelector('.reader').scrollWidth <= document.querySelector('.reader').clientWidth"
    )


def test_an_article_that_is_not_chosen_is_not_used(tab):
    row = tab.locator(".shelf tbody tr").filter(has_text="JoinAI")
    row.locator(".use").uncheck()
    tab.click(".views [data-view=chat]")
    assert "One article is kept out" in tab.inner_text(".use-line")
    turn = ask(tab, "What do mid-level ML engineers earn?")
    assert "Coder.Dev" in turn.locator(".sources").inner_text()
    assert "JoinAI" not in turn.inner_text()
    tab.reload()
    tab.wait_for_selector(".turn .made")
    tab.click(".use-line [data-do=use-all]")
    assert "JoinAI" in ask(tab, "What do mid-level ML engineers earn?").inner_text()


def test_with_no_article_chosen_the_chat_says_so(tab):
    for box in tab.locator(".use").all():
        box.uncheck()
    tab.click(".views [data-view=chat]")
    assert "choose at least one under Library" in ask(tab, "What do ML engineers earn?").inner_text()


def test_files_are_added_answer_at_once_and_are_removed_again(tab):
    body = pdf("Librarians of prompts", SECTIONS)
    report = add(tab, ("librarians.pdf", body), ("again.pdf", body), ("empty.md", b""), ("cat.exe", b"MZ\x00\x01"))
    lines = report.locator("li").all_inner_texts()
    assert [line.split()[0] for line in lines] == ["added", "known", "refused", "refused"]
    tab.wait_for_selector(".shelf tbody tr:nth-child(5)")
    tab.click(".views [data-view=chat]")
    assert "$81,234" in ask(tab, ASKED).locator(".answer").inner_text()
    tab.click(".views [data-view=library]")
    tab.wait_for_selector(".shelf")
    remove(tab, "Librarians of prompts")
    tab.click(".views [data-view=chat]")
    assert "$81,234" not in ask(tab, ASKED).locator(".answer").inner_text()
    assert "no longer in the library" not in tab.locator(".turn").nth(0).inner_text(), "what was said stays as it was"
    tab.reload()
    tab.wait_for_selector(".turn:nth-child(2)")
    tab.locator(".turn").nth(0).locator("text=no longer in the library").first.wait_for()


def test_what_became_of_an_upload_is_in_sight_wherever_one_reads(tab):
    for size in ({"width": 1280, "height": 500}, {"width": 390, "height": 700}):
        tab.set_viewport_size(size)
        tab.evaluate("scrollTo(0, 0)")
        line = add(tab, ("cat.exe", b"MZ\x00\x01")).locator("li")
        box = line.bounding_box()
        assert 0 < box["y"] < box["y"] + box["height"] <= size["height"]
        assert tab.evaluate("scrollY") == 0
        tab.click(".tray [data-do=dismiss]")
        assert not tab.locator(".tray").is_visible()


def test_a_page_is_added_by_its_address_and_what_fails_is_told(tab, web):
    tab.fill(".address", f"{web}/librarians {web}/nothing http://192.168.0.1/secret")
    tab.press(".address", "Enter")
    tab.wait_for_selector(".progress", state="hidden")
    lines = tab.locator(".added li").all_inner_texts()
    assert [line.split()[0] for line in lines] == ["added", "refused", "refused"]
    assert "404" in lines[1]
    assert "not public" in lines[2]
    remove(tab, "Librarians of prompts")


def test_what_is_no_address_is_told_and_kept_to_be_mended(tab):
    tab.fill(".address", "file:///etc/passwd")
    tab.press(".address", "Enter")
    tab.wait_for_selector(".added .refused")
    assert "no web address" in tab.inner_text(".added")
    assert tab.input_value(".address") == "file:///etc/passwd"


def test_a_file_over_the_limit_is_refused_before_it_is_sent(tab):
    tab.evaluate("""() => { const big = new File([new Uint8Array(50_000_000)], 'big.pdf');
                            const all = new DataTransfer(); all.items.add(big);
                            const box = document.querySelector('.files'); box.files = all.files;
                            box.dispatchEvent(new Event('change', { bubbles: true })); }""")
    tab.wait_for_selector(".added .refused")
    assert "big.pdf: has 50 MB and the limit is 5 MB" in tab.inner_text(".added")
    assert not [url for url in tab.requests if "/upload" in url]


def test_what_the_reader_knows_of_an_article_is_kept_with_it(tab):
    tab.click(".known summary")
    for name, value in (("publisher", "Zanzibar Data"), ("published", "2026-02-03"), ("interest", "It sells prompts.")):
        tab.fill(f".known [name={name}]", value)
    add(tab, ("known.md", b"# A known one\n\nKnown librarians earn $61,111 in a year of knowing things."))
    row = tab.locator(".shelf tr").filter(has_text="A known one")
    row.wait_for()
    assert all(word in row.inner_text() for word in ("Zanzibar Data", "2026-02-03", "It sells prompts."))
    remove(tab, "A known one")


def test_files_are_added_by_drop(tab):
    body = list(docx("Dropped librarians", [("Days", ["Dropped librarians earn $71,111 in a year of dropping."])]))
    tab.evaluate(
        """(body) => {
          const all = new DataTransfer();
          all.items.add(new File([new Uint8Array(body)], 'dropped.docx'));
          const dropped = new DragEvent('drop', { dataTransfer: all, bubbles: true });
          document.querySelector('.drop').dispatchEvent(dropped);
        }""",
        body,
    )
    tab.wait_for_selector(".shelf tr:has-text('Dropped librarians')")
    remove(tab, "Dropped librarians")
