"""Questions as people type them, over a library of a few words."""

from __future__ import annotations

import pytest
from fakes import BagOfWords, article_file

from advisor.find.find import find
from advisor.find.spelling import spelled_out
from advisor.question.inputs import Query
from corpus import Library, Settings


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """One article on cooks."""
    folder = tmp_path_factory.mktemp("articles")
    text = (
        "## Cooks\n\nReally good cooks must find a Kubernetes interview. People who cook specialize with a certificate."
    )
    (folder / "a.md").write_text(article_file("a", text), encoding="utf-8")
    library = Library(Settings(tmp_path_factory.mktemp("home"), (folder,)), BagOfWords())
    library.sync()
    return library


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wich intervew is realy hard", "which interview is really hard"),
        ("Wich certifcate do ppl need w/o cash?", "which certificate do people need without cash?"),
        ("how do cooks specialise", "how do cooks specialize"),
        ("what do kubernets cooks earn", "what do kubernets cooks earn"),  # what no dictionary holds is not guessed at
        ("wasnt a backend crook trans", "wasnt a backend crook trans"),  # nor are words that it has in other forms
        ("a good crook", "a good crook"),  # English, if in no article
        ("what would Kook, KOOKS or co-oks say", "what would Kook, KOOKS or co-oks say"),
        ("see intervew.example or a@intervew", "see intervew.example or a@intervew"),
        ("zzzzz xyzzy 12 €", "zzzzz xyzzy 12 €"),
    ],
)
def test_misspelt_words_are_read_as_the_articles_spell_them(library, typed, meant):
    query = spelled_out(Query(typed, (typed,)), library)
    assert (query.text, query.before) == (meant, (meant,))
    assert query.shown == typed


def test_the_name_of_who_is_asked_stays(library):
    query = spelled_out(Query("what does intervew say of certifcates", maker="intervew"), library)
    assert query.text == "what does intervew say of certificates"
    assert query.topic == "of certificates"


def test_what_is_found_is_found_by_the_words_that_were_meant(library):
    found = find(library, None, Query("wich intervew"))
    assert found.reading.query.topic == "which interview"
    assert found.reading.query.shown == "wich intervew"
