"""The bytes of a text or Markdown file go in; Markdown without hidden parts comes out, and the title it states."""

from __future__ import annotations

import codecs
import datetime
import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import front
from corpus.documents.extract import Extract
from corpus.documents.hidden import background_of, is_hidden
from corpus.errors import UnreadableError

NOT_TEXT = "is not text, whatever its name says; add a Markdown, text, HTML, PDF or DOCX file"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEADING = re.compile(r"^(?:#[ \t]+(?P<marked>\S.*)|(?P<underlined>\S.*)\n=+[ \t]*)$\n?", re.MULTILINE)
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<close>/)?(?P<tag>[a-z][\w-]*)(?P<attributes>(?:\s(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)?)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w:-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_MARKDOWN = MarkdownIt("commonmark")
_RULE = re.compile(r"[-=_*~+|: \t]{3,}")
_MARK = re.compile(r"(?:#{1,6}(?=\s|$)|>|\+(?=\s)|```|~~~|\|)")
_YEAR = re.compile(r"(\d{4,9})([.)])(?=\s)")
_NOBODY = {
    *("admin", "administrator", "root", "user", "owner", "author", "editor", "unknown", "anonymous", "none", "guest"),
    *("python-docx", "microsoft office user", "microsoft word", "windows user", "openai", "chatgpt", "staff", "test"),
}


def decode(body: bytes, declared: str | None = None) -> str:
    """Text in UTF-8, with a byte order mark, as declared, or as charset-normalizer finds. Raises UnreadableError."""
    for mark, name in (*_BOMS, (b"", declared or "utf-8"), (b"", "utf-8")):
        if body.startswith(mark):
            try:
                return _clean(body.decode(name))
            except (UnicodeError, LookupError):
                continue
    from charset_normalizer import from_bytes

    # Windows' western one first, as browsers do: short texts would be taken for its neighbours'.
    best = from_bytes(body, cp_isolation=["cp1252"]).best() or from_bytes(body).best()
    if best is None:
        raise UnreadableError("encoding", "cannot be told; save it as UTF-8")
    return _clean(str(best))


def is_binary(body: bytes) -> bool:
    """Whether the bytes are no text in any encoding that is read here."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    sample = body[:65536]
    controls = sum(sample.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32), 127))
    return b"\x00" in body or controls > len(sample) / 100


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def read_markdown(source: str) -> Extract:
    """Markdown as it stands, less its title, its front matter and what a reader of the rendered page does not see."""
    fields, source = _front_matter(source)
    text = without_hidden(source)
    match = _HEADING.search(_without_code(text))
    heading = (_unmarked(match["marked"]) or match["underlined"]) if match else None
    stated = _text(fields.get("title"))
    if match and (stated is None or same(stated, heading)):
        text = f"{text[: match.start()]}{text[match.end() :]}"
    return Extract(
        text=text.rstrip().lstrip("\n"),
        title=stated or (heading and heading.strip()),
        author=person(_text(fields.get("author"))),
        published=_date(fields.get("published") or fields.get("date")),
        site=_text(fields.get("publisher") or fields.get("site")),
        url=_text(fields.get("url") or fields.get("canonical_url")),
    )


def read_text(source: str) -> Extract:
    """Plain text: paragraphs stay paragraphs, lists stay lists, and nothing else turns into Markdown by accident.

    A lone first line that does not end like a sentence is the title; so is one that Markdown would mark as that.
    """
    title, _, rest = source.strip().partition("\n")
    marked = re.match(r"#{1,6}[ \t]+(?=\S)", title)
    title = _unmarked(title[marked.end() :]) or "" if marked else title
    stands_alone = marked or (rest.startswith("\n") and not re.search(r"[.,;:]\s*$|^[-*•]", title))
    lone = stands_alone and rest.strip() and len(title) <= 120
    lines = (rest if lone else source).split("\n")
    text = "\n".join(_literal(line) for line in lines)
    return Extract(re.sub(r"\n{3,}", "\n\n", text).strip(), " ".join(title.split()) if lone else None)


def _literal(line: str) -> str:
    line = line.strip()
    if _RULE.fullmatch(line):  # would make a heading of the line above
        return ""
    line = re.sub(r"<(?=[a-z/!?])", r"\\<", line, flags=re.IGNORECASE)
    line = re.sub(r"^[•‣▪◦]\s*", "- ", line)
    return _YEAR.sub(r"\1\\\2", f"\\{line}" if _MARK.match(line) else line, count=1) if line else line


def without_title(text: str, title: str | None) -> str:
    """The text without a first heading that repeats the title."""
    match = re.match(r"\s*#{1,6}[ \t]+([^\n]+)(?:\n|\Z)", text)
    return text[match.end() :].strip("\n") if match and same(_unmarked(match[1]), title) else text.strip("\n")


def _unmarked(heading: str | None) -> str | None:
    """A heading without the marks that may close it."""
    return (heading.rstrip(" \t#") or heading) if heading else None


def same(one: str | None, other: str | None) -> bool:
    """Whether two titles have the same words."""
    return (
        one is not None and other is not None and re.findall(r"\w+", one.lower()) == re.findall(r"\w+", other.lower())
    )


def person(name: str | None) -> str | None:
    """The name of an author, unless it is a program's or an account's."""
    name = " ".join((name or "").split())
    if len(name) > 120 or not re.search(r"[^\W\d_]", name) or re.search(r"https?:|@|[/\\]", name):
        return None
    return None if name.lower() in _NOBODY or (name.islower() and " " not in name) else name


def without_hidden(source: str) -> str:
    """Markdown without HTML comments and hidden raw HTML; code is left as it is."""
    if "<" not in source:
        return source
    masked = _without_code(source)
    cuts: list[tuple[int, int]] = []
    opened: tuple[str, int] | None = None  # the hidden element that we are in, and where it starts
    depth = 0
    behind: list[tuple[str, str | None]] = []  # the shown elements that we are in, and the colour behind their text
    for match in _MARKUP.finditer(masked):
        tag = (match["tag"] or "").lower()
        if opened is not None:
            if tag == opened[0]:
                depth += -1 if match["close"] else not match["attributes"].endswith("/")
                if depth == 0:
                    cuts.append((opened[1], match.end()))
                    opened = None
        elif not tag:
            cuts.append(match.span())
        elif match["close"]:
            while behind and behind.pop()[0] != tag:
                pass
        else:
            attributes, empty = _attributes(match["attributes"]), tag in _VOID or match["attributes"].endswith("/")
            colour = behind[-1][1] if behind else None
            if is_hidden(tag, attributes, colour):
                cuts += [match.span()] if empty else []
                opened, depth = (None, 0) if empty else ((tag, match.start()), 1)
            elif not empty:
                behind.append((tag, background_of(attributes) or colour))
    if opened is not None:
        cuts.append((opened[1], len(source)))  # never closed: a browser hides the rest
    for start, end in reversed(cuts):
        source = source[:start] + source[end:]
    return source


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): one or two or three for name, one, two, three in _ATTRIBUTE.findall(text)}


def _without_code(source: str) -> str:
    """The source with blanks for every character of code, so that no markup is seen in it."""
    lines = source.split("\n")
    tokens: list[Token] = []
    _MARKDOWN.block.parse(source, _MARKDOWN, {}, tokens)
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map:
            for number in range(token.map[0], min(token.map[1], len(lines))):
                lines[number] = " " * len(lines[number])
    return re.sub(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)", lambda match: " " * len(match[0]), "\n".join(lines))


def _front_matter(source: str) -> tuple[dict[str, Any], str]:
    fields, rest = front.split(source)
    return (fields, rest) if isinstance(fields, dict) else ({}, source)


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _date(value: Any) -> str | None:
    try:
        return datetime.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None
