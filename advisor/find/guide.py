"""What was found for a message that asks for a plan goes in; the article that is one comes out, section by section.

An article is a guide by its title ("How to ...", "... in five steps"), and it is the one asked for where its title is
near to what is asked and names a thing of it. Its steps are its numbered sections; of a "How to ..." without, all.
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

_NEAR = 0.4  # cosine of what is asked and the title of an article that counts its steps
_NEARER = 0.5  # of another, of which the title alone says that it is a guide
_ARTICLES = 10  # of those found whose titles are looked at
_STEP = re.compile(r"(?:step |stage |phase )?\d+[.):]? ", re.IGNORECASE)
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
    asked = _subject(query.conversation)
    ids = list(dict.fromkeys(passage.article for passage in found.passages))[:_ARTICLES]
    read = (found.library.article(one) for one in ids)
    guides = [one for one in read if one and _is_guide(one) and asked & _subject(one.title)]
    if not guides:
        return None
    near = found.library.embedder.encode([one.title for one in guides]) @ found.reading.vector
    best = int(near.argmax())
    made = _made(found.library, guides[best])
    return made if made and near[best] >= (_NEAR if made.is_counted else _NEARER) else None


def _is_guide(article: Article) -> bool:
    return len(article.text) <= LONGEST and bool(GUIDE.search(article.title)) and not is_order(article.title)


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
