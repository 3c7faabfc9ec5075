"""Figures in whatever way they are written."""

from __future__ import annotations

import pytest

from advisor.verify.figures import figures_in


def read(text):
    return [(figure.value, figure.kind) for figure in figures_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        "$149,000",
        "$149K",
        "$149k",
        "149 thousand dollars",
        "one hundred and forty-nine thousand dollars",
        "USD 149,000",
    ],
)
def test_one_amount_in_any_writing_is_one(text):
    assert read(text) == [(149_000, "money")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$149,000–$192,000", [(149_000, "money"), (192_000, "money")]),
        ("$149-192K", [(149_000, "money"), (192_000, "count")]),
        ("between $120K and $150K", [(120_000, "money"), (150_000, "money")]),
        ("37-40%", [(37, "percent"), (40, "percent")]),
        ("20 to 30 percent", [(20, "percent"), (30, "percent")]),
        ("three to five years", [(3, "year"), (5, "year")]),
        ("a five-year plan", [(5, "year")]),
        ("a decade", [(10, "year")]),
        ("half of them", [(50, "percent")]),
        ("twice as much", [(2, "times")]),
        ("in 2026", [(2026, "date")]),
        ("$1.5 million", [(1_500_000, "money")]),
        ("87% of 1,520 cases", [(87, "percent"), (1520, "count")]),
        ("GPT-4, S3 and 3D on 24/7 call", []),
        ("one of the best", []),
        ("", []),
    ],
)
def test_units_and_ranges(text, found):
    assert read(text) == found


def test_years_are_not_nearly_the_same_and_rounded_pay_is():
    near = figures_in("2030 2040 $149,000 $149,100 $150,000")
    assert not near[0].same_as(near[1])
    assert near[2].same_as(near[3])
    assert not near[2].same_as(near[4])
