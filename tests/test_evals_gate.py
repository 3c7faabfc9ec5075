"""Estimates, thresholds and baselines: what passes, what fails, what cannot be used."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from evals.case import Case
from evals.estimate import estimate, paired
from evals.gate import (
    MEAN,
    THRESHOLDS,
    WORST,
    GateError,
    check_baseline,
    check_errors,
    check_libraries,
    check_thresholds,
    read_baseline,
    read_thresholds,
    write_baseline,
)
from evals.run import ARTICLES, Row
from evals.scorers import SCORERS
from evals.summary import summarise
from evals.trial import Score

CASE = Case("x-0", "figure", False, "?", (), None, (), (), ("answered",), "")


def rows(library: str = ARTICLES, **scores: list[float | None]) -> list[Row]:
    count = len(next(iter(scores.values())))
    return [
        Row(
            dataclasses.replace(CASE, id=f"{library[0]}-{n}"),
            None,
            {name: Score(v[n], "why") for name, v in scores.items()},
            library=library,
        )
        for n in range(count)
    ]


def scored(values: list[float | None]) -> list[Score]:
    return [Score(value, "", undecided=value is None) for value in values]


def test_an_estimate_counts_what_is_unscored():
    found = estimate(scored([1, 0, None, 1]))
    assert found is not None
    assert (found.value, found.n, found.unscored, found.undecided) == (pytest.approx(2 / 3), 3, 1, 1)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert estimate(scored([None])) is None
    assert estimate([]) is None


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        found = estimate(scored(list((generator.random(100) < 0.7).astype(float))))
        hits += found.low <= 0.7 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_percentiles():
    values = [float(n) for n in range(1, 101)]
    assert estimate(scored(values), "p50").value == pytest.approx(50.5)
    assert estimate(scored(values), "p95").value == pytest.approx(95.05)


def test_a_paired_difference_is_surer_than_two_means():
    before = [float(n % 2) for n in range(100)]
    after = [0.0 if n % 10 == 1 else value for n, value in enumerate(before)]
    change = paired(before, after)
    assert change.value == pytest.approx(-0.1)
    assert change.high < 0
    with pytest.raises(ValueError, match="no case"):
        paired([], [])


def test_thresholds_name_metrics_that_are():
    assert set(THRESHOLDS) == {ARTICLES, MEAN, WORST}
    assert all(set(limits) <= set(SCORERS) for limits in THRESHOLDS.values())
    assert read_thresholds("faithfulness=0.99, facts=.8") == {"faithfulness": 0.99, "facts": 0.8}
    for bad in ("", "beauty=1", "facts", "facts=much"):
        with pytest.raises(GateError, match="--fail-under"):
            read_thresholds(bad)


@pytest.mark.parametrize(
    ("name", "limit", "passed"), [("facts", 0.5, True), ("facts", 0.51, False), ("wrong_refusal", 0.5, True)]
)
def test_a_threshold_is_kept_or_not(name, limit, passed):
    found = {name: estimate(scored([1, 0]))}
    (check,) = check_thresholds(found, {name: limit})
    assert check.passed is passed
    assert f"{limit:g}" in check.said


def test_a_metric_that_scored_nothing_fails():
    (check,) = check_thresholds({"facts": None}, {"facts": 0.5})
    assert not check.passed


def test_lower_is_better_for_refusals():
    (check,) = check_thresholds({"wrong_refusal": estimate(scored([1, 0, 0, 0]))}, {"wrong_refusal": 0.2})
    assert not check.passed


def test_errors_are_a_check():
    assert check_errors(rows(facts=[1.0])) == []
    (check,) = check_errors([Row(CASE, None, {}, "ValueError: broken")])
    assert not check.passed
    assert "x-0: ValueError: broken" in check.said


LIBRARIES = [
    *rows(facts=[1.0, 1.0], wrong_refusal=[0.0, 0.0]),
    *rows("one", facts=[1.0, 0.5], wrong_refusal=[0.0, 0.0]),
    *rows("two", facts=[0.25], wrong_refusal=[1.0]),
]


def test_every_library_counts_the_same_in_the_mean_and_the_articles_in_none():
    found = summarise(LIBRARIES)
    assert list(found.libraries) == [ARTICLES, "one", "two"]
    assert found.libraries["one"]["all"]["facts"].value == 0.75
    mean, worst = found.mean["facts"], found.worst["facts"]
    assert (mean.value, mean.low, mean.high, mean.n) == (0.5, 0.25, 0.75, 3)
    assert (worst.value, worst.n, found.worst_of["facts"]) == (0.25, 1, "two")
    assert (found.worst["wrong_refusal"].value, found.worst_of["wrong_refusal"]) == (1.0, "two")
    assert found.mean["status"] is None
    assert "status" not in found.worst_of


def test_the_articles_alone_have_no_mean_and_no_worst():
    found = summarise(rows(facts=[1.0]))
    assert found.mean["facts"] is None
    assert found.worst_of == {}


@pytest.fixture
def limits(monkeypatch):
    """Thresholds on which the libraries above can be told apart."""
    wanted = {ARTICLES: {"facts": 1.0}, MEAN: {"facts": 0.5}, WORST: {"facts": 0.3, "wrong_refusal": 0.5}}
    monkeypatch.setattr("evals.gate.THRESHOLDS", wanted)


def test_articles_mean_and_worst_have_thresholds_of_their_own(limits):
    found = {check.name: check.passed for check in check_libraries(summarise(LIBRARIES), complete=True)}
    assert found == {
        "facts, articles": True,
        f"facts, {MEAN}": True,
        f"facts, {WORST}": False,
        f"wrong_refusal, {WORST}": False,
    }


def test_some_libraries_alone_are_held_to_no_mean(limits):
    assert [check.name for check in check_libraries(summarise(LIBRARIES), complete=False)] == ["facts, articles"]
    assert check_libraries(summarise(LIBRARIES[2:]), complete=False) == []


def stored(tmp_path, given):
    path = tmp_path / "deep" / "base.json"
    write_baseline(given, {"target": "quote"}, path)
    return read_baseline(path)


def test_a_baseline_fails_a_drop_and_passes_noise_and_gains(tmp_path):
    base = rows(facts=[1.0] * 50 + [0.0] * 50, wrong_refusal=[0.0] * 100)
    baseline = stored(tmp_path, base)
    verdicts = {}
    for name, facts, refusals in (
        ("same", [1.0] * 50 + [0.0] * 50, [0.0] * 100),
        ("swap", [0.0, *[1.0] * 49, 1.0, *[0.0] * 49], [0.0] * 100),
        ("gain", [1.0] * 60 + [0.0] * 40, [0.0] * 100),
        ("drop", [1.0] * 40 + [0.0] * 60, [0.0] * 100),
        ("mute", [1.0] * 50 + [0.0] * 50, [1.0] * 10 + [0.0] * 90),
    ):
        checks = check_baseline(rows(facts=facts, wrong_refusal=refusals), baseline)
        verdicts[name] = [check.name for check in checks if not check.passed]
    assert verdicts == {
        "same": [],
        "swap": [],
        "gain": [],
        "drop": ["facts against base.json", "facts against base.json, figure"],
        "mute": ["wrong_refusal against base.json", "wrong_refusal against base.json, figure"],
    }


def test_a_library_that_got_worse_is_a_check_of_its_own(tmp_path):
    before = [*rows(facts=[0.0] * 40), *rows("one", facts=[1.0] * 20)]
    after = [*rows(facts=[1.0] * 40), *rows("one", facts=[0.0] * 20)]
    checks = check_baseline(after, stored(tmp_path, before))
    assert [check.name for check in checks if not check.passed] == ["facts against base.json, one"]


def test_cases_that_are_gone_fail_a_whole_run(tmp_path):
    baseline = stored(tmp_path, rows(facts=[1.0, 1.0]))
    checks = check_baseline(rows(facts=[1.0]), baseline)
    assert [check.said for check in checks if not check.passed] == ["1 are gone, the first a-1"]
    assert all(check.passed for check in check_baseline(rows(facts=[1.0]), baseline, whole=False))


def test_a_baseline_that_cannot_be_used_says_so(tmp_path):
    with pytest.raises(GateError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
    for text in ("", "[]", "{}", '{"rows": 3}', '{"rows": [{"id": "x"}]}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(GateError, match="no stored run"):
            read_baseline(tmp_path / "bad.json")
    with pytest.raises(GateError, match="shares no scored case"):
        check_baseline(rows(facts=[1.0]), stored(tmp_path, rows(status=[1.0])), whole=False)


def test_a_baseline_is_a_case_a_line(tmp_path):
    stored(tmp_path, rows(facts=[1.0, None], latency_ms=[3.0, 4.0]))
    text = (tmp_path / "deep" / "base.json").read_text()
    assert len(text.splitlines()) == 5
    assert [row["scores"] for row in json.loads(text)["rows"]] == [{"facts": 1.0}, {}]
