"""A Markdown file with front matter goes in; an Article with its sentences, each with offsets, comes out.

The body is kept as it stands, so that `article.text[start:end]` is the source's own wording for every
sentence, list item and table row.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import sentencex
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.errors import ArticleError

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?\n", re.DOTALL | re.MULTILINE)
_REQUIRED = ("id", "title")
FIELDS = (*_REQUIRED, "publisher", "author", "published", "url", "audience", "interest")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


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


@dataclasses.dataclass(frozen=True)
class Article:
    """One source article. Fields that the source does not state are None, never guessed."""

    id: str
    title: str
    text: str
    publisher: str | None = None
    author: str | None = None
    published: str | None = None  # ISO date
    url: str | None = None
    audience: str | None = None
    interest: str | None = None  # what the publisher sells, in one sentence

    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence, list item and table row, in the article's order."""
        return _sentences_of(self.text)


def read_article(path: Path) -> Article:
    """Read one article file.

    Raises ArticleError (file, field, fix) when it is not UTF-8, has no or broken front matter, an unknown
    or missing field, a value of the wrong kind, or no text.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        fix = f"not UTF-8 (byte {exc.start}); save it as UTF-8"
        raise ArticleError(path, "encoding", fix) from exc
    except OSError as exc:
        raise ArticleError(path, "file", f"cannot be read ({exc.strerror}); check it and its rights") from exc
    return parse_article(source, path)


def parse_article(source: str, path: Path | str = "article") -> Article:
    """Parse the text of an article file; `path` is only named in errors (see `read_article`)."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if not source.strip():
        raise ArticleError(path, "file", "is empty; add front matter between --- lines and the text below it")
    front, text = split_front_matter(source, path)
    if front is None:
        raise ArticleError(path, "front matter", "missing; start the file with fields between two --- lines")
    fields = read_fields(front, path)
    for name in _REQUIRED:
        if fields.get(name) is None:
            raise ArticleError(path, name, f"missing; add a line '{name}: ...' to the front matter")
    text = text.strip("\n")
    if not text.strip():
        raise ArticleError(path, "text", "is empty; put the article below the front matter")
    if "\x00" in text:
        raise ArticleError(path, "text", "holds a null byte, so it is not a text file; save it as plain text")
    article = Article(text=text, **fields)
    try:
        if article.sentences():
            return article
    except (RecursionError, ValueError, IndexError) as exc:  # a shape of Markdown that nobody thought of
        raise ArticleError(path, "text", f"cannot be read as Markdown ({exc}); simplify it") from exc
    raise ArticleError(path, "text", "has headings but no sentences; put the article below them")


def split_front_matter(source: str, path: Path | str = "article") -> tuple[dict[str, Any] | None, str]:
    """The front matter of a Markdown file as it stands there (None without one), and what comes after it.

    Raises ArticleError where it is no YAML, or no fields.
    """
    match = _FRONT_MATTER.match(source)
    if match is None:
        return None, source
    try:
        fields = yaml.safe_load(match.group(1))
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as exc:  # PyYAML lets the last three out
        mark = getattr(exc, "problem_mark", None)
        line = f" on line {mark.line + 2}" if mark else ""
        fix = f"not valid YAML{line}; put quotes around values with ':' or '#'"
        raise ArticleError(path, "front matter", fix) from exc
    if not isinstance(fields, dict):
        raise ArticleError(path, "front matter", "is not a list of 'field: value' lines; write it so")
    return fields, source[match.end() :]


def read_fields(fields: Mapping[str, Any], path: Path | str) -> dict[str, Any]:
    """An article's fields, each checked; blank ones are None. Raises ArticleError."""
    for name in fields:
        if name not in FIELDS:
            raise ArticleError(path, str(name), f"unknown field; the fields are {', '.join(FIELDS)}")
    return {name: _value(name, value, path) for name, value in fields.items()}


def _value(name: str, value: Any, path: Path | str) -> str | None:
    if value is None or value == "":
        return None
    if name == "published":
        try:
            return datetime.date.fromisoformat(str(value)).isoformat()
        except ValueError as exc:
            raise ArticleError(path, name, "is not a date; write it as YYYY-MM-DD or null") from exc
    if not isinstance(value, str):
        raise ArticleError(path, name, f"is not text; put quotes around {str(value)[:60]!r}")
    if name == "id" and not _ID.fullmatch(value):
        raise ArticleError(path, name, "has other characters than a-z, 0-9, '.', '_' and '-'; rename it")
    if name == "url" and not re.match(r"https?://\S+$", value):
        raise ArticleError(path, name, "is not a web address; write http://… or https://…, or null")
    plain = " ".join(value.encode("utf-8", "replace").decode().split())
    if not plain and name in _REQUIRED:
        raise ArticleError(path, name, "is blank; fill it in")
    return "".join(char for char in plain if char.isprintable()) or None


@functools.lru_cache(maxsize=256)
def _sentences_of(text: str) -> tuple[Sentence, ...]:
    return tuple(_sentences(text))


def _sentences(text: str) -> Iterator[Sentence]:
    """Walk the Markdown blocks; headings set the context, everything else is cut into sentences."""
    lines = _line_offsets(text)
    headings: list[tuple[int, str]] = []
    columns: list[str] = []
    cells: list[str] = []
    opened = Token("tr_open", "tr", 1)
    block, depth, in_head = 0, 0, False
    tokens = _MARKDOWN.parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            name = _plain(tokens[index + 1].content)
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
            cells.append(_plain(token.content))
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
    ends = [piece["end_index"] for piece in sentencex.get_sentence_boundaries("en", text[start:end])]
    # A sentence ends before white space: the splitter also cuts in names such as "Coder.Dev".
    cuts = [start + at for at in ends[:-1] if text[start + at - 1].isspace() or text[start + at].isspace()]
    for left, right in pairwise((start, *cuts, end)):
        words = text[left:right]
        if words.strip():
            yield left + len(words) - len(words.lstrip()), right - len(words) + len(words.rstrip())


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
    return ": ".join(filter(None, (cells[0], "; ".join(pairs))))


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


def _plain(markdown: str) -> str:
    """The words of a piece of inline Markdown, without its marks and raw HTML."""
    markdown = re.sub(r"\n[ \t]*>[ \t]?", "\n", markdown)  # a quotation's marks
    if not re.search(r"[*_`\[\]<>&\\!\n]", markdown):
        return markdown
    tokens = _MARKDOWN.parseInline(markdown)[0].children or []
    words = (" " if t.type in ("softbreak", "hardbreak") else t.content for t in tokens if t.type != "html_inline")
    # A sentence may begin or end within **bold** words: half a mark is no word either.
    return " ".join("".join(words).replace("**", "").replace("__", "").split())
