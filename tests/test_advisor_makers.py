"""The names of publishers and authors in a question, in a small library and in one of 5,000 articles."""

from __future__ import annotations

import random
import time

import pytest

from advisor.find.makers import maker_in
from corpus import Listed

PARTS = ("ka", "lo", "mi", "ren", "sto", "vel", "dar", "nu", "pex", "ori", "tan", "gri", "bo", "sul", "fen", "hax")
MANY, MOST_MS = 5_000, 100


def listed(number, publisher=None, author=None):
    return Listed(f"a{number}", "A title", publisher, author, None, None, None, None, 0, 0)


@pytest.mark.parametrize(
    ("text", "name", "made"),
    [
        ("the people at Orrin Vale", "Orrin Vale", ["a0"]),
        ("orrin", "", []),
        ("Orrin", "Orrin", ["a0"]),
        ("orrin vale press", "orrin vale press", ["a0"]),
        ("vale press", "vale press", ["a0"]),
        ("the WCN", "the WCN", ["a1"]),
        ("lee", "", []),
        ("Ada Lee or Orrin Vale", "Ada Lee", ["a1"]),
        ("Press", "Press", ["a0", "a2"]),
        ("the press in general", "", []),
        ("what they say", "", []),
        ("", "", []),
    ],
)
def test_a_maker_is_known_by_most_of_a_name_or_by_its_capitals(text, name, made):
    articles = [
        listed(0, "Orrin Vale Press"),
        listed(1, "Ward Council of Nurses (WCN)", "Ada Lee"),
        listed(2, "The Longer Name of a Press"),
    ]
    found, meant = maker_in(text, articles)
    assert (found, [one.id for one in meant]) == (name, made)


def test_of_five_thousand_articles_a_maker_is_found_at_once():
    order = random.Random(5)
    names = [" ".join("".join(order.choices(PARTS, k=3)).capitalize() for _ in range(2)) for _ in range(MANY)]
    articles = [listed(number, f"{name} {('Group', 'Press (North)')[number % 2]}") for number, name in enumerate(names)]
    took = []
    for text in ("press group " * 5, "what group of the press in the north says", "North " * 10, *names[:20]):
        start = time.perf_counter()
        found, _ = maker_in(text, articles)
        took.append(1000 * (time.perf_counter() - start))
        assert found == text or text not in names
    assert sorted(took)[len(took) // 2] < MOST_MS
