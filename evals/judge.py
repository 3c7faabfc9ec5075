"""A statement and the evidence for it go in; whether the evidence states it comes out, or None: could not tell.

Shares nothing with the advisor's own verifier. The rules decide what can be decided by comparing words; what they
cannot tell may be put to an entailment model or a chat model (`--judge`), and is counted as undecided otherwise.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

from evals.statements import Evidence, figures, holds

_FEW = 0.5  # share of a statement's content words below which the evidence is about something else
_WORD = re.compile(r"[a-z0-9$%+#]+")
_LEAD = re.compile(r"\[([^\]]+)\] ")
_FUNCTION_WORDS = frozenset(
    _WORD.findall(
        "a an and are as at be been but by can do does for from has have how if in into is it its may more most no not "
        "of on or should so such than that the their them then there these they this those to was were what when "
        "which who will with would you your"
    )
)
_ROLES = {
    "AI engineer": re.compile(r"\bAI engineer", re.IGNORECASE),
    "ML engineer": re.compile(r"\b(?:ML|machine learning) engineer|\bMLEs?\b", re.IGNORECASE),
    "data scientist": re.compile(r"\bdata scien", re.IGNORECASE),
}
_DENIAL = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|rarely|hardly|false|wrong|untrue|myth|incorrect)\b|n[’']t\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Judgement:
    """Whether the evidence states it (None: could not tell), and why."""

    supported: bool | None
    reason: str


Judge = Callable[[str, Sequence[Evidence]], Judgement]


def judge(statement: str, evidence: Sequence[Evidence], second: Judge | None = None) -> Judgement:
    """Judge by the rules, and where those cannot tell by the `second` judge."""
    first = by_rules(statement, evidence)
    return second(statement, evidence) if second and first.supported is None else first


def by_rules(statement: str, evidence: Sequence[Evidence]) -> Judgement:
    """Supported where the words are those of a quote; not where a figure, or what it is about, is in none."""
    if not evidence:
        return Judgement(False, "no quote that stands in an article is cited for it")
    text, heading = _without_lead(statement)
    if heading and not any(_words(heading) == _words(above) for one in evidence for above in one.headings):
        return Judgement(False, f"no heading above the quotes says “{heading}”")
    pool = " ".join(one.text for one in evidence)
    strange = [written for figure, written in figures(text).items() if figure not in figures(pool)]
    if strange:
        return Judgement(False, f"{', '.join(strange)} is in no quote that it cites")
    if any(_is_run(text, one.quote) or _reads_row(text, one) for one in evidence):
        return Judgement(True, "word for word in its quote")
    asked = set(_words(text)) - _FUNCTION_WORDS
    share = len(asked & set(_words(pool))) / (len(asked) or 1)
    if share < _FEW:
        return Judgement(False, f"{1 - share:.0%} of its words are in no quote that it cites")
    return Judgement(None, "other words than the quote's; the rules cannot tell")


def by_gold(statement: str, gold: Sequence[Evidence], facts: Sequence[Sequence[str]]) -> Judgement:
    """Supported where it states an asked-for fact as a gold quote has it: of the same roles, as much denied.

    A table's row holds the figures of every role, so that none of its facts can be told by words alone.
    """
    said = [fact for group in facts for fact in group if holds(statement, fact)]
    for fact in said:
        for one in gold:
            if "|" not in one.quote and holds(one.quote, fact) and _same_sense(statement, one.quote):
                return Judgement(True, f"states the fact “{fact}” as a gold quote does")
    return Judgement(None, "other words than the quote's; the rules cannot tell")


def _same_sense(one: str, other: str) -> bool:
    roles, other_roles = ({r for r, pattern in _ROLES.items() if pattern.search(text)} for text in (one, other))
    strange = set(_words(one)) - set(_words(other)) - _FUNCTION_WORDS
    denied, other_denied = (len(_DENIAL.findall(text)) for text in (one, other))
    return roles <= other_roles and denied == other_denied and len(strange) <= _FEW * len(_words(one))


def _without_lead(statement: str) -> tuple[str, str]:
    """The statement and the heading in brackets before it, or ""."""
    lead = _LEAD.match(statement)
    return (statement[lead.end() :], lead.group(1)) if lead else (statement, "")


def _words(text: str) -> list[str]:
    return _WORD.findall(re.sub(r"[’']", "", text.lower()))


def _is_run(text: str, quote: str) -> bool:
    """Whether the text's words stand in the quote in one run; the marks of Markdown do not count."""
    plain = re.sub(r"</?\w+>|&nbsp;", " ", quote)
    return f" {' '.join(_words(text))} " in f" {' '.join(_words(plain))} "


def _reads_row(text: str, one: Evidence) -> bool:
    """Whether the text reads out a table's row: every cell in order, each with its own column's name before it."""
    if not one.quote.startswith("|") or "\n" in one.quote:
        return False
    cells, columns = (
        [" ".join(_words(cell)) for cell in row.strip("|").split("|")] for row in (one.quote, one.columns)
    )
    columns += [""] * (len(cells) - len(columns))
    spoken = " ".join(_words(text))
    expected = [
        cells[0],
        *(f"{name} {cell}".strip() for name, cell in zip(columns[1:], cells[1:], strict=False) if cell),
    ]
    return spoken == " ".join(filter(None, expected))
