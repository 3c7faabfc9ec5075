"""A question and its ranked sentences go in; whether the articles cover it, and what they miss, comes out.

The gate before anything is answered. Two tests: a question that names a particular (a place, a year, a fee, a
company, an age ...) is covered only by a sentence that holds it and speaks of the asked topic and role; any
other question needs sentences near enough to it in meaning and words.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterator, Sequence

from advisor.lexicon import GENERIC, PLACES, ROLES, SUBJECTS, TOPICS
from advisor.question import GENERIC_STEMS, Question, levels_in, roles_in, stem, stems
from advisor.rank import Ranked

_SUBJECTS = frozenset(word for words in SUBJECTS.values() for word in words.split())
_PLACE = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, PLACES), key=len, reverse=True)) + r")\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DURATION = re.compile(r"\bhow (?:long|many (years?|months?|weeks?|hours?|days?)|much time)\b", re.IGNORECASE)
_NUMBER = r"(?:\d[\d,.]*\+?|one|two|three|four|five|six|seven|eight|nine|ten|several|half)"
_COUNT = re.compile(
    r"\b(?:how many|(?:what|wat|which|whats|what[’']s the) (?:percent|percentage|share|fraction|proportion|%|number))\b",
    re.IGNORECASE,
)
_DOLLARS = re.compile(r"\bin (?:us )?dollars\b|\bhow many dollars\b", re.IGNORECASE)
_COST = re.compile(r"\b(?:how much|what|wat) (?:do|does|did|would|will|is|are|s)\b.*\bcosts?\b|\bhow (?:expensive|pricey)\b", re.I)
_SINCE = re.compile(r"\b(?:over|in) the (?:last|past) (?:\w+ )?(?:years?|decades?)\b", re.IGNORECASE)
_WHEN = re.compile(r"\bwhen (?:did|was|were)\b|\b(?:what|which) year\b", re.IGNORECASE)
_SHARED = 0.2  # share of the question's words that such a sentence must hold
_NEAR = 12  # ranks within which a sentence must give the span, the number or the date that is asked for
_PAY = stems("salary salaries pay pays paid earn compensation comp tc")
_BINDING = {
    "pay": _PAY,
    "interview": stems("interview interviews vetting"),
    "education": stems("degree degrees bachelor master graduate education certificate certifications program"),
}
_JOINED = re.compile(r",? (?:and|or|plus|versus|vs\.?|&|as well as|compared (?:to|with)|than)\b", re.IGNORECASE)
_OTHER_ROLE = re.compile(
    r"\b(?!(?:a|an|the|of|in|for|as|or|and|to|good|great|new|senior|junior|mid|level|entry|lead|other|real|these|those|"
    r"my|our|your|one|first|which|what|every|any|all|same|remote|best|more|most|is|are|do|does|us|top|hired?|like|hire|"
    r"hiring|vet|each|experienced|software|two|three|both|production|machine|learning|ml|ai|data|between|from|with|than|vs)\b)([a-z]+[ -])"
    r"(engineers?|developers?|scientists?|analysts?|managers?|designers?|testers?|architects?|ethicists?|researchers?|"
    r"administrators?|consultants?|officers?|programmers?|physicists?|journalists?|mathematicians?)\b|"
    r"\b(?:data )(?:engineers?|architects?|managers?)\b|\b(?:actuar(?:y|ies)|statisticians?|professors?|devops|sres?)\b",
    re.IGNORECASE,
)
_SELF = re.compile(r"(?:\bi(?:[’']?m| am| was)|\bas|\bbeing|\bformer|\bex|\bfrom|\bwe(?:[’']re| are)) (?:an? |the )?$", re.IGNORECASE)
_TITLES = re.compile(r"\b(?:head of|director|architect|vp|chief|principal|lead|manager)\b", re.IGNORECASE)
_NEAR_TOPIC, _FAR_TOPIC = 0.28, 0.24  # cosines of the nearest sentence; those of other subjects lie below 0.25
_ENOUGH = 0.6  # probability of being answerable, from which a question is answered


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What the gate found."""

    covered: bool
    on_topic: bool
    missing: tuple[str, ...]  # phrases that complete "The articles say nothing about ..."
    particular: bool  # what is missing was named by the question: a place, a fee, a year
    probability: float  # of being answerable, 0..1


def cover(question: Question, ranked: Sequence[Ranked]) -> Coverage:
    """Judge one question (or one part of a longer one) by the sentences found for it, best first."""
    missing = tuple(dict.fromkeys(_missing_particulars(question, ranked)))
    probability = answerable(question, ranked)
    on_topic = is_on_topic(question, ranked, probability)
    covered = (not missing or _only_added(question, missing)) and probability >= _ENOUGH and on_topic
    named = missing or (() if covered else (_subject_of(question),))
    return Coverage(covered, on_topic, named, bool(missing), probability)


def _only_added(question: Question, missing: Sequence[str]) -> bool:
    """Whether all that is missing was joined on ("... and at banks"), so that what comes first still stands."""
    head = _JOINED.split(question.asking, maxsplit=1)[0]
    if head == question.asking or not (roles_in(head) or question.topics and len(head.split()) > 3):
        return False
    return not any(word.lower() in head.lower() for phrase in missing for word in phrase.split()[-1:])


def is_on_topic(question: Question, ranked: Sequence[Ranked], probability: float) -> bool:
    """Whether the question is about careers in AI at all."""
    nearest = max((one.cosine for one in ranked), default=0.0)
    return bool(question.roles) or nearest >= _NEAR_TOPIC or (nearest >= _FAR_TOPIC and probability >= _ENOUGH)


def signals(question: Question, ranked: Sequence[Ranked]) -> dict[str, float]:
    """What tells an answerable question from another, each about 0..1."""
    best = ranked[:6]
    asked = [term for term in question.terms if term.weight >= 0.5]
    unknown = [term for term in asked if not term.found_in and not term.same]
    return {
        "cosine": max((one.cosine for one in ranked), default=0.0),
        "words": max((one.words for one in best), default=0.0),
        "unknown": len(unknown) / (len(asked) or 1),
        "unknown_count": min(len(unknown), 4) / 4,
        "role": float(bool(question.roles)),
        "topic": float(bool(question.topics)),
    }


WEIGHTS = {"cosine": 4.37, "words": 0.3, "unknown": -2.09, "unknown_count": -0.02, "role": -0.5, "topic": 0.88}
INTERCEPT = 0.55


def answerable(question: Question, ranked: Sequence[Ranked]) -> float:
    """Probability that the sentences answer the question, by logistic regression on `signals`."""
    values = signals(question, ranked)
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[name] * value for name, value in values.items())))


def _missing_particulars(question: Question, ranked: Sequence[Ranked]) -> Iterator[str]:
    for phrase, test in _particulars(question):
        if not any(test(one) and _fits(question, one) for one in ranked):
            yield phrase
    asked = any(term.weight >= 0.5 for term in question.terms)
    for phrase, pattern in _kinds_of_answer(question.asking):
        near = (one for one in ranked[:_NEAR] if one.words >= _SHARED or not asked)
        if not any(re.search(pattern, one.sentence.text, re.IGNORECASE) for one in near):
            yield phrase
    for year in dict.fromkeys(_YEAR.findall(question.asking)):
        if not any(year in one.passage.content for one in ranked):
            yield year


def _kinds_of_answer(text: str) -> Iterator[tuple[str, str]]:
    """Where a question can be answered only by a span of time, a number or a date: what it is, and its pattern."""
    span = _DURATION.search(text)
    if span:
        unit = span.group(1) or "(?:years?|months?|weeks?|hours?|days?)"
        yield f"how many {unit}" if span.group(1) else "how long that takes", rf"\b{_NUMBER}[ -]{unit}"
    elif _COUNT.search(text):
        yield "that number", rf"\b{_NUMBER}\b|%"
    if _DOLLARS.search(text):
        yield "a sum in dollars", r"\$\s?\d"
    if _COST.search(text):
        yield "what that costs", r"\$\s?\d|\bcost"
    if _SINCE.search(text):
        yield "how that has changed", r"\bprior years\b|\byear-over-year\b|\bsince\b"
    if _WHEN.search(text):
        yield "when that was", _YEAR.pattern


def _particulars(question: Question) -> Iterator[tuple[str, Callable[[Ranked], bool]]]:
    """The particulars that a question names, each as what to call it and a test on a sentence."""
    text = question.asking
    about = next((TOPICS[topic][0] for topic in ("pay", "hiring", "education") if topic in question.topics), "jobs")
    for place in dict.fromkeys(m.group() for m in _PLACE.finditer(text)):
        name = place if place[0].isupper() else place.upper() if len(place) < 4 else place.title()
        yield f"{about} in {name}", _matches(rf"\b{re.escape(place)}\b")
    words = re.findall(r"[A-Za-z0-9][\w'’+#.-]*", text)
    for index, word in enumerate(words):
        plain = re.sub(r"['’]s$|[^a-z0-9]", "", word.lower())
        if plain in _SUBJECTS or (index and _is_strange_name(word, question)):
            yield _phrase(words, index), _matches(rf"\b{re.escape(plain.rstrip('s'))}\w{{0,2}}\b")
    for match in _OTHER_ROLE.finditer(text):
        if not roles_in(match.group()) and not _SELF.search(text[: match.start()]):
            yield match.group(), _matches(rf"\b{re.escape(match.group().rstrip('s'))}")
    if "pay" in question.topics:
        yield from _levels(text, question)
        for title in _TITLES.finditer(text):
            yield f"{about} of a {title.group()}", _matches(rf"\b{title.group()}")


def _levels(text: str, question: Question) -> Iterator[tuple[str, Callable[[Ranked], bool]]]:
    whose = " or ".join(ROLES[role][1] for role in sorted(question.roles))
    for level in levels_in(text):
        yield f"{level} pay" + (f" of {whose}" if whose else ""), _speaks_of(level)


def _matches(pattern: str) -> Callable[[Ranked], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda one: bool(compiled.search(one.sentence.statement))


def _speaks_of(level: str) -> Callable[[Ranked], bool]:
    return lambda one: level in levels_in(one.sentence.statement)


def _fits(question: Question, one: Ranked) -> bool:
    """Whether a sentence speaks of the asked role, and of pay, degrees or interviews where those are asked."""
    if question.roles and one.roles and not question.roles & one.roles:
        return False
    # A list item reads on from its heading ("AI Engineer Salary"); a sentence must say it itself.
    words = stems(one.sentence.statement)
    if one.sentence.kind == "item":
        words |= stems(" ".join(one.passage.headings))
    bound = [_BINDING[topic] for topic in question.topics if topic in _BINDING]
    return not bound or any(words & evidence for evidence in bound)


def _is_strange_name(word: str, question: Question) -> bool:
    """A capitalised word inside the question that no article holds: a name, an acronym."""
    if not word[0].isupper() or roles_in(word) or word.lower() in GENERIC or re.search(r"\b(?:AI|ML|LLM)\b", word):
        return False
    return any(term.found_in == 0 and not term.same and term.word in word.lower() for term in question.terms)


def _phrase(words: Sequence[str], index: int) -> str:
    """The word with the content words right before and after it: "signing bonus"."""
    first = last = index
    if first and stem(words[first - 1].lower()) not in GENERIC_STEMS and not roles_in(words[first - 1]):
        first -= 1
    if last + 1 < len(words) and stem(words[last + 1].lower().strip(".")) not in GENERIC_STEMS:
        last += 1
    return " ".join(words[first : last + 1]).strip(" .'’")


def _subject_of(question: Question) -> str:
    """The question itself, for the sentence that admits that it is not answered."""
    asking = question.asking.strip(" ?.!")
    return f"this: “{asking if len(asking) <= 120 else asking[:117] + '…'}”"
