"""Adding and removing articles: what becomes of each place, and what is left of it."""

from __future__ import annotations

import os

import pytest

from corpus import ArticleError, Library, read_article, show
from corpus.settings import Settings
from tests.fakes import BagOfWords, article_file

ANIMALS = ("cats", "dogs", "fish", "birds", "bees", "ants", "cows", "pigs", "hens", "frogs", "toads", "newts", "moles")
TEXT = " ".join(
    f"Sentence number {n} tells of {word} and says why it matters to {n} people." for n, word in enumerate(ANIMALS)
)


@pytest.fixture
def shipped(tmp_path):
    """A folder that stands for the package's own articles."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "horses.md").write_text(article_file("horses", "Horses neigh loudly in the stable."))
    (folder / "sheep.md").write_text(article_file("sheep", "Sheep bleat softly on the meadow."))
    return folder


@pytest.fixture
def library(tmp_path, shipped):
    home = tmp_path / "home"
    return Library(Settings(home=home, articles=(shipped, home / "articles")), BagOfWords())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "given.md"
    path.write_text(article_file("given", TEXT, publisher="A House"), encoding="utf-8")
    return path


def outcomes(report):
    return [(one.outcome, one.article) for one in report.results]


def test_a_file_becomes_an_article_and_a_file_of_its_own(library, file, tmp_path):
    report = library.add(file, publisher="Another House", interest="It sells cats.")
    assert outcomes(report) == [("added", "given")] and report.added and not report.refused
    written = tmp_path / "home" / "articles" / "given.md"
    article = read_article(written)
    assert article == library.article("given")
    assert (article.text, article.publisher, article.interest) == (TEXT, "Another House", "It sells cats.")
    assert library.search("frogs", 1, terms=["frog"])[0].passage.article == "given"
    assert not library.sync(), "it is indexed already"
    assert [path.name for path in written.parent.iterdir()] == ["given.md"]


def test_the_same_text_again_adds_nothing_and_says_what_it_is(library, file, tmp_path):
    library.add(file)
    twin = tmp_path / "twin.md"
    twin.write_text(article_file("twin", TEXT.replace("Sentence", "**sentence**"), title="Another title"))
    near = tmp_path / "near.md"
    near.write_text(article_file("near", "Home. About us. Sign in.\n\n" + TEXT))
    other = tmp_path / "other.md"
    other.write_text(article_file("other", " ".join(reversed(TEXT.split()))))
    report = library.add(file, twin, near, other, tmp_path / "home" / "articles")
    assert outcomes(report) == [*[("known", "given")] * 3, ("added", "other"), ("known", "given")]
    assert [one.message for one in report.known[1:3]] == ["the same text as 'given'", "nearly the same text as 'given'"]


def test_what_is_no_article_is_refused_and_the_rest_added(library, file, tmp_path):
    (tmp_path / "empty.md").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    os.mkfifo(tmp_path / "pipe.md")
    places = ["empty.md", "picture.png", "pipe.md", "nowhere.md"]
    report = library.add(*(tmp_path / name for name in places), "file:///etc/passwd", file)
    assert [one.outcome for one in report.results] == ["refused"] * 5 + ["added"]
    for one, why in zip(report.refused, ["empty", "no Markdown", "plain file", "not there", "http"], strict=True):
        assert why in one.message and "\n" not in one.message


def test_a_folder_is_read_to_its_ends_and_not_beyond(library, file, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text(article_file("secret", "A secret outside."))
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    file.rename(folder / "deep" / "er" / "given.md")
    (folder / ".hidden" / "one.md").write_text(article_file("hidden", "Hidden words."))
    (folder / "notes.log").write_text("no document")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "out.md").symlink_to(tmp_path / "outside" / "secret.md")
    (folder / "deep" / "data.log").write_text("no document")
    (folder / "README").write_text("no ending")
    report = library.add(folder)
    assert outcomes(report) == [("added", "given"), ("skipped", None)]
    (line,) = [line for line in show.added(report) if line.startswith("skipped:")]
    assert line.startswith(f"skipped:  {folder}: ")
    told = "3 linked, 3 of another kind than Markdown, text, HTML, PDF or DOCX (.log, no ending), 1 hidden"
    assert line.endswith(told), "what is passed by is said, how much of it and why"
    assert "\n".join(show.added(report)).endswith("1 added, 0 already there, 0 refused.")


def test_a_folder_whose_files_are_all_read_skips_none_and_one_file_may_have_a_title(library, file, tmp_path):
    (tmp_path / "folder").mkdir()
    file.rename(tmp_path / "folder" / "given.md")
    assert outcomes(library.add(tmp_path / "folder")) == [("added", "given")]
    (tmp_path / "folder" / "notes.log").write_text("no document")
    library.remove("given")
    assert outcomes(library.add(tmp_path / "folder", title="Animals")) == [("added", "given"), ("skipped", None)]


def test_a_file_that_is_too_large_is_not_read(library, tmp_path):
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(2 << 30)
    (result,) = library.add(tmp_path / "large.md").refused
    assert "larger than 25 MB" in result.message and "ADVISOR_MAX_FILE_MB" in result.message


def test_a_bad_field_is_named_before_anything_is_added(library, file, tmp_path):
    for fields in ({"published": "soon"}, {"colour": "red"}, {"url": "ftp://x"}):
        with pytest.raises(ArticleError, match=next(iter(fields))):
            library.add(file, **fields)
    (tmp_path / "two.md").write_text(article_file("two", "Two."))
    with pytest.raises(ArticleError, match="2 files; add one"):
        library.add(file, tmp_path / "two.md", id="one")
    assert "given" not in {article.id for article in library.articles()}


def test_an_id_that_another_article_has_is_refused(library, file):
    (result,) = library.add(file, id="horses").refused
    assert "another article's" in result.message
    assert outcomes(library.add(file, id="ponies")) == [("added", "ponies")]


def test_an_article_is_removed_with_its_file(library, file, tmp_path):
    library.add(file)
    report = library.remove("given", "nothing")
    assert outcomes(report) == [("removed", "given"), ("refused", None)]
    assert report.removed == ("given",)
    assert library.article("given") is None
    assert not (tmp_path / "home" / "articles" / "given.md").exists()
    assert not library.search("frogs", 1, terms=["frog"])[0].lexical
    assert outcomes(library.add(file)) == [("added", "given")]


@pytest.mark.parametrize("how", ["id", "file"])
def test_an_article_of_the_package_is_left_out_until_it_is_added_again(library, shipped, tmp_path, how):
    library.sync()
    assert outcomes(library.remove("horses")) == [("left out", "horses")]
    assert (shipped / "horses.md").exists()
    assert "horses" in (tmp_path / "home" / "articles" / "left-out.txt").read_text()
    assert library.article("horses") is None
    again = Library(library.settings, BagOfWords())
    assert again.stale() is None and not again.sync()
    assert outcomes(library.add("horses" if how == "id" else shipped / "horses.md")) == [("added", "horses")]
    assert library.article("horses")
    assert not list((tmp_path / "home" / "articles").iterdir())
