"""Vectors in shards: found wherever they lie, gone where they do not count, made anew without being embedded again."""

from __future__ import annotations

import re

import pytest

from corpus import Library
from corpus.settings import Settings
from corpus.sync import Writer, silent
from tests.fakes import BagOfWords, article_file

TOWNS = tuple(f"bremerhaven{number}x" for number in range(9))


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Nine articles of two passages each, in shards of four."""
    monkeypatch.setattr("corpus.ledger.SHARD", 4)
    monkeypatch.setattr("corpus.sync._SETTLED", 3)
    articles = tmp_path / "home" / "articles"
    articles.mkdir(parents=True)
    for number, town in enumerate(TOWNS):
        write(articles / f"a{number}.md", town)
    library = Library(Settings(home=tmp_path / "home", articles=(articles,)), BagOfWords(4096))
    library.sync()
    return library


def write(path, town):
    text = f"## Dogs\n\nDogs bark in {town} at night.\n\n## Cats\n\nCats purr in {town} all day."
    path.write_text(article_file(path.stem, text), encoding="utf-8")


def near(library, town, **limits):
    """The articles of the two nearest passages, by meaning alone."""
    hits = library.search(f"in {town}", 2, terms=[], **limits)
    assert all(hit.similarity for hit in hits)
    return {hit.passage.article for hit in hits}


def folders(library):
    return sorted(path.name for path in (library.settings.home / "index").glob("build-*/vectors-*"))


def shards(library):
    return library._index.catalog.ledger.shards()


def test_what_lies_in_many_shards_is_found_in_all(library):
    assert len(folders(library)) == len(shards(library)) == 5
    for number, town in enumerate(TOWNS):
        assert near(library, town) == {f"a{number}"}
        assert near(library, town, sources=["a3"]) == {"a3"}
        assert near(library, TOWNS[1], sources=["a1", f"a{number}"]) == {"a1"}
    assert library.stale() is None and not library.sync()


def test_only_the_shards_change_that_something_changes_in(library):
    reader, before = Library(library.settings, library.embedder), folders(library)
    assert near(reader, TOWNS[2]) == {"a2"}
    library.remove("a2")  # one of two articles of its shard
    assert len(set(before) & set(folders(library))) == 4
    assert near(reader, TOWNS[2]) != {"a2"} and near(reader, TOWNS[3]) == {"a3"}
    library.remove("a3")
    assert len(folders(library)) == 4, "a shard in which nothing is left goes"
    write(library.settings.articles[0] / "a4.md", "wilhelmshaven7x")
    library.embedder.encoded.clear()
    assert library.sync().changed == ("a4",) and len(library.embedder.encoded) <= 4
    assert near(reader, "wilhelmshaven7x") == {"a4"}
    assert library.stale() is None and all(one.is_well for one in library.examine())


def test_what_was_deleted_never_outweighs_what_is_left(library):
    path = library.settings.articles[0] / "a8.md"
    for number in range(12):
        write(path, f"cuxhaven{number}x")
        library.sync()
        assert near(library, f"cuxhaven{number}x") == {"a8"}
        assert all(shard.dead <= 8 for shard in shards(library))
    assert library._index.builds.current().vectors.count() == library.passage_count() == 18


def test_no_file_of_chromas_holds_a_word_of_an_article_or_its_id(library):
    write(library.settings.articles[0] / "unmistakableid.md", "norderney7x")
    library.sync()
    build = next((library.settings.home / "index").glob("build-*"))
    texts = {path: path.read_bytes() for path in build.rglob("*") if path.is_file()}
    for word in (b"norderney7x", b"unmistakableid", TOWNS[0].encode()):
        holding = {path.relative_to(build).parts[0] for path, body in texts.items() if re.search(word, body)}
        assert holding == {"catalog.sqlite3"}


def test_a_folder_that_is_lost_or_damaged_is_made_anew_of_what_is_kept(library):
    """Where a write finds it so; at any other time the whole index is made anew, as the next test of damage shows."""
    (shard, *_) = shards(library)
    build = next((library.settings.home / "index").glob("build-*"))
    for path in (build / shard.folder).rglob("*.sqlite3"):
        path.write_bytes(b"nothing of the kind" * 500)
    (build / "checksums").unlink()  # as where a process was killed
    path = library.settings.articles[0] / "a0.md"
    write(path, "langeoog7x")
    library.embedder.encoded.clear()
    with Writer(Library(library.settings, library.embedder)._index, build) as writer:
        assert writer.sync(silent).changed == ("a0",)
    assert len(library.embedder.encoded) <= 4, "only what is new"
    assert near(library, "langeoog7x") == {"a0"} and near(library, TOWNS[1]) == {"a1"}
    assert library.stale() is None and all(one.is_well for one in library.examine())
