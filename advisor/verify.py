"""A claim and the article it cites go in; whether the article says it comes out.

A quoted claim is checked against the article as it is indexed now, character by character: the quote must stand
at its offsets, and the claim's words must be the quote's.
"""

from __future__ import annotations

from advisor.answer import Citation, Claim
from corpus import Article


def check_quote(text: str, words: str, citation: Citation, article: Article | None) -> Claim:
    """The claim `text`, made of the quote's own `words`, as supported or unsupported, with the reason.

    `words` are the quote's sentences as the article's own parser reads them; `text` may put the section's
    heading before them.
    """
    if article is None:
        return _unsupported(text, citation, f"the article {citation.article} is not in the library any more")
    if article.text[citation.start : citation.end] != citation.quote:
        return _unsupported(text, citation, "the quote does not stand in the article at its place")
    spoken = " ".join(s.statement for s in article.sentences() if citation.start <= s.start < citation.end)
    heading = citation.section.split(" > ")[-1].strip("[]")
    if spoken != words or text not in (words, f"[{heading}] {words}"):
        return _unsupported(text, citation, "the sentence's words are not those of the article")
    return Claim(text, (citation.number,), "supported", 1.0, "quoted word for word")


def _unsupported(text: str, citation: Citation, reason: str) -> Claim:
    return Claim(text, (citation.number,), "unsupported", 0.0, reason)
