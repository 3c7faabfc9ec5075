"""Every file of the index is damaged in several ways: no answer is another than it was, and a sync makes it good."""

from __future__ import annotations

import random

import pytest
from test_corpus_damage import answer, flip, home, kept, opened, part  # noqa: F401 - two of them are fixtures

from corpus import CorpusError

FILES = [
    *("build-*/catalog.sqlite3", "build-*/checksums", "current", "build-*/vectors-*/chroma.sqlite3"),
    *(f"build-*/vectors-*/*/{name}" for name in ("data_level0.bin", "header.bin", "length.bin", "link_lists.bin")),
    "build-*/vectors-*/*/index_metadata.pickle",
]


def flipped(path, folder):
    """A byte here and there."""
    order = random.Random(path.name)
    for _ in range(5):
        flip(path, order.randrange(max(1, path.stat().st_size)), seed=order.randrange(100))


def truncated(path, folder):
    """Its second half is gone."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path, folder):
    """It is there, and holds nothing."""
    path.write_bytes(b"")


def deleted(path, folder):
    """It is not there."""
    path.unlink()


def swapped(path, folder):
    """It holds what another file of the index should."""
    others = sorted(
        one for one in (folder / "index").rglob("*") if one.is_file() and one != path and one.stat().st_size
    )
    path.write_bytes(random.Random(path.name).choice(others).read_bytes())


GRAPH = (truncated, deleted, swapped)  # of the vectors' own files; the rest is done to a byte of each elsewhere
WAYS = [
    (pattern, damage)
    for pattern in FILES
    for damage in (GRAPH if "/*/" in pattern else (flipped, truncated, emptied, deleted, swapped))
]
QUICK = {("build-*/catalog.sqlite3", truncated), (FILES[4], deleted)}  # those that `make test` tries as well


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [
        pytest.param(
            *way,
            id=f"{way[0].rpartition('/')[2]} {way[1].__name__}",
            marks=[] if way in QUICK else pytest.mark.breaking,
        )
        for way in WAYS
    ],
)
def test_damage_is_seen_or_of_no_effect_and_a_sync_makes_it_good(kept, home, pattern, damage, capfd):  # noqa: F811
    damage(part(home, pattern), home)
    library = opened(home)
    try:
        assert answer(library) == kept[1], "another answer than it was, and nobody was told"
    except CorpusError as exc:
        assert "sync" in str(exc) and "\n" not in str(exc)
    library.sync()
    assert answer(opened(home)) == kept[1]
    assert [one for one in opened(home).examine() if not one.is_well and one.subject != "space"] == []
    assert "panicked" not in capfd.readouterr().err
