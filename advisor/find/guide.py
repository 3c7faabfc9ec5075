"""What was found for a message that asks for a plan goes in; the article that is one comes out, section by section.

An article is a guide where it counts its steps in the headings of its sections, or the time that they are for ("Weeks
3 and 4", "Six months before"); or its title says so ("How to ..."), and then every section is a step. It is the one
asked for where its title is near to what is asked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import groupby

from advisor.find.find import Found
from advisor.find.quotes import LONGEST, Quote, headed, opening, quote_of
from advisor.question.lexicon import GUIDE, PLAN
from advisor.question.words import GENERIC_STEMS, stems
from advisor.verify.orders import is_order
from corpus import Article, Library

_NEAR = 0.4  # cosine of what is asked and the title of an article that counts its steps, and names a thing of it
_NEARER = 0.5  # of another
_ARTICLES = 10  # of those found whose titles are looked at
_NUMBER = r"(?:\d+|first|second|third|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNIT = r"(?:step|stage|phase|hour|day|week|month|quarter|year)s?"
_STEP = re.compile(rf"\[?(?:the )?(?:\d+[.):]? |{_UNIT} {_NUMBER}\b|{_NUMBER}\b.{{0,12}}\b{_UNIT}\b)", re.IGNORECASE)
_FEWEST = 3  # numbered sections of a guide that counts its steps
_WORDS = 130  # of the quotes, from which no more is added
_MOST = 9


@dataclasses.dataclass(frozen=True)
class Guide:
    """An article that is a plan, and the quotes that open its steps, in order."""

    article: Article
    steps: tuple[Quote, ...]
    is_counted: bool  # the article counts its steps
    whole: int  # how many steps it has


def guide(found: Found) -> Guide | None:
    """None where no plan is asked for, or no article is one."""
    query = found.reading.query
    if not PLAN.search(query.text):
        return None
    ids = list(dict.fromkeys(passage.article for passage in found.passages))[:_ARTICLES]
    read = (found.library.article(one) for one in ids)
    articles = [one for one in read if one and len(one.text) <= LONGEST and not is_order(one.title)]
    if not articles:
        return None
    near = found.library.embedder.encode([one.title for one in articles]) @ found.reading.vector
    asked = _subject(query.conversation)
    for cosine, article in sorted(zip(near.tolist(), articles, strict=True), key=lambda pair: -pair[0]):
        is_named = bool(asked & _subject(article.title))
        made = _made(found.library, article) if cosine >= (_NEAR if is_named else _NEARER) else None
        if made and (made.is_counted or (is_named and cosine >= _NEARER)):
            return made
    return None


def _subject(text: str) -> frozenset[str]:
    return stems(GUIDE.sub(" ", PLAN.sub(" ", text))) - GENERIC_STEMS


def _made(library: Library, article: Article) -> Guide | None:
    """The sentence that opens each section; where sections are numbered, of these alone."""
    grouped = groupby(article.sentences(), key=lambda one: one.headings)
    sections = [(headings[-1], list(group)) for headings, group in grouped if headings]
    counted = [one for one in sections if _STEP.match(one[0])]
    is_counted = len(counted) >= _FEWEST
    if not is_counted and not GUIDE.match(article.title):
        return None
    chosen = counted if is_counted else sections
    quotes = (quote_of(library, article.id, opening(one).start) for _, one in chosen)
    steps = _short([headed(one) for one in quotes if one and not one.gives_orders])
    return Guide(article, tuple(steps), is_counted, len(chosen)) if steps else None


def _short(quotes: Sequence[Quote]) -> list[Quote]:
    """As many as fit."""
    kept: list[Quote] = []
    for quote in quotes[:_MOST]:
        if sum(len(one.text.split()) for one in kept) >= _WORDS:
            break
        kept.append(quote)
    return kept
