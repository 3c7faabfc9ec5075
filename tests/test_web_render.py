"""What the page's HTML is made of, whatever the articles, the models and the readers say."""

from __future__ import annotations

import dataclasses
import json

import pytest
from injections import HOSTILE, harmless, parsed, seen, shape, turn_of
from markdown_it import MarkdownIt

from advisor.answer import Answer, Claim
from advisor.errors import QuestionError
from advisor.web import export
from advisor.web.access import Access
from advisor.web.desk import Desk
from advisor.web.place import Place
from advisor.web.reader import article_html
from advisor.web.render import turn_html
from advisor.web.shelf import results_html, shelf_html
from advisor.web.turn import Piece, Turn, history_of, read_turns
from advisor.web.welcome import state_line, topics_html, welcome
from corpus import About, Listed, Result, chunk, parse_article
from tests.fakes import article_file

KEY = "turn-1"
PLAIN = "Plain words of no consequence"
each_hostile = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))


@pytest.fixture
def desk(advisor, tmp_path):
    return Desk(advisor, Access(Place(), None), tmp_path)


# Hostile text: what comes from outside changes no element, and is there to be read.


@each_hostile
def test_no_text_of_a_turn_changes_what_it_is_made_of(hostile, answered, shown):
    html = shown(turn_of(hostile, answered))
    tree = harmless(html, KEY)
    assert shape(html) == shape(shown(turn_of(PLAIN, answered)))
    for place in (
        ".question",
        ".understood",
        ".asker",
        ".answer .piece",
        ".side .publisher",
        ".compared thead th",
        ".compared tbody th",
        ".compared tbody td",
        ".withheld q",
        ".withheld span",
        ".ask",
    ):
        assert all(seen(hostile) in seen(one.text_content()) for one in tree.cssselect(place)[:1]), place
        assert tree.cssselect(place), place
    for place in ("h3", ".byline", ".interest", ".made"):
        assert seen(hostile) in seen(tree.cssselect(place)[0].text_content()), place


@each_hostile
def test_nor_does_a_turn_that_failed_or_was_stopped(hostile, answered, shown):
    for turn in (Turn(hostile, error=hostile), Turn(hostile, pieces=(Piece(hostile),), is_stopped=True)):
        html = shown(turn)
        tree = harmless(html, KEY)
        plain = dataclasses.replace(
            turn, question=PLAIN, error=turn.error and PLAIN, pieces=turn.pieces and (Piece(PLAIN),)
        )
        if not hostile.startswith("["):  # a heading in brackets is set apart
            assert shape(html) == shape(shown(plain))
        assert seen(hostile) in seen(tree.cssselect(".answer")[0].text_content())


@each_hostile
def test_a_hostile_address_is_no_link(hostile, answered, shown):
    (one, *_), url = answered.citations, hostile
    tree = harmless(shown(dataclasses.replace(answered, citations=(dataclasses.replace(one, url=url),))), KEY)
    links = [link.get("href") for link in tree.cssselect(".links a")]
    assert links == ([url] if url.startswith("https://evil.example/") else [])


@each_hostile
def test_a_stored_conversation_is_read_as_text_or_not_at_all(hostile, answered, desk):
    stored = json.loads(json.dumps([turn_of(hostile, answered).to_dict()]))
    html = desk.render({"turns": stored, "keys": [f'{KEY}"><b id="{hostile}'[:40]]}, None)["html"][0]
    key = parsed(html).cssselect(".question")[0].get("id").removesuffix("-question")
    assert key.startswith(KEY)
    assert key.replace("-", "").isalnum()
    harmless(html, key)
    for place in ("article", "number", "start", "status", "verdict", "kind", "support", "join", "is_stopped"):
        spoiled = json.loads(json.dumps(stored))
        for part in (spoiled[0], *spoiled[0]["citations"], *spoiled[0]["pieces"], spoiled[0]["answer"]):
            if place in part:
                part[place] = hostile
        try:
            harmless(desk.render({"turns": spoiled, "keys": [KEY]}, None)["html"][0], KEY)
        except QuestionError as exc:
            assert "cannot be read" in str(exc)


@each_hostile
def test_a_hostile_article_is_shown_and_does_nothing(hostile, shown, answered):
    line, cell = " ".join(hostile.split()), " ".join(hostile.split()).replace("|", "/")
    text = (
        f"## A {line}\n\nSome words. {hostile} and more words.\n\n- An item. {line}\n- Another.\n\n"
        f"| A {cell} | B |\n|---|---|\n| C {cell} | {cell} |\n\nAnd last: {line}"
    ).replace("\x00", "")
    article = parse_article(article_file("evil", text))
    article = dataclasses.replace(article, title=hostile, publisher=hostile, author=hostile, interest=hostile)
    for quotes in ((), [(0, len(article.text))]):
        tree = harmless(article_html(article, quotes), KEY)
        assert seen(hostile) in seen(tree.cssselect("h2")[0].text_content())
    quotes = [sentence for sentence in article.sentences() if sentence.text][:6]
    one = answered.citations[0]
    citations = tuple(
        dataclasses.replace(one, number=at, article="evil", quote=quote.text, start=quote.start, end=quote.end)
        for at, quote in enumerate(quotes, 1)
    )
    passages = {one.number: next(p for p in chunk(article) if p.start <= one.start < p.end) for one in citations}
    harmless(turn_html(Turn("q", citations=citations, answer=answered.answer), KEY, passages), KEY)


@each_hostile
def test_a_hostile_library_is_listed_and_does_nothing(hostile):
    def html(text):
        listed = Listed("evil", f"A {text}", *(text,) * 6, words=1, passages=1)
        return welcome([listed], About((text,), (text,))) + shelf_html([listed], True) + topics_html({text: (text,)})

    tree = harmless(html(hostile), KEY)
    assert shape(html(hostile)) == shape(html(PLAIN))
    assert seen(hostile) in seen(tree.cssselect(".interests li")[0].text_content())
    assert seen(hostile) in seen(tree.cssselect(".shelf th .inline")[0].text_content())


@each_hostile
def test_a_hostile_file_name_is_only_a_name(hostile):
    result = Result(f"{hostile}.md", "refused", None, f"{hostile} is no article")
    tree = harmless(results_html([result, dataclasses.replace(result, outcome="left out")]), KEY)
    assert [one.get("class") for one in tree.cssselect("li")] == ["refused", "left-out"]
    assert seen(hostile) in seen(tree.cssselect("li")[0].text_content())


@each_hostile
def test_an_exported_conversation_is_text_for_whoever_reads_it_as_markdown(hostile, answered):
    turns = [turn_of(hostile, answered), Turn(hostile, hostile, (Piece(hostile),))]
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(export.to_markdown(hostile, turns))
    tree = parsed(rendered)
    assert {one.tag for one in tree.iter()} <= {
        "main", "h1", "h2", "p", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "br",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert all(not one.attrib for one in tree.iter() if one.tag != "code")
    assert json.loads(export.to_json(hostile, turns))["turns"][0]["answer"]["text"] == hostile


# What a turn shows.


def test_each_mark_leads_to_its_quote_in_its_passage(answered, shown, library):
    tree = parsed(shown(answered))
    for citation in answered.citations:
        place = f"{KEY}-source-{citation.number}"
        assert tree.cssselect(f'.answer a[href="#{place}"]')
        (mark,) = tree.cssselect(f"#{place}")
        parts = tree.cssselect(f'mark[data-quote="{place}"]')
        assert parts[0] is mark
        assert mark.getparent().getparent().get("class") == "passage"
        quoted = " ".join(part.text_content() for part in parts).removeprefix(str(citation.number))
        passage = library.passage_at(citation.article, citation.start)
        inside = [one for one in passage.sentences if citation.start <= one.start < citation.end]
        assert quoted == " ".join(one.statement for one in inside)
        assert mark.get("data-who") == (citation.publisher or citation.author)
        heads = tree.cssselect(f".source:has(#{place}) h3, .source:has(#{place}) .interest")
        assert [seen(one.text_content()) for one in heads][1] == citation.interest
    reads = [one.get("data-article") for one in tree.cssselect('[data-do="read"]')]
    assert reads == list(dict.fromkeys(citation.article for citation in answered.citations))
    assert "date not stated" in tree.text_content()


def test_two_turns_do_not_share_ids(answered, shown):
    ids = [one.get("id") for key in ("a", "b") for one in parsed(shown(answered, key)).cssselect("[id]")]
    assert len(ids) == len(set(ids)) > 8


def test_both_sides_of_the_one_difference_stand_open_beside_each_other(answered, shown):
    boxes = parsed(shown(answered)).cssselect("details.differ")
    assert len(boxes) == len(answered.answer.disagreements) == 1
    assert [box.get("open") is not None for box in boxes] == [True]
    for box, point in zip(boxes, answered.answer.disagreements, strict=True):
        assert box.cssselect("summary")[0].text_content().endswith(f" on {point.topic}")
        sides = box.cssselect(".sides > .side")
        assert len(sides) == len(point.sides)
        for side, (_, number) in zip(sides, point.sides, strict=True):
            assert [link.get("href") for link in side.cssselect("a")] == [f"#{KEY}-source-{number}"]
            assert side.cssselect(".publisher")[0].text_content()


def test_a_difference_that_only_the_answer_holds_has_its_sides_too(answered, shown):
    notices = tuple(piece for piece in answered.pieces if piece.is_notice or not piece.topic)
    (box, *_) = parsed(shown(dataclasses.replace(answered, pieces=notices))).cssselect("details.differ")
    point = answered.answer.disagreements[0]
    assert len(box.cssselect(".side")) == len(point.sides) > 1
    for side, (text, number) in zip(box.cssselect(".side"), point.sides, strict=True):
        assert side.cssselect(".piece")[0].text_content() == f"{text}\u2060{number}"


def test_a_quote_whose_article_has_changed_or_gone_is_shown_alone(answered, library):
    one = answered.citations[0]
    passage = library.passage_at(one.article, one.start)
    changed = dataclasses.replace(passage, text=passage.text.replace(one.quote, "Other words" * 40))
    for passages in ({}, {one.number: changed}, {one.number: dataclasses.replace(passage, start=one.start + 1)}):
        tree = parsed(turn_html(dataclasses.replace(answered, citations=(one,)), KEY, passages))
        (mark,) = tree.cssselect(f"#{KEY}-source-{one.number}")
        assert mark.text_content() == f"{one.number}{one.quote}"
        assert "has changed since" in tree.cssselect(".passage")[0].text_content()


def test_a_title_in_brackets_is_ours_and_said_to_be(answered, shown, library):
    lost = dataclasses.replace(answered.citations[0], title="[A hiring guide]")
    html = shown(dataclasses.replace(answered, citations=(lost,)))
    assert "A hiring guide (described by us: the title was lost)" in parsed(html).cssselect("h3")[0].text_content()
    for html in (welcome(library.listing(), library.about()), shelf_html(library.listing(), False)):
        assert "(described by us: the title was lost)" in html
        assert ">[" not in html


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("What do ML engineers earn in Germany?", ["Not in the articles"]),
        ("What's a good pancake recipe?", []),  # the answer itself says what it is about
    ],
)
def test_a_refusal_says_what_it_is_and_offers_what_can_be_answered(question, labels, asked, shown):
    turn = asked(question)
    tree = parsed(shown(turn))
    assert [one.text_content() for one in tree.cssselect(".answer .label")] == labels
    assert [one.get("data-ask") for one in tree.cssselect(".under .ask")] == list(turn.answer.follow_ups) != []
    assert tree.cssselect(".under .label")[0].text_content() == "What they do answer"
    assert not tree.cssselect(".problem")


def test_an_answer_has_no_label_and_says_how_it_was_made(answered, shown):
    tree = parsed(shown(answered))
    assert not tree.cssselect(".answer .label")
    quoted = sum(claim.reason == "quoted word for word" for claim in answered.answer.claims)
    assert f"{quoted} quotes, checked word for word against the source" in tree.cssselect(".made")[0].text_content()
    assert tree.cssselect(".under .label")[0].text_content() == "Go on with"
    written = dataclasses.replace(answered, answer=dataclasses.replace(answered.answer, mode="ollama:qwen3"))
    assert (
        f"Written by ollama:qwen3: {quoted} sentences, each checked"
        in parsed(shown(written)).cssselect(".made")[0].text_content()
    )


def test_what_was_withheld_is_there_with_its_reason_on_demand(answered, shown):
    claims = tuple(Claim(f"Lie {n}.", (1,), "unsupported", 0.1, f"$312,00{n} is not in the passage") for n in (1, 2))
    withheld = dataclasses.replace(
        answered, withheld=claims, answer=dataclasses.replace(answered.answer, withheld=claims)
    )
    tree = parsed(shown(withheld))
    (details,) = tree.cssselect("details.withheld")
    assert details.get("open") is None
    assert "2 sentences withheld" in details.cssselect("summary")[0].text_content()
    assert [(one.cssselect("q")[0].text, one.cssselect("span")[0].text) for one in details.cssselect("li")] == [
        (claim.text, claim.reason) for claim in claims
    ]
    assert tree.cssselect('.made [data-do="withheld"]')[0].text_content() == "2 sentences withheld"
    assert not [one for one in tree.cssselect(".answer *") if "Lie" in one.text_content()]


def test_a_turn_says_whether_it_is_being_made_stopped_or_failed(shown):
    growing_ = parsed(shown(Turn("q", pieces=(Piece("One."),))))
    assert growing_.cssselect(".answer")[0].get("aria-busy") == "true"
    assert not growing_.cssselect(".action")
    stopped = parsed(shown(Turn("q", pieces=(Piece("One."),), is_stopped=True)))
    assert stopped.cssselect(".answer")[0].get("aria-busy") is None
    assert "Stopped here." in stopped.text_content()
    assert stopped.cssselect('[data-do="again"]')
    failed = parsed(shown(Turn("q", error="The model is down; try again.")))
    assert failed.cssselect(".problem")[0].text_content() == "The model is down; try again."
    assert [one.get("data-do") for one in failed.cssselect(".action")] == ["again", "edit"]


def test_a_mark_in_the_words_of_others_leads_nowhere_and_in_ours_it_does(answered, shown):
    theirs = parsed(shown(dataclasses.replace(answered, pieces=(Piece("They say [1] and [99]."),))))
    assert not theirs.cssselect(".answer a")
    ours = parsed(shown(dataclasses.replace(answered, pieces=(Piece("Nothing; see [1].", is_notice=True),))))
    assert [one.get("href") for one in ours.cssselect(".answer a")] == [f"#{KEY}-source-1"]


# The reader, the export, the first words, and what a browser has kept.


def test_the_reader_marks_the_quote_and_no_more(articles, answered):
    for citation in answered.citations:
        article = articles[citation.article]
        tree = harmless(article_html(article, [(citation.start, citation.end)]), KEY)
        inside = [one for one in article.sentences() if citation.start <= one.start < citation.end]
        if inside[0].kind != "row":
            assert [one.text_content() for one in tree.cssselect("mark")] == [one.statement for one in inside]
        else:
            assert {row.getparent().tag for row in tree.cssselect("mark")} <= {"th", "td"}
            assert len({mark.getparent().getparent() for mark in tree.cssselect("mark")}) == len(inside)
    assert not parsed(article_html(articles["joinai-three-roles-2026"])).cssselect("mark")


def test_the_reader_shows_every_sentence_and_tables_with_their_columns(articles):
    for article in articles.values():
        tree = harmless(article_html(article), KEY)
        words = seen(tree.text_content())
        for sentence in article.sentences():
            if sentence.kind != "row":
                assert seen(sentence.statement) in words
        assert len(tree.cssselect("tbody tr")) == sum(one.kind == "row" for one in article.sentences())
        for table in tree.cssselect("table"):
            columns = table.cssselect("thead th, thead td")
            assert len(columns) > 1
            assert all(one.text_content() for one in columns[1:]), "the first may have no name"
            assert all((one.tag == "th") == bool(one.text_content()) for one in columns)
            assert all(len(row) == len(columns) for row in table.cssselect("tbody tr"))


def test_an_export_holds_every_citation(answered, asked):
    refused = asked("What do ML engineers earn in Germany?")
    turns = [dataclasses.replace(answered, profile="Goal: a better job."), refused]
    text = export.to_markdown("My  talk\n", turns)
    assert text.startswith("# My talk\n")
    assert "Asked as: Goal: a better job." in text
    for turn in turns:
        assert f"## {turn.question}" in text
        for one in turn.citations:
            assert f"[{one.number}] {export.plain(one.title)}. {one.publisher or one.author}" in text
            assert f"> {export.plain(' '.join(one.quote.split()))}\n" in text
            assert one.interest in text
    kept = json.loads(export.to_json("My talk", turns))
    assert [one["answer"] for one in kept["turns"]] == [turn.answer.to_dict() for turn in turns]
    assert kept["title"] == "My talk"
    assert [one["profile"] for one in kept["turns"]] == ["Goal: a better job.", None]


def test_the_state_line_counts_the_articles_and_says_how_answers_are_made():
    assert state_line(1).startswith("1 article · quote mode")
    assert state_line(4).startswith("4 articles")
    assert (
        state_line(4, "openai:gpt-5-mini")
        == "4 articles · answers are written by openai:gpt-5-mini, each sentence checked"
    )


def test_the_map_of_topics_is_buttons_by_role(advisor):
    topics = advisor.topics()
    tree = harmless(topics_html(topics), KEY)
    assert [one.text for one in tree.cssselect("h3")] == [name[:1].upper() + name[1:] for name in topics]
    assert [one.get("data-ask") for one in tree.cssselect(".ask")] == [q for some in topics.values() for q in some]
    assert "in your own words" in topics_html({})


def test_the_first_words_say_what_this_is_who_sells_what_and_what_to_ask(library):
    tree = harmless(welcome(library.articles(), library.about()), KEY)
    words = seen(tree.text_content())
    assert "not from a counsellor" in words
    assert "They cannot know you" in words
    assert len(tree.cssselect(".interests li")) == len(library.articles())
    assert all(seen(article.interest) in words for article in library.articles())
    assert len(tree.cssselect(".ask")) == 6
    assert "Add articles under Library" in welcome([], About())


def test_a_turn_is_read_again_as_it_was_stored(answered, asked):
    turns = [
        answered,
        asked("What is the weather today?"),
        Turn("q", error="No."),
        Turn("q", is_stopped=True),
        Turn("q"),
    ]
    stored = json.loads(json.dumps([turn.to_dict() for turn in turns]))
    assert list(read_turns(stored)) == turns
    assert isinstance(read_turns(stored)[0].answer, Answer)
    assert history_of(turns)[:2] == [("user", answered.question), ("assistant", answered.answer.text)]
    assert len(history_of(turns)) == 4


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "x",
        7,
        {},
        [None],
        ["x"],
        [{}],
        [{"question": None}],
        [{"question": "q", "pieces": "x"}],
        [{"question": "q", "pieces": [{"text": "x", "citations": ["one"]}]}],
        [{"question": "q", "answer": {"status": "owned"}}],
        [{"question": "q", "answer": {"question": "q", "standalone_question": "q", "text": "t", "status": "owned"}}],
        [{"question": "q", "citations": [{"number": 1}]}],
        [{"question": "q"}] * 501,
    ],
    ids=repr,
)
def test_what_is_no_stored_conversation_is_refused_in_a_line(stored):
    with pytest.raises(QuestionError, match=r"stored conversation") as refusal:
        read_turns(stored)
    assert "\n" not in str(refusal.value)
