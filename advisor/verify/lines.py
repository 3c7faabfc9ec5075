"""Evidence, as passages or as plain texts, goes in; its sentences come out, each with the headings it stands under."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence

from advisor.question.words import WORD, content, stem
from corpus import Article, Passage, chunk

GOES_ON = re.compile(r"(?:They|Their|Them|It|Its|This|That|These|Those|Such|He|She|His|Her)\b")
_HEADING_WORDS = 10
_PIPE = re.compile(r"(?<!\\)\|")
_SOURCE_MARK = re.compile(r"(?:(?<!\s)\s+)?\[[\w-]+(?:\.[\w-]+)+\]")  # "[gminsights.com]": whom the article has it from


@dataclasses.dataclass(frozen=True)
class Line:
    """One sentence of the evidence."""

    text: str
    headings: str
    passage: int  # number of its passage in the evidence
    index: int  # number of the sentence in its passage
    is_row: bool = False  # of a table
    cells: tuple[str, ...] = ()  # what the row says in each, after its name: "Pay: AI Engineer $220K"

    @property
    def whole(self) -> str:
        """The sentence after its headings."""
        return f"{self.headings}. {self.text}" if self.headings else self.text


def read_lines(passages: Sequence[Passage]) -> list[Line]:
    """The sentences of the passages, in order."""
    lines = []
    for number, passage in enumerate(passages):
        headings = " > ".join(heading.strip("[]") for heading in passage.headings)
        for index, sentence in enumerate(passage.sentences):
            text = _SOURCE_MARK.sub("", sentence.statement)
            is_row = sentence.kind == "row"
            cells = _cells(sentence.text, text) if is_row else ()
            lines.append(Line(text, headings, number, index, is_row, cells))
    return lines


def _cells(row: str, statement: str) -> tuple[str, ...]:
    """What a row says in each of its cells; none where marks of their own leave their bounds in doubt."""
    filled = [cell for cell in _PIPE.split(row) if cell.strip()]
    name, _, others = statement.partition(": ")
    said = others.split("; ")
    is_sure = len(said) == len(filled) - 1 and ": " not in filled[0]
    return tuple(f"{name}: {one}" for one in said) if is_sure else ()


@functools.lru_cache(maxsize=20_000)
def plain_words(text: str) -> frozenset[str]:
    """The stems of a text's content words, without figures, which are compared as amounts."""
    return frozenset(word for word in content(text) if not word[0].isdigit())


def share(words: frozenset[str], text: str) -> float:
    """How many of some words a text holds, of all (0..1)."""
    return len(words & plain_words(text)) / (len(words) or 1)


def nearest(claim: str, lines: Sequence[Line]) -> tuple[str, float]:
    """The sentence that shares most words with a claim, and their share."""
    words = plain_words(claim)
    shares = [share(words, line.text) for line in lines]
    most = max(shares)
    return lines[shares.index(most)].text, most


def agreement(claim: str, text: str) -> float:
    """How many words both hold, of all in the claim and in what of the text lies between them (0..1)."""
    words = plain_words(claim)
    first = {stem(match.group()): match for match in reversed([*WORD.finditer(text.lower())])}
    places = [match for word, match in first.items() if word in words]
    span = (
        plain_words(text[min(one.start() for one in places) : max(one.end() for one in places)])
        if places
        else frozenset[str]()
    )
    return len(words & span) / (len(words | span) or 1)


def read_pieces(evidence: Sequence[str]) -> tuple[Passage, ...]:
    """The passages of some texts, each a sentence, a heading, a table row or a whole Markdown text; () for none.

    A table's first row names its columns. A short text without a full stop before another text is its heading.
    """
    blocks: list[str] = []
    pieces = [piece.strip() for piece in evidence if piece.strip()]
    for number, piece in enumerate(pieces):
        if piece.startswith("|") and "\n" not in piece:
            in_table = bool(blocks) and blocks[-1].startswith("|")
            if in_table:
                blocks[-1] += f"\n{piece}"
            else:
                columns = max(1, len(re.findall(r"(?<!\\)\|", piece)) - 1)
                blocks.append(f"{piece}\n|{'---|' * columns}")
        elif number + 1 < len(pieces) and _is_heading(piece):
            blocks.append(f"## {piece.lstrip('# ')}")
        else:
            blocks.append(piece)
    return _parsed("\n\n".join(blocks)) or _parsed(" ".join(re.sub(r"[#|>*_`-]+", " ", piece) for piece in pieces))


def _is_heading(piece: str) -> bool:
    if piece.startswith("#"):
        return "\n" not in piece
    is_short = len(piece.split()) <= _HEADING_WORDS and "\n" not in piece
    return is_short and not re.search(r"[.!:;,]$|:\s|^[-*•|]", piece)


def _parsed(text: str) -> tuple[Passage, ...]:
    try:
        return chunk(Article(id="evidence", title="", text=text))
    except (RecursionError, ValueError, IndexError):  # a shape of Markdown that nobody thought of
        return ()
