"""A trial goes in; how well its statements are grounded comes out: quotes, citations, faithfulness, figures.

Citation recall and precision are ALCE's (Gao et al. 2023, "Enabling Large Language Models to Generate Text with
Citations"), with the quoted spans as what is cited.
"""

from __future__ import annotations

from corpus import chunk
from evals.judge import Judgement, by_gold
from evals.statements import Evidence, figures, stands
from evals.trial import REFUSALS, Claimed, Score, Span, Trial, overlap, share

NOTHING = "claims nothing"


def quotes_valid(trial: Trial) -> Score:
    """Share of the citations whose quote stands in its article at its offsets."""
    citations = trial.answer.citations
    if not citations:
        return Score(None, "no citations")
    return share([stands(c, trial.articles) for c in citations], "quotes stand in their article")


def citation_recall(trial: Trial) -> Score:
    """Share of the statements that the quotes they cite, together, support."""
    verdicts = [_verdict(one.statement.text, one.judgement) for one in trial.claims]
    return _decided(verdicts, "statements are supported by what they cite")


def citation_precision(trial: Trial) -> Score:
    """Share of the citations that matter: their statement is supported, by them alone or not without them."""
    verdicts = [
        (f"[{number}]", one.judgement.supported and _matters(trial, one, number), one.judgement.reason)
        for one in trial.claims
        for number in one.statement.citations
    ]
    return _decided(verdicts, "citations support their statement")


def gold_quoted(trial: Trial) -> Score:
    """Share of the gold groups of which a quote is cited."""
    if not trial.case.answerable:
        return Score(None, "nothing to cite")
    return share([_is_cited(trial, group) for group in trial.gold], "gold groups are quoted")


def gold_precision(trial: Trial) -> Score:
    """Share of the citations that are of a gold quote: a lower bound of how much is to the point."""
    if not trial.case.answerable or not trial.answer.citations:
        return Score(None, "nothing to cite" if not trial.case.answerable else "no citations")
    gold = [span for group in trial.gold for span in group]
    spans = [(c.article, c.start, c.end) for c in trial.answer.citations]
    return share([any(overlap(span, place) for place in gold) for span in spans], "citations are of gold quotes")


def right_passage(trial: Trial) -> Score:
    """Whether a passage that holds a gold quote is among those cited."""
    if not trial.case.answerable:
        return Score(None, "nothing to cite")
    if trial.answer.status in REFUSALS:
        return Score(0.0, "declined")
    cited = [
        (passage.article, passage.start, passage.end)
        for citation in trial.answer.citations
        if citation.article in trial.articles
        for passage in chunk(trial.articles[citation.article])
        if passage.start <= citation.start < passage.end
    ]
    found = any(overlap(passage, span) for group in trial.gold for span in group for passage in cited)
    return Score(float(found), "cites a gold passage" if found else "cites no gold passage")


def faithfulness(trial: Trial) -> Score:
    """Share of the statements that the quotes shown, or the gold ones, support, whichever they cite."""
    shown = [found for one in trial.claims for found in one.evidence.values()]
    gold = [
        Evidence(trial.articles[article].text[start:end], (), "")
        for group in trial.gold
        for article, start, end in group
    ]
    verdicts = []
    for one in trial.claims:
        judgement = one.judgement if one.judgement.supported else trial.judge(one.statement, shown + gold)
        if judgement.supported is None:
            judgement = by_gold(one.statement.text, gold, trial.case.facts)
        verdicts.append(_verdict(one.statement.text, judgement))
    return _decided(verdicts, "statements are supported")


def figures_exact(trial: Trial) -> Score:
    """Share of the figures in the statements that stand in a quote which the statement cites."""
    verdicts = [
        (written, any(figure in figures(found.text) for found in one.evidence.values()))
        for one in trial.claims
        for figure, written in figures(one.statement.text).items()
    ]
    if not verdicts:
        return Score(None, "gives no figure")
    return share([good for _, good in verdicts], "figures are quoted", [text for text, good in verdicts if not good])


def _matters(trial: Trial, one: Claimed, number: int) -> bool:
    if number not in one.evidence:
        return False
    others = [found for other, found in one.evidence.items() if other != number]
    alone = trial.judge(one.statement, [one.evidence[number]]).supported
    return bool(alone) or not trial.judge(one.statement, others).supported


def _is_cited(trial: Trial, group: tuple[Span, ...]) -> bool:
    spans = [(c.article, c.start, c.end) for c in trial.answer.citations]
    return any(overlap(span, place) for span in spans for place in group)


def _verdict(text: str, judgement: Judgement) -> tuple[str, bool | None, str]:
    return text, judgement.supported, judgement.reason


def _decided(verdicts: list[tuple[str, bool | None, str]], what: str) -> Score:
    """The share of what could be decided; None where nothing could."""
    decided = [(text, good, reason) for text, good, reason in verdicts if good is not None]
    undecided = len(verdicts) - len(decided)
    if not decided:
        return Score(None, f"{undecided} could not be judged" if undecided else NOTHING, undecided)
    wrong = [f"“{text[:80]}” ({reason})" for text, good, reason in decided if not good]
    score = share([bool(good) for _, good, _ in decided], what, wrong)
    return Score(score.value, score.reason + (f"; {undecided} could not be judged" if undecided else ""), undecided)
