"""Recorded writing said again whatever the prompt is, and what is counted of it."""

from __future__ import annotations

import json

import pytest

from advisor import Answer, Claim, Usage
from advisor.models.chat import Chat
from advisor.settings import load_settings
from evals import __main__ as command_line
from evals.case import CaseError
from evals.gate import GateError
from evals.options import RECORDING
from evals.replay import ReplayedModel, first_of, read_replays
from evals.written import METRICS, check, figures, read_figures

PAY = "What do mid-level ML engineers earn?"
EARN = "Mid-level MLEs command salaries between $149,000 and $192,000, with senior roles reaching well over $220,000."
FALSE = "Mid-level MLEs command salaries between $149,000 and $192,000 in Berlin."


def claim(text, verdict="supported", reason="the passage states it in other words"):
    return Claim(text, (1,) if verdict == "supported" else (), verdict, 1.0, reason)


def record(**fields):
    empty = dict.fromkeys(("understood", "written", "again"), "")
    more = {"passages": {}, "read": {}, "untrue": []}
    whole = {"library": "articles", "kind": "figure", "question": PAY, "history": [], "profile": None}
    return {**whole, **empty, **more, **fields}


@pytest.fixture
def replayed(advisor, library):
    """An advisor whose model says again what is recorded, with the keys of passages in another order."""
    passage = next(one for one in advisor.retrieve(PAY) if "$149,000 and $192,000" in one.content)
    said = record(
        written=f"{EARN} [p31] Nobody stated this of penguins [p32].",
        passages={"p31": first_of(passage.content), "p32": "a passage that is gone"},
        read={EARN: 'YES: "command salaries between"'},
    )
    return advisor.writing_with(Chat(ReplayedModel(record=said), load_settings("quote")))


def test_what_was_said_is_said_again_with_the_keys_of_now(replayed, articles):
    answer = replayed.ask(PAY)
    assert (answer.mode, answer.usage.repaired) == ("replayedmodel", 0)
    assert "$149,000" in answer.text
    assert any("penguins" in claim.text for claim in answer.withheld)
    cited = answer.citations[0]
    assert "$192,000" in articles[cited.article].text[cited.start : cited.end]


def test_shares_are_over_all_sentences_and_faults_are_known():
    shown = Answer(
        PAY, PAY, "", "answered", claims=(claim("One."), claim("Two.")), mode="m", usage=Usage(2, repaired=1)
    )
    lost = [claim("Three.", "unsupported"), claim("No, it is four.", "unsupported"), claim("Two.", "unsupported")]
    gone = Answer(PAY, PAY, "", "not_covered", withheld=tuple(lost), mode="quote", usage=Usage(1, unread=1))
    doubted = Answer(PAY, PAY, "", "answered", claims=(claim("Two.", reason="the second reader found it stated"),))
    given = figures([record(untrue=["Two."]), record(untrue=["It is four."]), record()], [shown, gone, doubted])
    assert {name: round(value, 3) for name, value in given.items()} == {
        "shown, and not stated": round(1 / 3, 3),
        "withheld, and stated": 0.5,  # three and two, of one, two, three and two
        "withheld": 0.5,
        "restarts": round(1 / 3, 3),
        "citations repaired": round(1 / 3, 3),
        "not read again": 1.0,
        "declined": round(1 / 3, 3),
    }


def test_none_may_be_worse_than_in_the_baseline():
    before = dict.fromkeys(METRICS, 0.05)
    assert all(one.passed for one in check(dict.fromkeys(METRICS, 0.055), before))
    worse = [one.name for one in check({**before, "restarts": 0.07}, before) if not one.passed]
    assert worse == ["restarts, of the answers"]


def test_our_recording_is_one_and_its_labels_are_of_what_it_says():
    records = read_replays(RECORDING)
    assert len(records) >= 60
    assert sum(one["library"] == "articles" for one in records) * 2 == len(records)
    assert sum(bool(one["history"]) for one in records) * 4 >= len(records)
    assert {"false_premise", "not_covered", "half_covered"} <= {one["kind"] for one in records}
    assert sum(len(one["untrue"]) for one in records) > 20


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "x.jsonl:1: not JSON"), ("{}", "x.jsonl:1: library"), (json.dumps(record(read=[])), "x.jsonl:1: read")],
)
def test_a_broken_recording_is_one_line(tmp_path, text, why):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(CaseError, match=why):
        read_replays(tmp_path / "x.jsonl")


@pytest.mark.parametrize("text", [None, "{", "[]", '{"figures": {}}'])
def test_figures_that_are_none_are_one_line(tmp_path, text):
    path = tmp_path / "written.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(GateError, match="make it with --update-baseline"):
        read_figures(path)


def test_by_the_command_line(tmp_path, monkeypatch, capsys, home):
    monkeypatch.setenv("ADVISOR_HOME", str(home))
    recording, baseline = tmp_path / "some.jsonl", tmp_path / "figures.json"
    lines = [record(written="Nobody stated this of penguins [p1].", passages={"p1": "gone"})]
    recording.write_text("".join(json.dumps(one) + "\n" for one in lines))
    given = ["written", "--recording", str(recording), "--baseline", str(baseline)]
    assert command_line.main(["written", "--update-baseline"]) == 2
    assert command_line.main(given) == 2
    assert command_line.main([*given, "--update-baseline"]) == 0
    assert read_figures(baseline)["restarts"] == 1.0
    assert command_line.main(given) == 0
    better = dict.fromkeys(METRICS, 0.0)
    baseline.write_text(json.dumps({"figures": better}))
    capsys.readouterr()
    assert command_line.main(given) == 1
    said = capsys.readouterr().out
    assert "worse: restarts, of the answers: 1.000; in the baseline 0.000" in said
    assert "withheld, stated: Nobody stated this of penguins." in said
