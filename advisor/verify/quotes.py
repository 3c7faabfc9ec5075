"""A quote and its article, or a claim and lines of evidence, go in; whether the one repeats the other comes out."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.answer import Citation, Claim
from advisor.question.lexicon import TO_MACHINE
from advisor.verify.lines import Line
from corpus import Article

_SAME = str.maketrans("“”„«»‘’‚‐‑‒–—−", '"""""' + "'''" + "------")  # kinds of quotation marks and of dashes


def repeated(claim: str, lines: Sequence[Line]) -> tuple[int, int] | None:
    """The sentence, table row or table cell that a claim repeats, character by character: (passage, index)."""
    wanted = _plain(claim)
    return next(((line.passage, line.index) for line in lines if wanted in map(_plain, _wholes(line))), None)


def check_quote(text: str, citation: Citation, article: Article | None) -> Claim:
    """The claim `text`, the quote's sentences as the article's own parser reads them, as supported or unsupported."""
    if article is None:
        return _unsupported(text, citation, f"the article {citation.article} is not in the library any more")
    if article.text[citation.start : citation.end] != citation.quote:
        return _unsupported(text, citation, "the quote does not stand in the article at its place")
    spoken = " ".join(s.statement for s in article.sentences() if citation.start <= s.start < citation.end)
    if TO_MACHINE.search(citation.quote) or TO_MACHINE.search(text):
        return _unsupported(text, citation, "it speaks to a machine, not to a reader")
    if text != spoken:
        return _unsupported(text, citation, "the sentence's words are not those of the article")
    return Claim(text, (citation.number,), "supported", 1.0, "quoted word for word")


def _unsupported(text: str, citation: Citation, reason: str) -> Claim:
    return Claim(text, (citation.number,), "unsupported", 0.0, reason)


def _wholes(line: Line) -> list[str]:
    """What of a line can be repeated alone: all of it, and each cell of a table's row ("Pay: AI Engineer $220K")."""
    first, _, others = line.text.partition(": ")
    return [line.text, *(f"{first}: {cell}" for cell in others.split("; ") if line.is_row)]


def _plain(text: str) -> str:
    """The text in one kind of white space, quotation marks and dashes."""
    return " ".join(text.translate(_SAME).split())
