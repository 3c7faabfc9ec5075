"""Every state of the page as a picture: `make screenshots`, then look at them in build/screenshots."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from chat_server import ChatServer, Reply
from conftest import CHROMIUM, FLAGS
from page_server import served
from playwright.sync_api import Browser, Page, sync_playwright

from corpus import Library

PAY = "What do mid-level ML engineers earn?"
PANELS = {
    "conversations": ".chats li",
    "topics": ".topics .ask",
    "about": ".about input",
    "exporting": ".export",
}
STATED = "Mid-level MLEs command salaries between $149,000 and $192,000"


def ask(page: Page, question: str) -> None:
    turns = page.locator(".turn").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f".turn:nth-child({turns + 1}) .answer:not([aria-busy])")
    page.wait_for_timeout(400)  # what appears has appeared


def opened(browser: Browser, address: str, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
    scheme = "dark" if dark else "light"
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    page.goto(address)
    page.wait_for_selector(".welcome")
    page.wait_for_timeout(300)
    return page


def quote_mode(browser: Browser, address: str, shoot: Callable[[Page, str], None]) -> None:
    for name, width, dark in (
        ("wide", 1280, False),
        ("dark", 1280, True),
        ("phone", 390, False),
        ("phone-dark", 390, True),
        ("tablet", 768, False),
    ):
        page = opened(browser, address, width, 844 if width < 700 else 900, dark)
        shoot(page, f"welcome-{name}")
        ask(page, PAY)
        shoot(page, f"answer-{name}")
        page.locator(".answer .cite").first.hover()
        shoot(page, f"card-{name}")
        page.mouse.move(0, 0)
        page.locator(".answer .cite").nth(1).click()
        page.wait_for_timeout(400)
        shoot(page, f"quote-{name}")
        page.locator("[data-do=read]:visible").first.click()
        page.wait_for_selector(".reader mark")
        page.wait_for_timeout(500)
        shoot(page, f"article-{name}")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        ask(page, "and what do data scientists earn?")
        shoot(page, f"follow-up-{name}")
        page.click("[data-do=new]")
        ask(page, "Compare AI engineers, ML engineers and data scientists")
        shoot(page, f"compared-{name}")
        page.click("[data-do=new]")
        ask(page, "What do AI engineers do and what do they earn in Japan?")
        shoot(page, f"partial-{name}")
        page.click("[data-do=new]")
        ask(page, "What do ML engineers earn in Germany?")
        shoot(page, f"refusal-{name}")
        page.click("[data-do=ask-reason] >> nth=-1")
        shoot(page, f"reasons-{name}")
        for button, place in PANELS.items():
            page.click(f".tools [data-do={button}]")
            page.wait_for_selector(place)
            page.wait_for_timeout(300)
            shoot(page, f"{button}-{name}")
            page.keyboard.press("Escape")
        page.click(".views [data-view=library]")
        page.wait_for_selector(".shelf")
        shoot(page, f"library-{name}")
        page.set_input_files(".files", {"name": "cat.exe", "mimeType": "", "buffer": b"MZ"})
        page.wait_for_selector(".added li")
        shoot(page, f"added-{name}")
        page.click(".tray [data-do=dismiss]")
        page.locator(".shelf [data-do=read]").nth(2).click()
        page.wait_for_selector(".reader[open] table")
        page.wait_for_timeout(400)
        shoot(page, f"title-{name}")
        page.locator(".reader table").first.scroll_into_view_if_needed()
        shoot(page, f"table-{name}")
        page.keyboard.press("Escape")
        page.click("[data-do=remove] >> nth=0")
        shoot(page, f"confirm-{name}")
        page.context.close()


def written_mode(browser: Browser, environment: dict[str, str], shoot: Callable[[Page, str], None]) -> None:
    def reply(request: dict) -> Reply:
        prompt = request["messages"][-1]["content"]
        key = re.findall(r"^\[(p\d+)\]", prompt[: prompt.index(STATED)], re.MULTILINE)[-1]
        truth = f"{STATED}, with senior roles reaching well over $220,000 annually [{key}]. "
        lie = f"Mid-level machine learning engineers earn $312,000 [{key}]. "
        return Reply(pieces=(truth, lie, "So it is."), delay=0.7)

    with ChatServer(reply) as server:
        more = {"ADVISOR_MODEL": "openai:scripted", "ADVISOR_MODEL_URL": server.url, "ADVISOR_SECOND_READER": "off"}
        with served({**environment, **more}) as address:
            page = opened(browser, address)
            page.fill("#question textarea", PAY)
            page.keyboard.press("Enter")
            page.wait_for_selector(".piece")
            page.wait_for_timeout(400)
            shoot(page, "streaming")
            page.click("[data-do=stop]")
            page.wait_for_selector(".stopped")
            shoot(page, "stopped")
            page.click("[data-do=again]")
            page.wait_for_selector("[data-do=withheld]")
            page.click("[data-do=withheld]")
            page.wait_for_timeout(300)
            shoot(page, "withheld")


def signing(browser: Browser, environment: dict[str, str], shoot: Callable[[Page, str], None]) -> None:
    """The form of a page that is served to others, and what stands there for who asks too often."""
    given = {"ADVISOR_PASSWORD": "open sesame", "ADVISOR_RATE": "1"}
    with served({**environment, **given}, "--behind-proxy") as address:
        for name, width, dark in (("wide", 1280, False), ("phone-dark", 390, True)):
            scheme = "dark" if dark else "light"
            page = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()
            page.goto(address)
            shoot(page, f"sign-in-{name}")
            page.fill("#password", "wrong")
            page.click("button")
            page.wait_for_selector("[role=alert]:not(:empty)")
            shoot(page, f"sign-in-wrong-{name}")
            page.fill("#password", "open sesame")
            page.click("button")
            page.wait_for_selector(".welcome")
            ask(page, PAY)
            ask(page, PAY)
            shoot(page, f"too-often-{name}")
            page.context.close()


def offline(browser: Browser, environment: dict[str, str], shoot: Callable[[Page, str], None]) -> None:
    with served(environment) as address:
        page = opened(browser, address)
    page.fill("#question textarea", PAY)
    page.keyboard.press("Enter")
    shoot(page, "busy")
    page.wait_for_selector(".problem", timeout=30_000)
    shoot(page, "offline")
    page.click(".views [data-view=library]")
    page.wait_for_selector(".shelf-place .problem")
    shoot(page, "offline-library")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    def shoot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")
        print(folder / f"{name}.png")  # noqa: T201

    with tempfile.TemporaryDirectory() as home, sync_playwright() as started:
        Library.open(home).sync()
        environment = {**os.environ, "ADVISOR_HOME": home, "TQDM_DISABLE": "1"}
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with served(environment) as address:
            quote_mode(browser, address, shoot)
        written_mode(browser, environment, shoot)
        signing(browser, environment, shoot)
        offline(browser, environment, shoot)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
