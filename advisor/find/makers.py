"""A text and articles go in; the publisher or author whom the text names, and their articles, come out.

Also whom a question asks for what he says, whether or not an article is his.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.question.lexicon import TOLD_BY
from advisor.question.words import GENERIC_STEMS, stems
from corpus import Listed

_LONGEST = 8  # words of a name
_THE = frozenset({"the", "a", "an"})


def tellers_in(question: str) -> list[str]:
    """Of whom a question asks what they say ("according to ..."), as it calls them."""
    return [found["maker"] for pattern in TOLD_BY if (found := pattern.search(question))]


def maker_in(text: str, articles: Sequence[Listed]) -> tuple[str, list[Listed]]:
    """What of a text is the name of a maker, and the articles by that name; "" and none where nothing is.

    A name is known by most of its words, or by any that are written with a capital. The longest counts, and of several
    the first.
    """
    tokens = text.split()
    words = [stems(token) - _THE for token in tokens]
    is_capital = [token[:1].isupper() and not one <= GENERIC_STEMS for token, one in zip(tokens, words, strict=True)]
    said = frozenset().union(*words)
    names = [(name, one) for one in articles for name in _names_of(one) if not said.isdisjoint(name)]
    known = frozenset().union(*(name for name, _ in names))
    for size in range(min(len(tokens), _LONGEST), 0, -1):
        for start in range(len(tokens) - size + 1):
            told, is_name = frozenset().union(*words[start : start + size]), any(is_capital[start : start + size])
            if told <= GENERIC_STEMS or not told <= known:
                continue
            meant = [one for name, one in names if told <= name and (is_name or 2 * len(told) > len(name))]
            if meant:
                return " ".join(tokens[start : start + size]), list(dict.fromkeys(meant))
    return "", []


def _names_of(article: Listed) -> list[frozenset[str]]:
    """The words of each name that an article's makers go by: of a publisher, what is before a bracket and in it."""
    makers = (*re.split(r"[()]", article.publisher or ""), article.author or "")
    return [stems(maker) for maker in makers if maker.strip()]
