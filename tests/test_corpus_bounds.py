"""However a text is made, it is read in time and memory of its own measure, or refused in one line."""

from __future__ import annotations

import base64
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus import ArticleError, Library, chunk, parse_article, read_article
from corpus.documents.extract import Extractor
from corpus.settings import Settings, load_settings
from tests.fakes import BagOfWords, article_file

ROOT = Path(__file__).parent.parent
BOMB = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
FRONTS = {
    "aliases": (f"{BOMB}title: *a11", "<<"),
    "an alias as the title": ("id: &x a\ntitle: *x", "<<"),
    "merges": (f"{MERGES}title: a", "<<"),
    "a merge without an alias": ("<<: {title: a}", "<<"),
    "a figure of sixties": ("title: 1" + ":1" * 60_000, "longer than 30,000 characters"),
    "a shorter one": ("title: 1" + ":1" * 9_000, "title: is longer than 2,000"),
    "a fraction of sixties": ("title: 1" + ":1" * 9_000 + ".5", "title: is longer than 2,000"),
    "a long figure": ("title: " + "9" * 5_000, "title: is longer than 2,000"),
    "a long key": ("0x" + "f" * 1_000 + ": a", "unknown field"),
    "a long title": ("title: " + "word " * 500, "title: is longer than 2,000"),
    "too much": ("tags:\n" + "- a\n" * 10_000, "longer than 30,000 characters"),
    "nested": ("title: " + "[" * 20_000, "not valid YAML"),
    "nested the other way": ("- " * 14_000, "not"),
    "a tag": ("title: !!python/object/apply:os.system [true]", "not valid YAML on line"),
    "a figure that is none": ("title: !!int x", "not valid YAML"),
    "a day that is none": (
        "published: 2026-02-30",
        "published: '2026-02-30' is a day that does not exist; write it as",
    ),
    "a month that is none": ("published: 2025-99-99", "is a day that does not exist"),
    "a day in another form": ("published: 20260101", "published: '20260101' is no date; write it as YYYY-MM-DD"),
    "a time beyond all": ("published: 9999-12-31T23:59:59-23:59", ""),
}


@pytest.fixture
def library(tmp_path):
    home = tmp_path / "home"
    return Library(Settings(home=home, articles=(home / "articles",)), BagOfWords())


@pytest.mark.parametrize("what", FRONTS)
@pytest.mark.parametrize("how", ["read", "added", "added as another's"])
def test_front_matter_that_would_grow_is_refused_in_one_line(what, how, library, tmp_path):
    front, why = FRONTS[what]
    own = "" if how == "added as another's" else "".join(f"{n}: a\n" for n in ("id", "title") if f"{n}:" not in front)
    path = tmp_path / "a.md"
    path.write_text(f"---\n{own}{front}\n---\n\nWords of a text.\n")
    begun = time.process_time()
    if how == "read":
        with pytest.raises(ArticleError) as caught:
            read_article(path)
        said = str(caught.value)
    else:
        (result,) = library.add(path).results
        said = result.message
        assert result.outcome == "refused" or how != "added"
    if how != "added as another's":  # of whose fields what cannot be one is left out
        assert why in said
    assert "\n" not in said and len(said) < 400 + len(str(path))
    assert time.process_time() - begun < 10


def test_front_matter_of_its_kind_is_read_as_before():
    front = "id: a\ntitle: 12:30 at the zoo\npublished: 2025-03-04\nauthor: null\naudience: &x whoever"
    article = parse_article(f"---\n{front}\n---\n\nWords.\n")
    assert (article.title, article.published, article.author) == ("12:30 at the zoo", "2025-03-04", None)
    with pytest.raises(ArticleError, match="title: is not text"):
        parse_article("---\nid: a\ntitle: 3.5\n---\n\nWords.\n")


def test_reading_a_bomb_takes_no_memory():
    """In a process that may have 700 MB, as a bomb of 717 bytes took 16 GB."""
    code = (
        "import resource, sys; from corpus import ArticleError, parse_article\n"
        "resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))\n"
        "try: parse_article(sys.stdin.read())\n"
        "except ArticleError as exc: print(exc.fix)"
    )
    source = f"---\n{BOMB}id: a\ntitle: a\n---\n\nWords.\n"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=source, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert "write each of them out" in done.stdout


def many(piece: str, size: int = 200_000) -> str:
    return piece * (size // len(piece))


TEXTS = {  # Markdown that the parser, or the splitter of sentences, takes the square of its length for, or much memory
    "one word": many("a"),
    "entities": many("&amp;"),
    "entities apart": many("&amp; "),
    "marks": many("*a **b "),
    "links": many("[a]("),
    "backticks": "".join("`" * n + " a " for n in range(630)),
    "half tags": many("<a "),
    "definitions": "\n".join(f"[a{n}]: /x" for n in range(15_000)),
    "rows": "| a | b |\n|---|---|\n" + "\n".join(f"| row {n} | b |" for n in range(20_000)),
    "columns": "|" + " a |" * 40_000 + "\n|" + "---|" * 40_000 + "\n|" + " b |" * 40_000,
    "a long column": f"| a | {'b' * 200_000} |\n|---|---|\n" + "| c | d |\n" * 20_000,
    "a long heading": f"# {'word ' * 40_000}\n\n" + "One.\n\n" * 20_000,
    "headings": many("## h\n\nx\n\n"),
    "quotes": many("> ") + "x",
    "items": many("- a\n"),
    "nested items": many("- " * 19 + "x\n"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_is_read_in_time_and_memory_of_its_own_measure(what):
    begun = time.process_time()
    try:
        article = parse_article(article_file("a", TEXTS[what]))
    except ArticleError as exc:
        assert len(str(exc)) < 200
    else:
        passages = chunk(article)
        assert sum(len(passage.content) for passage in passages) < 40 * len(TEXTS[what])
        assert sum(len(str(s.headings)) + len(s.statement) for s in article.sentences()) < 80 * len(TEXTS[what])
        for piece in (*article.sentences(), *passages):
            assert article.text[piece.start : piece.end] == piece.text
    assert time.process_time() - begun < 20  # some took minutes


def test_a_text_without_full_stops_is_cut_at_white_space_and_a_pictures_data_left_out():
    """A transcript has no sentences, and an exported page has pictures in its text."""
    words = " ".join(f"word{n}" for n in range(3_000))
    data = base64.b64encode(random.Random(1).randbytes(60_000)).decode()
    article = parse_article(article_file("a", f"{words}\n\nBefore it. ![zoo](data:image/png;base64,{data}) After it."))
    texts = [sentence.text for sentence in article.sentences()]
    assert max(map(len, texts)) <= 3_000 and " ".join(texts[:-2]) == words
    assert texts[-2:] == ["Before it.", "After it."]
    assert data in article.text


def test_sentences_of_a_very_long_paragraph_are_whole():
    """It is split in windows, and no sentence where two of them meet is cut."""
    sentences = [f"Sentence number {n} says {'very ' * (n % 40)}little." for n in range(2_000)]
    article = parse_article(article_file("a", " ".join(sentences)))
    assert [sentence.text for sentence in article.sentences()] == sentences


def test_a_very_long_table_is_cut():
    rows = "\n".join(f"| row {n} | value {n} |" for n in range(1_000))
    passages = chunk(parse_article(article_file("a", f"| a | b |\n|---|---|\n{rows}")))
    assert [len(passage.sentences) for passage in passages] == [200] * 5
    assert passages[4].sentences[0].statement == "row 800: b: value 800"


def test_an_article_that_is_too_long_is_refused_unread(library, tmp_path):
    long = article_file("a", "Some words. " * 400_000)
    with pytest.raises(ArticleError, match="text: is longer than 4,000,000 characters; split it"):
        parse_article(long)
    huge = tmp_path / "home" / "articles" / "huge.md"
    huge.parent.mkdir(parents=True)
    with huge.open("wb") as file:
        file.truncate(6 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (refused,) = library.sync().refused
    assert refused.startswith(f"{huge}: text: is longer than") and library.stale() is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_what_is_extracted_is_bounded_too(tmp_path):
    settings = load_settings(tmp_path)
    with Extractor(settings) as extractor:
        for name, body in (
            ("word.txt", b"a" * 20_000_000),
            ("word.md", b"a" * 20_000_000),
            ("entities.html", b"<html><body><p>" + b"Words and &amp; more. " * 250_000),
        ):
            with pytest.raises(ArticleError, match=f"{name}: .*; "):
                extractor.read(name, body)
        titled = b"<html><head><title>" + b"word " * 9_000 + b"</title></head><body><p>Words of a text.</p>"
        assert extractor.read("title.html", titled).title is None
