from __future__ import annotations

import pytest

from corpus import Library, question_of
from corpus.settings import Settings
from tests.fakes import BagOfWords, article_file


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    text = "## Pay\n\nNurses earn well.\n\n## Who may apply?\n\nAnybody may."
    (folder / "a.md").write_text(article_file("a", text), encoding="utf-8")
    return folder


def library_of(tmp_path, *folders):
    library = Library(Settings(tmp_path / "home", folders), BagOfWords())
    library.sync()
    return library


def test_what_lies_beside_the_articles_says_what_they_are_about(tmp_path, folder):
    (folder / "library.toml").write_text(
        'name = "Nurses ask"\nsubject = "nursing"\nstarters = ["What do nurses earn?"]\n[topics]\nPay = ["a?"]'
    )
    about = library_of(tmp_path, folder).about()
    assert about.name == "Nurses ask"
    assert about.subjects == ("nursing",)
    assert about.starters == ("What do nurses earn?",)
    assert about.topics == {"Pay": ("a?",)}
    assert about.names == ()


def test_names_are_kinds_of_things_of_writings(tmp_path, folder):
    kinds = '[names]\nroles = [["nurse", "RN"], ["midwife"], [], 7, [8]]\nothers = 9\nwards = [["surgery"]]'
    (folder / "library.toml").write_text(kinds)
    assert library_of(tmp_path, folder).about().names == ((("nurse", "RN"), ("midwife",)), (), (("surgery",),))


@pytest.mark.parametrize("text", ["name = 6\nsubject = 7\nstarters = 8\ntopics = 9\nnames = 10", "subject =", "\x00"])
def test_a_file_that_says_nothing_costs_nothing(tmp_path, folder, text):
    (folder / "library.toml").write_text(text)
    about = library_of(tmp_path, folder).about()
    assert (about.name, about.starters) == ("", ())


def test_other_articles_are_told_by_their_titles_and_headings(tmp_path, folder):
    about = library_of(tmp_path, folder).about()
    assert about.subjects == ("what the library's articles say",)
    assert about.topics == {"Title of a": ("What do the articles say about Pay?", "Who may apply?")}
    assert about.starters == ("What do the articles say about Pay?",)


def test_a_file_speaks_of_its_own_folder_alone(tmp_path, folder):
    own = tmp_path / "own"
    own.mkdir()
    (own / "b.md").write_text(article_file("b", "## Frogs\n\nFrogs sing."), encoding="utf-8")
    (folder / "library.toml").write_text('subject = "nursing"')
    library = library_of(tmp_path, folder, own)
    assert library.about().subjects == ("nursing", "what the library's articles say")
    assert library.limited(["b"]).about().subjects == ("what the library's articles say",)
    assert library.about().subjects == ("nursing", "what the library's articles say")


def test_a_heading_becomes_a_question():
    assert question_of("If you want to leave") == "What if you want to leave?"
    assert question_of("How to split the rent") == "How do I split the rent?"
    assert question_of("[Salary:]") == "What do the articles say about Salary?"
    assert question_of("Who pays?") == "Who pays?"
    assert question_of("How Pay works") == "What do the articles say about how Pay works?"
