"""A title and sections go in; the bytes of a Markdown file, HTML page, PDF or DOCX come out.

A section is a heading and its blocks: a str is a paragraph, a list of str a list, a list of lists a table
whose first row is its head.
"""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Iterable, Sequence
from html import escape

Block = str | list[str] | list[list[str]]
Section = tuple[str, Sequence[Block]]

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def markdown_file(title: str, sections: Iterable[Section], **fields: str) -> bytes:
    """Plain Markdown; with fields, they are its front matter."""
    lines = ["---", *(f"{name}: {value}" for name, value in fields.items()), "---", ""] if fields else []
    lines += [f"# {title}", ""]
    for heading, blocks in sections:
        lines += [f"## {heading}", ""]
        for block in blocks:
            if isinstance(block, str):
                lines += [block, ""]
            elif isinstance(block[0], str):
                lines += [*(f"- {item}" for item in block), ""]
            else:
                head, *rows = ("| " + " | ".join(row) + " |" for row in block)
                lines += [head, "|" + " --- |" * len(block[0]), *rows, ""]
    return "\n".join(lines).encode()


def html_page(
    title: str,
    sections: Iterable[Section],
    *,
    author: str | None = None,
    published: str | None = None,
    site: str | None = None,
    url: str | None = None,
    extra: str = "",
    head: str = "",
) -> bytes:
    """A page with the usual furniture around its article; `extra` goes into the article as it is."""
    metas = [
        f'<meta property="og:title" content="{escape(title)}">',
        author and f'<meta name="author" content="{escape(author)}">',
        published and f'<meta property="article:published_time" content="{published}T08:00:00+00:00">',
        site and f'<meta property="og:site_name" content="{escape(site)}">',
        url and f'<link rel="canonical" href="{escape(url)}">',
    ]
    body = [f"<h2>{escape(heading)}</h2>\n" + "\n".join(map(_html_block, blocks)) for heading, blocks in sections]
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}{f" | {escape(site)}" if site else ""}</title>
{"".join(filter(None, metas))}{head}
<style>body {{ color: black }} .styled {{ margin: 0 }}</style><script>var tracker = "Tracker words";</script></head>
<body><nav><ul><li><a href="/">Home page</a></li><li><a href="/jobs">Jobs board</a></li></ul></nav>
<div id="cookie-banner" class="cookie-consent"><p>We value your privacy and use cookies.</p><button>Accept all</button>
</div>
<main><article><h1>{escape(title)}</h1>
<div class="share-buttons"><a href="/s">Share on Facebook</a> <a href="/t">Tweet this</a></div>
{"".join(body)}
{extra}
</article></main>
<section id="comments" class="comments"><h3>Comments</h3><div class="comment"><p>First reader says nonsense here.</p>
</div></section>
<aside class="sidebar"><h3>Related posts</h3><ul><li><a href="/other">Another post entirely</a></li></ul></aside>
<footer><p>Copyright 2019 Example Media Group. All rights reserved.</p></footer></body></html>
""".encode()


def _html_block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block[0], str):
        return "<ul>" + "".join(f"<li>{escape(str(item))}</li>" for item in block) + "</ul>"
    head, *rows = ("".join(f"<{{0}}>{escape(cell)}</{{0}}>" for cell in row) for row in block)
    bodies = "".join(f"<tr>{row.format('td')}</tr>" for row in rows)
    return f"<table><thead><tr>{head.format('th')}</tr></thead><tbody>{bodies}</tbody></table>"


def docx(
    title: str,
    sections: Iterable[Section],
    *,
    author: str | None = None,
    core_title: str | None = None,
    body: str = "",
    parts: dict[str, bytes] | None = None,
) -> bytes:
    """A Word document; `body` is WordprocessingML put at its end, `parts` are further members or other ones."""
    paragraphs = [_paragraph(title, "Title")]
    for heading, blocks in sections:
        paragraphs.append(_paragraph(heading, "Heading1"))
        for block in blocks:
            if isinstance(block, str):
                paragraphs.append(_paragraph(block))
            elif isinstance(block[0], str):
                paragraphs += [_paragraph(str(item), "ListParagraph", listed=True) for item in block]
            else:
                paragraphs.append(_table(block))  # type: ignore[arg-type]
    members = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/styles.xml": _STYLES,
        "word/numbering.xml": _NUMBERING,
        "docProps/core.xml": _CORE.format(title=escape(core_title or ""), author=escape(author or "")),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{"".join(paragraphs)}{body}</w:body></w:document>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **(parts or {})}.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _paragraph(text: str, style: str | None = None, listed: bool = False) -> str:
    numbering = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if listed else ""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{numbering}</w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: list[list[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{DOCX_TYPE}.main+xml"/></Types>"""
_RELATIONS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""
_DOCUMENT_RELATIONS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/numbering" Target="numbering.xml"/></Relationships>"""
_STYLES = f"""{_XML}<w:styles xmlns:w="{WORD}">
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/></w:style></w:styles>"""
_NUMBERING = f"""{_XML}<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">
<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
</w:numbering>"""
_CORE = (
    _XML + f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>"
    "<dcterms:created>2021-03-04T05:06:07Z</dcterms:created></cp:coreProperties>"
)


def pdf(
    title: str,
    sections: Iterable[Section],
    *,
    author: str | None = None,
    core_title: str | None = None,
    footer: str | None = None,
    drawing: str = "",
    trailer: str = "",
) -> bytes:
    """A PDF in Helvetica, tables with ruled lines; `drawing` is put on its first page, `trailer` into its trailer."""
    pages = _Pages(footer)
    pages.lines(title, size=20, font="B", after=14)
    for heading, blocks in sections:
        pages.lines(heading, size=14, font="B", after=8)
        for block in blocks:
            if isinstance(block, str):
                pages.lines(block, after=9)
            elif isinstance(block[0], str):
                for item in block:
                    pages.lines(f"\u2022 {item}", indent=12, after=3)
                pages.y -= 6
            else:
                pages.table(block)  # type: ignore[arg-type]
    contents = ["".join(page) for page in pages.drawn]
    contents[0] += drawing
    information = "".join(f"/{key} ({_pdf_text(v)}) " for key, v in (("Title", core_title), ("Author", author)) if v)
    return pdf_file(contents, f"<< {information}/CreationDate (D:20210304050607Z) >>", trailer)


def pdf_file(
    contents: Sequence[str], information: str = "<< >>", trailer: str = "", extra: Sequence[str] = ()
) -> bytes:
    """A PDF with these content streams, one a page; `extra` objects are numbered on from the last page's."""
    first = 6
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(contents)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
        font.format("Helvetica"),
        font.format("Helvetica-Bold"),
        information,
    ]
    for number, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /R 3 0 R /B 4 0 R >> >> "
            f"/Contents {first + 2 * number + 1} 0 R >>"
        )
        objects.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
    written = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate([*objects, *extra], 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(offsets) + 1
    return written + (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 5 0 R {trailer} >>\n"
        f"startxref\n{len(written)}\n%%EOF\n"
    ).encode("cp1252")


def _pdf_text(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


class _Pages:
    """Where the pen stands while pages are drawn."""

    def __init__(self, footer: str | None) -> None:
        self.footer, self.y = footer, 0.0
        self.drawn: list[list[str]] = []

    def _room(self, height: float) -> None:
        if self.y - height < 72:
            self.drawn.append([])
            self.y = 720
            if self.footer:
                self._text(self.footer, 72, 40, 9, "R")
                self._text(f"Page {len(self.drawn)}", 500, 40, 9, "R")

    def _text(self, text: str, x: float, y: float, size: float, font: str) -> None:
        self.drawn[-1].append(f"BT /{font} {size} Tf {x} {y} Td ({_pdf_text(text)}) Tj ET\n")

    def lines(self, text: str, size: float = 10.5, font: str = "R", indent: float = 0, after: float = 0) -> None:
        for line in textwrap.wrap(text, int((468 - indent) / (size * 0.52))):
            self._room(size * 1.2)
            self._text(line, 72 + indent, self.y, size, font)
            self.y -= size * 1.2
        self.y -= after

    def table(self, rows: list[list[str]]) -> None:
        width = 468 / len(rows[0])
        for row in rows:
            self._room(18)
            for column, cell in enumerate(row):
                self.drawn[-1].append(f"{72 + column * width} {self.y - 5} {width} 18 re S\n")
                self._text(cell, 76 + column * width, self.y, 10.5, "R")
            self.y -= 18
        self.y -= 12
