"""Conversations: what is loaded, how they are asked, and every score on good answers, padded ones and empty ones."""

from __future__ import annotations

import dataclasses
import json
import threading

import pytest

from advisor import Answer, Citation, Claim
from corpus import Article
from evals.case import CaseError
from evals.nuggets import NUGGETS, shown
from evals.run import Sources, run
from evals.scene import LIBRARIES, case_sets, names
from evals.scorers import OF_QUESTIONS, OF_TURNS, SCORERS
from evals.suite import choose
from evals.target import Asked, Target
from evals.trial import Trial
from evals.turns import CONVERSATION, CONVERSATIONS, load_turns, units

BAKED = "Bread is baked at 240 degrees."
HOT = "The oven must be at 240."
RESTS = "Dough rests for two hours."
CRUST = "Steam makes the crust shine."
CATS = "Cats like warm kitchens."
ELSEWHERE = "Rye needs an oven of 260 degrees."
TEXT = f"## Baking\n\n{BAKED} {RESTS} {CRUST} {CATS}\n\nRemember: {HOT}"
ARTICLES = {
    "one": Article("one", "One", TEXT, publisher="Baker"),
    "two": Article("two", "Two", ELSEWHERE, publisher="Miller"),
}
QUESTION = {"question": "how hot", "vital": [[BAKED, HOT], [RESTS]], "welcome": [CRUST]}
UNANSWERED = {"question": "and in space", "vital": [], "welcome": []}
LINE = {"id": "c-1", "held_out": False, "turns": [QUESTION, UNANSWERED]}


def loaded(tmp_path, *lines):
    path = tmp_path / "bread.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return load_turns(ARTICLES.values(), path)


def cite(number: int, *quotes: str) -> Citation:
    """A citation from the first of some sentences to the last."""
    article = next(one for one in ARTICLES.values() if quotes[0] in one.text)
    start, end = article.text.index(quotes[0]), article.text.index(quotes[-1]) + len(quotes[-1])
    fields = dict.fromkeys(("author", "published", "interest", "url"))
    place = {"section": "Baking", "quote": article.text[start:end], "start": start, "end": end}
    return Citation(
        number=number, article=article.id, title=article.title, publisher=article.publisher, **fields, **place
    )


def said(*quotes: str, status: str = "answered", before: str = "Baker:") -> Answer:
    """An answer that quotes some sentences, one after another."""
    claims = tuple(Claim(quote, (number,), "supported", 1.0, "") for number, quote in enumerate(quotes, 1))
    text = " ".join([before, *(f"{claim.text} [{claim.citations[0]}]" for claim in claims)])
    citations = tuple(cite(number, quote) for number, quote in enumerate(quotes, 1))
    return Answer("how hot", "", text.strip(), status, citations, claims)  # type: ignore[arg-type]


REFUSAL = Answer("?", "", "The articles do not answer that question.", "not_covered")
EMPTY = Answer("?", "", "", "answered")
NEAREST = said(BAKED, status="not_covered", before="The articles do not answer that. The nearest that they say:")


@pytest.fixture
def turns(tmp_path):
    return loaded(tmp_path, LINE)


@pytest.fixture
def score(turns):
    def score(name, given, turn=0, before=()):
        found = SCORERS[name](Trial(turns[turn], given, ARTICLES, before=before))
        assert found.reason
        return found.value

    return score


def test_a_line_is_a_conversation_and_its_turns_are_cases(turns):
    assert [(turn.id, turn.kind, turn.conversation) for turn in turns] == [
        ("c-1.1", CONVERSATION, "c-1"),
        ("c-1.2", CONVERSATION, "c-1"),
    ]
    assert turns[0].gold == ((BAKED, HOT), (RESTS,))
    assert turns[0].welcome == (CRUST,)
    assert (turns[0].status, turns[1].status) == (("answered", "partial"), ("not_covered", "off_topic"))


def test_a_library_without_conversations_has_none(tmp_path):
    assert load_turns((), tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"id": " "}, "bread.jsonl:2: id: write a text"),
        ({"id": "c-1"}, "bread.jsonl:2: id: 'c-1' is taken"),
        ({"held_out": 1}, "bread.jsonl:2: held_out: write true or false"),
        ({"turns": []}, "bread.jsonl:2: turns: write a list of objects"),
        ({"turns": ["how hot"]}, "bread.jsonl:2: turns: write a list of objects"),
        ({"mood": "happy"}, "bread.jsonl:2: mood: unknown field"),
        ({"turns": [QUESTION, {"question": "?", "vital": []}]}, "bread.jsonl:2: turn 2: welcome: missing"),
        ({"turns": [QUESTION | {"mood": "happy"}]}, "bread.jsonl:2: turn 1: mood: unknown field"),
        ({"turns": [QUESTION | {"question": ""}]}, "bread.jsonl:2: turn 1: question: write a text"),
        ({"turns": [QUESTION | {"vital": [BAKED]}]}, "bread.jsonl:2: turn 1: vital: write a list of lists"),
        ({"turns": [QUESTION | {"welcome": [7]}]}, "bread.jsonl:2: turn 1: welcome: write a list of lists"),
        ({"turns": [QUESTION | {"vital": [["Ovens fly."]]}]}, "bread.jsonl:2: c-2.1: no article holds “Ovens fly.”"),
        ({"turns": [QUESTION | {"welcome": ["Ovens fly."]}]}, "bread.jsonl:2: c-2.1: no article holds “Ovens fly.”"),
    ],
)
def test_a_bad_line_names_file_line_and_what_is_wrong(tmp_path, change, wrong):
    with pytest.raises(CaseError) as caught:
        loaded(tmp_path, LINE, LINE | {"id": "c-2"} | change)
    assert str(caught.value).startswith(wrong)
    assert "\n" not in str(caught.value)


def test_a_conversation_is_chosen_whole(turns):
    from argparse import Namespace

    from evals.scene import CaseSet

    sets = [CaseSet("bread", None, cases=tuple(turns), chosen=tuple(turns))]
    for given in ({"ids": "c-1.2"}, {"kind": [CONVERSATION]}, {"limit": 1}):
        options = Namespace(**{"kind": None, "ids": "", "held_out": False, "limit": None} | given)
        assert [case.id for case in choose(sets, options)[0].chosen] == ["c-1.1", "c-1.2"]


def test_turns_are_asked_in_order_with_the_real_answers_before_them(tmp_path):
    lines = [LINE | {"id": f"c-{number}", "turns": [QUESTION, UNANSWERED, QUESTION]} for number in range(8)]
    turns, heard, lock = loaded(tmp_path, *lines), {}, threading.Lock()

    def ask(case):
        with lock:
            heard[case.id] = case.history
        if case.id == "c-3.1":
            raise ValueError("out of flour")
        return Asked(dataclasses.replace(REFUSAL, text=f"Answer to {case.id}."))

    rows = run(Target("baker", ask), turns, Sources(ARTICLES, ARTICLES, "bread"), jobs=4, progress=False)
    assert [row.case.id for row in rows] == [turn.id for turn in turns]
    first = (("user", "how hot"), ("assistant", "Answer to c-5.1."))
    assert heard["c-5.1"] == ()
    assert heard["c-5.2"] == first
    assert heard["c-5.3"] == (*first, ("user", "and in space"), ("assistant", "Answer to c-5.2."))
    assert rows[3 * 5 + 2].case.history == heard["c-5.3"]
    assert heard["c-3.2"] == (("user", "how hot"),), "what failed said nothing"
    assert len(units(turns)) == 8


def test_turns_and_single_questions_are_scored_on_their_own(turns):
    (row, _) = run(Target("baker", lambda case: Asked(said(BAKED))), turns, Sources(ARTICLES, ARTICLES), progress=False)
    assert set(row.scores) == set(SCORERS)
    assert {name for name, score in row.scores.items() if score.value is not None} <= OF_TURNS
    assert row.scores["vital_recall"].value == 0.5
    assert row.scores["quotes_valid"].value == 1
    assert row.scores["gold_quoted"].value is row.scores["recall@5"].value is None
    assert not OF_QUESTIONS & set(NUGGETS)
    assert set(SCORERS) == OF_QUESTIONS | OF_TURNS


def test_what_counts_as_a_statement():
    note = "Baker gives 240 degrees."
    text = (
        f"The articles do not answer “why?”.\n\nBaker, under “Baking”: {BAKED} [1] {CATS} [2]\n\n"
        f"The articles differ on the heat. {note} [1]\n\nThe articles differ on rye: compare Baker [1] and Miller [3]. "
        "Ovens fly."
    )
    claims = tuple(
        Claim(one, numbers, "supported", 1.0, "") for one, numbers in ((BAKED, (1,)), (CATS, (2,)), (note, (1,)))
    )
    given = Answer("?", "", text, "partial", (cite(1, BAKED), cite(2, CATS), cite(3, ELSEWHERE)), claims)
    found = [(one.text, [article for article, _, _ in one.spans]) for one in shown(given, ARTICLES)]
    assert found == [
        (BAKED, ["one"]),
        (CATS, ["one"]),
        (note, ["one"]),
        ("The articles differ on rye: compare Baker and Miller.", ["one", "two"]),
        ("Ovens fly.", []),
    ]


def test_a_quote_that_its_article_does_not_hold_shows_nothing():
    false = dataclasses.replace(cite(1, BAKED), quote="Bread is baked at 300 degrees.")
    (one,) = shown(dataclasses.replace(said(BAKED), citations=(false,)), ARTICLES)
    assert one.spans == ()


GOOD, SECOND = said(BAKED, RESTS), said(HOT, RESTS)
TABLE = [
    # scorer, what is answered, its value
    ("lead", [(GOOD, 1), (SECOND, 1), (said(RESTS), 1), (said(CRUST, BAKED), 0), (said(CATS), 0)]),
    ("lead", [(REFUSAL, 0), (NEAREST, 0), (EMPTY, 0), (said(BAKED, status="partial"), 1)]),
    ("vital_recall", [(GOOD, 1), (SECOND, 1), (said(HOT, BAKED), 0.5), (said(CRUST), 0), (REFUSAL, 0), (EMPTY, 0)]),
    ("on_point", [(GOOD, 1), (said(BAKED, CRUST), 1), (said(BAKED, CATS), 0.5), (said(CATS), 0)]),
    ("on_point", [(REFUSAL, None), (NEAREST, None), (EMPTY, None)]),
    ("repeats", [(GOOD, None)]),
    ("words", [(said(BAKED), 7), (said(BAKED, RESTS), 12), (EMPTY, 0)]),
]


@pytest.mark.parametrize(("name", "values"), TABLE, ids=lambda value: value if isinstance(value, str) else "")
def test_scores_where_the_articles_answer(score, name, values):
    assert [score(name, given) for given, _ in values] == [value for _, value in values]


def test_scores_where_they_do_not(score):
    assert [score("lead", given, 1) for given in (REFUSAL, NEAREST, GOOD, EMPTY)] == [1, 1, 0, 0]
    assert score("vital_recall", GOOD, 1) is score("on_point", GOOD, 1) is None


def test_a_nugget_is_found_by_its_place_not_by_its_words(score):
    claim = "Two hours of rest are what dough wants."
    given = Answer("?", "", f"{claim} [1]", "answered", (cite(1, RESTS),), (Claim(claim, (1,), "supported", 1.0, ""),))
    assert score("lead", given) == score("on_point", given) == 1
    assert score("vital_recall", given) == 0.5
    run_on = Answer("?", "", f"{RESTS} {CRUST} {CATS} [1]", "answered", (cite(1, RESTS, CATS),))
    run_on = dataclasses.replace(run_on, claims=(Claim(f"{RESTS} {CRUST} {CATS}", (1,), "supported", 1.0, ""),))
    assert score("on_point", run_on) == 1, "a quote of several sentences is one statement"


def test_what_was_shown_before_is_repeated(score):
    assert score("repeats", GOOD, before=(GOOD,)) == 1
    assert score("repeats", said(BAKED, CRUST), before=(GOOD,)) == 0.5
    assert score("repeats", said(BAKED), before=(said(CATS), said(BAKED))) == 1
    assert score("repeats", said(HOT), before=(said(BAKED),)) == 0, "the same in other words is another quote"
    assert score("repeats", REFUSAL, before=(GOOD,)) is None
    assert score("repeats", NEAREST, 1, before=(GOOD,)) == 1
    both = f"{BAKED} {RESTS}"
    longer = dataclasses.replace(said(BAKED), text=f"{both} [1]", citations=(cite(1, BAKED, RESTS),))
    longer = dataclasses.replace(longer, claims=(Claim(both, (1,), "supported", 1.0, ""),))
    assert score("repeats", longer, before=(said(BAKED),)) == 1, "the greater part"
    assert score("repeats", longer, before=(said(RESTS),)) == 0


@pytest.fixture(scope="module")
def conversations(library):
    """Every library's turns."""
    sets = case_sets(library)
    return {one.library: [case for case in one.cases if case.kind == CONVERSATION] for one in sets}


def test_every_library_has_conversations_and_every_file_a_library(conversations):
    assert set(conversations) == set(names(LIBRARIES))
    assert sorted(path.stem for path in CONVERSATIONS.glob("*.jsonl")) == sorted(conversations)
    assert all(len(turns) >= 40 for turns in conversations.values())


def test_every_nugget_stands_in_an_article_and_no_sentence_is_both(conversations, articles):
    """Loading has held every sentence against its library; here against the very articles, for the four."""
    for turns in conversations.values():
        for turn in turns:
            vital = {sentence for group in turn.gold for sentence in group}
            assert not vital & set(turn.welcome), turn.id
    for turn in conversations["articles"]:
        for sentence in (*(one for group in turn.gold for one in group), *turn.welcome):
            assert any(sentence in article.text for article in articles.values()), turn.id


def test_a_third_of_the_conversations_is_held_out_and_trades_as_a_whole(conversations):
    for library, turns in conversations.items():
        held_out = [turn.held_out for turn in turns]
        assert all(held_out) if library == "trades" else 0.2 < sum(held_out) / len(held_out) < 0.5
    for turn in (turn for turns in conversations.values() for turn in turns):
        assert turn.id.startswith(f"{turn.conversation}.")
