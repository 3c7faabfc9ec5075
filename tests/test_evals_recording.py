"""Written mode from a file: what a model said once is replayed through the real pipeline, without the model."""

from __future__ import annotations

import dataclasses
import json

import pytest
from chat_server import ChatServer, Reply, Status
from scripted import KEY, Script, Words, check, only_entailment, passages

from advisor import Advisor
from advisor.written.prompts import VERSION
from evals import __main__ as command_line
from evals.case import CaseError
from evals.recording import open_recording, record

PAY = "What do mid-level ML engineers earn?"
HISTORY = [("user", "What does an ML engineer do?"), ("assistant", "Builds models.")]
FOLLOW_UP = "And what does that pay at mid level?"
SCRIPT = Script(
    "Mid-level MLEs command salaries between $149,000 and $192,000 {command salaries}. "
    "AI Engineer has the highest variance and the highest ceiling right now {highest variance}. Pay rose in 1987 [p1].",
    condenses="What does that ML engineer pay at mid level?",
)


@pytest.fixture(autouse=True)
def settings(monkeypatch, home):
    monkeypatch.setattr("advisor.verify.verifier.open_entailment", lambda name: Words())
    monkeypatch.setattr("advisor.verify.verifier._weights", only_entailment)
    monkeypatch.setattr("advisor.models.chat._FIRST_WAIT", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ADVISOR_HOME", str(home))


@pytest.fixture
def recorded(tmp_path, monkeypatch, library, articles):
    """A recording of two questions, and the answers that were given when it was made."""
    path = tmp_path / "some" / "replies.jsonl"
    with ChatServer(SCRIPT) as server:
        monkeypatch.setenv("ADVISOR_MODEL_URL", server.url)
        advisor = Advisor(record("openai:scripted", path), library=library)
        answers = [check(advisor.stream(*asked), articles) for asked in ((PAY,), (FOLLOW_UP, HISTORY), (PAY,))]
        assert len(server.requests) == 3, "what is held is not asked again"
    monkeypatch.setenv("ADVISOR_MODEL_URL", "http://127.0.0.1:9/v1")
    return path, answers


def plain(answer):
    return dataclasses.replace(answer, mode="", elapsed_ms=0, usage=dataclasses.replace(answer.usage, model_ms=0))


def test_a_replay_gives_the_same_answers_without_the_model(recorded, library, articles):
    path, answers = recorded
    advisor = Advisor(open_recording(path), library=library)
    replayed = [check(advisor.stream(*asked), articles) for asked in ((PAY,), (FOLLOW_UP, HISTORY), (PAY,))]
    assert list(map(plain, replayed)) == list(map(plain, answers))
    assert [answer.usage.calls for answer in replayed] == [1, 2, 1]
    assert answers[0].usage.input_tokens == 100
    assert answers[1].standalone_question == "What does that ML engineer pay at mid level?"
    assert all(
        "$149,000" in answer.text and "1987" not in answer.text and answer.mode != "quote" for answer in replayed
    )


def test_a_recording_is_json_lines_without_the_key(recorded):
    text = recorded[0].read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [sorted(line) for line in lines] == [
        ["input_tokens", "messages", "model", "output_tokens", "prompts", "reply"]
    ] * 3
    assert {(line["model"], line["prompts"]) for line in lines} == {("openai:scripted", VERSION)}
    assert [role for role, _ in lines[0]["messages"]] == ["system", "human"]
    assert KEY not in text


def test_a_prompt_that_is_not_held_gives_the_articles_own_words(recorded, library, articles, advisor):
    question = "What skills does an AI engineer need?"
    answer = check(Advisor(open_recording(recorded[0]), library=library).stream(question), articles)
    line, _, rest = answer.text.partition("\n\n")
    assert "replies.jsonl holds no reply to this prompt" in line
    assert (rest, answer.mode) == (advisor.ask(question).text, "quote")


def test_what_failed_is_not_recorded(tmp_path, monkeypatch, library, articles):
    path = tmp_path / "x.jsonl"
    with ChatServer(Status(500, {"Retry-After": "0"})) as server:
        monkeypatch.setenv("ADVISOR_MODEL_URL", server.url)
        answer = check(Advisor(record("openai:scripted", path), library=library).stream(PAY), articles)
    assert answer.mode == "quote"
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "x.jsonl:1: not JSON"),
        ("[]", "x.jsonl:1: the line is no object"),
        ('{"reply": "Yes."}', "x.jsonl:1: messages, reply or tokens"),
        ('{"messages": [], "reply": "Yes."}\n{"messages": [], "reply": 7}', "x.jsonl:2: messages, reply or tokens"),
    ],
)
def test_a_broken_recording_is_one_line(tmp_path, text, why):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(CaseError, match=why):
        open_recording(tmp_path / "x.jsonl")


def test_no_recording_says_how_to_make_one(tmp_path):
    with pytest.raises(CaseError, match="is not there; make it by: python -m evals record"):
        open_recording(tmp_path / "x.jsonl")
    (tmp_path / "y.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(CaseError, match="cannot be read"):
        open_recording(tmp_path / "y.jsonl")


def first_sentence(prompt: str) -> Reply:
    key, passage = next((key, text) for key, text in passages(prompt).items() if text.strip().endswith("."))
    return Reply(f"{passage.strip().splitlines()[-1]} [{key}]")


def test_record_and_score_by_the_command_line(tmp_path, monkeypatch, capsys):
    path, report = tmp_path / "replies.jsonl", tmp_path / "report"
    some = ("--library", "articles", "--kind", "figure", "--limit", "3")
    with ChatServer(Script(first_sentence)) as server:
        monkeypatch.setenv("ADVISOR_MODEL_URL", server.url)
        assert command_line.main(["record", "--model", "openai:scripted", *some, "--out", str(path)]) == 0
        assert f"3 cases asked, of which the model failed 0; its replies are in {path}" in capsys.readouterr().out
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(server.requests) > 0
    assert command_line.main(["--model", f"recorded:{path}", *some, "--out", str(report)]) == 0
    rows = json.loads((report / "report.json").read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 3
    assert all(row["answer"]["usage"]["calls"] == 1 and row["answer"]["mode"] != "quote" for row in rows)
    assert command_line.main(["--model", f"recorded:{path}", "--ids", "no such id", "--out", str(report)]) == 2


@pytest.mark.parametrize(
    "given",
    [
        ("record", "--model", "nonsense", "--limit", "1", "--out"),
        ("--model", "recorded:nowhere.jsonl", "--limit", "1", "--out"),
    ],
    ids=" ".join,
)
def test_what_cannot_run_is_one_line_and_exit_code_2(tmp_path, capsys, given):
    assert command_line.main([*given, str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("evals: ")
