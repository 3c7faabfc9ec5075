"""A case and its answer go in; scores come out, each with a value (None: unscored) and a reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from advisor import Answer, Citation
from corpus import Article, chunk
from evals.case import Case

REFUSALS = ("not_covered", "off_topic")


@dataclasses.dataclass(frozen=True)
class Score:
    """One scorer's verdict on one answer: 0..1, or None where it does not apply."""

    value: float | None
    reason: str


Scorer = Callable[[Case, Answer, Mapping[str, Article]], Score]


def status(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Whether the answer's status is one that the case accepts."""
    return Score(float(answer.status in case.status), f"{answer.status}; right: {' or '.join(case.status)}")


def right_passage(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Whether a passage that holds a gold quote is among those cited."""
    if not case.answerable:
        return Score(None, "nothing to cite")
    if answer.status in REFUSALS:
        return Score(0.0, "refused")
    cited = "\n".join(_passage_text(citation, articles) for citation in answer.citations)
    found = [quote for group in case.gold for quote in group if quote in cited]
    return Score(float(bool(found)), f"cites {found[0]!r}" if found else f"cites none of {len(case.gold)} gold groups")


def gold_quoted(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Share of the gold groups of which a quote is cited itself."""
    if not case.answerable:
        return Score(None, "nothing to cite")
    quotes = [citation.quote for citation in answer.citations]
    hits = [any(gold in quote or quote in gold for gold in group for quote in quotes) for group in case.gold]
    return Score(sum(hits) / len(hits), f"{sum(hits)} of {len(hits)} gold groups")


def facts(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Share of the asked-for facts that the text states."""
    if not case.facts:
        return Score(None, "no facts asked for")
    text = answer.text.lower()
    missing = [group[0] for group in case.facts if not any(fact.lower() in text for fact in group)]
    return Score(1 - len(missing) / len(case.facts), f"missing: {missing}" if missing else "all there")


def right_refusal(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """For a question that the articles do not answer: whether it was declined."""
    if case.answerable:
        return Score(None, "answerable")
    return Score(float(answer.status in REFUSALS), answer.status)


def wrong_refusal(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """For a question that the articles answer: 1 where it was declined all the same."""
    if not case.answerable:
        return Score(None, "not answerable")
    return Score(float(answer.status in REFUSALS), answer.status)


def half_covered(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """For a question of which a part is covered: whether the answer says which part is not."""
    if case.status != ("partial",):
        return Score(None, "wholly covered or not at all")
    return Score(float(answer.status == "partial"), answer.status)


def quotes_valid(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Share of the citations whose quote stands in its article at its offsets."""
    if not answer.citations:
        return Score(None, "no citations")
    wrong = [c.number for c in answer.citations if not _stands(c, articles)]
    return Score(1 - len(wrong) / len(answer.citations), f"wrong: {wrong}" if wrong else "all stand")


def latency_ms(case: Case, answer: Answer, articles: Mapping[str, Article]) -> Score:
    """Milliseconds that the answer took."""
    return Score(answer.elapsed_ms, "as the answer says")


SCORERS: dict[str, Scorer] = {
    "right_passage": right_passage,
    "gold_quoted": gold_quoted,
    "facts": facts,
    "right_refusal": right_refusal,
    "wrong_refusal": wrong_refusal,
    "half_covered": half_covered,
    "status": status,
    "quotes_valid": quotes_valid,
    "latency_ms": latency_ms,
}


def _passage_text(citation: Citation, articles: Mapping[str, Article]) -> str:
    passages = chunk(articles[citation.article])
    return "\n".join(p.text for p in passages if p.start <= citation.start < p.end)


def _stands(citation: Citation, articles: Mapping[str, Article]) -> bool:
    article = articles.get(citation.article)
    return article is not None and article.text[citation.start : citation.end] == citation.quote
