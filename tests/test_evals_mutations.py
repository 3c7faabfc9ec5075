"""The advisor is broken on purpose, and the gate goes red: every mutation by the metric that is meant to catch it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from advisor import Advisor, Answer, Citation, Claim
from evals import gate
from evals.case import load_cases
from evals.run import ARTICLES, Sources, run
from evals.scene import altered_library
from evals.summary import estimates
from evals.target import Asked, Target, of_advisor, open_target
from evals.trial import REFUSALS
from evals.turns import CONVERSATIONS, load_turns

pytestmark = pytest.mark.evaluation

DOCUMENT = (Path(__file__).parent.parent / "evals" / "README.md").read_text(encoding="utf-8")
EVERY = 3  # of the cases of most kinds; of those that few scorers speak of, all


@pytest.fixture(scope="module")
def scene(library, articles):
    """Some cases, the articles, both libraries, and the advisor's own answers to them."""
    everything = load_cases(articles.values())
    rare = ("differ", "injection", "counterfactual", "follow_up", "keyword")
    common = [case for case in everything if case.kind not in rare]
    cases = common[::EVERY] + [case for case in everything if case.kind in rare]
    with altered_library(library, everything) as altered:
        sources = Sources(articles, {article.id: article for article in altered.articles()})
        target = open_target("quote", library, altered)
        rows = run(target, cases, sources, progress=False)
        yield cases, sources, library, altered, rows


def failed(rows, baseline=None):
    checks = gate.check_errors(rows) + gate.check_thresholds(estimates(rows)["all"], gate.THRESHOLDS[ARTICLES])
    checks += gate.check_baseline(rows, baseline) if baseline else []
    return {check.name for check in checks if not check.passed}


@pytest.fixture(scope="module")
def baseline(scene, tmp_path_factory):
    path = tmp_path_factory.mktemp("baseline") / "own.json"
    gate.write_baseline(scene[-1], {}, path)
    return gate.read_baseline(path)


def changed(scene, change) -> list:
    """The rows of the advisor's own answers, each changed."""
    cases, sources, _, _, rows = scene
    asked = {
        row.case.id: dataclasses.replace(
            row.asked, answer=change(row.asked.answer), alone=row.asked.alone and change(row.asked.alone)
        )
        for row in rows
    }
    return run(Target("changed", lambda case: asked[case.id]), cases, sources, progress=False)


def shift_citations(answer: Answer) -> Answer:
    """Every number points at the quote after its own."""
    count = len(answer.citations)
    moved = [dataclasses.replace(c, number=(c.number - 2) % count + 1) for c in answer.citations]
    return dataclasses.replace(answer, citations=tuple(sorted(moved, key=lambda c: c.number)))


def change_a_digit(answer: Answer) -> Answer:
    """The first digit of each quote is another, in the quote and in the text."""

    def other(text: str) -> str:
        return re.sub(r"\d", lambda match: str((int(match.group()) + 3) % 10), text, count=1)

    text, claims = answer.text, []
    for claim in answer.claims:
        text = text.replace(claim.text, other(claim.text), 1)
        claims.append(dataclasses.replace(claim, text=other(claim.text)))
    citations = tuple(dataclasses.replace(c, quote=other(c.quote)) for c in answer.citations)
    return dataclasses.replace(answer, text=text, claims=tuple(claims), citations=citations)


def refuse(answer: Answer) -> Answer:
    """Whatever is asked, the articles do not say."""
    text = "The articles say nothing about that."
    return dataclasses.replace(answer, text=text, status="not_covered", claims=(), citations=())


def never_refuse(answer: Answer) -> Answer:
    """What would have been declined is answered with the nearest quote, as if it were the answer."""
    return dataclasses.replace(answer, status="answered")


def one_article_only(answer: Answer) -> Answer:
    """Only the article of the first quote is heard."""
    if not answer.citations:
        return answer
    kept = {c.number for c in answer.citations if c.article == answer.citations[0].article}
    claims = tuple(claim for claim in answer.claims if set(claim.citations) <= kept)
    text = " ".join(f"{claim.text} " + "".join(f"[{n}]" for n in claim.citations) for claim in claims)
    citations = tuple(c for c in answer.citations if c.number in kept)
    return dataclasses.replace(answer, text=text, claims=claims, citations=citations)


def answer_from_memory(answer: Answer) -> Answer:
    """A model that knows the pay of everything, and cites the first quote for it."""
    fact = "The median pay of this role is $165,000 a year."
    number = "".join(f" [{c.number}]" for c in answer.citations[:1])
    claims = (*answer.claims, Claim(fact, (1,), "supported", 1.0, "as everybody knows"))
    return dataclasses.replace(answer, text=f"{answer.text} {fact}{number}", status="answered", claims=claims)


CHANGES = {
    "citations shifted by one": (shift_citations, {"citation_recall", "citation_precision"}),
    "quotes with one digit changed": (change_a_digit, {"quotes_valid"}),
    "always refuse": (refuse, {"wrong_refusal", "facts"}),
    "never refuse": (never_refuse, {"right_refusal"}),
    "the second article dropped": (one_article_only, {"both_sides"}),
    "answers from memory": (answer_from_memory, {"faithfulness", "right_refusal"}),
}


def test_the_advisor_itself_is_no_worse_than_itself(scene, baseline):
    assert not {name for name in failed(scene[-1], baseline) if " against " in name}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_answer_turns_the_gate_red(scene, baseline, name):
    change, caught_by = CHANGES[name]
    red = failed(changed(scene, change), baseline)
    assert caught_by <= {check.split(" against ")[0] for check in red - failed(scene[-1])}


class Forgetful(Advisor):
    """An advisor that hears the last turn alone."""

    def stream(self, question, history=(), profile=None, **limits):
        return super().stream(question, (), profile, **limits)

    def retrieve(self, question, history=(), profile=None, k=8, **limits):
        return super().retrieve(question, (), profile, k, **limits)


def test_history_ignored_is_caught_by_the_baseline(scene, baseline):
    cases, sources, library, altered, _ = scene
    target = of_advisor("forgetful", Forgetful(library=library), Forgetful(library=altered))
    rows = run(target, cases, sources, progress=False)
    assert {"follow_up_gain against own.json", "gold_quoted against own.json"} & failed(rows, baseline)
    assert "follow_up_gain against own.json" in failed(rows, baseline)


def test_articles_that_were_changed_are_followed_not_remembered(scene):
    """The unchanged articles' answers to the counterfactual questions: the advisor as if it knew them by heart."""
    cases, sources, library, _, _ = scene
    by_heart = Advisor(library=library)

    def ask(case):
        return Asked(by_heart.ask(case.question, case.history, case.profile))

    rows = run(Target("by heart", ask), [c for c in cases if c.kind == "counterfactual"], sources, progress=False)
    assert "counterfactual" in failed(rows)


def test_an_article_that_is_obeyed_is_caught(scene):
    cases, sources, _, _, rows = scene
    planted = {row.case.id: row for row in rows if row.case.kind == "injection" and row.case.forbidden}

    def ask(case):
        answer = planted[case.id].asked.answer
        return Asked(dataclasses.replace(answer, text=f"{case.forbidden[0]} {answer.text}"))

    obeying = run(Target("obeying", ask), [c for c in cases if c.id in planted], sources, progress=False)
    assert "injection" in failed(obeying)


@pytest.fixture(scope="module")
def talk(library, articles, tmp_path_factory):
    """The conversations over the articles, the advisor's own answers to them, and those as a baseline."""
    sources = Sources(articles, articles)
    turns = load_turns(articles.values(), CONVERSATIONS / f"{ARTICLES}.jsonl")
    rows = run(open_target("quote", library, library), turns, sources, progress=False)
    path = tmp_path_factory.mktemp("talk") / "own.json"
    gate.write_baseline(rows, {}, path)
    return turns, sources, rows, gate.read_baseline(path)


def retold(answer: Answer, claims: tuple[Claim, ...], citations: tuple[Citation, ...]) -> Answer:
    """An answer of other claims, without notices; one that declines stays as it is."""
    if answer.status in REFUSALS:
        return answer
    text = " ".join(f"{claim.text} " + "".join(f"[{n}]" for n in claim.citations) for claim in claims)
    return dataclasses.replace(answer, text=text, claims=claims, citations=citations)


def padded(answer: Answer, articles) -> Answer:
    """After every quote the sentence that follows it in its article, as a quote of its own."""
    claims, citations = list(answer.claims), list(answer.citations)
    for one in answer.citations:
        after = next((found for found in articles[one.article].sentences() if found.start >= one.end), None)
        if after and not any(c.article == one.article and c.start <= after.start < c.end for c in citations):
            place = {"quote": after.text, "start": after.start, "end": after.end}
            citations.append(dataclasses.replace(one, number=len(citations) + 1, **place))
            claims.append(Claim(after.statement, (len(citations),), "supported", 1.0, "quoted word for word"))
    return retold(answer, tuple(claims), tuple(citations))


def widened(answer: Answer, articles) -> Answer:
    """Every quote goes on with the sentence that follows it in its article."""
    claims, citations = list(answer.claims), list(answer.citations)
    for at, one in enumerate(answer.citations):
        article = articles[one.article]
        after = next((found for found in article.sentences() if found.start >= one.end), None)
        if after:
            citations[at] = dataclasses.replace(one, end=after.end, quote=article.text[one.start : after.end])
            claims = [
                dataclasses.replace(claim, text=f"{claim.text} {after.statement}")
                if claim.citations == (one.number,)
                else claim
                for claim in claims
            ]
    return retold(answer, tuple(claims), tuple(citations))


def lead_last(answer: Answer, articles) -> Answer:
    """What answers best comes after all else."""
    return retold(answer, (*answer.claims[1:], *answer.claims[:1]), answer.citations)


def lead_alone(answer: Answer, articles) -> Answer:
    """Nothing but the first statement."""
    return retold(answer, answer.claims[:1], answer.citations)


TALKS = {
    "padded with neighbour sentences": (padded, {"on_point", "words"}),
    "quotes widened by neighbour sentences": (widened, {"words"}),
    "the lead moved last": (lead_last, {"lead"}),
    "all but the lead dropped": (lead_alone, {"vital_recall"}),
}


def caught(talk, asked) -> set[str]:
    """The metrics by which the gate goes red where the turns are answered so."""
    turns, sources, rows, baseline = talk
    found = run(Target("changed", lambda turn: asked[turn.id]), turns, sources, progress=False)
    return {check.split(" against ")[0] for check in failed(found, baseline) - failed(rows, baseline)}


def test_conversations_are_no_worse_than_themselves(talk):
    assert not caught(talk, {row.case.id: row.asked for row in talk[2]})


@pytest.mark.parametrize("name", TALKS)
def test_a_conversation_that_serves_less_turns_the_gate_red(talk, articles, name):
    change, caught_by = TALKS[name]
    asked = {row.case.id: Asked(change(row.answer, articles)) for row in talk[2]}
    assert caught_by <= caught(talk, asked)


def test_the_same_answer_given_twice_is_caught(talk):
    asked, before = {}, None
    for row in talk[2]:
        is_first = before is None or before.case.conversation != row.case.conversation
        asked[row.case.id] = row.asked if is_first else asked[before.case.id]
        before = row
    assert "repeats" in caught(talk, asked)


def test_the_table_of_mutations_in_the_document_is_this_one():
    listed = dict(re.findall(r"^\| ([a-z][^|]+?) \| `([^|]+?)` ", DOCUMENT, re.MULTILINE))
    for name, (_, caught_by) in (CHANGES | TALKS).items():
        assert name in listed
        assert caught_by <= set(re.findall(r"[\w@]+", listed[name])), name
    assert {"history ignored", "the same answer given twice"} <= set(listed)
