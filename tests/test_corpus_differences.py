"""What a noted difference says of its sides: parsed, kept in step with the sides, true to their sentences."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from corpus import ArticleError
from corpus.article import parse_article, read_article
from corpus.differences import read_differences

FOLDER = Path(__file__).parent.parent / "corpus" / "articles"
BUNDLED = [read_article(path) for path in sorted(FOLDER.glob("*.md"))]
ENTRIES = tomllib.loads((FOLDER / "differences.toml").read_text(encoding="utf-8"))["difference"]
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")

PAY = parse_article("---\nid: pay\ntitle: Pay\n---\n\nCooks earn 10. Bakers earn 20. Some earn 30. Waiters earn 40.\n")
NOTED = """
[[difference]]
topic = "pay"
kind = "figure"
asked = ["What is the pay?"]
sides = [["Cooks", "Some"], ["Bakers"], ["Waiters"]]
says = ["gives cooks 10", "gives bakers 20", "gives waiters 40"]
note = "The first is for cooks."
"""


def noted(folder, text=NOTED):
    path = folder / "differences.toml"
    path.write_text(text, encoding="utf-8")
    return list(read_differences(path, [PAY]))


def test_says_and_note_are_read(tmp_path):
    (one,) = noted(tmp_path)
    assert one.says == ("gives cooks 10", "gives bakers 20", "gives waiters 40")
    assert one.note == "The first is for cooks."


def test_both_may_be_left_out(tmp_path):
    (one,) = noted(tmp_path, "".join(line for line in NOTED.splitlines(True) if not re.match("says|note", line)))
    assert (len(one.sides), one.says, one.note) == (3, ("", "", ""), "")


def test_a_side_that_drops_out_takes_its_words_and_the_note_with_it(tmp_path):
    (one,) = noted(tmp_path, NOTED.replace('"Bakers"', '"Butchers"'))
    assert [PAY.text[side[0][1] :].split()[0] for side in one.sides] == ["Cooks", "Waiters"]
    assert one.says == ("gives cooks 10", "gives waiters 40")
    assert one.note == ""


def test_a_side_without_its_plainest_sentence_stays_but_is_not_spoken_for(tmp_path):
    (one,) = noted(tmp_path, NOTED.replace('"Cooks"', '"Butchers"'))
    assert len(one.sides) == 3
    assert one.says == ("", "gives bakers 20", "gives waiters 40")
    assert one.note == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('says = ["gives cooks 10", ', "says = ["),
        ('says = ["gives cooks 10"', 'says = [" "'),
        ('says = ["gives cooks 10"', "says = [7"),
        ("says = [", 'says = "gives cooks 10" # ['),
        ('note = "The first is for cooks."', "note = 7"),
        ('note = "The first is for cooks."', 'note = ""'),
        ('note = "The first is for cooks."', 'notes = "The first is for cooks."'),
    ],
)
def test_a_wrong_shape_is_named(tmp_path, old, new):
    assert old in NOTED
    with pytest.raises(ArticleError, match=r"differences\.toml.*difference 1"):
        noted(tmp_path, NOTED.replace(old, new))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["topic"])
def test_what_is_said_of_a_side_fits_its_sentences(entry):
    sentences = [sentence.text for article in BUNDLED for sentence in article.sentences()]
    assert len(entry["says"]) == len(entry["sides"])
    for said, side in zip(entry["says"], entry["sides"], strict=True):
        stated = [text for text in sentences if text.startswith(tuple(side))]
        assert set(FIGURE.findall(said)) <= set(FIGURE.findall(" ".join(stated))), said
        assert 4 <= len(said.split()) <= 22, said
        assert said[0].islower(), said
        assert not said.endswith("."), said
    assert entry.get("note", "One sentence.").endswith("."), entry["note"]


def test_the_bundled_file_is_read_whole():
    found = list(read_differences(FOLDER / "differences.toml", BUNDLED))
    assert [one.says for one in found] == [tuple(entry["says"]) for entry in ENTRIES]
    assert [one.note for one in found] == [entry.get("note", "") for entry in ENTRIES]
