"""Cases: what is loaded, what stops the run, and how much of the articles they cover."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from evals.case import KINDS, CaseError, load_cases
from evals.scene import case_sets
from evals.sections import ENOUGH, coverage
from evals.turns import CONVERSATION

GOOD = {
    "id": "x-1",
    "kind": "single_fact",
    "held_out": False,
    "question": "Do I need a degree?",
    "history": [],
    "profile": None,
    "gold": [["Three titles."]],
    "facts": [["three"]],
    "status": ["answered"],
    "notes": "",
}


def load(tmp_path, articles, *lines):
    path = tmp_path / "single_fact.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return load_cases(articles.values(), tmp_path)


def test_a_good_line_is_a_case(tmp_path, articles):
    (case,) = load(tmp_path, articles, GOOD)
    assert case.gold == (("Three titles.",),)
    assert case.answerable
    assert case.edits == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "riddle"}, "single_fact.jsonl:2: kind: 'riddle' is none of"),
        ({"gold": [["No article says this."]]}, "single_fact.jsonl:2: gold: no article holds “No article says this.”"),
        ({"gold": ["Three titles."]}, "single_fact.jsonl:2: gold: write a list of lists"),
        ({"gold": [[]]}, "single_fact.jsonl:2: gold: write a list of lists"),
        ({"facts": [[""]]}, "single_fact.jsonl:2: facts: write a list of lists"),
        ({"status": []}, "single_fact.jsonl:2: status: list one or more"),
        ({"status": ["perhaps"]}, "single_fact.jsonl:2: status: list one or more"),
        ({"history": [["user"]]}, "single_fact.jsonl:2: history: write a list of lists of 2"),
        ({"held_out": "yes"}, "single_fact.jsonl:2: held_out: write true or false"),
        ({"question": " "}, "single_fact.jsonl:2: question: is empty"),
        ({"question": 7}, "single_fact.jsonl:2: question: write a text, not 7"),
        ({"mood": "happy"}, "single_fact.jsonl:2: mood: unknown field"),
        ({"id": "x-1"}, "single_fact.jsonl:2: id: 'x-1' is taken"),
        ({"edits": [["no such text", "x"]]}, "single_fact.jsonl:2: edits: “no such text” must stand once"),
    ],
)
def test_a_bad_line_names_file_line_and_field(tmp_path, articles, change, said):
    with pytest.raises(CaseError) as caught:
        load(tmp_path, articles, GOOD, GOOD | {"id": "x-2"} | change)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("line", ["{", "[1]", '"text"', "null"])
def test_a_line_that_is_no_object_is_named(tmp_path, articles, line):
    with pytest.raises(CaseError, match=r"single_fact\.jsonl:2: "):
        load(tmp_path, articles, GOOD, line)


def test_a_missing_field_is_named(tmp_path, articles):
    with pytest.raises(CaseError, match=r"single_fact\.jsonl:1: facts: missing"):
        load(tmp_path, articles, {name: value for name, value in GOOD.items() if name != "facts"})


def test_a_folder_without_cases_is_an_error(tmp_path, articles):
    with pytest.raises(CaseError, match="no case files"):
        load_cases(articles.values(), tmp_path)


def test_gold_of_an_edited_case_stands_in_the_edited_articles(tmp_path, articles):
    edited = GOOD | {"edits": [["Three titles.", "Seven titles."]], "gold": [["Seven titles."]]}
    assert load(tmp_path, articles, edited)[0].edits == (("Three titles.", "Seven titles."),)


def test_edits_that_collide_are_an_error(tmp_path, articles):
    one = GOOD | {"edits": [["Three titles.", "Seven titles."]], "gold": [["Seven titles."]]}
    other = one | {"id": "x-2", "edits": [["Three titles.", "Nine titles."]], "gold": [["Nine titles."]]}
    with pytest.raises(CaseError, match=r"single_fact\.jsonl:2: edits"):
        load(tmp_path, articles, one, other)


@pytest.fixture(scope="module")
def sets(library):
    """The single questions; conversations have tests of their own."""
    return {one.library: [case for case in one.cases if case.kind != CONVERSATION] for one in case_sets(library)}


@pytest.fixture(scope="module")
def cases(sets):
    return sets["articles"]


def test_every_kind_has_cases_and_a_third_is_held_out(sets):
    everything = [case for cases in sets.values() for case in cases]
    kinds = Counter(case.kind for case in everything)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 10
    for some in (everything, sets["articles"]):
        assert sum(case.held_out for case in some) >= len(some) / 3


def test_a_library_is_held_out_as_a_whole_or_not_at_all(sets):
    libraries = {name: cases for name, cases in sets.items() if name != "articles"}
    assert sorted(libraries) == ["handbook", "nursing", "trades"]
    assert [name for name, some in libraries.items() if any(case.held_out for case in some)] == ["trades"]
    assert all(case.held_out for case in libraries["trades"])
    assert all(len(some) >= 100 for some in libraries.values())


def test_every_section_of_every_article_is_the_gold_of_two_cases(cases, articles):
    sections = coverage(articles.values(), cases)
    assert {section.article for section in sections} == set(articles)
    assert not [section for section in sections if len(section.cases) < ENOUGH]


def test_a_section_that_no_case_asks_about_shows(articles, cases):
    sections = coverage(articles.values(), [case for case in cases if "Three titles." in str(case.gold)])
    assert [section for section in sections if not section.cases]


def test_every_gold_quote_states_a_fact_that_is_asked_for(sets):
    """A case whose own gold would fail it measures nothing."""
    for case in (case for cases in sets.values() for case in cases):
        for group in case.facts if case.gold else ():
            text = " ".join(quote for quotes in case.gold for quote in quotes).lower()
            assert any(fact.lower() in text for fact in group), (case.id, group)
