"""An Answer goes in; its statements come out, each with the numbers that it cites, and what those numbers point at.

Everything is read from the answer's text and the articles, never from the checks that the answer reports of itself.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

import sentencex

from advisor import Answer, Citation
from advisor.answer import CONCLUSION
from corpus import Article

_MARKERS = re.compile(r"(?:\s*\[\d+\])+")
_NUMBER = re.compile(r"\[(\d+)\]")
# Admitting a gap, a difference or a limit claims nothing about careers; only what begins so is taken for it.
_ABOUT_ITSELF = re.compile(
    r"(?:the|my|these|our) (?:articles?|sources?) (?:say nothing|do(?:es)?(?: not|n[’']t)|differ on|are in English)\b|"
    r"compare what (?:the articles say|.{1,80} says in two places) on\b|"
    r"(?:that|this) is outside what (?:my|the) articles\b|I answer (?:only|questions)\b|I read only\b|"
    r"I could not find a question\b|I am not sure that the articles answer\b|"
    r"please ask\b|ask me anything\b|that was more than \w+ questions\b|"
    r"\(in this copy\b|"
    r"the nearest that they say\b|here is what they do cover\b|duties, skills, pay\b",
    re.IGNORECASE,
)
_GOES_ON_TO_CLAIM = re.compile(
    r"\b(?:but|however|though|although|yet|whereas|in fact|actually|because)\b", re.IGNORECASE
)
# What a copy of an article lost, which is told in place of a sentence that announces it.
_LOST = re.compile(r"Announced by .{1,200}, but missing from this copy: [^.;:]{1,80}\.")
# What introduces the sections of an article that is a plan.
_GUIDED = re.compile(r"(?:Step by step, from “[^”]+”|From “[^”]+”, section by section)(?: \(the first \d+ of \d+\))?:")
# "As said above, Acme, citing example.com, under “Pay”:" before a quote, each part of which may be absent.
_FRAME = re.compile(
    r"(?:As said above(?:, |(?=:)))?(?P<teller>(?!As said|[Uu]nder “).+?)?"
    r"(?:, (?:citing (?P<cited>.+?)|naming no source that I can find there|of its figures as a whole))?"
    r"(?:(?:, )?[Uu]nder “(?P<heading>.+)”)?:"
)
_QUOTED = re.compile(r"“[^”]*”")
_FIGURE = re.compile(
    r"(?<![\w.,])(\$|€|£)?\s?(\d[\d,]*(?:\.\d+)?)\s?(%|percent|[km]\b|bn\b|thousand|million|billion|trillion)?",
    re.IGNORECASE,
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "trillion": 1e12}


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement of an answer; `is_claim` is false where it only admits a gap or speaks of the system itself."""

    text: str
    citations: tuple[int, ...]
    is_claim: bool = True


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What one citation points at: its quote, the headings above it, and its table's column names."""

    quote: str
    headings: tuple[str, ...]
    columns: str  # the table's first row, or ""

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join((*self.headings, self.columns, self.quote))


def statements(answer: Answer) -> list[Statement]:
    """The statements of an answer's text, in order.

    A claim that the answer lists is one statement where it stands in the text; the rest is cut into sentences. Each
    cites the numbers that follow it in the text.
    """
    found: list[Statement] = []
    rest = answer.text
    for claim in answer.claims:
        before, said, after = rest.partition(claim.text)
        if not said:
            continue
        markers = _MARKERS.match(after)
        numbers = _numbers(markers.group() if markers else "")
        found += _sentences(_without_frame(before, numbers, answer), answer.question)
        found.append(Statement(said, numbers))
        rest = (after[markers.end() :] if markers else after).removeprefix(CONCLUSION)
    return found + list(_sentences(rest, answer.question))


def _without_frame(before: str, numbers: Sequence[int], answer: Answer) -> str:
    """A text without the words at its end that say, and say rightly, whose words follow and under which heading."""
    told, _, frame = before.rpartition("\n")
    cited = next((citation for citation in answer.citations if citation.number in numbers), None)
    opens = _FRAME.fullmatch(frame.strip())
    if cited is None or opens is None:
        return before
    headings = [part.strip("[]") for part in cited.section.split(" > ")]
    tellers = (None, cited.publisher, cited.author, cited.title)
    is_right = (
        opens["teller"] in tellers
        and set((opens["heading"] or headings[-1]).split("”, “")) <= {"", *headings}
        and all(name in cited.quote for name in (opens["cited"] or "").split(", "))
    )
    return told if is_right else before


def evidence(statement: Statement, answer: Answer, articles: Mapping[str, Article]) -> dict[int, Evidence]:
    """What the statement's citations point at, by number; a quote that is not in its article is no evidence."""
    cited = [citation for citation in answer.citations if citation.number in statement.citations]
    return {c.number: _evidence(c, articles[c.article]) for c in cited if stands(c, articles)}


def stands(citation: Citation, articles: Mapping[str, Article]) -> bool:
    """Whether a citation's quote is in its article, at its offsets."""
    article = articles.get(citation.article)
    held = article.text[citation.start : citation.end] if article else ""
    return bool(citation.quote) and held == citation.quote


def figures(text: str) -> dict[tuple[float, bool], str]:
    """The figures of a text by (value, whether it is a percentage): "$149K" is 149,000; with how each is written."""
    found = {}
    for match in _FIGURE.finditer(text):
        unit = (match[3] or "").lower()
        value = float(match[2].replace(",", "") or 0) * _SCALE.get(unit, 1)
        found[value, unit in ("%", "percent")] = match.group().strip()
    return found


def holds(text: str, phrase: str) -> bool:
    """Whether a text holds a phrase, whatever the case; "40%" is not in "140%", nor "14" in "140"."""
    before = r"(?<![\d.,])" if phrase[:1].isdigit() else ""
    after = r"(?![\d]|[.,]\d)" if phrase[-1:].isdigit() else ""
    return re.search(before + re.escape(phrase) + after, text, re.IGNORECASE) is not None


def _sentences(text: str, question: str) -> Iterator[Statement]:
    for line in text.split("\n"):
        start = 0
        for piece in sentencex.get_sentence_boundaries("en", line) if line.strip() else ():
            if re.fullmatch(r"\.\w", line[piece["end_index"] - 1 : piece["end_index"] + 1]):
                continue  # "Coder.Dev" is one word
            markers = _MARKERS.match(line, piece["end_index"])
            end = markers.end() if markers else piece["end_index"]
            said = line[start:end]
            start = end
            words = _MARKERS.sub("", said).strip()
            if re.search(r"\w", words):
                yield Statement(words, _numbers(said), not _is_about_itself(words, question))


def _is_about_itself(text: str, question: str) -> bool:
    own = _QUOTED.sub("", text)  # the question itself may be repeated in a refusal
    admits = bool(_ABOUT_ITSELF.match(own)) and not _GOES_ON_TO_CLAIM.search(own)
    if _GUIDED.fullmatch(text):
        return True
    return (admits or bool(_LOST.fullmatch(text))) and figures(text).keys() <= figures(question).keys()


def _numbers(markers: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(int, _NUMBER.findall(markers))))


def _evidence(citation: Citation, article: Article) -> Evidence:
    """The headings and the table's first row are read from the article's lines, not taken from the citation."""
    lines = article.text[: citation.start].split("\n")
    headings: dict[int, str] = {}
    for line in lines:
        mark, space, words = line.partition(" ")
        if space and mark and not mark.strip("#"):
            headings = {level: name for level, name in headings.items() if level < len(mark)} | {len(mark): words}
    table = _table_above(lines[:-1]) if citation.quote.startswith("|") else []
    return Evidence(citation.quote, tuple(headings.values()), table[0] if table else "")


def _table_above(lines: Sequence[str]) -> list[str]:
    first = len(lines)
    while first and lines[first - 1].lstrip().startswith("|"):
        first -= 1
    return list(lines[first:])
