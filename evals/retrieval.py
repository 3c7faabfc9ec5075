"""A trial goes in; how well its passages were retrieved comes out, against the spans of the gold quotes.

A passage is relevant where a gold quote stands in it. Hit@k asks for one such passage, recall@k for one of each gold
group; recall@k, reciprocal rank and nDCG@k as in Manning, Raghavan and Schütze, Introduction to Information Retrieval,
chapter 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from evals.trial import Score, Span, Trial, overlap, share


def recall_at(k: int) -> Callable[[Trial], Score]:
    """The scorer recall@k."""

    def recall(trial: Trial) -> Score:
        """Share of the gold groups of which a quote stands in one of the first passages retrieved."""
        if unscored := _unscored(trial):
            return unscored
        first = (trial.retrieved or ())[:k]
        hits = [any(_is_relevant(passage, group) for passage in first) for group in trial.gold]
        return share(hits, f"gold groups in the first {k} passages")

    return recall


def hit_at(k: int) -> Callable[[Trial], Score]:
    """The scorer hit@k."""

    def hit(trial: Trial) -> Score:
        """Whether a gold quote stands in one of the first passages retrieved."""
        if unscored := _unscored(trial):
            return unscored
        found = any(_relevance(trial)[:k])
        return Score(float(found), f"{'the' if found else 'no'} right passage in the first {k}")

    return hit


def reciprocal_rank(trial: Trial) -> Score:
    """1 / the rank of the first relevant passage; 0 where none was found."""
    if unscored := _unscored(trial):
        return unscored
    rank = next((rank for rank, relevant in enumerate(_relevance(trial), 1) if relevant), None)
    return Score(1 / rank if rank else 0.0, f"first relevant passage at rank {rank}" if rank else "none is relevant")


def ndcg_at(k: int) -> Callable[[Trial], Score]:
    """The scorer nDCG@k."""

    def ndcg(trial: Trial) -> Score:
        """Discounted cumulative gain of the first passages, over that of the best order of those retrieved."""
        if unscored := _unscored(trial):
            return unscored
        relevance = _relevance(trial)
        best = _gain(sorted(relevance, reverse=True)[:k])
        return Score(_gain(relevance[:k]) / best if best else 0.0, f"{sum(relevance[:k])} of {k} are relevant")

    return ndcg


def _unscored(trial: Trial) -> Score | None:
    if not trial.case.answerable:
        return Score(None, "nothing to find")
    return Score(None, "the passages are not shown") if trial.retrieved is None else None


def _relevance(trial: Trial) -> list[bool]:
    gold = [span for group in trial.gold for span in group]
    return [_is_relevant(passage, gold) for passage in trial.retrieved or ()]


def _is_relevant(passage: Span, gold: tuple[Span, ...] | list[Span]) -> bool:
    return any(overlap(passage, span) for span in gold)


def _gain(relevance: list[bool]) -> float:
    return sum(relevant / math.log2(rank + 1) for rank, relevant in enumerate(relevance, 1))
