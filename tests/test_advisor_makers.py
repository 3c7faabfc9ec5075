"""The names of publishers and authors in a question, found alike in a small library and in one of 5,000 articles."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from advisor.find.makers import Makers, makers_of, names_of
from advisor.question.words import content, stems
from corpus import Library, Listed

PARTS = ("ka", "lo", "mi", "ren", "sto", "vel", "dar", "nu", "pex", "ori", "tan", "gri", "bo", "sul", "fen", "hax")
MANY, MOST_MS = 5_000, 10
ARTICLES = {"the", "a", "an"}


def listed(number, publisher=None, author=None):
    return Listed(f"a{number}", "A title", publisher, author, None, None, None, None, 0, 0)


def invented(count):
    order = random.Random(5)

    def name():
        return " ".join("".join(order.choices(PARTS, k=3)).capitalize() for _ in range(2))

    ends = (" Group", " Press", "", " (North)", " of the South")
    return [listed(n, name() + order.choice(ends), name() if n % 2 else None) for n in range(count)]


def plainly(text, articles):
    """The same as `Makers.called`, by trying every name of every article at every place."""
    tokens = text.split()
    for size in range(min(len(tokens), 8), 0, -1):
        for run in (tokens[at : at + size] for at in range(len(tokens) - size + 1)):
            told, is_name = stems(" ".join(run)) - ARTICLES, any(t[:1].isupper() and content(t) for t in run)
            meant = [
                one
                for one in articles
                if content(" ".join(run))
                and any(told <= name and (is_name or 2 * len(told) > len(name)) for name in names_of(one))
            ]
            if meant:
                return " ".join(run), meant
    return "", []


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
    found, meant = Makers(articles).called(text)
    assert (found, [one.id for one in meant]) == (name, made)
    assert (found, meant) == plainly(text, articles)


def test_of_many_makers_the_same_are_found_as_by_trying_all():
    articles, order = invented(60), random.Random(2)
    makers = Makers(articles)
    for _ in range(300):
        one = order.choice(articles)
        words = f"{one.publisher} {one.author or ''} the a pay Group group what Or south".split()
        text = " ".join(order.choices(words, k=order.randint(1, 10)))
        text = text if order.random() < 0.5 else text.lower()
        assert makers.called(text) == plainly(text, articles), text


def test_of_five_thousand_articles_a_maker_is_found_at_once():
    makers = Makers(invented(MANY))
    hostile = ["press group " * 5, "what group of the press in the south says", "North " * 10, "the " * 15]
    names = [f"{one.publisher}, the maker" for one in invented(20)] + [one.author for one in invented(20) if one.author]
    took = []
    for text in itertools.chain(hostile, names):
        start = time.perf_counter()
        makers.called(text)
        took.append(1000 * (time.perf_counter() - start))
    assert sorted(took)[len(took) // 2] < MOST_MS / 5
    assert min(sorted(took)[-2:]) < MOST_MS, "one may be late on a busy machine"


def test_makers_are_read_again_when_the_library_has_changed(own_home, tmp_path):
    library = Library.open(own_home)
    before = makers_of(library)
    assert makers_of(library) is before is makers_of(Library.open(own_home))
    note = tmp_path / "note.md"
    note.write_text("# Boats\n\nA boat that is left in the rain all winter needs a new coat of paint in spring.\n")
    library.add(note, publisher="Harnby Boatyards")
    assert makers_of(library).called("Harnby Boatyards")[1]
    assert not makers_of(library.limited(["coderdev-hiring-guide"])).called("Harnby Boatyards")[1]
    assert not before.called("Harnby Boatyards")[1]
