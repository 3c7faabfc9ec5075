"""The text of an article goes in; its sentences, list items and table rows come out, each with its offsets.

However a text is made, this takes memory and time in proportion to its length: what is longer than any sentence is cut
or left out, and a text of too many blocks is refused.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from itertools import pairwise

import sentencex
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 3_000  # characters of a sentence, an item, or what is said of a row: longer ones are no person's
_WINDOW = 10_000
_LONGEST_NAME = 300  # of a heading or a column: it is repeated with everything that stands under it
_MOST_TOKENS = 500_000  # of Markdown: beginnings and ends of blocks, some 500 bytes each
_MOST_DEFINITIONS = 5_000  # of links, "[name]: address"
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_WORD = re.compile(r"\S+")
_DEFINITION = re.compile(r"^[ >]*\[[^\]\n]*\]:", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Sentence:
    """One sentence, list item or table row of an article.

    `text` is `article.text[start:end]`, verbatim; `statement` says the same readable on its own: Markdown
    marks dropped, and a table row with its column names ("Ships: AI Engineer Production features; ...").
    """

    start: int
    end: int
    text: str
    statement: str
    kind: str  # "sentence", "item" or "row"
    headings: tuple[str, ...]  # outermost first, without the article's title
    block: int  # number of the paragraph, list or table it stands in


class _Tokens(list[Token]):
    """Tokens, up to a number that no text of a person has."""

    def append(self, token: Token) -> None:
        if len(self) >= _MOST_TOKENS:
            raise ValueError("too many lists, table cells and paragraphs")
        super().append(token)


@functools.lru_cache(maxsize=256)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """Every sentence, list item and table row of a text, in its order.

    Raises ValueError, or another of the parser's, for a text that is too much for it.
    """
    return tuple(_sentences(text))


def _sentences(text: str) -> Iterator[Sentence]:
    """Walk the Markdown blocks; headings set the context, everything else is cut into sentences."""
    lines = _line_offsets(text)
    headings: list[tuple[int, str]] = []
    columns: list[str] = []
    cells: list[str] = []
    opened = Token("tr_open", "tr", 1)
    block, depth, in_head = 0, 0, False
    if len(_DEFINITION.findall(text)) > _MOST_DEFINITIONS:  # the parser takes the square of their number
        raise ValueError("too many definitions of links")
    tokens = _Tokens()
    _MARKDOWN.block.parse(text, _MARKDOWN, {}, tokens)  # what stands within blocks is parsed a sentence at a time
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            name = _name(tokens[index + 1].content)
            headings = [pair for pair in headings if pair[0] < level] + [(level, name)]
        elif token.type in ("bullet_list_open", "ordered_list_open", "table_open"):
            block += depth == 0
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close", "table_close"):
            depth -= 1
        elif token.type in ("thead_open", "thead_close"):
            in_head = token.type == "thead_open"
            columns = columns if not in_head else []
        elif token.type == "tr_open":
            cells, opened = [], token
        elif token.type == "inline" and tokens[index - 1].type in ("th_open", "td_open"):
            cells.append((_name if in_head else _plain)(token.content[:LONGEST]))
        elif token.type == "tr_close":
            if in_head:
                columns = cells
            else:
                row = _row_span(text, lines, opened)
                if any(cells):
                    yield _sentence(text, *row, "row", headings, block, _row_statement(columns, cells))
        elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
            block += depth == 0
            kind = "item" if depth else "sentence"
            for start, end in _split(text, *_span(text, lines, token)):
                yield _sentence(text, start, end, kind, headings, block, _plain(text[start:end]))


def _sentence(
    text: str, start: int, end: int, kind: str, headings: list[tuple[int, str]], block: int, statement: str
) -> Sentence:
    path = tuple(name for _, name in headings)
    return Sentence(start, end, text[start:end], statement, kind, path, block)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for run in _runs(text, start, end):
        for sentence in pairwise((run[0], *_ends(text, *run), run[1])):
            for left, right in _pieces(text, *sentence):
                words = text[left:right]
                if words.strip():
                    yield left + len(words) - len(words.lstrip()), right - len(words) + len(words.rstrip())


def _runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between words that no sentence has, such as the data of a picture."""
    for match in _WORD.finditer(text, start, end) if end - start > LONGEST else ():
        if match.end() - match.start() > LONGEST:
            yield start, match.start()
            start = match.end()
    yield start, end


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences end but for the last, told in windows: the splitter may take the square of a length."""
    while start < end:
        stop = _before(text, start, end, _WINDOW)
        ends = [start + piece["end_index"] for piece in sentencex.get_sentence_boundaries("en", text[start:stop])]
        # A sentence ends before white space: the splitter also cuts in names such as "Coder.Dev".
        cuts = [at for at in ends[:-1] if text[at - 1].isspace() or text[at].isspace()]
        yield from cuts
        start = end if stop == end else cuts[-1] if cuts else stop
        if start == stop < end:
            yield stop


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; a longer one than anybody says is cut at white space."""
    while start < end:
        stop = _before(text, start, end, LONGEST)
        yield start, stop
        start = stop


def _before(text: str, start: int, end: int, most: int) -> int:
    """The end, or if it is too far the last white space before."""
    if end - start <= most:
        return end
    at = max(text.rfind(blank, start + 1, start + most) for blank in " \n\t")
    return at if at > start else start + most


def _span(text: str, lines: list[int], token: Token) -> tuple[int, int]:
    """Offsets of a block's own words: list marks and indentation are outside, where they can be told apart."""
    assert token.map is not None  # block tokens always carry their lines
    top, bottom = lines[token.map[0]], min(lines[token.map[1]], len(text))
    first, *_ = content = [line.strip() for line in token.content.split("\n")]
    start = text.find(first, top, bottom)
    last = text.find(content[-1], max(start, lines[token.map[1] - 1]), bottom)
    # Tabs and exotic blanks are rewritten by the parser: then the whole lines are taken.
    return (start, last + len(content[-1])) if 0 <= start <= last else (top, bottom)


def _row_span(text: str, lines: list[int], opening: Token) -> tuple[int, int]:
    assert opening.map is not None
    start = lines[opening.map[0]]
    row = text[start : lines[opening.map[0] + 1]]
    left = len(row) - len(row.lstrip())
    return start + left, start + len(row.rstrip())


def _row_statement(columns: list[str], cells: list[str]) -> str:
    pairs = [_cell(column, cell) for column, cell in zip(columns[1:], cells[1:], strict=False) if cell]
    return ": ".join(filter(None, (cells[0], "; ".join(pairs))))[:LONGEST]


def _cell(column: str, cell: str) -> str:
    """A figure reads on from its column's name ("ML Engineer $200K"); words need a colon between."""
    if not column or not cell[0].isalpha():
        return f"{column} {cell}".strip()
    return f"{column}: {cell}"


def _line_offsets(text: str) -> list[int]:
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    return offsets


def _name(markdown: str) -> str:
    return _plain(markdown[:LONGEST])[:_LONGEST_NAME]


def _plain(markdown: str) -> str:
    """The words of a piece of inline Markdown, without its marks and raw HTML."""
    markdown = re.sub(r"\n[ \t]*>[ \t]?", "\n", markdown)  # a quotation's marks
    if not re.search(r"[*_`\[\]<>&\\!\n]", markdown):
        return markdown
    tokens = _MARKDOWN.parseInline(markdown)[0].children or []
    words = (" " if t.type in ("softbreak", "hardbreak") else t.content for t in tokens if t.type != "html_inline")
    # A sentence may begin or end within **bold** words: half a mark is no word either.
    return " ".join("".join(words).replace("**", "").replace("__", "").split())
