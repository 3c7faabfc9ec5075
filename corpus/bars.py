"""A function that tells its progress goes in; what it returns comes out, with bars on standard error meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from tqdm import tqdm

from corpus.index import Progress

_Made = TypeVar("_Made")


def with_bars(function: Callable[[Progress], _Made]) -> _Made:
    """Call it with a progress that draws a bar for every stage; no bar where nothing is to be done."""
    bars: dict[str, tqdm[Any]] = {}

    def show(stage: str, done: int, total: int) -> None:
        bar = bars.get(stage) or bars.setdefault(
            stage,
            tqdm(
                desc=stage,
                total=total,
                unit="",
                leave=False,
                disable=None,  # where standard error is no terminal
                file=sys.__stderr__,  # below what takes orders out: a bar moves the cursor
                bar_format="{desc}: {bar:30} {n_fmt}/{total_fmt} {elapsed}",
            ),
        )
        bar.total = total
        bar.update(done - bar.n)

    try:
        return function(show)
    finally:
        for bar in bars.values():
            bar.close()
