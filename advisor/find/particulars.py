"""A question and its ranked sentences go in; the particulars that it names, and no sentence holds, come out.

A particular is what an answer cannot do without: a place, a year, a fee, a company, another job, a level's pay, or
a kind of answer (a span of time, a number, a price). A sentence nearby in meaning does not make up for it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence

from advisor.find.rank import Ranked
from advisor.question.lexicon import (
    GENERIC,
    JOB_NOUNS,
    JOB_PLAIN,
    JOB_TITLES,
    OCCUPATIONS,
    PLACES,
    ROLES,
    SUBJECTS,
    TOPICS,
)
from advisor.question.read import Question, levels_in, roles_in
from advisor.question.words import GENERIC_STEMS, stem, stems

_Test = Callable[[Ranked], bool]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_NUMBER = r"(?:\d[\d,.]*\+?|one|two|three|four|five|six|seven|eight|nine|ten|several|half)"
_UNIT = r"(?:years?|months?|weeks?|hours?|days?)"
_YEAR = _pattern(r"\b(?:19|20)\d\d\b")
_PLACE = _pattern(r"\b(?:" + "|".join(sorted(map(re.escape, PLACES), key=len, reverse=True)) + r")\b")
_TITLE = _pattern(rf"\b(?:{'|'.join(JOB_TITLES)})\b")
_OCCUPATION = _pattern(
    r"\b(?:becom\w+|(?:salary|pay) (?:of|for)|job as|works? as|hire|paid than|more than|as for|for|vs\.?|versus|or) "
    rf"(?:an? |the )?((?:{'|'.join(OCCUPATIONS)})s?)\b"
)
_OTHER_JOB = _pattern(rf"\b(?!(?:{'|'.join(JOB_PLAIN)})\b)[a-z]+[ -](?:{'|'.join(JOB_NOUNS)})s?\b|\bdata engineers?\b")
_OF_SELF = _pattern(r"(?:\bi(?:[’']?m| am| was)|\bas|\bbeing|\bformer|\bex|\bfrom|\bwe(?:[’']re| are)) (?:an? |the )?$")
# What can be answered only by a sentence of one form: pattern of the question, pattern of the sentence.
_FORMS = (
    (_pattern(rf"\bhow (?:long|much time|many {_UNIT})\b"), _pattern(rf"\b{_NUMBER}[ -]{_UNIT}")),
    (
        _pattern(r"\bhow many\b|\b(?:what|wat|which|whats|what[’']s the) (?:percent\w*|share|fraction|proportion|%)"),
        _pattern(rf"\b{_NUMBER}\b|%"),
    ),
    (_pattern(r"\bin (?:us )?dollars\b|\bhow many dollars\b"), _pattern(r"\$\s?\d")),
    (
        _pattern(
            r"\b(?:how much|what|wat) (?:do|does|did|would|will|is|are|s)\b.*\bcosts?\b|\bhow (?:expensive|pricey)\b"
        ),
        _pattern(r"\$\s?\d|\bcost"),
    ),
    (
        _pattern(r"\b(?:over|in) the (?:last|past) (?:\w+ )?(?:years?|decades?)\b"),
        _pattern(r"\bprior years\b|\byear-over-year\b|\bsince\b"),
    ),
    (_pattern(r"\bwhen (?:did|was|were)\b|\b(?:what|which) year\b"), _YEAR),
)
_DEFINE = _pattern(
    r"(?:what(?:[’']?s| is| are)|explain|define|what does) (?:an? |the )?"
    r"([\w/+-]+(?: [\w-]+)?)(?: mean| stand for)?[ ?]*$"
)
_SHARED = 0.2  # share of the question's words that a sentence of the asked form must hold
_NEAR = 12  # ranks within which it must stand


def missing_particulars(question: Question, ranked: Sequence[Ranked]) -> tuple[str, ...]:
    """What is missing, as phrases that complete "The articles say nothing about ..."; a quoted one is a question."""
    whose = " or ".join(ROLES[role].plural for role in sorted(question.roles))
    missing = []
    for phrase, test in _named(question, whose):
        held = [one for one in ranked if test(one)]
        if not any(one.fits for one in held):
            # Said of another role it is not missing altogether, and must not be called so.
            missing.append(f"{phrase} for {whose}" if held and whose and whose not in phrase else phrase)
    if not missing and _wants_another_form(question, ranked):
        missing.append(quoted(question))
    return tuple(dict.fromkeys(missing))


def quoted(question: Question) -> str:
    """The question itself, in quotation marks."""
    asking = re.sub(r"\[(\d+)\]", r"(\1)", question.asking).strip(" ?.!")  # no citations that are none of ours
    return f"“{asking if len(asking) <= 120 else asking[:119] + '…'}?”"


def _wants_another_form(question: Question, ranked: Sequence[Ranked]) -> bool:
    near = [one.sentence.text for one in ranked[:_NEAR] if _is_about(one, question)]
    year = _YEAR.search(question.asking)
    if year and not any(_holds_year(year.group(), one) for one in ranked):
        return True
    for wanted, form in _FORMS:
        found = wanted.search(question.asking)
        if found and not any(form.search(text) for text in near if _same_unit(found.group(), text)):
            return True
    defined = _DEFINE.match(question.asking)
    if not defined or roles_in(question.asking):
        return False
    thing = re.escape(defined.group(1).rstrip("s"))
    form = _pattern(rf"\b{thing}\w?\b.{{0,60}}\b(?:is|are|means|ensures?|refers|bridges?)\b")
    return not any(form.search(text) for text in near)


def _is_about(one: Ranked, question: Question) -> bool:
    """Whether a sentence holds the rarest known word of the question, and enough of the others."""
    asked = [term for term in question.terms if term.weight >= 0.5 and not re.match(_UNIT, term.word)]
    known = sorted((term for term in asked if term.found_in), key=lambda term: term.found_in)
    before = one.passage.sentences[max(0, one.index - 1)].statement  # the sentence itself may say "she"
    words = stems(" ".join((before, one.sentence.statement, *one.passage.headings[-1:])))
    holds_key = not known or known[0].stem in words or not known[0].same.isdisjoint(words)
    return not asked or (holds_key and max(one.words, one.heading_words) >= _SHARED)


def _holds_year(year: str, one: Ranked) -> bool:
    """Whether a sentence on what is asked speaks of a year; of one gone by, its article may."""
    if not one.fits:
        return False
    is_past = int(year) <= datetime.date.today().year
    return year in one.sentence.text or (is_past and (year in one.passage.content or year in one.passage.article))


def _same_unit(asked: str, text: str) -> bool:
    """Whether a text gives the unit of time that is asked for: hours are no answer in months."""
    unit = re.search(r"many (year|month|week|hour|day)", asked, re.IGNORECASE)
    return unit is None or unit.group(1).lower() in text.lower()


def _named(question: Question, whose: str) -> Iterator[tuple[str, _Test]]:
    """The particulars that a question names: what to call each, and a test on a sentence."""
    text = question.asking
    about = next((TOPICS[topic].label for topic in ("pay", "hiring", "education") if topic in question.topics), "jobs")
    for place in dict.fromkeys(_PLACE.findall(text)):
        name = place if place[0].isupper() else place.upper() if len(place) < 4 else place.title()
        yield f"{about} in {name}", _says(re.escape(place) + r"\b")
    of_asker = {term.stem for term in question.asker}
    words = re.findall(r"[A-Za-z0-9][\w'’+#.-]*", _PLACE.sub(" ", text))
    for index, word in enumerate(words):
        plain = re.sub(r"['’]s$|[^a-z0-9+#]", "", word.lower())
        if stem(plain) in of_asker:
            continue
        if plain in SUBJECTS or (index and _is_strange_name(word, question)):
            yield (
                f"“{_with_neighbours(words, index)}”",
                _says(rf"{re.escape(plain.rstrip('s'))}(?:s|es|d|ed|ing)?(?!\w)"),
            )
    for match in _OCCUPATION.finditer(text):
        yield _plural(match.group(1)), _says(match.group(1).rstrip("s"))
    for match in _OTHER_JOB.finditer(text):
        if not roles_in(match.group()) and not _OF_SELF.search(text[: match.start()]):
            yield _plural(match.group()), _says(re.escape(match.group().rstrip("s")))
    if "pay" in question.topics:
        for level in sorted(levels_in(text)):
            yield f"{level} pay" + (f" of {whose}" if whose else ""), _speaks_of(level)
        for title in _TITLE.findall(text):
            yield f"the pay of a {title}", _says(title)


def _plural(job: str) -> str:
    return job if job.endswith("s") else f"{job}s"


def _says(pattern: str) -> _Test:
    compiled = _pattern(r"\b" + pattern)
    return lambda one: bool(compiled.search(one.sentence.statement))


def _speaks_of(level: str) -> _Test:
    return lambda one: level in levels_in(one.sentence.statement)


def _is_strange_name(word: str, question: Question) -> bool:
    """A capitalised word inside the question that no article holds: a name, an acronym."""
    if not word[0].isupper() or roles_in(word) or word.lower() in GENERIC or re.search(r"\b(?:AI|ML|LLM)\b", word):
        return False
    return any(not term.found_in and not term.same and term.word in word.lower() for term in question.terms)


def _with_neighbours(words: Sequence[str], index: int) -> str:
    """The word with the content word right before it, or another particular right after: "signing bonus"."""
    first = last = index
    if first and stem(words[first - 1].lower()) not in GENERIC_STEMS and not roles_in(words[first - 1]):
        first -= 1
    if last + 1 < len(words) and words[last + 1].lower() in SUBJECTS:
        last += 1
    return " ".join(words[first : last + 1]).strip(" .'’")
