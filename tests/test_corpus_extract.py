"""Documents of every kind, good and bad, read by the real process."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from corpus.article import parse_article
from corpus.documents.extract import Extract, Extractor
from corpus.errors import ArticleError, SettingsError
from corpus.places import find_places
from corpus.read import Reader
from corpus.settings import Settings, load_settings
from tests.documents import WORD, docx, html_page, markdown_file, pdf, pdf_file

SECTIONS = [
    (
        "What the role pays",
        [
            "Machine learning engineers earn a median of $165,000 in the survey of 2025. Analysts earn less each year.",
            "Juniors (with two years) earn about a third less than that.",
        ],
    ),
    (
        "Skills that employers name",
        [
            ["Python and SQL", "Deployment of models"],
            [["Role", "Pay"], ["ML Engineer", "$165,000"], ["Analyst", "$90,000"]],
        ],
    ),
]
PAY, SKILLS = ((heading,) for heading, _ in SECTIONS)
KINDS = {"md": markdown_file, "html": html_page, "docx": docx, "pdf": pdf}
TITLE = "Careers in AI"
FILLER = "<p>" + "Engineers deploy models and watch them in production, which takes care and time. " * 6 + "</p>"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return dataclasses.replace(load_settings(tmp_path_factory.mktemp("home")), max_file_mb=5.0, extract_seconds=30.0)


@pytest.fixture(scope="module")
def extractor(settings):
    with Extractor(settings) as opened:
        yield opened


def refusal(extractor: Extractor, name: str, body: bytes | Path, **told: str) -> str:
    with pytest.raises(ArticleError) as caught:
        extractor.read(name, body, **told)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert "; " in caught.value.fix, "a refusal says what to do"
    return message


def still_reads(extractor: Extractor) -> bool:
    return extractor.read("a.md", b"# Title\n\nSome words.\n") == Extract("Some words.", "Title")


def page(body: str, head: str = "") -> bytes:
    head = f"<head><title>T</title>{head}</head>"
    return f"<!doctype html><html>{head}<body><h1>T</h1>{body}{FILLER}</body></html>".encode()


@pytest.mark.parametrize("kind", KINDS)
def test_headings_lists_and_tables_are_kept_and_the_title_is_not_repeated(extractor, kind):
    found = extractor.read(f"a.{kind}", KINDS[kind](TITLE, SECTIONS))
    assert found.title == TITLE
    assert TITLE not in found.text
    article = parse_article(f"---\nid: a\ntitle: {TITLE}\n---\n{found.text}\n")
    sentences = {(one.kind, one.headings, one.statement) for one in article.sentences()}
    assert {one for one in sentences if one[0] != "row"} == {
        ("sentence", PAY, "Machine learning engineers earn a median of $165,000 in the survey of 2025."),
        ("sentence", PAY, "Analysts earn less each year."),
        ("sentence", PAY, "Juniors (with two years) earn about a third less than that."),
        ("item", SKILLS, "Python and SQL"),
        ("item", SKILLS, "Deployment of models"),
    }
    rows = {(one[1], one[2]) for one in sentences if one[0] == "row"}
    assert rows == {(SKILLS, "ML Engineer: Pay $165,000"), (SKILLS, "Analyst: Pay $90,000")}


def test_a_file_is_read_as_its_bytes_are_and_a_page_knows_its_address(extractor, tmp_path):
    path = tmp_path / "a.html"
    path.write_bytes(html_page(TITLE, SECTIONS))
    assert extractor.read("a.html", path) == extractor.read("a.html", path.read_bytes())
    assert extractor.read("a.md", b"Words.", url="https://example.com/a").url == "https://example.com/a"
    found = extractor.read(
        "a", html_page(TITLE, SECTIONS, url="https://example.com/a"), url="https://example.com/a?x=1"
    )
    assert found.url == "https://example.com/a"


def test_the_kind_is_told_by_the_bytes_before_the_name(extractor):
    assert extractor.read("a.txt", pdf(TITLE, SECTIONS)).title == TITLE
    assert extractor.read("a.md", html_page(TITLE, SECTIONS)).title == TITLE
    assert extractor.read("a.bin", docx(TITLE, SECTIONS)).title == TITLE
    assert extractor.read("get.php", html_page(TITLE, SECTIONS), content_type="text/html; charset=utf-8").title == TITLE
    assert extractor.read("README", b"Some words.").text == "Some words."


def test_a_page_says_who_wrote_it_when_and_where(extractor):
    stated = {"author": "Jane Roe", "published": "2025-03-04", "site": "Example Media", "url": "https://example.com/a"}
    assert dataclasses.asdict(extractor.read("a.html", html_page(TITLE, SECTIONS, **stated))) == {
        "title": TITLE,
        "text": extractor.read("a.html", html_page(TITLE, SECTIONS)).text,
        **stated,
    }


@pytest.mark.parametrize(
    ("body", "published"),
    [
        (
            '<script type="application/ld+json">{"datePublished": "2024-11-05"}</script>',
            "2024-11-05",
        ),
        ('<time datetime="2024-11-05T10:00:00Z">November 5, 2024</time>', "2024-11-05"),
        ('<span class="published">November 5, 2024</span>', "2024-11-05"),
        ("<p>In the survey of March 3, 2021, half said so.</p>", None),
        (
            '<footer>© 2018 Example, 2018-05-05</footer><div class="copyright">2017-01-01</div>',
            None,
        ),
        ('<p>Updated <time class="updated" datetime="2024-11-05">November 5, 2024</time></p>', None),
        ('<script type="application/ld+json">{"dateModified": "2024-11-05"}</script>', None),
        ('<time datetime="2024">2024</time>', None),
    ],
)
def test_a_date_is_one_that_the_page_states(extractor, body, published):
    assert extractor.read("a.html", page(body)).published == published


FRAMES = ["{}", "<div>{}</div>", "<main>{}</main>", '<div id="content">{}</div>', "<p>x</p>{}"]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("times", [1, 20])
def test_a_page_keeps_its_structure_however_it_is_framed(extractor, frame, times):
    words = "Engineers deploy models and watch them in production, which takes care. " * times
    lists = "<ul><li>First item</li><li>Second item</li></ul>"
    table = "<table><tr><th>Role</th><th>Pay</th></tr><tr><td>Analyst</td><td>$90,000</td></tr></table>"
    article = f"<h1>T</h1><h2>One</h2><p>{words}</p>{lists}<h3>Two</h3><p>{words}</p>{table}"
    body = f'<div class="menu"><a href="/a">Home page</a></div>{frame.format(article)}<footer>About us</footer>'
    source = f"<html><head><title>T | Site</title></head><body>{body}</body></html>"
    text = extractor.read("a.html", source.encode()).text
    for line in ("## One", "- First item", "- Second item", "### Two", "| Analyst | $90,000 |", words.strip()):
        assert line in text.split("\n")
    assert "Home page" not in text
    assert "About us" not in text


def test_characters_that_nobody_sees_are_dropped(extractor):
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "SECRET")
    for name in ("a.md", "a.html", "a.txt"):
        words = f"Seen{tags}\u200b words\u202e and\xa0more\u2066 of\x1b them."
        source = f"<html><body><p>{words}</p></body></html>" if name == "a.html" else words
        assert extractor.read(name, source.encode()).text == "Seen words and more of them."


def test_furniture_is_dropped(extractor):
    text = extractor.read("a.html", html_page(TITLE, SECTIONS, site="Example Media")).text
    for words in (
        *("Home page", "Jobs board", "cookies", "Accept all", "Share on", "Tweet", "Tracker", "color", "Comments"),
        *("nonsense", "Related", "Another post", "Copyright", "rights reserved"),
    ):
        assert words not in text


HIDDEN = [
    "<p hidden>SECRET</p>",
    '<p hidden="until-found">SECRET</p>',
    '<p aria-hidden="true">SECRET</p>',
    '<p style="display:none">SECRET</p>',
    '<p style="DISPLAY : NONE !important">SECRET</p>',
    '<div style="visibility: hidden"><p>SECRET</p></div>',
    '<p style="opacity:0">SECRET</p>',
    '<p style="position:absolute; left:-9999px">SECRET</p>',
    '<p style="text-indent:-100em">SECRET</p>',
    '<p style="font-size:0px">SECRET</p>',
    '<p style="width:0;height:0;overflow:hidden">SECRET</p>',
    '<p style="clip: rect(0 0 0 0)">SECRET</p>',
    '<p style="color:#fff;background:white">SECRET</p>',
    '<div style="background-color:#FFFFFF"><p style="color:rgb(255, 255, 255)">SECRET</p></div>',
    '<p style="color:transparent">SECRET</p>',
    "<template><p>SECRET</p></template>",
    "<noscript><p>SECRET</p></noscript>",
    "<script>document.write('SECRET')</script>",
    "<!-- <p>SECRET</p> -->",
    "<dialog><p>SECRET</p></dialog>",
    "<textarea>SECRET</textarea><select><option>SECRET</option></select><button>SECRET</button>",
    '<div id="comments"><p>SECRET, says a reader.</p></div>',
    '<div class="post-comments"><ol class="comment-list"><li>SECRET</li></ol></div>',
    '<div role="dialog"><p>SECRET</p></div>',
]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("filler", [FILLER, ""], ids=["long", "short"])
def test_what_a_page_hides_is_not_in_its_article(extractor, hidden, filler):
    body = f"<html><head><title>T</title></head><body><h1>T</h1><p>Seen before.</p>{hidden}<p>Seen after.</p>{filler}"
    text = extractor.read("a.html", f"{body}</body></html>".encode()).text
    assert "SECRET" not in text
    assert "Seen before." in text
    assert "Seen after." in text


@pytest.mark.parametrize("rule", [".x{display:none}", "p.x , b { visibility: hidden }", "#y.x{left:-999px}"])
def test_what_a_pages_own_style_sheet_hides_is_not_in_its_article(extractor, rule):
    body = '<p class="a x" id="y">SECRET</p><p>Seen.</p>'
    assert "SECRET" not in extractor.read("a.html", page(body, f"<style>/* . */ {rule}</style>")).text
    assert "SECRET" in extractor.read("a.html", page(body, f"<style>@media print {{ {rule} }}</style>")).text


@pytest.mark.parametrize("hidden", [one for one in HIDDEN if "comment" not in one and "dialog" not in one])
def test_what_markdown_hides_is_not_in_its_article(extractor, hidden):
    source = f"# T\n\nSeen before. Inline <b>bold</b> too.\n\n{hidden}\n\nSeen after <!-- SECRET --> all.\n"
    text = extractor.read("a.md", source.encode()).text
    assert "SECRET" not in text
    assert "Seen before." in text
    assert "Seen after" in text
    assert "all." in text


def test_code_in_markdown_is_left_as_it_is(extractor):
    text = "Use `<p hidden>` so:\n\n```html\n<p hidden>Kept</p>\n<!-- kept, too -->\n```\n\nIf a < b and c > d."
    assert extractor.read("a.md", f"# T\n\n{text}\n".encode()).text == text


def test_hidden_deleted_and_commented_text_of_a_docx_is_not_in_its_article(extractor):
    def run(properties: str, text: str = "SECRET") -> str:
        return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"

    def paragraph(*runs: str) -> str:
        return f"<w:p>{''.join(runs)}</w:p>"

    by = 'w:id="1" w:author="A"'
    body = "".join(
        (
            paragraph(run("<w:vanish/>"), run("", "Seen before."), run('<w:sz w:val="2"/>')),
            paragraph(f"<w:del {by}><w:r><w:delText>SECRET</w:delText></w:r></w:del>"),
            paragraph(run('<w:vanish w:val="0"/>', "Kept."), f"<w:ins {by}>{run('', ' Seen after.')}</w:ins>"),
            paragraph('<w:commentRangeStart w:id="0"/>', run("", "Remarked."), '<w:commentRangeEnd w:id="0"/>'),
            paragraph('<w:r><w:commentReference w:id="0"/></w:r>', run('<w:color w:val="FFFFFF"/>')),
            "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>A mark deleted.</w:t></w:r></w:p>",
            paragraph(run('<w:rStyle w:val="Unseen"/>')),
        )
    )
    style = '<w:style w:styleId="Unseen"><w:name w:val="Unseen"/><w:rPr><w:vanish/></w:rPr></w:style>'
    comment = f'<w:comment w:id="0">{paragraph(run(""))}</w:comment>'
    parts = {
        "word/comments.xml": f'<w:comments xmlns:w="{WORD}">{comment}</w:comments>'.encode(),
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{style}</w:styles>'.encode(),
    }
    text = extractor.read("a.docx", docx(TITLE, SECTIONS, body=body, parts=parts)).text
    assert "A mark deleted." in text
    assert "SECRET" not in text
    assert "Seen before." in text
    assert "Kept. Seen after." in text
    assert "Remarked." in text


def test_hidden_text_and_running_heads_of_a_pdf_are_not_in_its_article(extractor):
    drawing = (
        "1 g BT /R 10 Tf 72 100 Td (SECRET white) Tj ET\n0 g BT /R 0.5 Tf 72 110 Td (SECRET tiny) Tj ET\n"
        "BT /R 10 Tf 900 900 Td (SECRET off the page) Tj ET\n"
        "0 0 0.5 rg 70 150 200 20 re f 1 g BT /R 10 Tf 72 155 Td (White words on blue are seen.) Tj ET\n"
    )
    long = [(f"Part {number}", [f"Paragraph {number} of many words, which goes on. " * 12] * 3) for number in range(6)]
    found = extractor.read("a.pdf", pdf(TITLE, long, footer="Example Media Group", drawing=drawing))
    assert "SECRET" not in found.text
    assert "White words on blue are seen." in found.text
    assert "Example Media" not in found.text
    assert "Page 2" not in found.text
    assert [line for line in found.text.split("\n") if line.startswith("#")] == [f"## Part {n}" for n in range(6)]


def test_bullets_that_are_drawn_and_bold_lines_of_a_printed_pdf_are_told(extractor):
    lines = [
        *(
            "BT /R 9 Tf 30 770 Td (3/4/25, 5:06 AM) Tj ET",
            "BT /R 9 Tf 30 20 Td (https://example.com/careers 1/1) Tj ET",
        ),
        *("BT /R 18 Tf 72 700 Td (Careers in AI) Tj ET", "BT /B 10 Tf 72 670 Td (What is asked) Tj ET"),
        *("74 652 3 3 re f", "BT /R 10 Tf 86 650 Td (Python, which nearly all) Tj 0 -12 Td (job pages name) Tj ET"),
        *("74 628 3 3 re f", "BT /R 10 Tf 86 626 Td (Deployment) Tj ET"),
        "BT /R 10 Tf 72 590 Td (The last paragraph has) Tj 0 -12 Td (two lines of words.) Tj ET",
    ]
    found = extractor.read("a.pdf", pdf_file(["\n".join(lines)]))
    assert found.title == "Careers in AI"
    assert found.text == (
        "## What is asked\n\n- Python, which nearly all job pages name\n- Deployment\n\n"
        "The last paragraph has two lines of words."
    )


def test_a_word_cut_at_the_end_of_a_pdfs_line_is_whole(extractor):
    lines = ["The deploy-", "ment of models. A deployment of well-", "kept models."]
    drawn = "".join(f"BT /R 10 Tf 72 {700 - 12 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
    text = extractor.read("a.pdf", pdf_file([drawn])).text
    assert text == "The deployment of models. A deployment of well-kept models."


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_properties_are_believed_only_where_somebody_wrote_them(extractor, kind):
    make = KINDS[kind]
    found = extractor.read(f"a.{kind}", make(TITLE, SECTIONS, author="Jane Roe", core_title="AI, second edition"))
    assert (found.title, found.author) == ("AI, second edition" if kind == "pdf" else TITLE, "Jane Roe")
    assert found.published is None, "the day on which a file was made is no publication"
    for title, author in (("Microsoft Word - draft.docx", "root"), ("untitled", "python-docx"), ("", "jdoe")):
        found = extractor.read(f"a.{kind}", make(TITLE, SECTIONS, author=author, core_title=title))
        assert (found.title, found.author) == (TITLE, None)


def test_markdown_keeps_its_words_and_gives_its_title_and_fields(extractor):
    fields = {"author": "[Jane Roe, John Doe]", "date": "2025-03-04", "tags": "[a, b]"}
    body = markdown_file("Careers, at length", SECTIONS, **fields).replace(b"---", b"---\ntitle: Careers, at length", 1)
    found = extractor.read("a.md", body)
    assert (found.title, found.author, found.published) == ("Careers, at length", "Jane Roe, John Doe", "2025-03-04")
    assert found.text.startswith("## What the role pays")
    assert extractor.read("a.md", b"Title\n=====\n\nWords *as they* are.\n") == Extract("Words *as they* are.", "Title")
    assert extractor.read("a.md", b"---\n\nNo fields, a rule.\n").text == "---\n\nNo fields, a rule."


def test_plain_text_does_not_turn_into_markdown_by_accident(extractor):
    source = (
        "What engineers earn\n\nThe first paragraph\ngoes on here.\n\n# one reason is demand\n> and quotes\n\n"
        "2019. That was a year\n\nA line\n-----\n1. first\n2. second\n\n    indented words\n\nUse <b> and <hidden>.\n"
        "| a | b |\n|---|---|\n"
    )
    found = extractor.read("a.txt", source.encode())
    assert found.title == "What engineers earn"
    sentences = parse_article(f"---\nid: a\ntitle: t\n---\n{found.text}\n").sentences()
    assert [(one.kind, one.statement) for one in sentences] == [
        ("sentence", "The first paragraph goes on here."),
        ("sentence", "# one reason is demand > and quotes"),
        ("sentence", "2019."),
        ("sentence", "That was a year"),
        ("sentence", "A line"),
        ("item", "first"),
        ("item", "second"),
        ("sentence", "indented words"),
        ("sentence", "Use <b> and <hidden>."),
        ("sentence", "| a | b |"),
    ]
    assert extractor.read("a.txt", b"One sentence only.\n\nAnd another.").title is None


@pytest.mark.parametrize(
    ("first", "title", "opens"),
    [
        ("# Winter boats\n", "Winter boats", "A boat"),
        ("# Winter boats\n\n", "Winter boats", "A boat"),
        ("## Winter boats ##\r\n\r\n", "Winter boats", "A boat"),
        ("# Why do boats leak, and when.\n", "Why do boats leak, and when.", "A boat"),
        ("#winter\n\n", "#winter", "A boat"),
        ("#1 of ten\n", None, "#1 of ten"),
        ("# \n", None, "#"),
    ],
)
def test_a_title_that_is_marked_as_one_is_told_without_its_mark(extractor, first, title, opens):
    found = extractor.read("a.txt", f"{first}A boat needs paint in spring.\n".encode())
    assert found.title == title
    sentences = parse_article(f"---\nid: a\ntitle: t\n---\n{found.text}\n").sentences()
    assert sentences[0].statement.startswith(opens)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
def test_encodings(extractor, encoding, name):
    words = "Salaries in Zürich — “high”, they say; a résumé helps, as does naïve façade déjà vu. " * 3
    source = f"<html><head><title>T</title></head><body><p>{words}</p></body></html>" if name == "a.html" else words
    assert extractor.read(name, source.encode(encoding)).text == words.strip()


def test_a_declared_encoding_is_used(extractor):
    source = '<html><head><meta charset="koi8-r"><title>T</title></head><body><p>Зарплата растёт</p></body></html>'
    assert extractor.read("a.html", source.encode("koi8-r")).text == "Зарплата растёт"
    page = "<html><body><p>Зарплата растёт</p></body></html>".encode("koi8-r")
    assert extractor.read("a", page, content_type="text/html; charset=koi8-r").text == "Зарплата растёт"


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = "<w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p></w:body></w:document>"
    head = f'<!DOCTYPE d [<!ENTITY e0 "SECRET">{entities}]><w:document xmlns:w="{WORD}">'
    return docx(TITLE, SECTIONS, parts={"word/document.xml": (head + body).encode()})


def lying_docx() -> bytes:
    """Declares 100 bytes where 300 MB would come out."""
    packed = bytearray(docx(TITLE, [], parts={"word/document.xml": b" " * 40_000_000}))
    real = (40_000_000).to_bytes(4, "little")
    assert packed.count(real) == 2
    return bytes(packed.replace(real, (100).to_bytes(4, "little")))


ENCRYPTED = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >> /ID [<41> <41>]"
XLSX = {"[Content_Types].xml": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"}
BAD = {
    "empty.md": (b" \n", "is empty"),
    "title-only.md": (b"# Title\n", "has none"),
    "binary.md": (os.urandom(3000) + b"\0", "is not text"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "is not text"),
    "binary.html": (b"\0\1\2\3" * 100, "text, whatever its name"),
    "table.csv": (b"a,b\n1,2\n", "(.csv)"),
    "yaml.md": (b"---\ntitle: a: b: c\n---\nWords.\n", "YAML"),
    "encrypted.pdf": (pdf(TITLE, SECTIONS, trailer=ENCRYPTED), "is encrypted"),
    "scan.pdf": (pdf_file(["0.5 g 72 72 400 600 re f"]), "is a scan"),
    "damaged.pdf": (pdf(TITLE, SECTIONS)[:700], "is a damaged PDF"),
    "named.pdf": (b"Only text.", "damaged or no PDF"),
    "pages.pdf": (pdf_file(["BT /R 10 Tf 72 700 Td (Words) Tj ET"] * 1001), "more than 1000 pages"),
    "damaged.docx": (docx(TITLE, SECTIONS)[:900], "is a damaged DOCX"),
    "not-xml.docx": (docx(TITLE, SECTIONS, parts={"word/document.xml": b"<w:document"}), "is a damaged DOCX"),
    "no-text.docx": (docx("", []), "only pictures"),
    "bomb.docx": (docx(TITLE, SECTIONS, parts={"word/media/a.png": bytes(40_000_000)}), "unpacks to too much"),
    "lying.docx": (lying_docx(), "is a damaged DOCX"),
    "members.docx": (zipped({f"a{n}": b"" for n in range(6000)}), "6000 parts"),
    "entities.docx": (entity_bomb(), "XML entities"),
    "book.docx": (zipped(XLSX), "an Excel workbook"),
    "archive.docx": (zipped({"a.txt": b"Words."}), "a ZIP archive"),
    "old.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office format"),
    "rich.txt": (b"{\\rtf1 Words.}", "RTF"),
    "scripts.html": (page("").partition(b"<h1>")[0] + b"<script>x = 1</script></body></html>", "without its scripts"),
    "nested.html": (b"<html><body>" + b"<div>" * 100_000 + b"Words.", "nested too deep"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_is_refused_in_one_line_and_the_next_is_read(extractor, name):
    body, reason = BAD[name]
    assert reason in refusal(extractor, name, body)
    assert still_reads(extractor)


def test_a_file_of_two_gigabytes_is_refused_unread(extractor, tmp_path):
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    assert "is too large (2147.5 MB, the limit is 5)" in refusal(extractor, "a.md", path)
    assert "ADVISOR_MAX_FILE_MB" in refusal(extractor, "a.md", b"x" * 5_000_001)


def test_what_is_no_ordinary_file_is_refused(extractor, tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    assert "no ordinary file" in refusal(extractor, "pipe.md", tmp_path / "pipe.md")
    assert "no ordinary file" in refusal(extractor, "folder", tmp_path)
    assert "cannot be read" in refusal(extractor, "gone.md", tmp_path / "gone.md")


def test_a_document_that_takes_too_long_is_ended_and_the_next_is_read(settings):
    rows = "".join(f"<tr><td>{n}</td><td>words</td></tr>" for n in range(60_000))
    with Extractor(dataclasses.replace(settings, extract_seconds=2.0)) as hasty:
        assert still_reads(hasty)
        message = refusal(hasty, "table.html", f"<html><body><p>T</p><table>{rows}</table></body></html>".encode())
        assert "takes longer than 2 seconds" in message
        assert "ADVISOR_EXTRACT_SECONDS" in message
        assert still_reads(hasty)


def test_a_document_that_takes_too_much_memory_is_ended_and_the_next_is_read(settings):
    lines = b"Some words on a line, and a few more of them.\n\n" * 80_000
    with Extractor(dataclasses.replace(settings, extract_memory_mb=150.0)) as small:
        assert "more than 150 MB" in refusal(small, "a.md", lines)
        assert still_reads(small)


def test_a_process_that_was_killed_is_started_anew(extractor):
    assert still_reads(extractor)
    process = extractor._process
    process.kill()
    process.wait()
    assert still_reads(extractor)
    assert extractor._process is not process


def test_the_process_gets_no_keys_and_ends_with_the_extractor(settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with Extractor(settings) as opened:
        assert still_reads(opened)
        process = opened._process
        assert b"sk-secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    assert process.poll() is not None


def test_the_parent_loads_none_of_the_parsers():
    code = (
        "import sys, corpus.documents.extract, corpus.documents.fetch;"
        "heavy = {'lxml', 'trafilatura', 'markitdown', 'pdfplumber', 'httpx', 'onnxruntime'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_settings_are_read_and_bad_ones_are_a_line(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_MAX_FILE_MB", "3.5")
    monkeypatch.setenv("ADVISOR_ALLOWED_HOSTS", "Intranet.example, 127.0.0.1:8000,[::1]:80")
    read = load_settings(tmp_path)
    assert read.max_file_mb == 3.5
    assert read.allowed_hosts == ("intranet.example", "127.0.0.1:8000", "[::1]:80")
    for name, value in (("MAX_FILE_MB", "big"), ("EXTRACT_SECONDS", "0"), ("ALLOWED_HOSTS", "http://a/")):
        with monkeypatch.context() as patch:
            patch.setenv(f"ADVISOR_{name}", value)
            with pytest.raises(SettingsError, match=f"ADVISOR_{name} .*{value[:4]}.*such as"):
                load_settings(tmp_path)


@pytest.mark.parametrize(
    ("site", "publisher"),
    [
        ("Example Media", "Example Media"),
        ("I am not sure. My own advice: only buy our course", None),
        ("The articles say [1] otherwise", None),
        ("x" * 81, None),
    ],
)
def test_what_looks_like_no_name_is_none(tmp_path, site, publisher):
    page = tmp_path / "page.html"
    page.write_bytes(html_page(TITLE, SECTIONS, site=site))
    with Reader(Settings(tmp_path / "home", ()), {}) as reader:
        (place,) = find_places(page, 10**6)
        assert reader.article(place)[0].publisher == publisher
