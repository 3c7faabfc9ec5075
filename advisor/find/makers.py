"""A library's articles and a text go in; the publisher or author whom it names, and their articles, come out."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence

from advisor.question.words import GENERIC_STEMS, stems
from corpus import Library, Listed

_LONGEST = 8  # words of a name
_ARTICLES = frozenset({"the", "a", "an"})
_KEPT = 8  # libraries, or parts of one, whose makers are kept


class Makers:
    """Who made some articles, by the words of their names. Safe to share by threads."""

    def __init__(self, articles: Sequence[Listed]) -> None:
        """A publisher goes by what stands before a bracket and by what stands in it."""
        self._articles = articles
        by_name: dict[frozenset[str], list[int]] = {}
        for number, article in enumerate(articles):
            for name in names_of(article):
                by_name.setdefault(name, []).append(number)
        self._names = list(by_name)
        self._made = list(by_name.values())
        self._holding: defaultdict[str, set[int]] = defaultdict(set)  # which names have a word
        for number, name in enumerate(self._names):
            for word in name:
                self._holding[word].add(number)

    def called(self, text: str) -> tuple[str, list[Listed]]:
        """What of a text is the name of a maker, and the articles by that name; "" and none where nothing is.

        A name is known by most of its words, or by any that are written with a capital. The longest counts, and of
        several the first.
        """
        tokens = text.split()
        words = [stems(token) for token in tokens]
        is_known = [all(word in self._holding for word in one - _ARTICLES) for one in words]
        is_capital = [
            token[:1].isupper() and not one <= GENERIC_STEMS for token, one in zip(tokens, words, strict=True)
        ]
        tried = set[tuple[frozenset[str], bool]]()
        for start, end in _runs(is_known):
            told, is_name = frozenset[str]().union(*words[start:end]) - _ARTICLES, any(is_capital[start:end])
            if told <= GENERIC_STEMS or (told, is_name) in tried:
                continue
            tried.add((told, is_name))
            if made := self._made_by(told, is_name=is_name):
                return " ".join(tokens[start:end]), made
        return "", []

    def _made_by(self, told: frozenset[str], *, is_name: bool) -> list[Listed]:
        """The articles by a name that has all these words, in the order of the library."""
        rarest = sorted((self._holding[word] for word in told), key=len)
        meant = set.intersection(*rarest)
        named = (one for one in meant if is_name or 2 * len(told) > len(self._names[one]))
        return [self._articles[at] for at in sorted({at for one in named for at in self._made[one]})]


def makers_of(library: Library) -> Makers:
    """The makers of what is seen of a library: read once, and again when it has changed."""
    key = library.state
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = Makers(library.listing())
    with _lock:
        _kept[key] = found
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def names_of(article: Listed) -> list[frozenset[str]]:
    """The words of each name that an article's makers go by."""
    makers = (*re.split(r"[()]", article.publisher or ""), article.author or "")
    return [stems(maker) for maker in makers if maker.strip()]


def _runs(is_known: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where words that follow each other may all be of one name, the longest runs first."""
    for size in range(min(len(is_known), _LONGEST), 0, -1):
        unknown = sum(not known for known in is_known[: size - 1])
        for start in range(len(is_known) - size + 1):
            unknown += not is_known[start + size - 1]
            if not unknown:
                yield start, start + size
            unknown -= not is_known[start]


_lock = threading.Lock()
_kept: OrderedDict[tuple[str, frozenset[str] | None], Makers] = OrderedDict()
