from __future__ import annotations

from pathlib import Path

import pytest

from corpus import ArticleError, chunk, parse_article, read_article
from tests.fakes import article_file

ARTICLES = sorted((Path(__file__).parent.parent / "corpus" / "articles").glob("*.md"))


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_every_offset_of_a_bundled_article_is_its_text(path):
    article = read_article(path)
    for piece in (*article.sentences(), *chunk(article)):
        assert article.text[piece.start : piece.end] == piece.text
    assert article.id == path.stem
    assert article.interest


def test_four_articles_are_bundled_and_say_what_they_do_not_know():
    articles = [read_article(path) for path in ARTICLES]
    assert len(articles) == 4
    assert [a.published for a in articles].count(None) == 3
    guide = next(a for a in articles if a.publisher == "Coder.Dev")
    assert guide.title.startswith("[") and guide.title.endswith("]")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Some do, e.g. banks. Others do not.", ["Some do, e.g. banks.", "Others do not."]),
        ("The M.S. in AI helps. It is online.", ["The M.S. in AI helps.", "It is online."]),
        ("It is $149,000 vs. $192,000. Take it.", ["It is $149,000 vs. $192,000.", "Take it."]),
        ("AI adds 5.5% by the U.S. Bureau. Yes.", ["AI adds 5.5% by the U.S. Bureau.", "Yes."]),
        ("“Curly” it’s — so. Then é!", ["“Curly” it’s — so.", "Then é!"]),
        ("First line\nwraps here. Second.", ["First line\nwraps here.", "Second."]),
    ],
)
def test_sentences_are_split_where_they_end(text, sentences):
    article = parse_article(article_file("a", text))
    assert [s.text for s in article.sentences()] == sentences


def test_list_items_and_rows_are_sentences_readable_alone():
    table = "| | AI Engineer | ML Engineer |\n|---|---|---|\n| TC | $220K | $200K |\n| Ships | Features | Models |"
    text = f"## Pay\n\n- Entry: low\n- Senior: high\n\n{table}"
    article = parse_article(article_file("a", text))
    assert [(s.kind, s.statement) for s in article.sentences()] == [
        ("item", "Entry: low"),
        ("item", "Senior: high"),
        ("row", "TC: AI Engineer $220K; ML Engineer $200K"),
        ("row", "Ships: AI Engineer: Features; ML Engineer: Models"),
    ]
    assert {s.headings for s in article.sentences()} == {("Pay",)}
    assert all(article.text[s.start : s.end] == s.text for s in article.sentences())


def test_marks_and_hidden_text_are_not_spoken():
    article = parse_article(article_file("a", "**Bold** and [a link](https://x.org).\n\n<!-- secret words -->\n\nEnd."))
    assert [s.statement for s in article.sentences()] == ["Bold and a link.", "End."]


def test_a_heading_of_the_same_level_replaces_the_one_before():
    article = parse_article(article_file("a", "# A\n\n## B\n\nOne.\n\n## C\n\nTwo.\n\n# D\n\nThree."))
    assert [s.headings for s in article.sentences()] == [("A", "B"), ("A", "C"), ("D",)]


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("", "file"),
        ("Just text.", "front matter"),
        ("---\nid: a\ntitle: [broken\n---\n\nText.", "front matter"),
        ("---\n- a\n- b\n---\n\nText.", "front matter"),
        ("---\nid: a\n---\n\nText.", "title"),
        ("---\ntitle: A\n---\n\nText.", "id"),
        ("---\nid: A b\ntitle: A\n---\n\nText.", "id"),
        ("---\nid: a\ntitle: A\nauthour: B\n---\n\nText.", "authour"),
        ("---\nid: a\ntitle: A\npublished: last May\n---\n\nText.", "published"),
        ("---\nid: a\ntitle: A\nurl: javascript:alert(1)\n---\n\nText.", "url"),
        ("---\nid: a\ntitle: 3\n---\n\nText.", "title"),
        ("---\nid: a\ntitle: A\n---\n\n  \n", "text"),
        ("---\nid: a\ntitle: A\n---\n\nNull \x00 byte.", "text"),
    ],
)
def test_a_bad_article_is_refused_by_file_field_and_fix(source, field, tmp_path):
    path = tmp_path / "bad.md"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(ArticleError) as caught:
        read_article(path)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{path}: {field}: ")
    assert "\n" not in str(caught.value)


def test_an_article_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "latin.md"
    path.write_bytes(b"---\nid: a\ntitle: Caf\xe9\n---\n\nText.")
    with pytest.raises(ArticleError, match="UTF-8"):
        read_article(path)


def test_passages_never_cross_a_heading_and_keep_tables_whole():
    rows = "\n".join(f"| row {n} | {'word ' * 12} |" for n in range(20))
    text = (
        f"## One\n\n{'Ten words make this sentence as long as it is. ' * 40}\n\n## Two\n\n| a | b |\n|---|---|\n{rows}"
    )
    passages = chunk(parse_article(article_file("a", text)))
    assert {p.headings for p in passages} == {("One",), ("Two",)}
    assert all(60 <= len(p.text.split()) <= 180 for p in passages if p.headings == ("One",))
    assert sum(p.headings == ("Two",) for p in passages) == 1


def test_equal_passages_have_equal_ids_and_others_not():
    one, same = (chunk(parse_article(article_file("a", "Some text."))) for _ in range(2))
    other = chunk(parse_article(article_file("a", "Some texts.")))
    assert [p.id for p in one] == [p.id for p in same] != [p.id for p in other]


@pytest.mark.parametrize(
    "text",
    [
        "- one\n\ttwo",
        "1. a\n\n\tb c\n\td e",
        "One.\x0c\nTwo. \x85 Three.",
        "> a b\n> c d\n\n> | a | b |\n> |---|---|\n> | 1 | 2 |",
        "**Foo bar. Baz qux.** End.",
        "| a |\n|---|\n| x |\n|   |",
        "a\rb\rc",
        "![alt. text](a.png) done.\n\n[ref]. Bar.\n\n[ref]: https://x.org",
        "- a\n  - b\n\n    c d.\n- e\n\n  | t | u |\n  |---|---|\n  | 1 | 2 |",
        "Setext\n======\n\n```\ncode\n```\n\nAfter \u2028 that.",
    ],
)
def test_odd_markdown_keeps_its_offsets_and_leaves_no_marks(text):
    article = parse_article(article_file("a", text))
    for piece in (*article.sentences(), *chunk(article)):
        assert article.text[piece.start : piece.end] == piece.text
        assert piece.start < piece.end
    for sentence in article.sentences():
        assert sentence.statement
        assert "**" not in sentence.statement
        assert ">" not in sentence.statement


def test_a_name_with_a_full_stop_is_one_word():
    article = parse_article(article_file("a", "Coder.Dev is big. Node.js too."))
    assert [s.text for s in article.sentences()] == ["Coder.Dev is big.", "Node.js too."]
