"""Two texts go in; whether one of them denies what the other says, or says its opposite, comes out."""

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

_OPPOSITES = tuple(
    tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in pair)
    for pair in (
        ("more|higher|greater|larger|above", "less|lower|fewer|smaller|below"),
        (r"increas\w*|grow\w*|ris\w*|surg\w*|expand\w*|explos\w*", r"decreas\w*|declin\w*|shrink\w*|fall\w*|drop\w*"),
        (r"faster|quick\w*|rapid\w*", r"slow\w*"),
        (r"easier|easy|simple", r"hard\w*|difficult\w*|complex"),
        (r"cheap\w*|cost-effective|affordable", r"expensive|costl\w*|dear\w*"),
        (r"strong\w*|solid", r"weak\w*"),
        (r"before|first", r"after|last"),
        (r"narrow\w*|deep\w*|speciali\w*", r"broad\w*|versatil\w*"),
        (r"requir\w*|mandatory|must|need\w*|essential|non-negotiable", r"optional|unnecessary|prefer\w*|not need\w*"),
        (r"shortage|scarc\w*", r"surplus|plent\w*|abundan\w*|glut"),
        (r"most|highest|best", r"least|lowest|rarest|worst"),
        (r"success\w*|win\w*", r"fail\w*"),
        (r"tighten\w*", r"loosen\w*"),
        (r"high|long\w*", r"low|short\w*"),
    )
)  # fmt: skip


def contradicts(one: str, other: str) -> bool:
    """Whether a word is denied in one sentence and said outright in the other."""
    denied, said = _read(one)
    other_denied, other_said = _read(other)
    return bool(denied & other_said or said & other_denied)


def is_opposite(claim: str, said: str) -> bool:
    """Whether the claim has a word whose opposite alone is in the evidence."""
    for pair in _OPPOSITES:
        claimed, held = ([bool(one.search(text)) for one in pair] for text in (claim, said))
        if sum(claimed) == sum(held) == 1 and claimed != held:
            return True
    return False


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
