"""Things of one kind, each by its writings, and a text go in; where the text names which of them comes out.

What a library's articles tell apart, and is easily confused, is data of its own: `names` in its `library.toml`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from advisor.verify.figures import figures_in
from advisor.verify.lines import plain_words

JOINT = r" ?(?:,|/|&|,? ?\band\b|,? ?\bor\b|\bvs\.?|\bversus\b) ?(?:an? |the )?"  # between two names
_ENDING = r"(?:s|es|ing)?(?!\w)"

Names = tuple[tuple[tuple[str, ...], ...], ...]  # kinds, of each kind its things, of each thing its writings


class Kind:
    """Things of one kind: "AI engineer" and "data scientist", or two products."""

    def __init__(self, things: Sequence[Sequence[str]]) -> None:
        """By the writings of each; one may stand for several."""
        told: dict[str, set[int]] = {}
        for number, writings in enumerate(things):
            for writing in writings:
                told.setdefault(" ".join(writing.lower().split()), set()).add(number)
        writings = sorted(filter(None, told), key=len, reverse=True)
        self._things = [frozenset(told[writing]) for writing in writings]
        patterns = "|".join(f"({_pattern(writing, writings)})" for writing in writings)
        self._pattern = re.compile(patterns or r"(?!)", re.IGNORECASE)
        self.labels = [writings[0] for writings in things]
        self.find = functools.lru_cache(maxsize=20_000)(self._find)

    def _find(self, text: str) -> tuple[tuple[int, int, frozenset[int]], ...]:
        """Where a text names something: (start, end, which)."""
        found = self._pattern.finditer(text)
        return tuple((match.start(), match.end(), self._things[(match.lastindex or 1) - 1]) for match in found)

    def things(self, text: str) -> frozenset[int]:
        """All that a text names."""
        return frozenset[int]().union(*(things for _, _, things in self.find(text)))

    def rest(self, text: str) -> frozenset[str]:
        """The text's content words and figures, without the names."""
        figures = (f"#{figure.value:g}" for figure in figures_in(text) if not figure.is_small_count)
        return plain_words(self._pattern.sub(" ", text)).union(figures)


@functools.lru_cache(maxsize=8)
def kinds_of(names: Names) -> tuple[Kind, ...]:
    """The kinds of a library."""
    return tuple(Kind(things) for things in names)


def _pattern(writing: str, writings: Sequence[str]) -> str:
    """A writing, also in the plural; of "AI engineer" also the "AI" of "AI and ML engineers"."""
    words = [re.escape(word) for word in re.split(r"[ -]", writing)]
    whole = "[ -]".join(words) + _ENDING
    head = re.split(r"[ -]", writing)[-1]
    others = [re.escape(one[: -len(head) - 1]) for one in writings if re.search(rf"\S[ -]{re.escape(head)}$", one)]
    if len(words) > 1 and len(others) > 1:
        whole = rf"(?:{whole}|{'[ -]'.join(words[:-1])}(?=(?:{JOINT}(?:{'|'.join(others)}))+[ -]{words[-1]}))"
    return rf"(?<!\w){whole}"
