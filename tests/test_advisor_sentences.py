"""A model's reply, cut into pieces anyhow, and the sentences that come of it."""

from __future__ import annotations

import itertools

import pytest

from advisor.written.sentences import LONGEST, Written, sentences_of

SIZES = pytest.mark.parametrize("size", [1, 2, 5, 1000])


def read(text: str, size: int = 1000) -> list[Written]:
    return list(sentences_of(text[at : at + size] for at in range(0, len(text), size)))


@SIZES
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Pay rose, e.g. in the U.S. by 3.5 percent. A Ph.D. helps.",
            ["Pay rose, e.g. in the U.S. by 3.5 percent.", 1],
        ),
        ("In the U.S. West it rose. Dr. Smith agrees.", ["In the U.S. West it rose.", "Dr. Smith agrees."]),
        ("It costs $1.5 million. Version 3.12 is out.", ["It costs $1.5 million.", "Version 3.12 is out."]),
        ("Node.js is used! Is Go used? No.", ["Node.js is used!", "Is Go used?", "No."]),
        ("Café pay is €5 – “a lot”, she said. Naïve ideas fail.", ["Café pay is €5 – “a lot”, she said.", 1]),
        ("Pay (2024) was 149 (149,000) [p1]. It ended", ["Pay (2024) was 149 (149,000).", "It ended"]),
        ("No full stop", ["No full stop"]),
        ("", []),
        (" \r\n\n \t", []),
        ("[p1]", []),
        ("---\n***\n|---|:--|\n", []),
    ],
)
def test_where_a_sentence_ends(text, sentences, size):
    found = [one.text for one in read(text, size)]
    assert found == [found[n] if wanted == 1 else wanted for n, wanted in enumerate(sentences)]


@SIZES
@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("One is here [p1]. Two is here [p2].", [("p1",), ("p2",)]),
        ("One is here. [p1] Two is here. [p2]", [("p1",), ("p2",)]),
        ("One is here [p1][p2]. Two is here.", [("p1", "p2"), ()]),
        ("One is here [p1, p2]. Two is here [P1; p4] [p1].", [("p1", "p2"), ("p1", "p4")]),
        ("One is here (p3). Two is here 【p5】.", [("p3",), ("p5",)]),
        ("One is here [p1] . Two is here [p12] !", [("p1",), ("p12",)]),
        ("[p1] One is here. [p2] Two is here", [("p1", "p2"), ()]),
        ("One [p1] is here [p2]. [p3]\nTwo is here [1].", [("p1", "p2", "p3"), ("1",)]),
        ("One is here [100]. Two is here [12].", [("100",), ("12",)]),
    ],
)
def test_keys_belong_to_the_sentence_before_them(text, keys, size):
    found = read(text, size)
    assert [one.keys for one in found] == keys
    assert [one.text.rstrip(".!") for one in found] == ["One is here", "Two is here"]


@SIZES
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("## Pay\n- **Mid-level** MLEs earn $1 [p1].", ["Pay", "Mid-level MLEs earn $1."]),
        ("* `Python` is used.\n+ *SQL* too, 5 * 3 or 2*3.", ["Python is used.", "SQL too, 5 * 3 or 2*3."]),
        ("1. First is it. 2. Second is it.\n10) `Tenth` is it.", ["First is it.", "Second is it.", "Tenth is it."]),
        ("> Quoted it is.\n> - Twice.", ["Quoted it is.", "Twice."]),
        ("| Role | Pay |\n|---|---|\n| MLE | $1 [p1] |", ["Role, Pay", "MLE, $1"]),
        ("See [the course](https://x.example/a) and ![this](b.png).", ["See the course and this."]),
        ("__One__ and **two.** Three.", ["One and two.", "Three."]),
    ],
)
def test_markdown_is_taken_off(text, sentences, size):
    assert [one.text for one in read(text, size)] == sentences


@SIZES
def test_a_blank_line_opens_a_paragraph(size):
    found = read("One is it.\nTwo is it.\r\n\r\nThree is it. Four is it.\n\n\nFive.", size)
    assert [one.opens_paragraph for one in found] == [False, False, True, False, True]


@SIZES
def test_items_of_a_list_are_told_and_what_follows_them_is_a_paragraph(size):
    steps = "1. Go there. Stay. \n   Rest there.\n**2.** Come back."
    text = f"It is so.\n\n{steps}\nThat is all.\n- One is.\n\n- Two is.\nOver."
    assert [(one.text, one.item, one.line, one.opens_paragraph) for one in read(text, size)] == [
        ("It is so.", "", 0, False),
        ("Go there.", "1.", 1, True),
        ("Stay.", "1.", 1, False),
        ("Rest there.", "1.", 1, False),
        ("Come back.", "2.", 2, False),
        ("That is all.", "", 0, True),
        ("One is.", "-", 3, False),
        ("Two is.", "-", 4, True),
        ("Over.", "", 0, True),
    ]


@SIZES
@pytest.mark.parametrize(
    "mark", ["[**2**]", "[`2`]", "[[](x)2]", "[[1]1]", "[1-3]", "[source 2]", "［3］", "²", "[2, 3]", "[ 1 ]"]
)
def test_no_reply_cites_as_we_do(mark, size):
    (one,) = read(f"Projects are engines, see {mark} [p1].", size)
    assert (one.text, one.keys) == ("Projects are engines, see.", ("p1",)) or not set(one.text) & set("[]［］²123")


@SIZES
@pytest.mark.parametrize("endless", ["a " * 2000, "x" * 3000])
def test_an_endless_sentence_is_cut_once_and_its_rest_dropped(endless, size):
    cut, after = read(f"{endless}end [p1]. After it is this [p2].", size)
    assert LONGEST < len(cut.text) <= 2 * LONGEST
    assert (after.text, after.keys) == ("After it is this.", ("p2",))
    assert read(endless, size) == [cut]


def test_a_sentence_comes_as_soon_as_the_next_ones_first_word_is_whole():
    pieces = iter(["One is here", ". ", "[p", "1] ", "Two ", "is"])
    first = next(sentences_of(pieces))
    assert (first.text, first.keys) == ("One is here.", ("p1",))
    assert next(pieces) == "is"


def test_an_endless_reply_is_read_as_it_comes():
    words = itertools.cycle(["One ", "is ", "here ", "[p1]. "])
    assert len(list(itertools.islice(sentences_of(words), 5))) == 5


@pytest.mark.parametrize(
    ("text", "states"),
    [("Go AI Engineer.", True), ("What they earn", True), ("Pay", False), ("It is this:", False), ("Is it so?", False)],
)
def test_headings_and_questions_state_nothing(text, states):
    assert Written(text, ()).states == states


@SIZES
def test_the_articles_themselves_are_read_the_same_however_cut(articles, size):
    for article in articles.values():
        text = article.text[:3000].replace(". ", " [p1]. ")
        assert read(text, size) == read(text, 3)
