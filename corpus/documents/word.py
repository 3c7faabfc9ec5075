"""The bytes of a DOCX go in; its text as Markdown and its title come out, without what Word does not show.

markitdown writes the Markdown. It is given a package of the text's own parts alone, from which hidden text, deleted
text, comments and pictures have been taken.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from lxml import etree

from corpus.documents.extract import Extract
from corpus.documents.plain import person, same, without_title
from corpus.errors import UnreadableError

_MAX_MEMBERS = 5000
_MAX_RATIO = 200  # unpacked to packed; text compresses to a tenth
_PART = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/_rels/[^/]+\.rels|docProps/core\.xml"
    r"|word/(?:document\d*|styles|numbering|footnotes|endnotes)\.xml"
)
_UNSEEN = {"del", "moveFrom", "delText", "instrText", "blip", "imagedata", "commentReference", "annotationRef"}
_DULL = re.compile(
    r"^microsoft word|^untitled|^document\s*\d*$|^word document|\.(?:docx?|pdf|odt|rtf|indd|tex|html?|md|txt|pptx?)$",
    re.IGNORECASE,
)
_OFF = ("0", "false", "off", "none")
_OTHERS = (
    (b"spreadsheetml", "an Excel workbook"),
    (b"presentationml", "a PowerPoint presentation"),
    (b"wordprocessingml", "a Word template or a document with macros"),
)


def read_docx(body: bytes, most: int) -> Extract:
    """Read a document that unpacks to at most that many bytes. Raises UnreadableError."""
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter

    parts = _parts(body, most)
    trees = {name: _parse(content) for name, content in parts.items()}
    styles = {name: tree for name, tree in trees.items() if name == "word/styles.xml"}
    hidden, titles = _styles(styles.get("word/styles.xml"))
    stated = _core(trees.pop("docProps/core.xml", None))
    shown = None
    for name, tree in trees.items():
        if name.startswith("word/") and name.endswith(".xml") and name not in styles:
            _prune(tree, hidden)
        if name.startswith("word/document"):
            shown = _take_title(tree, titles)
            _head_tables(tree)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, tree in trees.items():
            archive.writestr(name, etree.tostring(tree, encoding="UTF-8", xml_declaration=True))
    packed.seek(0)
    try:
        converter = DocxConverter()  # type: ignore[no-untyped-call]
        text = converter.convert(packed, StreamInfo(extension=".docx")).markdown.strip()
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, RecursionError) as exc:  # not Word's own
        raise UnreadableError("file", "is a damaged DOCX; open it in a word processor and save it again") from exc
    if shown is None and (match := re.match(r"# +(.+)", text)) and not re.search(r"^# ", text[match.end() :], re.M):
        shown = match[1].strip()
    if not text and not shown:
        raise UnreadableError("text", "has none, perhaps only pictures; add a document with text")
    title = shown or stated.get("title")
    text = without_title(text, title)
    if re.search(r"^# ", text, re.M):  # level 1 is the title's
        text = re.sub(r"^(#{1,5} )", r"#\1", text, flags=re.M)
    return Extract(text, title, person(stated.get("creator")))


def _parts(body: bytes, most: int) -> dict[str, bytes]:
    """The parts that hold the text, unpacked within bounds; zipfile unpacks no more of a part than it declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            unpacked = sum(member.file_size for member in members)
            if len(members) > _MAX_MEMBERS or unpacked > most or unpacked > max(_MAX_RATIO * len(body), 1 << 20):
                size = f"{len(members)} parts, {unpacked / 1e6:.0f} MB unpacked"
                raise UnreadableError("file", f"unpacks to too much ({size}); save it again without its attachments")
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableError("file", "is encrypted; save it without a password")
            if "[Content_Types].xml" not in names:
                kind = archive.read("mimetype")[:60] if "mimetype" in names else b""
                raise _not_docx(next((what for word, what in _CONTAINERS if word in kind), "a ZIP archive"))
            types = archive.read("[Content_Types].xml")
            if b"wordprocessingml.document.main+xml" not in types:
                raise _not_docx(next((what for word, what in _OTHERS if word in types), "another Office file"))
            return {member.filename: archive.read(member) for member in members if _PART.fullmatch(member.filename)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, OSError) as exc:
        raise UnreadableError("file", "is a damaged DOCX; open it in a word processor and save it again") from exc


_CONTAINERS = ((b"epub", "an EPUB book"), (b"opendocument", "an OpenDocument file"))


def _not_docx(what: str) -> UnreadableError:
    return UnreadableError("file", f"is {what}, not a DOCX; save it as DOCX or PDF")


def _parse(content: bytes) -> Any:
    if b"<!DOCTYPE" in content or b"<\0!\0D\0O\0C\0T" in content:
        raise UnreadableError("file", "declares XML entities, which no word processor writes; save it again in one")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.LxmlError as exc:
        raise UnreadableError("file", "is a damaged DOCX; open it in a word processor and save it again") from exc
    return root


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _value(element: Any) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}val")), "")


def _child(element: Any, *path: str) -> Any:
    for name in path:
        element = next((child for child in element if _local(child) == name), None) if element is not None else None
    return element


def _styles(root: Any) -> tuple[set[str], set[str]]:
    """The ids of the styles whose text is hidden, and of those that mark a title."""
    hidden, titles = set(), set()
    for style in () if root is None else root:
        id_ = next((value for key, value in style.attrib.items() if key.endswith("}styleId")), "")
        name, based = _child(style, "name"), _child(style, "basedOn")
        if _is_hidden(_child(style, "rPr"), set()) or (based is not None and _value(based) in hidden):
            hidden.add(id_)
        if name is not None and _value(name).lower() == "title":
            titles.add(id_)
    return hidden, titles


def _is_hidden(properties: Any, styles: set[str]) -> bool:
    """Whether run properties hide their text: by `vanish`, by a hidden style or by a size that nobody can read."""
    for one in () if properties is None else properties:
        name, value = _local(one), _value(one)
        if name in ("vanish", "webHidden", "specVanish") and value not in _OFF:
            return True
        if (name == "rStyle" and value in styles) or (name == "sz" and value.isdecimal() and int(value) <= 4):
            return True
    return False


def _is_white(run: Any) -> bool:
    colour = _child(run, "rPr", "color")
    if colour is None or _value(colour).upper() != "FFFFFF":
        return False
    around = (parent for parent in run.iterancestors() if _local(parent) in ("p", "tbl"))
    return not any(_local(parent) == "tbl" or any(_local(one) == "shd" for one in parent.iter()) for parent in around)


def _prune(root: Any, styles: set[str]) -> None:
    doomed = []
    for element in root.iter("*"):
        name = _local(element)
        hidden = name == "r" and (_is_hidden(_child(element, "rPr"), styles) or _is_white(element))
        style = _child(element, "pPr", "pStyle") if name == "p" else None
        if name in _UNSEEN or hidden or (style is not None and _value(style) in styles):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is not None and _local(element.getparent()) != "rPr":  # there `del` is the mark's own
            element.getparent().remove(element)
    etree.strip_tags(root, "{*}hyperlink")  # its words stay


def _take_title(root: Any, titles: set[str]) -> str | None:
    for paragraph in root.iter("{*}p"):
        style = _child(paragraph, "pPr", "pStyle")
        words = " ".join("".join(one.text or "" for one in paragraph.iter("{*}t")).split())
        if style is not None and _value(style) in titles and words:
            paragraph.getparent().remove(paragraph)
            return words
    return None


def _head_tables(root: Any) -> None:
    """Markdown's tables have a head: it is the first row, where the document marks none."""
    for table in root.iter("{*}tbl"):
        row = _child(table, "tr")
        if row is not None and not any(_local(one) == "tblHeader" for one in table.iter()):
            properties = _child(row, "trPr")
            if properties is None:
                properties = etree.Element(row.tag[: -len("tr")] + "trPr")
                row.insert(0, properties)
            etree.SubElement(properties, row.tag[: -len("tr")] + "tblHeader")


def _core(root: Any) -> dict[str, str]:
    """The title and creator that the properties state. `created` is when the file was made, no publication."""
    said = {_local(one): " ".join((one.text or "").split()) for one in (() if root is None else root)}
    title = said.pop("title", "")
    return {**said, **({"title": title} if real_title(title) else {})}


def real_title(title: str) -> bool:
    """Whether a document property is a title that somebody gave, and not a program's or a file's name."""
    dull = _DULL.search(title)
    return bool(re.search(r"[^\W\d_]{2}", title)) and len(title) <= 300 and not dull and not same(title, "title")
