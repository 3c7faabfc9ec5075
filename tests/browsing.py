"""A reader's browser tab on the served page: what it asks for and complains of is recorded, and judged at its end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

READY = ".log .welcome, .log .turn .answer:not([aria-busy])"  # the first words, or a kept conversation
PATIENCE = 90_000  # milliseconds until what is waited for counts as never coming, on a machine that is busy
STORED = "career-advisor/"  # what client/store.js puts before the name of each thing that it keeps


@contextlib.contextmanager
def opened(
    browser: Any,
    address: str,
    *,
    path: str = "",
    stored: dict[str, Any] | None = None,
    expected: tuple[str, ...] = (),
    before: str = "",
    **options: Any,
) -> Iterator[Any]:
    """A tab with a storage of its own, once the page is ready; `options` are those of Playwright's new_context.

    `stored` is what the browser keeps already (by name, as JSON), and "open" the id of the conversation to show;
    `before` is a script that runs before the page's own. At the end no error may stand in the console but such as hold
    one of `expected`, none may have been thrown, and no request may have left for another machine.
    `tab.requests`, `tab.problems` and `tab.dialogs` are what was seen.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(PATIENCE)
    try:
        if stored:
            context.add_init_script(_storing(stored))
        if before:
            context.add_init_script(before)
        tab = watched(context.new_page())
        tab.goto(address + path)
        tab.wait_for_selector(READY)
        yield tab
        judge(tab, address, expected)
    finally:
        context.close()


def watched(tab: Any) -> Any:
    """The same tab; from now on its requests, console errors, exceptions and dialogs are recorded."""
    tab.requests, tab.problems, tab.dialogs = [], [], []
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.on("console", lambda message: tab.problems.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))

    def dismiss(dialog: Any) -> None:
        tab.dialogs.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", dismiss)
    return tab


def judge(tab: Any, address: str, expected: tuple[str, ...] = ()) -> None:
    """Fail for what a tab complained of beside what was `expected`, and for a request to another machine."""
    problems = [text for text in tab.problems if not any(part in text for part in expected)]
    assert not problems, "\n".join(problems)
    assert tab.dialogs == []
    here = (address, address.replace("http", "ws", 1), "data:", f"blob:{address}")
    assert [url for url in tab.requests if not url.startswith(here)] == [], "a request left this machine"


def ask(tab: Any, question: str) -> Any:
    """Type a question, press Enter and wait; the new turn."""
    turns = tab.locator(".log > .turn").count()
    tab.fill("#question-box", question)
    tab.press("#question-box", "Enter")
    return answered(tab, turns + 1)


def answered(tab: Any, turn: int) -> Any:
    """The turn of that number, counted from 1, once its answer (or refusal, or error) is whole."""
    tab.wait_for_selector(f".log > .turn:nth-child({turn}) .answer:not([aria-busy])")
    return tab.locator(".log > .turn").nth(turn - 1)


def _storing(stored: dict[str, Any]) -> str:
    """A script that fills the browser's storage, once: what the page changes there outlives a reload."""
    lines = ["if (!localStorage.length) {"]
    for name, value in stored.items():
        place, text = ("sessionStorage", value) if name == "open" else ("localStorage", json.dumps(value))
        lines.append(f"  {place}.setItem({json.dumps(STORED + name)}, {json.dumps(text)});")
    return "\n".join([*lines, "}"])
