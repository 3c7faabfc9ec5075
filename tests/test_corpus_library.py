from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chromadb
import chromadb.config
import pytest

from corpus import Library, StoreError
from corpus.catalog import Catalog
from corpus.settings import Settings
from corpus.show import describe
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


def build_of(folder: Path) -> Path:
    index = folder.parent / "index"
    return index / (index / "current").read_text()


def writable(folder: Path) -> Catalog:
    return Catalog(build_of(folder) / "catalog.sqlite3", writable=True)


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
    index = build_of(folder)
    if damage in ("catalog", "both"):
        for path in index.glob("catalog.*"):
            path.write_bytes(b"not a database at all" * 100)
    if damage in ("vectors", "both"):
        shutil.rmtree(next(index.glob("vectors-*")))
    if damage == "unfinished":
        writable(folder).set_meta(unfinished="yes")
    if damage == "fingerprint":
        writable(folder).set_meta(fingerprint="another model")
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
    with sqlite3.connect(build_of(folder) / "catalog.sqlite3") as database:
        dump = "\n".join(map(str, database.iterdump()))
    assert "Unmistakable" not in dump


def test_the_embedded_collection_can_be_read_by_others(home, library):
    """Their ids and vectors: the texts lie in the catalog alone, so that they are gone where they are removed."""
    folder = next((home / "index").glob("build-*/vectors-*"))
    client = chromadb.PersistentClient(str(folder), settings=chromadb.config.Settings(anonymized_telemetry=False))
    collection = client.get_collection("passages", embedding_function=None)
    asked = "what do ML engineers earn"
    found = collection.query(query_embeddings=[library.embedder.encode_query(asked).tolist()], n_results=2)
    hits = library.search(asked, 2, terms=[])
    assert found["ids"][0] == [hit.passage.id for hit in hits]
    assert [1 - far for far in found["distances"][0]] == pytest.approx([hit.similarity for hit in hits])
    assert found["documents"] == [[None, None]]
    client.close()


@pytest.mark.parametrize(
    "text",
    [
        "---\nid: a\ntitle: A\npublished: 2026-02-30\n---\n\nText.",
        "---\nid: a\ntitle: !!int abc\n---\n\nText.",
        "---\nid: a\ntitle: ' '\n---\n\nText.",
        "---\nid: a\ntitle: " + "[" * 3000 + "\n---\n\nText.",
        "---\nid: a\ntitle: A\n---\n\n# Only\n\n## Headings\n",
    ],
)
def test_no_file_stops_the_others(folder, text):
    (folder / "odd.md").write_text(text, encoding="utf-8")
    (folder / "folder.md").mkdir()
    (folder / ".#lock.md").symlink_to("nowhere")
    library = open_library(folder)
    assert len(library.sync().refused) == 1
    assert len(library.articles()) == 2


def test_an_id_belongs_to_the_file_that_has_it(folder):
    open_library(folder).sync()
    (folder / "a.md").write_text(article_file("cats", "An impostor."), encoding="utf-8")
    library = open_library(folder)
    for _ in range(2):
        assert "another article's" in library.sync().refused[0]
    assert "purr" in library.article("cats").text
    assert library.stale() is None


def test_an_open_library_sees_what_another_process_has_synced(folder):
    library = open_library(folder)
    library.sync()
    library.search("dogs", 1, terms=["dog"])
    (folder / "fish.md").write_text(article_file("fish", "Fish swim silently."), encoding="utf-8")
    code = (
        "from pathlib import Path; from corpus import Library; from corpus.settings import Settings;"
        "from tests.fakes import BagOfWords; import sys; folder = Path(sys.argv[1]);"
        "Library(Settings(home=folder.parent, articles=(folder,)), BagOfWords()).sync()"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, cwd=Path(__file__).parent.parent)
    best = library.search("fish swim silently", 1, terms=["fish"])[0]
    assert best.passage.article == "fish"
    assert best.similarity > 0.5


def test_many_threads_may_ask_at_once(folder):
    open_library(folder).sync()
    library = open_library(folder)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: library.search("dogs bark", 1, terms=["bark"])[0].passage.article, range(64)))
    assert set(found) == {"dogs"}


def test_damage_inside_the_catalog_is_made_good(folder):
    open_library(folder).sync()
    with sqlite3.connect(build_of(folder) / "catalog.sqlite3") as database:
        database.execute("DELETE FROM terms")
    library = open_library(folder)
    assert library.stale() == "a part of the index is missing"
    library.sync()
    assert library.search("dogs bark", 1, terms=["bark"])[0].lexical > 0


def test_k_below_one_is_refused(folder):
    library = open_library(folder)
    library.sync()
    with pytest.raises(ValueError, match="1 or more"):
        library.search("dogs", 0)
    assert library.search("a\x00b \ud800", 1)
