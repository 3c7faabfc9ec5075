"""Runs, targets, reports and the command line, on a handful of cases."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from advisor import Advisor, Answer, Citation
from evals import __main__ as command_line
from evals import target as targets
from evals.case import load_cases
from evals.gate import Check
from evals.page import render
from evals.report import Report, misses, to_json, to_junit
from evals.run import ARTICLES, Sources, run
from evals.scene import altered_library
from evals.scorers import SCORERS
from evals.summary import summarise

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def cases(articles):
    everything = load_cases(articles.values())
    chosen = {kind: [case for case in everything if case.kind == kind][:2] for kind in {c.kind for c in everything}}
    return [case for kind in sorted(chosen) for case in chosen[kind]]


@pytest.fixture(scope="module")
def altered(library, articles):
    with altered_library(library, load_cases(articles.values())) as copy:
        yield copy


@pytest.fixture(scope="module")
def sources(articles, altered):
    return Sources(articles, {article.id: article for article in altered.articles()})


@pytest.fixture(scope="module")
def target(library, altered):
    return targets.open_target("quote", library, altered)


@pytest.fixture(scope="module")
def rows(target, cases, sources):
    return run(target, cases, sources)


@pytest.fixture(scope="module")
def report(rows):
    about = {"target": "quote", "date": "today", "command": "python -m evals", "seconds": 1.0, "machine": "this one"}
    return Report(about, summarise(rows), [Check("facts", True, "0.9"), Check("status", False, "0.1")], rows)


def values(rows):
    return [{name: score.value for name, score in row.scores.items() if name != "latency_ms"} for row in rows]


def test_every_case_is_scored_by_every_scorer(rows, cases):
    assert [row.case for row in rows] == cases
    assert all(set(row.scores) == set(SCORERS) and not row.error for row in rows)


def test_the_altered_library_is_a_copy_of_its_own(library, altered, articles):
    assert altered.settings.home != library.settings.home
    assert {a.id: a.text for a in library.articles()} == {a.id: a.text for a in articles.values()}
    assert any(article.text != articles[article.id].text for article in altered.articles())


def test_jobs_change_nothing_but_the_clock(target, cases, sources, rows):
    assert values(run(target, cases, sources, jobs=4)) == values(rows)


def test_a_replay_scores_the_same(report, cases, sources, rows, tmp_path):
    (tmp_path / "report.json").write_text(to_json(report), encoding="utf-8")
    replayed = run(targets.of_report(tmp_path / "report.json"), cases, sources)
    assert values(replayed) == values(rows)
    assert [r.asked.answer for r in replayed] == [r.asked.answer for r in rows]


def test_a_replay_of_something_else_says_so(tmp_path):
    for text in ("", "{}", '{"rows": []}', '{"rows": [{"id": "x", "text": "y"}]}', '{"rows": [{"answer": {}}]}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(targets.TargetError, match="no answers to replay"):
            targets.of_report(tmp_path / "x.json")


def test_any_function_of_the_shape_of_ask_is_scored(library, altered, cases, sources):
    advisor = Advisor(library=library)

    def other(question, history=(), profile=None):
        return advisor.ask(question, history, profile)

    found = run(targets.of_function("other", other, library, altered), cases, sources)
    by_kind = {row.case.kind: row for row in found}
    assert by_kind["figure"].scores["quotes_valid"].value == 1
    assert by_kind["figure"].scores["recall@5"].value is None, "it shows no passages"
    assert by_kind["counterfactual"].asked is None, "it knows only its own articles"
    assert by_kind["follow_up"].scores["follow_up_gain"].value is not None


def test_a_function_that_takes_a_library_is_asked_over_the_altered_one(library, altered, cases, sources):
    def other(question, history=(), profile=None, library=None):
        return Advisor(library=library).ask(question, history, profile)

    edited = [case for case in cases if case.kind == "counterfactual"]
    found = run(targets.of_function("other", other, library, altered), edited, sources)
    assert all(row.scores["counterfactual"].value in (1, None) for row in found)


def test_an_error_is_a_row(library, altered, cases, sources):
    def broken(question, history=(), profile=None):
        raise ValueError("out of ideas")

    def wrong(question, history=(), profile=None):
        return "text"

    def leaving(question, history=(), profile=None):
        raise SystemExit(3)

    def odd(question, history=(), profile=None):
        citation = Citation(1, "x", "x", None, None, None, None, None, "", "q", None, None)
        return Answer(question, "", "x [1]", "answered", (citation,))

    kinds = (
        (broken, "ValueError: out of ideas"),
        (wrong, "TypeError: x returned a str"),
        (leaving, "SystemExit: 3"),
        (odd, "TypeError: its text or a citation"),
    )
    for function, said in kinds:
        plain = [case for case in cases if not case.edits][:3]
        found = run(targets.of_function("x", function, library, altered), plain, sources)
        assert all(row.error.startswith(said) and misses(row) == [row.error] for row in found)


def test_names_of_targets(library, altered):
    assert targets.open_target("quote:no-lexical", library, altered).name == "quote:no-lexical"
    assert targets.open_target("advisor:ask", library, altered).name == "advisor:ask"
    with pytest.raises(Exception, match="There is no module"):
        targets.open_target("no_such_provider:model", library, altered)


def test_without_its_words_the_library_finds_less(library):
    dense = targets._DenseOnly(library.settings, library.embedder)
    assert all(hit.lexical == 0 for hit in dense.search("PyTorch and TensorFlow"))
    assert any(hit.lexical > 0 for hit in library.search("PyTorch and TensorFlow"))


def test_junit_fails_checks_and_skips_misses(report, rows):
    root = ElementTree.fromstring(to_junit(report))
    checks, cases = root.findall("testsuite")
    assert (checks.get("tests"), checks.get("failures")) == ("2", "1")
    assert (cases.get("name"), cases.get("failures")) == (ARTICLES, "0")
    assert int(cases.get("skipped")) == sum(bool(misses(row)) for row in rows)
    assert [case.get("name") for case in cases.findall("testcase")] == [row.case.id for row in rows]


@pytest.fixture(scope="module")
def page(report, sources):
    return render(report, {ARTICLES: sources})


def test_the_page_stands_alone(page, rows):
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<link" not in page
    assert " src=" not in page
    assert all(row.case.id in page for row in rows)


def test_the_page_escapes_what_it_shows(report, sources, rows):
    answer = Answer("<b>?</b>", "", "<script>alert(1)</script>", "answered")
    row = rows[0]
    evil = type(row)(row.case, targets.Asked(answer), row.scores)
    made = Report(report.about, summarise([evil]), [Check("<img src=x>", False, "<i>")], [evil])
    text = render(made, {ARTICLES: sources})
    assert "<script>alert" not in text
    assert "<img src=x>" not in text


def test_the_page_in_a_browser(page, tmp_path, rows, browser):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    tab = browser.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda request: wrong.append(request.url) if not request.url.startswith("file:") else None)
    tab.goto(path.as_uri())
    shown = tab.locator("details.case:not([hidden])")
    assert shown.count() == sum(not row.case.held_out for row in rows)
    tab.check("#held")
    assert shown.count() == len(rows)
    tab.select_option("#kind", "figure")
    assert shown.count() == sum(row.case.kind == "figure" for row in rows)
    tab.select_option("#kind", "")
    tab.select_option("#miss", "*")
    assert shown.count() == sum(bool(misses(row)) for row in rows)
    tab.select_option("#miss", "")
    tab.fill("#words", rows[0].case.id)
    assert shown.count() >= 1
    shown.first.locator("summary").first.click()
    assert shown.first.locator("mark").count() or shown.first.locator(".answer").is_visible()
    assert wrong == []


OVER = ("--kind", "figure")  # for which no library is altered first


@pytest.fixture
def main(home, monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_HOME", str(home))
    return lambda *given: command_line.main([*given, *(("--out", str(tmp_path)) if given[0].startswith("-") else ())])


def test_the_exit_codes_tell_worse_from_broken(main, tmp_path, capsys):
    some = ("--library", "articles", "--kind", "figure", "--limit", "4")
    assert main(*some) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json", "junit.xml"}
    assert main(*some, "--fail-under", "facts=1.01") == 1
    assert "FAILED  facts" in capsys.readouterr().out
    assert main(*some, "--replay", str(tmp_path / "report.json")) == 0
    base = tmp_path / "report.json"  # any stored run serves as a baseline
    assert main(*some, "--baseline", str(base)) == 0
    stored = json.loads(base.read_text())
    for row in stored["rows"]:
        row["scores"] = {name: 0 if name.startswith("wrong") else 2 for name in row["scores"]}
    base = tmp_path / "better.json"
    base.write_text(json.dumps(stored))
    assert main(*some, "--baseline", str(base)) == 1


@pytest.mark.parametrize(
    "given",
    [
        ("--fail-under", "beauty=1"),
        ("--baseline", "no/such/file.json"),
        ("--update-baseline",),
        ("--update-baseline", "--baseline", "x.json", "--limit", "3"),
        ("--update-baseline", "--baseline", "x.json", "--library", "articles"),
        ("--library", "no_such_library"),
        ("--fail-under", ""),
        ("--target", "garbage", *OVER),
        ("--target", "evals.run:nothing", *OVER),
        ("--replay", "no/such/file.json"),
        ("--model", "no_such_provider:model", *OVER),
        ("--judge", "oracle"),
        ("--judge", "entailment:/no/such/model"),
        ("--judge", "chat:no_such_provider:model"),
        ("--ids", "no such id"),
        ("compare", "quote", "nothing:at_all", *OVER),
        ("agree", "no/such/file.jsonl"),
    ],
    ids=" ".join,
)
def test_what_cannot_run_is_one_line_and_exit_code_2(main, given, capsys):
    assert main(*given) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].startswith("evals: ")
    assert len([line for line in said if line.startswith("evals: ")]) == 1


def test_compare_is_paired(main, capsys):
    some = ("--library", "articles", "--kind", "figure", "--limit", "6")
    assert main("compare", "quote", "quote:no-lexical", *some) == 0
    said = capsys.readouterr().out
    assert "B - A" in said
    assert "recall@5" in said


def test_cases_shows_kinds_and_sections(main, capsys):
    assert main("cases") == 0
    assert "sections; none with fewer than 2 cases" in capsys.readouterr().out


def test_a_case_is_a_pytest_test(environment):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "evals", "-q", "-k", "a-013 or a-015", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout
