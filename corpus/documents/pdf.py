"""The bytes of a PDF go in; its text as Markdown and its title come out, without running heads and hidden words.

pdfplumber reads it, which markitdown reads PDFs with, too: markitdown's own text has no headings, cuts ruled tables
into columns and keeps page numbers. A PDF says where letters stand and how large, not what they are: headings are
told by size and weight. Text of an invisible kind (render mode 3) cannot be told from that which a scanner's OCR
puts behind the picture, and stays.
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTTextBox, LTTextLine
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from corpus.documents.extract import Extract
from corpus.documents.plain import person, without_title
from corpus.documents.word import real_title
from corpus.errors import UnreadableError

MAX_PAGES = 1000
_MARGIN = 0.1  # of the page's height, above and below: where running heads stand
_LARGER = 1.12  # than the body: a heading
_BULLET = re.compile(r"^[•‣▪◦●○■\uf0b7–-]\s*(?=\S)")
_NUMBER = re.compile(r"^\d{1,2}[.)]\s+(?=\S)")
_RUNNING = re.compile(  # page numbers, and the day and address that browsers print
    r"(?:page\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b.{0,40}|(?:https?|file):\S+(?:\s+\d+/\d+)?",
    re.IGNORECASE,
)
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"})
_BOLD = re.compile(r"bold|black|heavy|semib|demi", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class _Line:
    text: str
    size: float = 0.0
    bold: bool = False
    box: int = 0  # which block of the page it stands in
    row: tuple[int, int] = (0, 0)  # its page and height there
    margin: bool = False  # near the page's upper or lower edge
    table: bool = False  # `text` is a whole table in Markdown


def read_pdf(body: bytes) -> Extract:
    """Read a PDF. Raises UnreadableError."""
    try:
        with pdfplumber.open(io.BytesIO(body), laparams={}, pages=list(range(1, MAX_PAGES + 2))) as document:
            if len(document.pages) > MAX_PAGES:
                raise UnreadableError("file", f"has more than {MAX_PAGES} pages; split it")
            pages, pictures = [], 0
            for page in document.pages:
                pages.append(list(_lines(page)))
                pictures += bool(page.images)
                page.close()
            said = {name: value for name, value in (document.metadata or {}).items() if isinstance(value, str)}
    except PdfminerException as exc:
        if exc.args and isinstance(exc.args[0], PDFPasswordIncorrect):
            raise UnreadableError("file", "is encrypted; save it without a password") from exc
        raise _damaged() from exc
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, OSError) as exc:
        raise _damaged() from exc
    lines = _without_furniture(pages)
    letters = sum(len(re.findall(r"[^\W\d_]", line.text)) for line in lines)
    if letters < 20 * min(pictures, 1) or not letters:
        raise UnreadableError("text", "has none: it is a scan or a drawing; run it through OCR and add the result")
    title, text = _markdown(lines)
    stated = " ".join(said.get("Title", "").split())
    title = stated if real_title(stated) else title
    return Extract(without_title(text, title), title, person(said.get("Author")))


def _damaged() -> UnreadableError:
    return UnreadableError("file", "is a damaged PDF; print it to a new PDF from a viewer that opens it")


def _lines(page: Any) -> Iterator[_Line]:
    """The visible lines of a page in reading order, each table at the place of its first line."""
    tables = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    shapes = [one for one in page.rects if one.get("fill") and not _white(one.get("non_stroking_color"))]
    dots = [one for one in (*page.curves, *page.rects) if max(one["height"], one["width"]) <= 8]
    height = float(page.height)
    for number, box in enumerate(one for one in page.layout if isinstance(one, LTTextBox)):
        for line in box:
            if not isinstance(line, LTTextLine):
                continue
            x, top = (line.x0 + line.x1) / 2, height - (line.y0 + line.y1) / 2
            for table in [one for one in tables if one.bbox[1] <= top]:
                tables.remove(table)
                yield _Line(_table(table.extract()), table=True)
                shapes.append({"table": table.bbox})
            inside = [one["table"] for one in shapes if "table" in one]
            if any(left <= x <= right and above <= top <= below for left, above, right, below in inside):
                continue
            letters = [one for one in line if not isinstance(one, LTChar) or _seen(one, page, shapes)]
            text = " ".join("".join(one.get_text() for one in letters).translate(_LIGATURES).split())
            if any(0 <= line.x0 - dot["x1"] < 25 and line.y0 <= (dot["y0"] + dot["y1"]) / 2 <= line.y1 for dot in dots):
                text = f"• {text}"  # drawn, not written
            drawn = [one for one in letters if isinstance(one, LTChar) and not one.get_text().isspace()]
            if text and drawn:
                size = Counter(round(one.size * 2) / 2 for one in drawn).most_common(1)[0][0]
                bold = all(_BOLD.search(one.fontname) for one in drawn)
                row = (page.page_number, round(top / 3))
                yield _Line(text, size, bold, number, row, not _MARGIN < top / height < 1 - _MARGIN)
    for table in tables:
        yield _Line(_table(table.extract()), table=True)


def _seen(char: LTChar, page: Any, shapes: Sequence[dict[str, Any]]) -> bool:
    """Whether a letter can be read: on the page, not tiny, and not white where nothing dark is behind it."""
    x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
    if char.size < 2 or not (0 <= x <= page.width and 0 <= y <= page.height):
        return False
    return not _white(char.graphicstate.ncolor) or any(
        one["x0"] <= x <= one["x1"] and one["y0"] <= y <= one["y1"] for one in shapes if "x0" in one
    )


def _white(colour: Any) -> bool:
    values: list[Any] = list(colour) if isinstance(colour, (list, tuple)) else [colour]
    if not values or not all(isinstance(value, (int, float)) for value in values):
        return False
    return bool(max(values) <= 0.02 if len(values) == 4 else min(values) >= 0.98)  # CMYK, or RGB and grey


def _table(rows: list[list[str | None]]) -> str:
    cells = [[" ".join((cell or "").replace("|", "/").split()) for cell in row] for row in rows]
    head, *rest = ["| " + " | ".join(row) + " |" for row in cells if any(row)] or [""]
    return "\n".join([head, "|" + " --- |" * len(cells[0]), *rest])


def _without_furniture(pages: list[list[_Line]]) -> list[_Line]:
    """All lines, less page numbers and what stands at the edge of most pages; no line's block spans two pages."""
    counts = Counter(key for page in pages for key in {_key(line) for line in page if line.margin})
    often = {key for key, count in counts.items() if count >= max(2, len(pages) / 3)}
    return [
        dataclasses.replace(line, box=line.box + 10_000 * number)
        for number, page in enumerate(pages)
        for line in page
        if not (line.margin and (_key(line) in often or _RUNNING.fullmatch(line.text)))
    ]


def _key(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _markdown(lines: list[_Line]) -> tuple[str | None, str]:
    """The title that the first page shows, and the text."""
    weights: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    for line in lines:
        weights[line.size] += 0 if line.table else len(line.text)
        bold[line.bold] += 0 if line.table else len(line.text)
    body, plain = weights.most_common(1)[0][0], bold[False] > bold[True]
    blocks = list(_blocks(lines, body, plain))
    sizes = sorted({size for size, _ in blocks if size}, reverse=True)
    title = None
    largest = [place for place, (size, _) in enumerate(blocks) if sizes and size == sizes[0]]
    if len(largest) == 1 and largest[0] < 3:  # above it may stand a rubric or a date
        title, sizes = blocks.pop(largest[0])[1], sizes[1:]
    levels = {size: min(2 + rank, 6) for rank, size in enumerate(sizes)}
    text = "\n\n".join(f"{'#' * levels[size]} {words}" if size else words for size, words in blocks)
    return title, re.sub(r"(?m)^((?:- |\d{1,2}[.)] ).*)\n\n(?=- |\d{1,2}[.)] )", r"\1\n", text)


def _blocks(lines: list[_Line], body: float, plain: bool) -> Iterator[tuple[float, str]]:
    """Headings with their size, and paragraphs, list items and tables with 0."""
    words = {word.lower() for line in lines for word in re.findall(r"[^\W\d_]+", line.text)}
    beside = Counter(line.row for line in lines if line.bold)

    def rank(line: _Line) -> float:
        if line.table or len(line.text) > 120 or line.text.endswith((".", ",", ";")) or line.size < body:
            return 0.0
        if line.size >= body * _LARGER:
            return line.size
        return body + 0.1 if line.bold and plain and beside[line.row] == 1 else 0.0  # several are a table's head

    run: list[_Line] = []
    for line in [*lines, _Line("", table=True)]:
        if run and not _goes_on(run[-1], line, rank(run[-1]), rank(line)):
            yield rank(run[0]), _joined(run, words, bool(rank(run[0])))
            run = []
        run.append(line)


def _goes_on(before: _Line, line: _Line, heading_before: float, heading: float) -> bool:
    """Whether two lines are of one block, perhaps in the next column or on the next page."""
    if before.table or line.table or heading != heading_before:
        return False
    if heading or line.box == before.box:
        return line.box == before.box and (bool(heading) or not (_BULLET.match(line.text) or _NUMBER.match(line.text)))
    return line.text[0].islower() and not before.text.endswith((".", "!", "?", ":"))


def _joined(lines: Iterable[_Line], words: set[str], heading: bool) -> str:
    """The lines of one block as one; a word that was cut at a line's end is whole where it stands whole elsewhere."""
    text = ""
    for line in lines:
        if line.table:
            return line.text
        cut = re.search(r"(?<![^\W\d_])([^\W\d_]+)-$", text)
        first = re.match(r"[a-zß-ÿ]+", line.text)
        if cut and first:
            text = (text[:-1] if (cut[1] + first[0]).lower() in words else text) + line.text
        else:
            text = f"{text} {line.text}".strip()
    text = text.replace("\xad ", "").replace("\xad", "")
    if heading:
        return text
    return text if _NUMBER.match(text) else re.sub(r"^(#|>|\+ )", r"\\\1", _BULLET.sub("- ", text))
