"""Articles and cases go in; which section of which article is the gold of how many cases comes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from corpus import Article
from evals.case import Case

ENOUGH = 2  # cases that every section must be the gold of


@dataclasses.dataclass(frozen=True)
class Section:
    """One section of one article, and the cases of which a gold quote stands in it."""

    article: str
    headings: tuple[str, ...]
    cases: tuple[str, ...]


def coverage(articles: Iterable[Article], cases: Sequence[Case]) -> list[Section]:
    """Every section that holds a sentence, in the articles' order; cases over altered articles do not count."""
    plain = [case for case in cases if not case.edits]
    return [section for article in articles for section in _sections(article, plain)]


def _sections(article: Article, cases: Sequence[Case]) -> list[Section]:
    found: dict[tuple[str, ...], set[str]] = {sentence.headings: set() for sentence in article.sentences()}
    for case in cases:
        for quote in (quote for group in case.gold for quote in group):
            start = article.text.find(quote)
            for sentence in article.sentences() if start >= 0 else ():
                if sentence.start < start + len(quote) and start < sentence.end:
                    found[sentence.headings].add(case.id)
    return [Section(article.id, headings, tuple(sorted(ids))) for headings, ids in found.items()]


def table(sections: Sequence[Section]) -> str:
    """For the terminal: how many cases each section is the gold of."""
    lines = []
    for section in sections:
        mark = " " if len(section.cases) >= ENOUGH else "!"
        lines.append(f"{mark}{len(section.cases):4}  {section.article}: {' > '.join(section.headings) or '(opening)'}")
    short = sum(len(section.cases) < ENOUGH for section in sections)
    lines.append(f"{len(sections)} sections; {short or 'none'} with fewer than {ENOUGH} cases")
    return "\n".join(lines)
