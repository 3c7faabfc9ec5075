"""A turn of a conversation, as it was asked, goes in; how its answer serves the asker comes out.

Every sentence of the articles that belongs to a good answer is graded vital or welcome (a nugget, as in TREC's RAG
track); any other is beside the question. A statement carries a nugget where a quote that it cites overlaps the
nugget's place in its article, whatever its words are.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from advisor import Answer
from corpus import Article
from evals.statements import stands, statements
from evals.trial import REFUSALS, Score, Scorer, Span, Trial, overlap, share
from evals.turns import Turn

_MOSTLY = 0.5  # of what a statement quotes, from which it was shown before
_NOTHING = "shows nothing"


@dataclasses.dataclass(frozen=True)
class Shown:
    """A statement that the reader is shown, and the places of the quotes that it cites."""

    text: str
    spans: tuple[Span, ...]


def shown(answer: Answer, articles: Mapping[str, Article]) -> list[Shown]:
    """What counts as a statement: every claim, and what else cites a quote, as a noted difference does.

    The words that say whose quote follows are part of it, and a notice of a gap states nothing.
    """
    places = {c.number: (c.article, c.start, c.end) for c in answer.citations if stands(c, articles)}
    return [
        Shown(one.text, tuple(places[number] for number in one.citations if number in places))
        for one in statements(answer)
        if one.is_claim or one.citations
    ]


def lead(trial: Trial) -> Score:
    """Whether the first statement carries a vital nugget; where there is none, whether the question is declined."""
    is_declined = trial.answer.status in REFUSALS
    if not trial.case.gold:
        return Score(float(is_declined), f"nothing answers it; {trial.answer.status}")
    first = next(iter(shown(trial.answer, trial.articles)), None)
    if is_declined or first is None:
        return Score(0.0, trial.answer.status if is_declined else _NOTHING)
    vital = [span for group in _vital(trial) for span in group]
    return Score(float(_carries(first, vital)), f"opens with “{first.text[:80]}”")


def vital_recall(trial: Trial) -> Score:
    """Share of the vital nuggets that are shown."""
    if not trial.case.gold:
        return Score(None, "nothing answers it")
    told = shown(trial.answer, trial.articles)
    hits = [any(_carries(one, group) for one in told) for group in _vital(trial)]
    missing = [f"“{group[0][:80]}”" for group, hit in zip(trial.case.gold, hits, strict=True) if not hit]
    return share(hits, "vital nuggets are shown", missing)


def on_point(trial: Trial) -> Score:
    """Share of the statements shown that carry a nugget, vital or welcome."""
    if not trial.case.gold or trial.answer.status in REFUSALS:
        return Score(None, "nothing answers it" if not trial.case.gold else "declined")
    told = shown(trial.answer, trial.articles)
    if not told:
        return Score(None, _NOTHING)
    wanted = [span for group in _vital(trial) for span in group] + _places(_welcome(trial), trial.articles)
    hits = [_carries(one, wanted) for one in told]
    beside = [f"“{one.text[:80]}”" for one, hit in zip(told, hits, strict=True) if not hit]
    return share(hits, "statements are on the question", beside)


def repeats(trial: Trial) -> Score:
    """Share of the statements shown of which an earlier turn showed the greater part."""
    told = shown(trial.answer, trial.articles)
    if not trial.before or not told:
        return Score(None, _NOTHING if trial.before else "the first turn")
    earlier = [span for answer in trial.before for one in shown(answer, trial.articles) for span in one.spans]
    hits = [_is_known(one, earlier) for one in told]
    again = [f"“{one.text[:80]}”" for one, hit in zip(told, hits, strict=True) if hit]
    score = share(hits, "statements were shown before")
    return dataclasses.replace(score, reason="; ".join([score.reason, *again]))


def words(trial: Trial) -> Score:
    """Words of the text, without the numbers of its citations."""
    return Score(float(len(re.sub(r"\[\d+\]", " ", trial.answer.text).split())), "words")


def _carries(one: Shown, nuggets: Sequence[Span]) -> bool:
    return any(overlap(span, nugget) for span in one.spans for nugget in nuggets)


def _is_known(one: Shown, earlier: Sequence[Span]) -> bool:
    quoted = {(article, at) for article, start, end in one.spans for at in range(start, end)}
    known = {(article, at) for article, start, end in earlier for at in range(start, end)}
    return bool(quoted) and len(quoted & known) >= _MOSTLY * len(quoted)


def _vital(trial: Trial) -> list[list[Span]]:
    return [_places(group, trial.articles) for group in trial.case.gold]


def _welcome(trial: Trial) -> tuple[str, ...]:
    return trial.case.welcome if isinstance(trial.case, Turn) else ()


def _places(sentences: Iterable[str], articles: Mapping[str, Article]) -> list[Span]:
    """Wherever the sentences stand: one that stands twice says the same in both places."""
    return [
        (article.id, found.start(), found.end())
        for sentence in sentences
        for article in articles.values()
        for found in re.finditer(re.escape(sentence), article.text)
    ]


NUGGETS: dict[str, Scorer] = {
    "lead": lead,
    "vital_recall": vital_recall,
    "on_point": on_point,
    "repeats": repeats,
    "words": words,
}
