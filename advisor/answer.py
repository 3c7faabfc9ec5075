"""The values that the advisor gives back; all frozen, all JSON-able."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

BEYOND = "Not from the articles, not checked"  # heads what a chat model says itself
CONCLUSION = "†"  # follows what no article states, but what they state comes to
DRAWN = f"{CONCLUSION} A conclusion: no article states it, but what they state comes to it."
MARK = re.compile(r"\[\d+\]")  # what a citation of ours looks like
Status = Literal["answered", "partial", "not_covered", "off_topic"]


@dataclasses.dataclass(frozen=True)
class Citation:
    """One numbered quote: `article.text[start:end] == quote`, always. None means the source does not say."""

    number: int
    article: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    interest: str | None
    url: str | None
    section: str
    quote: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True)
class Claim:
    """One sentence of an answer and what checking it against its citations said."""

    text: str
    citations: tuple[int, ...]
    verdict: Literal["supported", "unsupported"]
    support: float  # 0..1
    reason: str
    original: str | None = None  # the sentence as it was verified, in English, where `text` is in another language
    is_conclusion: bool = False  # its citations do not state it: it is drawn from what they state

    @property
    def marked(self) -> str:
        """The sentence as it stands in an answer: with its citations, and as a conclusion where it is one."""
        return " ".join((self.text, *(f"[{n}]" for n in self.citations))) + CONCLUSION * self.is_conclusion


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """Two or more sources that differ on one point; each side is (statement, citation number)."""

    topic: str
    sides: tuple[tuple[str, int], ...]
    kind: Literal["figure", "scope", "date", "contradiction"]


@dataclasses.dataclass(frozen=True)
class Usage:
    """What the chat model was asked for one answer; tokens are 0 where its provider does not tell them."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    model_ms: float = 0.0
    unknown_keys: int = 0  # citations of passages that it was not given; they are stripped
    repaired: int = 0  # sentences that cited another passage than the one that supports them
    denied: int = 0  # sentences in doubt that the second reader did not find stated
    unread: int = 0  # sentences in doubt that it did not answer about


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of an answer's table, as its article has it; the name of a row of ours, of a column, cites nothing.

    Of a table that a chat model wrote, `states` is the claim that says it whole, with its row and column: that was
    checked, and stands in the answer's text.
    """

    text: str
    citations: tuple[int, ...] = ()
    states: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What was asked, what is answered, and on what ground."""

    question: str
    standalone_question: str
    text: str
    status: Status
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    withheld: tuple[Claim, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    follow_ups: tuple[str, ...] = ()
    mode: str = "quote"  # or the chat model's name, where it wrote the answer
    elapsed_ms: float = 0.0
    fingerprint: str = ""
    usage: Usage | None = None  # None: no chat model was called
    table: tuple[tuple[Cell, ...], ...] | None = None  # what `text` quotes, the columns' names first
    beyond: str | None = None  # what the chat model says without the articles, unchecked; only where it was asked for

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain dicts and lists, ready for `json.dumps`."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain

    @property
    def shown(self) -> str:
        """The text, with the rows that its table holds drawn as a Markdown table, and the marks of others set apart.

        Last, where there is one, what marks a conclusion.
        """
        text = self.text if self.table is None else _tabled(self.text, self.claims, self.table)
        for claim in self.claims:
            text = text.replace(f" {claim.text} [", f" {set_apart(claim.text)} [", 1)
        return f"{text}\n\n{DRAWN}" if any(claim.is_conclusion for claim in self.claims) else text

    def __str__(self) -> str:
        """What is shown, then its sources; last, and apart, what is not from them."""
        sources = ["", "Sources", *source_lines(self.citations)] if self.citations else []
        beyond = ["", BEYOND, "", self.beyond] if self.beyond else []
        return "\n".join([self.shown, *sources, *beyond])


def set_apart(text: str) -> str:
    """Words of an article as they stand beside our citations: in quotation marks where a "[1]" of their own is in them.

    No letter of a quote may change, and what is within its quotation marks cites nothing of ours.
    """
    return f"“{text}”" if MARK.search(text) else text


def _tabled(text: str, claims: Sequence[Claim], table: Sequence[Sequence[Cell]]) -> str:
    """The text with the claims that are the table's rows or cells taken together into it."""
    numbers = {number for row in table for cell in row for number in cell.citations}
    quotes = {one.citations[0]: one for one in reversed(claims) if one.citations}  # the first that cites each
    rows = [f" {quotes[number].text} [{number}]" for number in sorted(numbers & quotes.keys())]
    opens = r"(?:(?<=\n\n)|^)[^\n]*:" if is_side_by_side(table) else ""  # whose words they are stands in the sources
    if told := stated(table):
        opens = ""
        rows = [f"- {c.text}" + "".join(f" [{n}]" for n in c.citations) for c in claims if c.text in told]
    for number, row in enumerate(rows):
        place = f"\n\n{drawn(table, set_apart)}\n\n" if number == 0 else ""
        text = re.sub(opens + re.escape(row), lambda _, place=place: place, text, count=1)  # type: ignore[misc]
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def is_side_by_side(table: Sequence[Sequence[Cell]]) -> bool:
    """Whether a table was made of quotes of several places, or written, so that each cell cites its own."""
    return bool(stated(table)) or any(len({n for cell in row for n in cell.citations}) > 1 for row in table)


def stated(table: Sequence[Sequence[Cell]]) -> frozenset[str]:
    """The claims that the cells of a written table stand for; none of a table of quotes."""
    return frozenset(cell.states for row in table for cell in row if cell.states)


def drawn(table: Sequence[Sequence[Cell]], shown: Callable[[str], str] = str) -> str:
    """A table in Markdown, each row's citations after its name, or each cell's after it where they differ.

    `shown` says how the text of a cell is written.
    """
    head, *body = table
    lines = [[shown(cell.text).replace("|", r"\|") for cell in head], ["---"] * len(head)]
    for row in body:
        cells = [shown(cell.text).replace("|", r"\|") for cell in row]
        numbers = dict.fromkeys(number for cell in row for number in cell.citations)
        if is_side_by_side(table):
            cells = [text + "".join(f" [{n}]" for n in cell.citations) for text, cell in zip(cells, row, strict=True)]
            cells[1:] = [text or "not stated" for text in cells[1:]]
        else:
            cells[0] += "".join(f" [{number}]" for number in numbers)
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def source_lines(citations: Sequence[Citation]) -> list[str]:
    """For each article cited a line: its numbers, title, who and when; below it, what its publisher sells."""
    lines = []
    for article in dict.fromkeys(citation.article for citation in citations):
        cited = [citation for citation in citations if citation.article == article]
        one = cited[0]
        numbers = " ".join(f"[{citation.number}]" for citation in cited)
        who = one.publisher or one.author or "publisher not stated"
        lines.append(f"{numbers} {one.title}. {who}, {one.published or 'date not stated'}.")
        lines.append(f"    {one.interest or 'What the publisher sells is not known.'}")
    return lines


@dataclasses.dataclass(frozen=True)
class Sentence:
    """Streamed: one checked sentence, its citations, and how it joins what came before: "", a blank or a paragraph.

    `topic` is the point of difference that it tells a side of, None elsewhere.
    """

    claim: Claim
    citations: tuple[Citation, ...]
    join: str = " "
    topic: str | None = None


@dataclasses.dataclass(frozen=True)
class Notice:
    """Streamed: a sentence of the advisor's own, about what the articles do not say, or differ on (`topic`)."""

    text: str
    join: str = "\n\n"
    topic: str | None = None
    public: str = ""  # of a failure: what is said of it to those who cannot mend it; "" elsewhere


@dataclasses.dataclass(frozen=True)
class Withheld:
    """Streamed: a sentence that its sources do not support, so that it is not part of the text."""

    claim: Claim


@dataclasses.dataclass(frozen=True)
class Restart:
    """Streamed: what was streamed so far is withdrawn, and why; the answer begins anew in the articles' words."""

    reason: str


Event = Sentence | Notice | Withheld | Restart | Answer
