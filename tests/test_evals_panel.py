"""The panel: what judges are given to read, and what becomes of what they write."""

from __future__ import annotations

import json

import pytest

from evals import __main__ as command_line
from evals.panel.read import MEASURES
from evals.panel.write import BRIEF, pick

GOOD = dict.fromkeys(("direct", "complete", "no_padding", "reads_well"), 5) | {
    "right_to_answer": True,
    "content": True,
    "frames_not_borne_out": 0,
}


@pytest.fixture(scope="module")
def main(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADVISOR_HOME", str(home))
        yield lambda *given: command_line.main(["panel", *map(str, given)])


@pytest.fixture(scope="module")
def written(main, tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel") / "of nursing"
    assert main("--library", "nursing", "--turns", 6, "--out", folder) == 0
    return folder


@pytest.fixture
def folder(tmp_path):
    """A panel's folder of three turns."""
    key = {"library": "bread", "target": "baker", "seed": 0, "turns": {"1.1": "c-2.1", "1.2": "c-2.2", "2.1": "c-1.1"}}
    (tmp_path / "judgements").mkdir()
    (tmp_path / "key.json").write_text(json.dumps(key))
    return tmp_path


def judge(folder, name, *lines):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "judgements" / f"{name}.jsonl").write_text(text + "\n\n")


def test_judges_get_the_brief_the_articles_and_whole_conversations(written, articles):
    lines = [json.loads(line) for line in (written / "conversations.jsonl").read_text().splitlines()]
    key = json.loads((written / "key.json").read_text())
    told = (written / "conversations.md").read_text()
    assert len(lines) >= 6
    assert [line["turn"] for line in lines] == list(key["turns"])
    assert lines[0]["turn"] == "1.1"
    last: dict[str, int] = {}
    for number, id_ in key["turns"].items():
        (conversation, turn), (_, its) = number.split("."), id_.rsplit(".", 1)
        assert turn == its, "whole, in order"
        last[conversation] = int(turn)
    assert all(count >= 3 for count in last.values())
    for line in lines:
        assert f"## Turn {line['turn']}\n\n**Asked:** {line['question']}" in told
        assert line["answer"] in told
        assert "n-nursing" not in json.dumps(line), "judges are told no ids"
    assert any(line["sources"] for line in lines)
    assert (written / "README.md").read_text() == BRIEF.read_text()
    assert (written / "articles.md").read_text().count("\n# ") >= 6
    assert not [*(written / "judgements").iterdir()]
    assert not any(article.title in (written / "articles.md").read_text() for article in articles.values())


def test_what_was_judged_is_not_written_over(written, main, capsys):
    judge(written, "anna", {"turn": "1.1"} | GOOD)
    assert main("--library", "nursing", "--turns", 6, "--out", written) == 2
    assert "holds judgements of other answers" in capsys.readouterr().err
    assert main("--read", written) == 0
    assert "anna" in capsys.readouterr().out


def test_the_same_seed_picks_the_same_conversations_in_the_same_order():
    every = [[f"{number}.{turn}" for turn in range(3)] for number in range(20)]
    assert pick(every, 7, 1) == pick(every, 7, 1) != pick(every, 7, 2)
    assert sum(map(len, pick(every, 7, 1))) == 9
    assert len(pick(every, 1000, 1)) == 20


def test_means_are_of_the_turns_and_each_judge_stands_beside(folder, main, capsys):
    judge(folder, "anna", *({"turn": turn} | GOOD for turn in ("1.1", "1.2", "2.1")))
    judge(
        folder,
        "bert",
        {"turn": "1.1", "note": "beside the point"} | GOOD | {"direct": 1, "content": False, "frames_not_borne_out": 2},
        {"turn": "2.1"} | GOOD,
    )
    assert main("--read", folder) == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line.split() for line in said.splitlines() if line.strip()}
    assert set(MEASURES) <= set(lines)
    assert "3 turns of bread, answered by baker; judges: anna, bert" in said
    assert lines["direct"][1] == "4.333"  # (5 + 1) / 2, 5, 5
    assert lines["direct"][-3:] == ["n=3", "5.000", "3.000"]
    assert (lines["content"][1], lines["frames_not_borne_out"][1]) == ("0.833", "0.333")
    assert "bert: 1 turns not judged" in said


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({"turn": "9.9"} | GOOD, "bert.jsonl:2: turn: 9.9 is none of them"),
        ({"turn": ["1.1"]} | GOOD, "bert.jsonl:2: turn: ['1.1'] is none of them"),
        ({"turn": "1.1"} | GOOD, "bert.jsonl:2: turn: 1.1 is judged above"),
        ({"turn": "1.2"} | GOOD | {"direct": 6}, "bert.jsonl:2: direct: write a whole number from 1 to 5, not 6"),
        ({"turn": "1.2"} | GOOD | {"complete": True}, "bert.jsonl:2: complete: write a whole number from 1 to 5"),
        ({"turn": "1.2"} | GOOD | {"content": 1}, "bert.jsonl:2: content: write true or false, not 1"),
        ({"turn": "1.2"} | GOOD | {"frames_not_borne_out": -1}, "bert.jsonl:2: frames_not_borne_out: write a whole"),
        ({"turn": "1.2"}, "bert.jsonl:2: direct: write a whole number from 1 to 5, not null"),
        ("[]", "bert.jsonl:2: the line is no object"),
    ],
)
def test_a_bad_judgement_is_named(folder, main, capsys, line, wrong):
    judge(folder, "bert", {"turn": "1.1"} | GOOD, line)
    assert main("--read", folder) == 2
    assert capsys.readouterr().err.startswith(f"evals: {wrong}")


def test_what_is_no_panel_is_said_in_one_line(folder, main, tmp_path, capsys):
    for given, wrong in (
        (("--read", folder), "no judge has written there yet"),
        (("--read", tmp_path / "nowhere"), "is no panel's folder"),
        (("--library", "bakery", "--out", tmp_path / "out"), "'bakery' is none of"),
        (("--library", "nursing", "--target", "stock:", "--out", tmp_path / "out"), "is no target"),
        (("--library", "nursing", "--target", "advisor:ask", "--out", tmp_path / "out"), "gave no answer to"),
    ):
        assert main(*given) == 2
        said = capsys.readouterr().err.strip().splitlines()
        assert wrong in said[-1]
        assert said[-1].startswith("evals: ")


def test_the_brief_names_every_measure():
    text = BRIEF.read_text(encoding="utf-8")
    assert all(f"| `{measure}` |" in text and f'"{measure}": ' in text for measure in MEASURES)
