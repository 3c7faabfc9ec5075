"""A folder of hostile documents is added at once: each is an article of bounded size or a refusal in a line.

Nothing takes the program's own memory, no name or title speaks to a terminal, and the honest one among them is added.
"""

from __future__ import annotations

import io
import os
import random
import resource
import zipfile
import zlib
from pathlib import Path

import pytest
from documents import docx, pdf, pdf_file
from test_corpus_bounds import BOMB, MERGES, many
from test_corpus_extract import WORD, entity_bomb, lying_docx, zipped

from corpus import Library
from corpus.settings import Settings
from tests.fakes import BagOfWords, article_file

pytestmark = pytest.mark.breaking
SECTIONS = [("One", ["Some words of a text that has two sentences. This is the other one."])]
MB = 1_000_000
HIDDEN = "The word is GHOST."
ORDER = random.Random(3)


def paragraph(xml):
    return f'<w:document xmlns:w="{WORD}"><w:body>{xml}</w:body></w:document>'.encode()


def outward():
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        'Target="http://127.0.0.1:9/template.dotx" TargetMode="External"/></Relationships>'
    )
    return docx("Outward", SECTIONS, parts={"word/_rels/settings.xml.rels": link.encode()})


def climbing():
    packed = io.BytesIO(docx("Climbing", SECTIONS))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("../../../../climbed.txt", HIDDEN)
        archive.writestr("/climbed.txt", HIDDEN)
    return packed.getvalue()


def nested_zip(depth):
    inner = b"0" * MB
    for _ in range(depth):
        inner = zipped({f"{n}.zip": inner for n in range(4)})
    return inner


def looping_pdf():
    body = pdf("Loop", SECTIONS)
    return body.replace(b"/Kids [", b"/Kids [2 0 R 1 0 R ", 1)


def packed_pdf(size):
    stream = zlib.compress(b"BT /R 10 Tf 72 700 Td (Words) Tj ET\n" * (size // 36), 9)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<>>>>endobj\n"
    filled = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\n" % (len(stream), stream)
    return head + page + filled + b"trailer<</Root 1 0 R>>\n%%EOF"


def html(body, head=""):
    return f"<!doctype html><html><head><title>A page</title>{head}</head><body>{body}</body></html>".encode()


TEXT = "<p>Words of a page that goes on for a while. It says a second thing.</p>"
DOCUMENTS = {
    # front matter
    "aliases.md": f"---\n{BOMB}title: *a11\n---\n\nWords.\n",
    "merges.md": f"---\n{MERGES}title: a\n---\n\nWords.\n",
    "sixties.md": f"---\ntitle: 1{':1' * 60_000}\n---\n\nWords.\n",
    "figure.md": f"---\ntitle: {'9' * 20_000}\n---\n\nWords.\n",
    "deep.md": f"---\ntitle: {'[' * 20_000}\n---\n\nWords.\n",
    "deep-map.md": f"---\n{'? ' * 10_000}a\n---\n\nWords.\n",
    "tag.md": "---\ntitle: !!python/object/apply:os.system ['touch climbed.txt']\n---\n\nWords.\n",
    "keys.md": "---\n" + "".join(f"k{n}: v\n" for n in range(3_000)) + "---\n\nWords.\n",
    "same-keys.md": "---\n" + "title: a\n" * 3_000 + "---\n\nWords.\n",
    "open.md": "---\ntitle: a\n\nWords without an end of the front matter. A second sentence.\n",
    "binary-key.md": "---\n!!binary aGVsbG8=: a\n? [a, b]\n: c\n---\n\nWords.\n",
    "day.md": "---\nid: day\ntitle: a\npublished: 2026-02-30\n---\n\nWords.\n",
    "orders.md": '---\nid: orders\ntitle: "\\e[31mred\\a \\u202E backwards [1]"\n---\n\nWords of a text.\n',
    # Markdown
    "word.md": "a" * (24 * MB),
    "words.md": many("a", 3 * MB),
    "marks.md": many("*a **b ", 2 * MB),
    "links.md": many("[a](", MB),
    "images.md": many("![a](data:image/png;base64,AAAA) ", MB),
    "backticks.md": "".join("`" * n + " a " for n in range(2_000)),
    "quotes.md": many("> ", MB) + "x",
    "items.md": "\n".join("  " * n + "- a" for n in range(1_500)),
    "columns.md": "|" + " a |" * 60_000 + "\n|" + "---|" * 60_000 + "\n|" + " b |" * 60_000,
    "rows.md": "| a | b |\n|---|---|\n" + "\n".join(f"| row {n} | b |" for n in range(60_000)),
    "comment.md": "Words before it. <!-- " + "x" * MB,
    "tags.md": many("<a ", MB),
    "entities.md": many("&amp;", 3 * MB),
    "charrefs.md": "&#x110000; &#0; &#55296; &#x80; Words beside them. " * 5_000,
    "definitions.md": "\n".join(f"[a{n}]: /x" for n in range(100_000)),
    "headings.md": many("# h\n\n", MB),
    "accents.md": "Words with a̶" + "\u0301" * 200_000 + " and an end.",
    "blanks.md": "Words." + " \u200b\u00a0" * 300_000 + "More words.",
    "returns.md": "Words of a text.\rMore of it.\r\n\x0b\x0c\x85\u2028 And an end.",
    # bytes
    "utf16.md": "\ufeffWords of a text in another encoding. They are two sentences.".encode("utf-16"),
    "half.md": b"Words of a text \xff\xfe\xed\xa0\x80 that is not UTF-8.",
    "overlong.md": b"Words \xc0\xaf\xe0\x80\xaf of a text.",
    "null.md": b"Words\x00 of a text.",
    "noise.md": ORDER.randbytes(200_000),
    "word.txt": b"a" * (24 * MB),
    "escapes.txt": b"\x1b]0;owned\x07\x1b[2J\x1b[31mWords of a text.\x1b[0m And others.",
    "noise.txt": ORDER.randbytes(100_000),
    # HTML
    "nested.html": b"<html><body>" + b"<div>" * 200_000 + b"Words.",
    "tables.html": html("<table>" * 2_000 + "<tr><td>a</td></tr>" + TEXT),
    "rows.html": html("<table>" + "<tr><td>a</td><td>b</td></tr>" * 60_000 + "</table>" + TEXT),
    "attribute.html": html(f'<p title="{"x" * 5 * MB}">Words of a page.</p>{TEXT}'),
    "attributes.html": html("<p " + " ".join(f"a{n}=b" for n in range(50_000)) + f">a</p>{TEXT}"),
    "script.html": html(f"<script>{'x=1;' * MB}</script>{TEXT}"),
    "style.html": html(TEXT, f"<style>{'a{b:c}' * 500_000}</style>"),
    "selectors.html": html(
        TEXT * 200, "<style>" + "".join(f".a{n} " * 30 + "{display:none}" for n in range(2_000)) + "</style>"
    ),
    "entities.html": b"<html><body><p>" + b"Words and &amp; more. " * 400_000,
    "doctype.html": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + html(f"<p>&x; Words of a page.</p>{TEXT}"),
    "jsonld.html": html(TEXT, f'<script type="application/ld+json">{"[" * 500_000}</script>'),
    "charset.html": html(TEXT, '<meta charset="\x00utf-7\x00">'),
    "charset7.html": html("+ADw-script+AD4-GHOST+ADw-/script+AD4- Words of a page." + TEXT, '<meta charset="utf-7">'),
    "title.html": html(TEXT).replace(b"A page", b"word " * 100_000),
    "base.html": html(TEXT, '<base href="file:///etc/"><link rel=stylesheet href="http://127.0.0.1:9/x.css">'),
    "frames.html": html(
        '<iframe src="http://127.0.0.1:9/"></iframe><object data="file:///etc/passwd"></object>' + TEXT
    ),
    "picture.html": html(f'<img src="data:image/png;base64,{"A" * 8 * MB}">{TEXT}'),
    "open.html": b"<html><body><p>Words of a page that ends in a tag. It is open: <a href='" + b"x" * MB,
    # DOCX
    "bomb.docx": lambda: docx("Bomb", SECTIONS, parts={"word/media/a.png": bytes(200 * MB)}),
    "text-bomb.docx": lambda: docx("Bomb", SECTIONS, parts={"word/document.xml": paragraph("<w:p/>" * 4_000_000)}),
    "lying.docx": lying_docx,
    "entities.docx": entity_bomb,
    "outward.docx": outward,
    "climbing.docx": climbing,
    "members.docx": lambda: zipped({f"a{n}": b"" for n in range(20_000)}),
    "nested.docx": lambda: nested_zip(4),
    "deep.docx": lambda: docx("Deep", [], parts={"word/document.xml": paragraph("<w:p>" * 50_000)}),
    "cut.docx": lambda: docx("Cut", SECTIONS)[:-40],
    "flipped.docx": lambda: docx("Flipped", SECTIONS).replace(b"word/document.xml", b"word/documenu.xml"),
    "noise.docx": b"PK\x03\x04" + ORDER.randbytes(100_000),
    # PDF
    "bomb.pdf": lambda: packed_pdf(300 * MB),
    "loop.pdf": looping_pdf,
    "cut.pdf": lambda: pdf("Cut", SECTIONS)[:600],
    "pages.pdf": lambda: pdf_file(["BT /R 10 Tf 72 700 Td (Words) Tj ET"] * 3_000),
    "nested.pdf": b"%PDF-1.4\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\n%%EOF",
    "lengths.pdf": lambda: pdf("Lengths", SECTIONS).replace(b"/Length ", b"/Length -99999999", 1),
    "noise.pdf": b"%PDF-1.7\n" + ORDER.randbytes(100_000),
    # names
    "\x1b[31mred\x07.md": "# Red\n\nWords under a name that gives orders.\n",
    "a\nb.md": "# Line\n\nWords under a name of two lines.\n",
    "-rf.md": "# Option\n\nWords under a name that looks like an option.\n",
    "$(touch climbed.txt).md": "# Shell\n\nWords under a name that a shell would run.\n",
    "\u202egpj.md": "# Turned\n\nWords under a name that reads backwards.\n",
    "x" * 200 + ".md": "# Long\n\nWords under a very long name.\n",
    os.fsdecode(b"\xff\xfe.md"): "# Bytes\n\nWords under a name that is not UTF-8.\n",
    "honest.md": "# Otters\n\nOtters hold hands while they sleep.\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("hostile")
    for name, body in DOCUMENTS.items():
        body = body() if callable(body) else body
        (made / name).write_bytes(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    (made / "links").symlink_to("/etc")
    (made / "passwd.md").symlink_to("/etc/passwd")
    os.mkfifo(made / "pipe.md")
    return made


@pytest.fixture(scope="module")
def added(folder, tmp_path_factory):
    """What became of each, the library, and the megabytes that the program's own memory grew by."""
    home = tmp_path_factory.mktemp("home")
    library = Library(Settings(home=home, articles=(home / "articles",), extract_seconds=8.0), BagOfWords())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = library.add(folder).results
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    return {Path(one.place).name: one for one in results}, library, grown


def test_each_becomes_an_article_or_a_line(added, folder):
    results, _library, _ = added
    assert len(results) >= len(DOCUMENTS) + 1, "each, and what was passed by"
    for name, one in results.items():
        assert one.outcome in ("added", "known", "refused", "skipped"), name
        assert one.message.isprintable() and one.place.isprintable(), name
        assert len(one.message) < 700, name
        assert one.outcome != "refused" or "Traceback" not in one.message
    assert results["honest.md"].outcome == "added"
    assert sum(one.outcome == "refused" for one in results.values()) > 25
    assert "2 linked" in results[folder.name].message


def test_none_of_them_took_the_programs_own_memory(added):
    assert added[2] < 600, "a 717-byte file took 16 GB"


def test_what_became_an_article_is_bounded_and_stands_where_it_says(added):
    _, library, _ = added
    assert library.search("otters hold hands", 1, terms=["otters"])[0].passage.text.startswith("Otters")
    for article in library.articles():
        assert article.title.isprintable() and len(article.title) <= 2_000 and len(article.text) <= 4 * MB
        assert all(article.text[one.start : one.end] == one.text for one in article.sentences())
        assert "root:" not in article.text and "GHOST" not in article.text


def test_nothing_was_written_beside_the_library_and_nothing_was_run(added, folder):
    assert not [path for path in (Path.cwd(), folder, folder.parent) if (path / "climbed.txt").exists()]
    assert not Path("/climbed.txt").exists()


def test_the_next_document_is_read_as_if_nothing_had_been(added, tmp_path):
    (tmp_path / "next.md").write_text(article_file("next", "Badgers dig."))
    assert added[1].add(tmp_path / "next.md").added
    assert all(one.is_well for one in added[1].examine() if one.subject != "space")
