"""Shared fixtures: the real articles in a real index, made once a run; nothing outside pytest's own folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest
from browsing import opened
from chroma_server import ChromaServer
from filelock import FileLock
from page_server import served
from wire import wired

from advisor import Advisor
from advisor.web.render import turn_html
from advisor.web.turn import Turn, growing
from corpus import Article, Library

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
NO_FEEDBACK = shutil.ignore_patterns("feedback.jsonl")  # other pages' readers have judged


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clients read the certificate of one authority instead of all 140, which takes longer than many a test."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A synced ADVISOR_HOME with the real model and the four articles; one worker syncs, the others copy."""
    folder = tmp_path_factory.mktemp("home")
    if worker_id == "master":  # the only one
        Library.open(folder).sync()
        return folder
    synced = tmp_path_factory.getbasetemp().parent / "synced"
    with FileLock(f"{synced}.lock"):
        if not synced.exists():
            Library.open(folder).sync()
            shutil.copytree(folder, synced)
            return folder
    return shutil.copytree(synced, folder, dirs_exist_ok=True)


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """A copy of that home for one test."""
    return shutil.copytree(home, tmp_path / "own-home", ignore=NO_FEEDBACK)


@pytest.fixture(scope="session")
def library(home: Path) -> Library:
    return Library.open(home)


@pytest.fixture(scope="session")
def advisor(library: Library) -> Advisor:
    return Advisor(library=library)


@pytest.fixture(scope="session")
def articles(library: Library) -> dict[str, Article]:
    return {article.id: article for article in library.articles()}


@pytest.fixture(scope="session")
def environment(home: Path) -> dict[str, str]:
    """For subprocesses: this home, and no bars."""
    return {**os.environ, "ADVISOR_HOME": str(home), "TQDM_DISABLE": "1"}


@pytest.fixture(scope="session")
def asked(advisor: Advisor) -> Callable[[str], Turn]:
    """A question's turn, as the advisor makes it."""
    return lambda question: list(growing(Turn(question), advisor.stream(question)))[-1]


@pytest.fixture(scope="session")
def answered(asked: Callable[[str], Turn]) -> Turn:
    return asked("Which role pays more?")


@pytest.fixture(scope="session")
def shown(library: Library) -> Callable[..., str]:
    """A turn's HTML with the passages of its citations."""

    def html(turn: Turn, key: str = "turn-1") -> str:
        found = {one.number: library.passage_at(one.article, one.start) for one in turn.citations}
        return turn_html(turn, key, {number: passage for number, passage in found.items() if passage})

    return html


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server for the tests of a file, each of which makes a database of its own there."""
    started = ChromaServer(tmp_path_factory.mktemp("chroma"))
    started.start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def playwright():
    if not CHROMIUM:
        pytest.fail("A Chromium is needed for the browser tests; install Debian's 'chromium'")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright):
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def address(environment):
    """The page over the shared home, served for all tests that change nothing."""
    with served(environment) as address:
        yield address


@pytest.fixture
def tab(browser, address):
    with opened(browser, address) as tab:
        yield tab


@pytest.fixture(scope="module")
def own(home, environment, tmp_path_factory):
    """For subprocesses: a home that the tests of a file may change."""
    folder = tmp_path_factory.mktemp("own") / "home"
    shutil.copytree(home, folder, ignore=NO_FEEDBACK)
    return {**environment, "ADVISOR_HOME": str(folder)}


@pytest.fixture(scope="module")
def local(own):
    """A session with a page over it, from the machine that serves it."""
    with wired(own) as wire:
        yield wire
