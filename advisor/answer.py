"""The values that the advisor gives back; all frozen, all JSON-able."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Literal

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


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """Two or more sources that differ on one point; each side is (statement, citation number)."""

    topic: str
    sides: tuple[tuple[str, int], ...]
    kind: Literal["figure", "scope", "date", "contradiction"]


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
    mode: str = "quote"
    elapsed_ms: float = 0.0
    fingerprint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain dicts and lists, ready for `json.dumps`."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain

    def __str__(self) -> str:
        sources = [source_line(citation) for citation in self.citations]
        return "\n".join([self.text, "", "Sources", *sources]) if sources else self.text


def source_line(citation: Citation) -> str:
    """One citation as a line of text: number, title, who, when, section, and whose interest."""
    who = citation.publisher or citation.author or "publisher not stated"
    when = citation.published or "date not stated"
    section = f" § {citation.section}" if citation.section else ""
    interest = f" ({citation.interest})" if citation.interest else ""
    return f"[{citation.number}] {citation.title}, {who}, {when}{section}{interest}"


@dataclasses.dataclass(frozen=True)
class Sentence:
    """Streamed: one checked sentence, its citations, and how it joins what came before ("", " ", "\\n\\n")."""

    claim: Claim
    citations: tuple[Citation, ...]
    join: str = " "


@dataclasses.dataclass(frozen=True)
class Notice:
    """Streamed: a sentence of the advisor's own, about what the articles do not say."""

    text: str
    join: str = "\n\n"


@dataclasses.dataclass(frozen=True)
class Withheld:
    """Streamed: a sentence that its sources do not support, so that it is not part of the text."""

    claim: Claim


Event = Sentence | Notice | Withheld | Answer
