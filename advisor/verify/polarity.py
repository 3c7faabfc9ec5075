"""Two texts go in; whether one of them denies what the other says comes out."""

from __future__ import annotations

import functools
import re

from advisor.verify.lines import plain_words

_DENIES = re.compile(
    r"\b(?:not|never|cannot|isn|aren|wasn|weren|don|doesn|didn|won|wouldn|shouldn|couldn|hasn|haven|can(?=[’']t)|"
    r"no longer|without|neither|nor|fail(?:s|ed|ing)? to|lack(?:s|ing|ed)?|unlikely|rarely|seldom|hardly|"
    r"different from|beyond|avoid\w*|ignor\w*|neglect\w*|prevent\w*|need(?:n[’']t| not)|unnecessary|optional)"
    r"(?:[’']t)?\b(?! (?:only|just|merely|simply|necessarily|solely)\b)|\bno (?=[a-z]+)|\b(?:rather than|instead of)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"[.;:,!?()—–]|\b(?:but|while|whereas|although|because|since|so|than|if|unless|until)\b", re.IGNORECASE
)


def contradicts(one: str, other: str) -> bool:
    """Whether a word is denied in one sentence and said outright in the other."""
    denied, said = _read(one)
    other_denied, other_said = _read(other)
    return bool(denied & other_said or said & other_denied)


@functools.lru_cache(maxsize=20_000)
def _read(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The content words within the reach of a denial, up to the clause's end, and the others."""
    denied, rest = set[str](), text
    for match in reversed(list(_DENIES.finditer(text))):
        end = _ENDS.search(text, match.end())
        stop = end.start() if end else len(text)
        denied |= plain_words(text[match.end() : stop])
        rest = f"{rest[: match.start()]} {rest[stop:]}"
    said = plain_words(rest)
    return frozenset(denied - said), said - denied
