"""What a written sentence states, apart from who says it, from yes and no, and from what the articles do not say."""

from __future__ import annotations

import pytest

from advisor.written.gaps import read_gap
from advisor.written.sentences import Written, sentences_of
from advisor.written.told import read_told, without_opener
from corpus import Article

ARTICLES = {
    "a": Article(id="a", title="Nurses and midwives compared", text="", publisher="Orrin Vale", author="Ada Lee"),
    "b": Article(id="b", title="Night shifts", text="", publisher="Ward.Co"),
}


@pytest.mark.parametrize(
    ("text", "stated", "tellers"),
    [
        ("Orrin Vale says that pay rises.", "Pay rises.", (["a"],)),
        ("According to Orrin Vale's guide, pay rises.", "Pay rises.", (["a"],)),
        ("Pay rises, according to Ward.Co.", "Pay rises.", (["b"],)),
        ("Pay, according to Ward.Co, rises.", "Pay, rises.", (["b"],)),
        ("Pay rises, Ward.Co notes.", "Pay rises.", (["b"],)),
        ("Ada Lee of Orrin Vale warns that pay rises.", "Pay rises.", (["a"],)),
        ("Orrin Vale and Ward.Co both say that pay rises.", "Pay rises.", (["a"], ["b"])),
        ("Orrin Vale likewise writes that pay rises.", "Pay rises.", (["a"],)),
        ("On nights, Ward.Co says that pay rises.", "On nights, pay rises.", (["b"],)),
        ("Beyond Sundays, Ada Lee says that pay rises.", "Beyond Sundays, pay rises.", (["a"],)),
        ("Take nights, because Ward.Co says that pay rises.", "Take nights, because pay rises.", (["b"],)),
        ("Take nights, as the state says that pay rises.", "Take nights, as the state says that pay rises.", ()),
        ("The article says that pay rises.", "Pay rises.", ()),
        ("The state board reports that pay rises.", "The state board reports that pay rises.", ()),
        ("Nurses report that pay rises.", "Nurses report that pay rises.", ()),
        ("Pay rises.", "Pay rises.", ()),
    ],
)
def test_who_says_it_is_taken_off_where_it_is_a_publisher_or_an_author(text, stated, tellers):
    assert read_told(text, ARTICLES) == (stated, tellers)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("No, a degree is optional.", "A degree is optional."),
        ("Yes. It is so here.", "It is so here."),
        ("No one needs a degree.", "No one needs a degree."),
        ("Yes, they do.", "They do."),
        ("She loses the piano, because she signed.", "She loses the piano, because she signed."),
    ],
)
def test_yes_and_no_are_taken_off(text, rest):
    assert without_opener(text) == rest


def test_yes_and_no_alone_belong_to_the_sentence_after_them():
    found = [one.text for one in sentences_of(["No. A degree ", "is optional [p1]. Yes! It is."])]
    assert found == ["No. A degree is optional.", "Yes! It is."]


@pytest.mark.parametrize(
    ("text", "gap", "stated"),
    [
        ("The articles do not say what the fee is.", "The articles do not say what the fee is.", None),
        ("However, the passages don't mention any fee.", "However, the passages don't mention any fee.", None),
        (
            "The articles do not say what the fee is, but they say that pay is $30.",
            "The articles do not say what the fee is.",
            "Pay is $30.",
        ),
        (
            "The articles do not give a fee; they only say that pay is $30.",
            "The articles do not give a fee.",
            "Pay is $30.",
        ),
        ("The articles do not agree on pay.", None, "The articles do not agree on pay."),
        ("The articles do not say why Ward.Co lost.", None, "The articles do not say why Ward.Co lost."),
        ("The articles do not say what Google pays.", None, "The articles do not say what Google pays."),
        ("The articles do not say who earns $90.", None, "The articles do not say who earns $90."),
    ],
)
def test_a_gap_is_told_from_what_is_stated(text, gap, stated):
    found, rest = read_gap(Written(text, ("p1",)), "What is the fee?", "Pay is $30.")
    assert (found.text if found else None) == gap
    assert (rest.text if rest else None) == stated
    assert rest is None or rest.keys == ("p1",)
