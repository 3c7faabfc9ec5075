"""A Markdown file with front matter goes in; an Article with its sentences, each with offsets, comes out.

The body is kept as it stands, so that `article.text[start:end]` is the source's own wording for every
sentence, list item and table row.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus import front
from corpus.days import day_of
from corpus.errors import ArticleError, UnreadableError
from corpus.sentences import Sentence, sentences_of

MOST_TEXT = 4_000_000  # characters: two thousand pages
MOST_FIELD = 2_000
MOST_BYTES = 4 * (MOST_TEXT + front.MOST)  # of a file with no more characters than that
_REQUIRED = ("id", "title")
FIELDS = (*_REQUIRED, "publisher", "author", "published", "url", "audience", "interest")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


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
        return sentences_of(self.text)


def read_article(path: Path) -> Article:
    """Read one article file.

    Raises ArticleError (file, field, fix) when it is not UTF-8, has no or broken front matter, an unknown
    or missing field, a value of the wrong kind, or no text or too much of it.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _too_long(path)
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
    stated, text = split_front_matter(source, path)
    if stated is None:
        raise ArticleError(path, "front matter", "missing; start the file with fields between two --- lines")
    fields = read_fields(stated, path)
    for name in _REQUIRED:
        if fields.get(name) is None:
            raise ArticleError(path, name, f"missing; add a line '{name}: ...' to the front matter")
    text = text.strip("\n")
    if not text.strip():
        raise ArticleError(path, "text", "is empty; put the article below the front matter")
    if len(text) > MOST_TEXT:
        raise _too_long(path)
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
    try:
        fields, rest = front.split(source)
    except UnreadableError as exc:
        raise ArticleError(path, exc.field, exc.fix) from exc
    if rest == source:
        return None, source
    if not isinstance(fields, dict):
        raise ArticleError(path, "front matter", "is not a list of 'field: value' lines; write it so")
    return fields, rest


def _too_long(path: Path | str) -> ArticleError:
    return ArticleError(path, "text", f"is longer than {MOST_TEXT:,} characters; split it")


def read_fields(fields: Mapping[str, Any], path: Path | str) -> dict[str, Any]:
    """An article's fields, each checked; blank ones are None. Raises ArticleError."""
    for name in fields:
        if name not in FIELDS:
            raise ArticleError(path, str(name)[:60], f"unknown field; the fields are {', '.join(FIELDS)}")
    return {name: _value(name, value, path) for name, value in fields.items()}


def _value(name: str, value: Any, path: Path | str) -> str | None:
    if value is None or value == "":
        return None
    if name == "published":
        try:
            return day_of(value)
        except ValueError as exc:
            why = f"{str(value)[:30]!r} {exc}; write it as YYYY-MM-DD or null"
            raise ArticleError(path, name, why) from exc
    if not isinstance(value, str):
        raise ArticleError(path, name, f"is not text; put quotes around {str(value)[:60]!r}")
    if len(value) > MOST_FIELD:
        raise ArticleError(path, name, f"is longer than {MOST_FIELD:,} characters; shorten it")
    if name == "id" and not _ID.fullmatch(value):
        raise ArticleError(path, name, "has other characters than a-z, 0-9, '.', '_' and '-'; rename it")
    if name == "url" and not re.match(r"https?://\S+$", value):
        raise ArticleError(path, name, "is not a web address; write http://… or https://…, or null")
    plain = " ".join(value.encode("utf-8", "replace").decode().split())
    if not plain and name in _REQUIRED:
        raise ArticleError(path, name, "is blank; fill it in")
    return "".join(char for char in plain if char.isprintable()) or None
