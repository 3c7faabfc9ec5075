"""A file or page goes in; the article that it holds comes out: text extracted, fields read, an id made."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.article import FIELDS, Article, parse_article, read_fields, split_front_matter
from corpus.documents.extract import Extractor
from corpus.documents.fetch import fetch
from corpus.errors import ArticleError, CorpusError
from corpus.places import Place
from corpus.shelf import render
from corpus.shown import one_line

if TYPE_CHECKING:
    from corpus.settings import Settings

_LONGEST_ID = 60
_LONGEST_NAME = 80  # characters
_MARKDOWN = (".md", ".markdown")


class Reader:
    """Reads places as articles; the extractor's libraries are loaded when the first of them needs it."""

    def __init__(self, settings: Settings, fields: Mapping[str, str]) -> None:
        """`fields` are set on every article, over what it says itself."""
        self.fields = dict(fields)
        self._settings = settings
        self._extractor: Extractor | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        if self._extractor:
            self._extractor.__exit__(*error)  # type: ignore[arg-type]

    def article(self, place: Place) -> tuple[Article, bool]:
        """The article of one place, and whether its id is its own, or was made of the title. Raises ArticleError."""
        with _errors(place.name):
            fields, text = self._read(place)
            id_ = fields.get("id") or _slug(fields["title"])
            # Parsed from what will be written, so that the file and the article are the same.
            article = parse_article(render(Article(text=text, **(fields | {"id": id_}))), place.name)
            return article, "id" in fields

    def _read(self, place: Place) -> tuple[dict[str, str], str]:
        name = one_line(place.path.name) if place.path else place.name
        is_markdown = place.path and place.path.suffix.lower() in _MARKDOWN
        own, body = _markdown(place.path) if place.path and is_markdown else ({}, place.path)
        if isinstance(body, str):
            text = body
        else:
            said, text = self._extracted(place, body)
            own = said | own
        fields = {"title": _title(name)} | {field: value for field, value in (own | self.fields).items() if value}
        return fields, text

    def _extracted(self, place: Place, body: bytes | Path | None) -> tuple[dict[str, str | None], str]:
        if self._extractor is None:
            self._extractor = Extractor(self._settings).__enter__()
        if place.url:
            page = fetch(place.url, self._settings)
            found = self._extractor.read(page.name, page.body, page.url, page.content_type)
        else:
            assert body is not None
            found = self._extractor.read(Path(place.name).name, body)
        said = dataclasses.asdict(found)
        said = {**said, "author": _name(found.author), "publisher": _name(found.site)}
        fields = {name: said[name] for name in ("title", "author", "publisher", "published", "url") if said[name]}
        return fields, found.text


def _name(said: str | None) -> str | None:
    """Whom a page names as its author or its site; what no name looks like is none, as it would speak in our place."""
    is_name = said and len(said) <= _LONGEST_NAME and not re.search(r"[.!?:;]\s|\[\d+\]", said)
    return said if is_name else None


@contextlib.contextmanager
def _errors(name: str) -> Iterator[None]:
    try:
        yield
    except CorpusError:
        raise
    except Exception as exc:  # a shape that nobody thought of is that document's end, not the others'
        fix = f"cannot be read ({type(exc).__name__}); save it in another format"
        raise ArticleError(name, "file", fix) from exc


def _markdown(path: Path) -> tuple[dict[str, str | None], str | bytes | Path]:
    """The fields of a Markdown file's front matter; its text as it stands where that is ours, else what to extract.

    The front matter of another program is no error: what it says that we know is kept.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}, path  # the extractor will say why
    front, rest = split_front_matter(source, path)
    if front is None:
        return {}, path
    if "id" in front and "title" in front:
        article = parse_article(source, path)
        return {name: value for name, value in dataclasses.asdict(article).items() if name != "text"}, article.text
    fields: dict[str, str | None] = {}
    for name in FIELDS[1:]:  # an id of its own means something else there
        with contextlib.suppress(ArticleError):  # "published: last May" is no date; the page may still say one
            fields |= read_fields({name: front[name]} if front.get(name) else {}, path)
    return fields, rest.encode()


def _title(name: str) -> str:
    words = re.sub(r"[\s_-]+", " ", Path(name).stem).strip()
    return words[:1].upper() + words[1:] if words else "Untitled"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:_LONGEST_ID].rstrip("-") or "article"


def free_id(id_: str, is_taken: Callable[[str], bool]) -> str:
    """An id like this one that is not taken."""
    number, free = 1, id_
    while is_taken(free):
        number += 1
        free = f"{id_}-{number}"
    return free
