"""A claim and what it cites go in; whether that says it comes out.

A quoted claim is checked against the article as it is indexed now, character by character: the quote must stand
at its offsets, and the claim's words must be the quote's. A claim in other words is checked by rules alone so far.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from advisor.answer import Citation, Claim
from advisor.lexicon import TO_MACHINE
from advisor.question import GENERIC_STEMS, roles_in, stems
from corpus import Article

_ENOUGH = 0.7  # share of a claim's content words that the evidence must hold
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:\s?(?:k|thousand)\b)?", re.IGNORECASE)
_DENIAL = re.compile(r"\b(?:no|not|never|none|neither|nor|without|rarely|cannot)\b|n[’']t\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether evidence states a claim, how sure that is (0..1), and why."""

    supported: bool
    score: float
    reason: str


class Verifier:
    """Checks claims against evidence by rules: figures, roles and denials must agree, and the words be there."""

    def check(self, claim: str, evidence: Sequence[str]) -> Verdict:
        """Whether the evidence, its pieces taken together, states the claim."""
        held = " ".join(evidence)
        strange = sorted(_numbers(claim) - _numbers(held))
        if strange:
            return Verdict(False, 0.0, f"{', '.join(f'{number:,g}' for number in strange)} is not in the evidence")
        if " ".join(claim.split()) in " ".join(held.split()):
            return Verdict(True, 1.0, "word for word in the evidence")
        words = {word for word in stems(claim) - GENERIC_STEMS if not word[0].isdigit()}
        share = len(words & stems(held)) / (len(words) or 1)
        if not roles_in(claim) <= roles_in(held):
            return Verdict(False, share / 2, "the evidence does not speak of this role")
        if len(_DENIAL.findall(claim)) % 2 != len(_DENIAL.findall(held)) % 2:
            return Verdict(False, share / 2, "one of the two denies what the other says")
        return Verdict(share >= _ENOUGH, share, f"{share:.0%} of its words are in the evidence")


def _numbers(text: str) -> set[float]:
    """The figures of a text: "$149K", "149,000" and "149 thousand" are one."""
    found = (match.group().lower() for match in _NUMBER.finditer(text))
    return {
        float(re.sub(r"[^\d.]", "", number).strip(".") or 0) * (1000 if number[-1] in "kd" else 1) for number in found
    }


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
    if TO_MACHINE.search(citation.quote) or TO_MACHINE.search(text):
        return _unsupported(text, citation, "it speaks to a machine, not to a reader")
    heading = citation.section.split(" > ")[-1].strip("[]")
    if spoken != words or text not in (words, f"[{heading}] {words}"):
        return _unsupported(text, citation, "the sentence's words are not those of the article")
    return Claim(text, (citation.number,), "supported", 1.0, "quoted word for word")


def _unsupported(text: str, citation: Citation, reason: str) -> Claim:
    return Claim(text, (citation.number,), "unsupported", 0.0, reason)
