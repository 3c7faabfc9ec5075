from __future__ import annotations

import dataclasses
import re

import pytest

from advisor.web.render import Piece, Turn, conversation
from corpus import parse_article
from tests.fakes import article_file

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</article><h1>owned</h1>",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "[x](javascript:alert(1))",
    "${alert(1)} {{7*7}}",
]


def tags(html):
    return set(re.findall(r"<([a-zA-Z][\w-]*)", html))


@pytest.fixture
def answered(advisor):
    answer = advisor.ask("What do mid-level ML engineers earn?")
    pieces = tuple(Piece(claim.text, " ", claim.citations) for claim in answer.claims)
    return Turn(answer.question, pieces, answer.citations, answer)


def test_each_mark_leads_to_its_quote_in_its_passage(answered, articles):
    html = conversation([answered], articles)
    for citation in answered.citations:
        assert html.count(f'href="#source-1-{citation.number}"') >= 1
        assert html.count(f'id="source-1-{citation.number}"') == 1
        assert citation.interest.replace("'", "&#x27;") in html
    assert "date not stated" in html


def test_two_turns_do_not_share_anchors(answered, articles):
    html = conversation([answered, answered], articles)
    assert 'id="source-1-1"' in html
    assert 'id="source-2-1"' in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text, answered, articles):
    plain = tags(conversation([answered], articles))
    hostile = dataclasses.replace(answered.citations[0], title=text, publisher=text, author=text, interest=text)
    turn = Turn(text, (Piece(f"{text} [1]", "\n\n", (1,)),), (hostile,), answered.answer)
    html = conversation([turn], articles)
    assert tags(html) <= plain
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert not re.search(r'href="(?!#)', html)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_article_is_shown_and_does_nothing(text, articles):
    article = parse_article(article_file("evil", f"## {text}\n\nSome words {text} and more."))
    article = dataclasses.replace(article, title=text, publisher=text, interest=text)
    html = conversation([], {"evil": article}) + conversation([Turn("q", error=text)], {})
    assert "script" not in tags(html)
    assert not tags(html) & {"img", "svg", "h1"}


def test_an_error_is_an_alert_and_a_refusal_has_buttons(advisor, articles):
    assert 'role="alert"' in conversation([Turn("q", error="No.")], articles)
    refusal = advisor.ask("What do ML engineers earn in Germany?")
    html = conversation([Turn("q", (), refusal.citations, refusal)], articles)
    assert html.count("data-ask=") == len(refusal.follow_ups) > 0


def test_a_mark_in_the_words_of_others_leads_nowhere(answered, articles):
    html = conversation([Turn("q", (Piece("They say [1] and [99]."),), answered.citations, answered.answer)], articles)
    assert 'href="#source-1-1"' not in html
    assert "[99]" in html


def test_a_quote_whose_article_has_changed_is_shown_alone(answered, articles):
    changed = {id_: dataclasses.replace(a, text="# New\n\nAll is new.") for id_, a in articles.items()}
    for now in (changed, {}):
        html = conversation([answered], now)
        for citation in answered.citations:
            assert html.count(f'id="source-1-{citation.number}"') == 1
