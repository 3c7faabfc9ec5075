"""Libraries of articles with cases: what is loaded, what is opened, what is chosen, what the reports show of each."""

from __future__ import annotations

import argparse
import json
from xml.etree import ElementTree

import pytest
from fakes import BagOfWords, article_file

from advisor import Answer
from corpus import Library, Settings
from evals.case import Case, CaseError
from evals.compare import compare
from evals.page import render
from evals.report import Report, table, to_json, to_junit
from evals.run import ARTICLES, Row, Sources, run
from evals.scene import CaseSet, case_sets, names, opened
from evals.suite import choose
from evals.summary import summarise
from evals.target import PASSAGES, Asked, Target, of_function
from evals.trial import Score

BREAD = "Bread is made of flour and water. The oven is at 240 degrees. Dough rests for two hours."
BOATS = "Boats are made of wood. A mast carries the sail. The keel weighs 400 kilograms."
LINE = {"kind": "figure", "held_out": False, "history": [], "profile": None, "status": ["answered"], "notes": ""}


def line(id_: str, question: str, gold: str, **more) -> str:
    return json.dumps(LINE | {"id": id_, "question": question, "gold": [[gold]], "facts": []} | more)


@pytest.fixture
def plain(tmp_path):
    """The library that the environment would name, with one article."""
    files = tmp_path / "plain"
    files.mkdir()
    (files / "bread.md").write_text(article_file("bread", BREAD))
    library = Library(Settings(home=tmp_path / "home", articles=(files,)), BagOfWords())
    library.sync()
    return library


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The cases of `articles`, and of two libraries."""
    folder = tmp_path / "libraries"
    for name, text in (("boats", BOATS), ("pastry", BREAD.replace("240", "180"))):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.md").write_text(article_file(name, text))
    (folder / "unfinished").mkdir()
    (folder / "boats" / "cases.jsonl").write_text(line("s-1", "What does the keel weigh?", "The keel weighs 400"))
    (folder / "pastry" / "cases.jsonl").write_text(
        "\n".join(
            [
                line("p-1", "How hot?", "at 180 degrees", held_out=True),
                line("p-2", "How hot?", "at 200 degrees", edits=[["at 180 degrees", "at 200 degrees"]]),
            ]
        )
    )
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "figure.jsonl").write_text(line("a-1", "How hot is the oven?", "The oven is at 240 degrees."))
    monkeypatch.setattr("evals.scene.CASES", cases)
    monkeypatch.setattr("evals.scene.CONVERSATIONS", tmp_path / "conversations")
    return folder


def test_every_folder_with_cases_is_a_library(folder, plain):
    assert names(folder) == (ARTICLES, "boats", "pastry")
    sets = case_sets(plain, folder=folder)
    assert {one.library: [case.id for case in one.cases] for one in sets} == {
        ARTICLES: ["a-1"],
        "boats": ["s-1"],
        "pastry": ["p-1", "p-2"],
    }
    assert [one.library for one in case_sets(plain, ["pastry", ARTICLES], folder)] == [ARTICLES, "pastry"]


def test_what_is_wrong_with_a_library_is_named(folder, plain):
    with pytest.raises(CaseError, match="--library: 'spaceships' is none of articles, boats, pastry"):
        case_sets(plain, ["spaceships"], folder)
    cases = folder / "pastry" / "cases.jsonl"
    cases.write_text(line("a-1", "?", "Dough rests"))
    with pytest.raises(CaseError, match="pastry: id: 'a-1' is taken in articles"):
        case_sets(plain, folder=folder)
    cases.write_text(line("p-1", "?", "The keel weighs 400"))
    with pytest.raises(CaseError, match=r"pastry: cases\.jsonl:1: gold: no article holds"):
        case_sets(plain, folder=folder)


def test_an_article_that_cannot_be_indexed_stops_the_run(folder, plain):
    (_, boats, _) = case_sets(plain, folder=folder)
    (folder / "boats" / "odd.md").write_bytes(b"\xff\xfe")
    with pytest.raises(CaseError, match=r"odd\.md"), opened(boats, plain):
        pass


def test_a_library_is_opened_over_its_own_articles_alone_and_shares_the_embedder(folder, plain):
    articles, boats, pastry = case_sets(plain, folder=folder)
    with opened(articles, plain) as scene:
        assert scene.library is scene.altered is plain
    with opened(boats, plain) as scene:
        assert list(scene.sources.plain) == ["boats"]
        assert scene.sources.library == "boats"
        assert scene.library.embedder is plain.embedder
        assert scene.altered is scene.library, "there are no edits"
        home = scene.library.settings.home
        assert plain.settings.home not in (home, *home.parents)
    assert not home.exists()
    with opened(pastry, plain) as scene:
        assert "at 180 degrees" in scene.sources.plain["pastry"].text
        assert "at 200 degrees" in scene.sources.altered["pastry"].text


def options(**given) -> argparse.Namespace:
    return argparse.Namespace(**{"kind": None, "ids": "", "held_out": False, "limit": None} | given)


def chosen(sets, **given) -> dict[str, list[str]]:
    return {one.library: [case.id for case in one.chosen] for one in choose(sets, options(**given))}


def test_cases_are_chosen_over_all_libraries(folder, plain):
    sets = case_sets(plain, folder=folder)
    assert sum(map(len, chosen(sets).values())) == 4
    assert chosen(sets, ids="p-") == {"pastry": ["p-1", "p-2"]}
    assert chosen(sets, held_out=True) == {"pastry": ["p-1"]}
    assert chosen(sets, limit=2) == {ARTICLES: ["a-1"], "pastry": ["p-1"]}
    with pytest.raises(CaseError, match="no case is left; widen --library"):
        choose(sets, options(kind=["plan"]))


def case(id_: str, kind: str = "figure") -> Case:
    history = (("user", "And boats?"),) if kind == "follow_up" else ()
    return Case(id_, kind, False, "?", history, None, (("The keel",),), (), ("answered",), "")


def scored(library: str, id_: str, value: float, kind: str = "figure") -> Row:
    """A row of passages without an answer."""
    scores = {"hit@4": Score(value, "why"), "facts": Score(None, "no answer")}
    return Row(case(id_, kind), Asked(None, ()), scores, library=library)


def test_a_comparison_is_by_library_with_follow_ups_apart_and_a_mean():
    first = [scored(ARTICLES, "a", 0), scored("boats", "b", 1), scored("pastry", "c", 0, "follow_up")]
    second = [scored(ARTICLES, "a", 1), scored("boats", "b", 1), scored("pastry", "c", 1, "follow_up")]
    text = compare("stock", first, "quote", second)
    heads = ("articles ", "boats ", "pastry ", "mean of 2 libraries ")
    assert [one.startswith(head) for head in heads for one in text.split("\n\n")[1:]].count(True) == len(heads)
    blocks = {block.split("  ")[0]: block.splitlines()[1:] for block in text.split("\n\n")[1:]}
    assert [one.split()[:3] for one in blocks["articles"]] == [["hit@4", "0.000", "1.000"]]
    assert [one.split()[0] for one in blocks["boats"]] == ["hit@4"]
    assert blocks["pastry"][1].startswith("hit@4, follow_up")
    assert blocks["pastry"][1].endswith("B better")
    assert blocks["mean of 2 libraries"][0].split() == ["hit@4", "0.500", "1.000", "+0.500"]


def test_what_only_finds_passages_is_scored_on_them_alone(folder, plain):
    (_, boats, _) = case_sets(plain, folder=folder)
    with opened(boats, plain) as scene:
        start = BOATS.index("The keel")
        far, near = ("boats", 0, 10), ("boats", start, start + 20)

        def ask(_: Case) -> Asked:
            return Asked(None, (far,) * 4 + (near,))

        (row,) = run(Target("finder", ask), scene.cases, scene.sources, progress=False)
    found = {name: score.value for name, score in row.scores.items() if score.value is not None}
    assert (found["hit@4"], found["hit@8"], found["hit@20"]) == (0, 1, 1)
    assert set(found) == {"recall@1", "recall@5", "recall@10", "mrr", "ndcg@5", "hit@4", "hit@8", "hit@20"}
    assert not row.error
    assert row.answer is None


def test_a_function_is_asked_over_another_library_only_if_it_takes_one(folder, plain):
    def deaf(question, history=(), profile=None):
        return Answer(question, "", "Bread.", "answered")

    def hearing(question, history=(), profile=None, library=None):
        return Answer(question, "", " ".join(one.id for one in library.articles()), "answered")

    (_, boats, _) = case_sets(plain, folder=folder)
    with opened(boats, plain) as scene:
        assert not scene.is_default
        (one,) = scene.cases
        asked = [of_function("f", f, *scene.asked, is_default=scene.is_default).ask(one) for f in (deaf, hearing)]
    assert asked[0] is None
    assert asked[1].answer.text == "boats"


@pytest.fixture
def report(folder, plain):
    """A run of three libraries by a target that says what it is told."""
    rows, sources = list[Row](), dict[str, Sources]()

    def ask(one: Case) -> Asked:
        status = "not_covered" if one.id == "p-1" else "answered"
        return Asked(Answer(one.question, "", "The articles say nothing.", status))

    for one in case_sets(plain, folder=folder):
        with opened(one, plain) as scene:
            rows += run(Target("mute", ask), scene.cases, scene.sources, progress=False)
            sources[one.library] = scene.sources
    about = dict.fromkeys(("target", "date", "command", "seconds", "machine"), "?")
    return Report(about, summarise(rows), [], rows), sources


def test_the_reports_show_every_library_and_their_mean_and_worst(report):
    made, sources = report
    said = table(made.summary, made.checks)
    assert [one.split()[0] for one in said.splitlines() if "held out" in one] == [ARTICLES, "boats", "pastry"]
    (worst,) = [one for one in said.splitlines() if one.startswith("wrong_refusal") and one.endswith("pastry")]
    assert "0.250 [0.000, 0.500] n=3" in worst

    plain = json.loads(to_json(made))
    assert [row["library"] for row in plain["rows"]] == [ARTICLES, "boats", "pastry", "pastry"]
    assert plain["libraries"]["pastry"]["all"]["wrong_refusal"]["value"] == 0.5
    assert plain["mean of the libraries"]["wrong_refusal"]["value"] == 0.25
    assert plain["worst of the libraries"]["wrong_refusal"]["value"] == 0.5
    assert plain["worst library"]["wrong_refusal"] == "pastry"

    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(to_junit(made))}
    assert list(suites) == ["checks", ARTICLES, "boats", "pastry"]
    assert [one.get("name") for one in suites["pastry"].findall("testcase")] == ["p-1", "p-2"]
    told = {one.get("name"): one.get("value") for one in suites["checks"].iter("property")}
    assert told["wrong_refusal, mean of the libraries"] == "0.2500"

    page = render(made, sources)
    assert '<h2 id="libraries">' in page
    assert all(f'data-library="{name}"' in page and f"<option>{name}" in page for name in sources)


def test_a_stock_pipeline_finds_passages_where_they_stand(folder, plain):
    pytest.importorskip("langchain_huggingface")
    from evals.stock import Stock

    (_, boats, _) = case_sets(plain, folder=folder)
    with opened(boats, plain) as scene:
        article = scene.sources.plain["boats"]
        stock = Stock([article])
        assert stock.retrieve("What does the keel weigh?", (), PASSAGES) == (("boats", 0, len(article.text)),)


def test_a_stock_pipeline_hears_the_turn_before(monkeypatch):
    from evals import stock

    class Store:
        def add_documents(self, documents):
            self.documents = documents

        def similarity_search(self, query, k):
            self.asked = query, k
            return self.documents[:k]

    store = Store()
    monkeypatch.setattr(stock, "open_store", lambda **where: store)
    pipeline = stock.Stock([])
    history = [("user", "What do welders earn?"), ("assistant", "A lot."), ("user", "Where?"), ("assistant", "Here.")]
    assert pipeline.retrieve("And plumbers?", history, 4) == ()
    assert store.asked == ("Where? And plumbers?", 4)


def test_the_sets_of_no_chosen_case_are_left_out():
    empty = CaseSet("empty", None, (case("x"),), ())
    assert empty.only({"y"}).chosen == ()
    assert empty.only({"x"}).chosen == empty.cases
