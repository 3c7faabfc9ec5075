from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import chromadb
import chromadb.config
import pytest

from corpus import Library, StoreError
from corpus.__main__ import describe
from corpus.settings import Settings
from tests.fakes import BagOfWords, article_file


@pytest.fixture
def folder(tmp_path):
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "cats.md").write_text(article_file("cats", "## Cats\n\nCats purr. They sleep a lot."), encoding="utf-8")
    (articles / "dogs.md").write_text(article_file("dogs", "## Dogs\n\nDogs bark at night."), encoding="utf-8")
    return articles


def open_library(folder: Path) -> Library:
    return Library(Settings(home=folder.parent, articles=(folder,)), BagOfWords())


def test_sync_twice_changes_nothing_and_embeds_nothing(folder):
    library = open_library(folder)
    assert library.stale() == "there is no index yet"
    report = library.sync()
    assert report.added == ("cats", "dogs")
    again = open_library(folder)
    assert again.stale() is None
    assert not again.sync()
    assert again.embedder.encoded == []


def test_a_search_finds_by_meaning_and_by_words(folder):
    library = open_library(folder)
    library.sync()
    best = library.search("who barks at night", 1, terms=["bark"])[0]
    assert best.passage.article == "dogs"
    assert best.lexical > 0
    assert best.similarity > 0
    sentence, cosine = best.sentences[0]
    assert sentence.text == "Dogs bark at night."
    assert 0 < cosine <= 1


def test_changed_added_and_removed_articles_are_seen(folder):
    open_library(folder).sync()
    (folder / "dogs.md").write_text(article_file("dogs", "## Dogs\n\nDogs wag tails."), encoding="utf-8")
    (folder / "cats.md").unlink()
    (folder / "fish.md").write_text(article_file("fish", "Fish swim."), encoding="utf-8")
    library = open_library(folder)
    assert library.stale() == "the articles have changed"
    report = library.sync()
    assert (report.added, report.changed, report.removed) == (("fish",), ("dogs",), ("cats",))
    found = [hit.passage.text for hit in library.search("cats purr bark", 9, terms=["cat", "purr", "bark"])]
    assert not any("purr" in text or "bark" in text for text in found)


def test_only_passages_whose_text_changed_are_embedded_again(folder):
    long = "\n\n".join(f"## Part {n}\n\nSentence number {n} stands here." for n in range(5))
    (folder / "cats.md").write_text(article_file("cats", long), encoding="utf-8")
    open_library(folder).sync()
    (folder / "cats.md").write_text(
        article_file("cats", long.replace("number 4 stands", "number 4 lies")), encoding="utf-8"
    )
    assert open_library(folder).sync().embedded == 1


def test_a_bad_file_is_reported_and_its_old_text_stays(folder):
    open_library(folder).sync()
    (folder / "dogs.md").write_text("no front matter", encoding="utf-8")
    (folder / "twin.md").write_text(article_file("cats", "A twin."), encoding="utf-8")
    library = open_library(folder)
    report = library.sync()
    assert len(report.refused) == 2
    assert library.stale() is None, "a file that stays bad is no news"
    assert {article.id for article in library.articles()} == {"cats", "dogs"}


@pytest.mark.parametrize("damage", ["catalog", "vectors", "both", "unfinished", "fingerprint"])
def test_a_damaged_or_half_written_index_is_noticed_and_made_good(folder, damage):
    library = open_library(folder)
    library.sync()
    index = folder.parent / "index"
    if damage in ("catalog", "both"):
        for path in index.glob("catalog.*"):
            path.write_bytes(b"not a database at all" * 100)
    if damage in ("vectors", "both"):
        shutil.rmtree(next(index.glob("vectors-*")))
    if damage == "unfinished":
        library._catalog.set_meta(unfinished="yes")
    if damage == "fingerprint":
        library._catalog.set_meta(fingerprint="another model")
    again = open_library(folder)
    assert again.stale()
    report = again.sync()
    assert again.stale() is None
    assert again.search("dogs bark", 1, terms=["bark"])[0].passage.article == "dogs"
    if damage != "unfinished":
        assert "rebuilt" in describe(report, 2, 2)


def test_a_search_without_an_index_says_what_to_do(folder):
    with pytest.raises(StoreError, match="python -m corpus sync"):
        open_library(folder).search("anything")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    library = Library(Settings(home=tmp_path / "file", articles=()), BagOfWords())
    with pytest.raises(StoreError, match="ADVISOR_HOME"):
        library.sync()


def test_what_is_removed_leaves_no_text_in_the_catalog(folder):
    (folder / "cats.md").write_text(article_file("cats", "Unmistakable purring sentence."), encoding="utf-8")
    open_library(folder).sync()
    (folder / "cats.md").unlink()
    library = open_library(folder)
    library.sync()
    with sqlite3.connect(folder.parent / "index" / "catalog.sqlite3") as database:
        dump = "\n".join(map(str, database.iterdump()))
    assert "Unmistakable" not in dump


def test_the_embedded_collection_can_be_read_by_others(home, library):
    from langchain_chroma import Chroma

    folder = next((home / "index").glob("vectors-*"))
    client = chromadb.PersistentClient(str(folder), settings=chromadb.config.Settings(anonymized_telemetry=False))
    store = Chroma(collection_name="passages", client=client, embedding_function=library.embedder)
    found = store.similarity_search("what do ML engineers earn", k=2)
    assert all(document.metadata["article"] for document in found)
