"""Searches and answers limited to some articles: nothing of the others is used."""

from __future__ import annotations

import pytest

from advisor import QuestionError
from corpus import Library, ScopeError
from corpus.settings import Settings
from tests.fakes import BagOfWords, article_file

JOINAI, CODER = "joinai-three-roles-2026", "coderdev-hiring-guide"


@pytest.fixture
def pets(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(30):  # so many that the first places are all of these
        text = f"Dogs bark at night and dogs bark by day in house {number}."
        (folder / f"dogs-{number}.md").write_text(article_file(f"dogs-{number}", text, published='"2020-01-01"'))
    (folder / "cats.md").write_text(article_file("cats", "Cats purr. No cat likes dogs.", published='"2026-05-01"'))
    (folder / "fish.md").write_text(article_file("fish", "Fish swim with dogs."))
    library = Library(Settings(home=tmp_path, articles=(folder,)), BagOfWords())
    library.sync()
    return library


def found(library, **limits):
    return {hit.passage.article for hit in library.search("dogs bark at night", 5, terms=["dog", "bark"], **limits)}


def test_a_limit_is_part_of_the_search_and_no_cut_of_its_result(pets):
    assert all(id_.startswith("dogs-") for id_ in found(pets))
    assert found(pets, sources=["cats", "fish"]) == {"cats", "fish"}
    assert found(pets, since="2026-01-01") == {"cats"}, "an article without a date is left out"
    assert found(pets, sources=["cats", "dogs-3"], since="2021-01-01") == {"cats"}
    (hit,) = pets.search("dogs bark", 5, terms=["dog"], sources=["cats"])
    assert hit.similarity and hit.lexical, "both rankings have looked there"


def test_a_limited_library_shows_and_counts_nothing_else(pets):
    part = pets.limited(["cats"])
    assert [article.id for article in part.articles()] == ["cats"]
    assert part.article("fish") is None and part.passage_at("fish", 0) is None
    assert part.passage_at("cats", 0)
    assert part.passage_count() == 1 and pets.passage_count() == 32
    assert part.frequencies(["bark", "purr", "dog"]) == {"purr": 1, "dog": 1}
    assert part.state != pets.state and part.state == pets.limited({"cats"}).state
    with pytest.raises(ScopeError):
        part.limited(["fish"])


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"sources": ["cats", "cows"]}, r"'cows'; it has 'cats', 'dogs-0'.*and 24 more"),
        ({"sources": []}, "is empty; name some of 'cats'"),
        ({"sources": "cats"}, "pass a list"),
        ({"sources": 1.5}, "1.5, which is no list of article ids"),
        ({"sources": ["cats", ["cats"]]}, "no list of article ids"),
        ({"sources": [None]}, "no list of article ids"),
        ({"since": "last May"}, "YYYY-MM-DD"),
        ({"since": 2026}, "YYYY-MM-DD"),
        ({"since": "2026-05-02"}, "newest is of 2026-05-01"),
        ({"since": "2026-05-02", "sources": ["fish"]}, "none of them states its date"),
    ],
)
def test_a_limit_that_leaves_nothing_says_what_there_is(pets, limits, named):
    with pytest.raises(ScopeError, match=named) as caught:
        pets.search("dogs", **limits)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


def test_an_answer_uses_only_the_articles_it_is_limited_to(advisor):
    question = "What do mid-level ML engineers earn?"
    whole = advisor.ask(question)
    assert len({citation.article for citation in whole.citations}) > 1
    assert "what a mid-level machine learning engineer earns" in {one.topic for one in whole.disagreements}
    for id_ in (JOINAI, "ml-vs-ai-engineer-salary-career-path"):
        answer = advisor.ask(question, sources=[id_])
        assert answer.status == "answered"
        assert {citation.article for citation in answer.citations} == {id_}
        topics = {difference.topic for difference in answer.disagreements}
        assert "what a mid-level machine learning engineer earns" not in topics, "its other side does not count"
        assert {passage.article for passage in advisor.retrieve(question, sources=[id_])} == {id_}
    assert {citation.article for citation in advisor.ask(question, since="2026-01-01").citations} == {JOINAI}


def test_what_other_articles_answer_is_not_covered(advisor):
    question = "How much could AI add to global GDP by 2030?"
    assert advisor.ask(question).status == "answered"
    limited = advisor.ask(question, sources=[CODER])
    assert limited.status != "answered"
    assert {citation.article for citation in limited.citations} <= {CODER}
    assert advisor.ask(question).status == "answered", "what is remembered of one is not taken for the other"


def test_follow_ups_are_answered_by_the_same_articles(advisor):
    answer = advisor.ask("How should I vet an ML engineer before hiring?", sources=[CODER])
    assert answer.follow_ups
    for question in answer.follow_ups:
        assert advisor.ask(question, sources=[CODER]).status == "answered", question


def test_a_wrong_limit_is_a_question_error(advisor):
    for limits in (
        {"sources": ["nope"]},
        {"sources": []},
        {"since": "soon"},
        {"since": "20260101"},
        {"since": "2026-W01-1"},
    ):
        with pytest.raises(QuestionError):
            advisor.ask("Which role pays more?", **limits)
    with pytest.raises(QuestionError, match="since is '2026-02-30', which is a day that does not exist"):
        advisor.ask("Which role pays more?", since="2026-02-30")
