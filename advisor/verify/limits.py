"""A claim and a text go in; what limits the text, and not the claim, comes out: a hedge, a share, a condition."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from advisor.question.lexicon import CONDITIONS, HEDGES, JOINING
from advisor.question.words import stem

_WORD = re.compile(r"[a-z0-9]+")
_TOKEN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*|[,;:.?!()–—]")
_REACH = 5  # words after a hedge, among which stands what it limits
_WIDE, _FIRST = 12, 3  # words of a clause on both sides of a place, and that open a sentence
_DENIED = re.compile(r"\b(?:cannot|(?:can|could|may|might)(?:n?[’']t| not))\b")
_NO_HEDGE = re.compile(  # what is denied, says when or of whom it holds, or is compared
    rf"{_DENIED.pattern}|\b(?:in|of|on|since|by) may\b|\bmay \d|\b(?:if|unless|until|when|once|before|after)\b[^,;:.]*|"
    r"\b(?:who|whom|that|which) (?:can|could|may|might)\b|\b(?:more|less|least|as|how) \w+|\bmost often\b|"
    r"\b(?:the|[’']s|second|third|of|their|its|our|your|one|two|three) (?:\w+ )?most\b"
)
_KINDS = {word: kind for kind, words in enumerate(CONDITIONS) for word in words}
_MARK = re.compile(rf"\b(?:{'|'.join(sorted(_KINDS, key=len, reverse=True))})\b")
_BINDS = re.compile(r"(?:only )?if|unless|provided that|as long as")  # what is said without it is said of all cases
_ENDS = re.compile(r"[,;:.?!()–—]| then\b")
_STARTS = re.compile(r"[;:.?!()–—]|,? and\b|, (?:but|or|so)\b")
_MOST = 4  # conditions of a text that are read
_FEWEST = 2  # words of what depends on a condition
_ELSE = 1  # words of a claim without a condition that may stand for it
_HELD, _LEFT = 0.5, 0.25  # share of the words of a part from which a claim has it, and up to which it has not


def unlimited(claim: str, text: str) -> str | None:
    """The hedge or condition of a text that the claim is left without, or puts otherwise; None where there is none."""
    return _hedge(claim.lower(), text.lower()) or _condition(claim.lower(), text.lower())


def _hedge(claim: str, text: str) -> str | None:
    """A hedge of what the claim says, too, in words that have fewer."""
    ours: list[str] = _TOKEN.findall(_DENIED.sub(" ", claim))
    theirs: list[str] = _TOKEN.findall(_NO_HEDGE.sub(" ", text))
    place = {stem(word): at for at, word in reversed([*enumerate(ours)])}
    before = ""  # the word before, of those that tell what it is about
    for at, word in enumerate(theirs):
        if word in HEDGES[0]:
            after = [stem(one) for one in itertools.takewhile(_is_word, theirs[at + 1 : at + _REACH]) if _tells(one)]
            about = [place[one] for one in after if one in place]
            is_about = len(about) > 1 or (bool(about) and before in place)
            kept = _hedges(ours, about[0]) if is_about else []
            is_left = word not in kept and len(kept) < len(_hedges(theirs, at))
            if is_about and is_left:
                return word
        elif _is_word(word) and _tells(word):
            before = stem(word)
    return None


def _hedges(words: Sequence[str], at: int) -> list[str]:
    """The hedges in the clause around a place, with those that open the sentence."""
    before = [*itertools.takewhile(_is_word, reversed(words[max(0, at - _WIDE) : at]))]
    clause = (*words[: min(_FIRST, at - len(before))], *before, *itertools.takewhile(_is_word, words[at : at + _WIDE]))
    return [word for word in clause if word in HEDGES[0] or word in HEDGES[1]]


def _is_word(token: str) -> bool:
    return token[0].isalnum()


def _tells(word: str) -> bool:
    return word not in JOINING and word not in HEDGES[0] and word not in HEDGES[1]


def _condition(claim: str, text: str) -> str | None:
    """A condition of what the claim says that it does not have, or has as what holds it off."""
    words, ours = _stems(claim), _parts(claim)
    is_of_text = len(words - _stems(text)) <= _ELSE
    for mark, part, rest in _parts(text):
        same = [other for other, own, _ in ours if part and len(part & own) >= _HELD * (min(len(part), len(own)) or 1)]
        if same and all(_KINDS[other] != _KINDS[mark] for other in same):
            return mark
        is_left = is_of_text and bool(part) and len(part & words) <= _LEFT * len(part)
        if is_left and _BINDS.fullmatch(mark) and len(rest) >= _FEWEST and len(rest & words) > _HELD * len(rest):
            return mark
    return None


def _parts(text: str) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """The first conditions of a text: what opens each, its words, and those of what depends on it."""
    found = []
    for match in itertools.islice(_MARK.finditer(text), _MOST):
        end = _ENDS.search(text, match.end())
        stop = end.start() if end else len(text)
        rest = _stems(_STARTS.split(text[: match.start()])[-1])
        if len(rest) < _FEWEST:  # "However, if ..."
            rest = _stems(_STARTS.split(text[stop + 1 :], maxsplit=1)[0])
        found.append((match.group(), _stems(text[match.end() : stop]), rest))
    return found


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _WORD.findall(text) if word not in JOINING)
