"""A quote and its article, or a claim and lines of evidence, go in; whether the one repeats the other comes out."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.answer import Citation, Claim
from advisor.verify.lines import Line
from advisor.verify.orders import gives_order
from corpus import Article

QUOTED = "quoted word for word"  # the reason of a claim that is a quote
_SAME = str.maketrans("“”„«»‘’‚‐‑‒–—−", '"""""' + "'''" + "------")  # kinds of quotation marks and of dashes


def repeated(claim: str, lines: Sequence[Line]) -> tuple[int, int] | None:
    """The sentence, table row or table cell that a claim repeats, character by character: (passage, index)."""
    wanted = _plain(claim)
    return next(((line.passage, line.index) for line in lines if wanted in map(_plain, (line.text, *line.cells))), None)


def repeated_cell(names: tuple[str, str], words: str, lines: Sequence[Line]) -> tuple[int, int] | None:
    """The row of which one cell has these words, its row and its column these two names: (passage, index)."""
    wanted = {_cell(*names, words), _cell(*names[::-1], words)}
    found = (one for one in lines if not wanted.isdisjoint(map(_cell, one.cells)))
    return next(((one.passage, one.index) for one in found), None)


def check_quote(text: str, citation: Citation, article: Article | None) -> Claim:
    """The claim `text`, the quote's sentences as the article's own parser reads them, as supported or unsupported."""
    if article is None:
        return _unsupported(text, citation, f"the article {citation.article} is not in the library any more")
    if article.text[citation.start : citation.end] != citation.quote:
        return _unsupported(text, citation, "the quote does not stand in the article at its place")
    sentences = [one for one in article.sentences() if citation.start <= one.start < citation.end]
    if any(gives_order(one) for one in sentences):
        return _unsupported(text, citation, "it speaks to a machine, not to a reader")
    if text != " ".join(one.statement for one in sentences):
        return _unsupported(text, citation, "the sentence's words are not those of the article")
    return Claim(text, (citation.number,), "supported", 1.0, QUOTED)


def _unsupported(text: str, citation: Citation, reason: str) -> Claim:
    return Claim(text, (citation.number,), "unsupported", 0.0, reason)


def _cell(*parts: str) -> str:
    """What stands in a cell and by it, whatever its capitals and colons: "Pay: Cook $1" and "pay: cook: $1" are one."""
    return _plain(" ".join(parts).replace(":", " ").lower())


def _plain(text: str) -> str:
    """The text in one kind of white space, quotation marks and dashes."""
    return " ".join(text.translate(_SAME).split())
