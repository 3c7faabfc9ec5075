"""The evidence's sentences and a claim go in; short texts to read the claim against come out, the likeliest sentences.

A cross-encoder reads short evidence best. So of each passage it is given the headings and the few sentences nearest
to the claim, each with the one it leans on; of several passages also the nearest of them all together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.verify.figures import figures_in
from advisor.verify.lines import GOES_ON, Line, plain_words, share

WORDS = 80  # of a window, beyond which no sentence is added
_SENTENCES = 3
_OVERLAP = 0.5  # how much words in common, and figures in common, count beside the cosine


@dataclasses.dataclass(frozen=True)
class Window:
    """A short text of evidence, and the lines it is made of, by their place in the list; the likeliest first."""

    text: str
    lines: tuple[int, ...]


def nearness(claim: str, lines: Sequence[Line], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near each line is to the claim, by meaning, words and figures, shape (len(lines),)."""
    words, figures = plain_words(claim), [figure for figure in figures_in(claim) if not figure.is_small_count]
    near = cosines.astype(np.float32)
    for number, line in enumerate(lines):
        near[number] += _OVERLAP * share(words, line.text)
        if figures:
            told = figures_in(line.text)
            near[number] += _OVERLAP * sum(any(f.same_as(one) for one in told) for f in figures) / len(figures)
    return near


def windows(lines: Sequence[Line], near: NDArray[np.float32]) -> list[Window]:
    """A window for each passage, and one for all of them where there are several."""
    passages = sorted({line.passage for line in lines})
    chosen = [_nearest(lines, near, [n for n, line in enumerate(lines) if line.passage == p], WORDS) for p in passages]
    found = [Window(_text(lines, sorted(numbers)), tuple(numbers)) for numbers in chosen]
    if len(passages) > 1:
        best = sorted(found, key=lambda window: -near[window.lines[0]])[:3]
        each = [_nearest(lines, near, window.lines, WORDS // len(best)) for window in best]
        numbers = [n for one in each for n in one]
        found.append(Window(" ".join(_text(lines, sorted(one)) for one in each), tuple(numbers)))
    return found


def _nearest(lines: Sequence[Line], near: NDArray[np.float32], numbers: Sequence[int], words: int) -> list[int]:
    """The nearest of some lines within so many words, with those they lean on; at least one."""
    chosen: list[int] = []
    size = 0
    for number in sorted(numbers, key=lambda n: -near[n])[:_SENTENCES]:
        more = [n for n in _with_anchor(lines, number, numbers) if n not in chosen]
        added = sum(len(lines[n].text.split()) for n in more)
        if chosen and size + added > words:
            continue
        chosen += more
        size += added
    return chosen


def _with_anchor(lines: Sequence[Line], number: int, numbers: Sequence[int]) -> list[int]:
    before = number - 1
    leans = GOES_ON.match(lines[number].text) and before in numbers and lines[before].index == lines[number].index - 1
    return [number, before] if leans else [number]


def _text(lines: Sequence[Line], numbers: Sequence[int]) -> str:
    heading = lines[numbers[0]].headings
    words = " ".join(lines[n].text for n in numbers)
    return f"{heading}. {words}" if heading else words
