"""An answer's text: whose words follow, which are our own, what stands beside a quote, what is exported."""

from __future__ import annotations

import dataclasses
import json
import types

import pytest
from chat_server import ChatServer, Status
from injections import HOSTILE, parsed, seen
from markdown_it import MarkdownIt

from advisor import Advisor
from advisor.answer import Cell
from advisor.answering.compose import doubted_text
from advisor.errors import QuestionError
from advisor.web import export
from advisor.web.access import Access
from advisor.web.desk import Desk
from advisor.web.place import Place
from advisor.web.turn import Piece, Turn, read_turns

KEY = "turn-1"
COMPARED = "Compare AI engineers, ML engineers and data scientists"
REFUSED = "What do ML engineers earn in Germany?"


@pytest.fixture
def desk(advisor, tmp_path):
    return Desk(advisor, Access(Place(), None), tmp_path)


# Whose words follow, and which are our own.


def test_whose_words_follow_stands_before_them_and_apart_from_them(answered, shown):
    tree = parsed(shown(answered))
    frames = [piece.text for piece in answered.pieces if piece.is_notice and piece.text.endswith(":")]
    assert [one.text_content() for one in tree.cssselect(".answer .frame")] == frames != []
    for one in tree.cssselect(".answer .frame"):
        assert one.getparent().tag == "p"
        assert one.getnext().cssselect(".cite"), "it runs in before the quotes"
    assert not tree.cssselect(".answer .own"), "it is no notice"


def test_what_ends_in_a_colon_and_introduces_no_quote_is_no_frame(asked, shown):
    turn = asked(REFUSED)
    assert turn.pieces[0].text.endswith("The nearest that they say:")
    tree = parsed(shown(turn))
    assert tree.cssselect(".own.gap")[0].text_content().endswith("The nearest that they say:")
    assert [one.text_content() for one in tree.cssselect(".frame")] == [turn.pieces[1].text]


def test_a_list_that_was_written_is_one_on_the_page_and_in_an_export(shown):
    verdict = Piece("It can be done.", "", (1,))
    steps = (Piece("Learn <b>.", "\n\n1. ", (1,)), Piece("Then rest.", " ", (2,)), Piece("Apply.", "\n2. ", (2,)))
    others = (Piece("One way.", "\n\n- "), Piece("Go on.", "\n\n", (1,)))
    turn = Turn("q", pieces=(verdict, *steps, *others), is_stopped=True)
    tree = parsed(shown(turn))
    items = [seen(one.text_content()) for one in tree.cssselect(".answer ol.items > li")]
    assert items == ["Learn <b>.1 Then rest.2", "Apply.2"]
    assert [seen(one.text_content()) for one in tree.cssselect(".answer ul.items > li")] == ["One way."]
    assert [seen(one.text_content()) for one in tree.cssselect(".answer > p")][:2] == ["It can be done.1", "Go on.1"]
    text = export.to_markdown("q", [turn])
    assert (
        "It can be done. [1]\n\n1. Learn \\<b>. [1] Then rest. [2]\n2. Apply. [2]\n\n- One way.\n\nGo on. [1]" in text
    )


def test_items_that_end_in_no_full_stop_do_not_run_into_each_other(shown):
    item, sentence = Piece("Mid-level: Higher growth", " ", (1,)), Piece("It pays.", " ", (2,))
    frame = Piece("JoinAI:", is_notice=True)
    turn = Turn("q", pieces=(frame, item, sentence, sentence), is_stopped=True)
    text = "JoinAI: Mid-level: Higher growth{} · It pays.{} It pays.{}"
    assert seen(parsed(shown(turn)).cssselect(".answer p")[0].text_content()) == text.format("1", "2", "2")
    assert f"**JoinAI:**{text.format(' [1]', ' [2]', ' [2]')[7:]}\n" in export.turn_markdown(turn)


def test_a_follow_up_shows_as_what_it_was_understood(answered, shown):
    assert not parsed(shown(answered)).cssselect(".understood")
    alone = "What does an ML engineer do? And what do they earn?"
    turn = dataclasses.replace(answered, answer=dataclasses.replace(answered.answer, standalone_question=alone))
    (line,) = parsed(shown(turn)).cssselect(".asked > .question + .understood")
    assert line.text_content() == f"Understood as: {alone}"
    assert f"*Understood as: {alone}*" in export.turn_markdown(turn)
    assert "Understood as" not in export.turn_markdown(answered)
    assert "Understood as" not in shown(Turn("q", error="No."))


def test_what_the_articles_do_not_say_is_set_apart_and_labelled(asked, shown):
    (gap, *_), missing = (turn := asked(REFUSED)).pieces, Piece("The articles do not answer “b?”.", is_notice=True)
    (box,) = parsed(shown(turn)).cssselect(".answer .own")
    assert [one.text_content() for one in box] == ["Not in the articles", gap.text]
    failed = Piece("The model is down. So here are the articles' own words.", is_notice=True)
    quote = Piece("It pays.", " ", (1,))
    pieces = (failed, Piece("JoinAI:", "\n\n", is_notice=True), quote, dataclasses.replace(missing, join="\n\n"))
    partial = dataclasses.replace(turn, pieces=pieces, answer=dataclasses.replace(turn.answer, status="partial"))
    boxes = parsed(shown(partial)).cssselect(".answer .own")
    assert [one.get("class") for one in boxes] == ["own", "own gap"]
    assert boxes[1].text_content() == f"Not all of it is in the articles{missing.text}"


def test_a_doubt_is_set_apart_and_labelled(asked, shown):
    turn = asked(REFUSED)
    doubt = Piece(doubted_text([]), is_notice=True)
    pieces = (doubt, Piece("JoinAI:", "\n\n", is_notice=True), Piece("It pays.", " ", (1,)))
    answered = dataclasses.replace(turn, pieces=pieces, answer=dataclasses.replace(turn.answer, status="answered"))
    (box,) = parsed(shown(answered)).cssselect(".answer .own.gap")
    assert box.text_content() == f"Perhaps not in the articles{doubt.text}"


def test_a_reply_of_several_paragraphs_has_them(asked, shown):
    turn = asked("Who wrote the articles?")
    replies = turn.answer.text.split("\n\n")
    assert len(replies) > 1
    assert [one.text_content() for one in parsed(shown(turn)).cssselect(".answer .own p")] == replies


# A comparison.


def test_a_comparison_is_one_table_after_whose_it_is(asked, shown):
    turn = asked(COMPARED)
    names, *rows = turn.answer.table
    tree = parsed(shown(turn))
    (table,) = tree.cssselect(".answer .compared")
    assert table.getparent().getprevious().text_content() == "JoinAI:"
    assert [one.text_content() for one in table.cssselect("thead tr > *")] == [cell.text for cell in names]
    assert len(table.cssselect("tbody tr")) == len(rows) > 1
    for drawn, row in zip(table.cssselect("tbody tr"), rows, strict=True):
        assert [one.text_content() for one in drawn.cssselect("td")] == [cell.text for cell in row[1:]]
        assert [one.get("data-column") for one in drawn.cssselect("td")] == [cell.text for cell in names[1:]]
        assert [one.get("href") for one in drawn.cssselect("a")] == [f"#{KEY}-source-{row[0].citations[0]}"]
    words = [piece for piece in turn.pieces if not piece.topic]
    told = [seen(one.text_content()) for one in tree.cssselect(".answer > p .piece")]
    assert len(told) == len(words) - len(rows), "what is no row stands beside the table"


def test_a_cell_that_the_article_leaves_empty_says_so(answered, shown):
    table = ((Cell(""), Cell("Bus"), Cell("Train")), (Cell("Leaves", (1,)), Cell("at nine", (1,)), Cell("")))
    turn = dataclasses.replace(answered, answer=dataclasses.replace(answered.answer, table=table))
    assert parsed(shown(turn)).cssselect(".compared tbody td")[1].text_content() == "not stated"


def test_rows_that_come_apart_are_one_table_and_leave_no_words_that_introduce_nothing(answered, shown):
    table = ((Cell(""), Cell("Bus")), (Cell("Price", (1,)), Cell("2", (1,))), (Cell("Leaves", (3,)), Cell("9", (3,))))
    pieces = (
        Piece("Ann:", is_notice=True),
        Piece("Price: Bus 2", " ", (1,)),
        Piece("It is slow.", " ", (2,)),
        Piece("Under “Times”:", "\n\n", is_notice=True),
        Piece("Leaves: Bus 9", " ", (3,)),
    )
    turn = dataclasses.replace(answered, pieces=pieces, answer=dataclasses.replace(answered.answer, table=table))
    answer = parsed(shown(turn)).cssselect(".answer")[0]
    assert [seen(one.text_content()) for one in answer] == ["Ann:", "BusPrice12Leaves39", "It is slow.2"]
    text = export.turn_markdown(turn)
    assert "**Ann:**\n\n|  | Bus |\n| --- | --- |\n| Price [1] | 2 |\n| Leaves [3] | 9 |\n\nIt is slow. [2]\n" in text
    assert "Times" not in text


def test_quotes_set_side_by_side_have_a_link_in_each_cell_and_no_words_that_introduce_them(answered, shown):
    table = (
        (Cell(""), Cell("bus"), Cell("train")),
        (Cell("Price"), Cell("It is low.", (1,)), Cell("It is high.", (2,))),
    )
    pieces = (
        Piece("Ann, on bus:", is_notice=True),
        Piece("It is low.", " ", (1,)),
        Piece("Bob, on train:", "\n\n", is_notice=True),
        Piece("It is high.", " ", (2,)),
    )
    turn = dataclasses.replace(answered, pieces=pieces, answer=dataclasses.replace(answered.answer, table=table))
    answer = parsed(shown(turn)).cssselect(".answer")[0]
    cells = answer.cssselect(".compared tbody td")
    assert [one.cssselect("a")[0].get("href") for one in cells] == [f"#{KEY}-source-1", f"#{KEY}-source-2"]
    assert [one.get("data-column") for one in cells] == ["bus", "train"]
    assert not answer.cssselect(".compared tbody th a")
    text = export.turn_markdown(turn)
    assert "|  | bus | train |\n| --- | --- | --- |\n| Price | It is low. [1] | It is high. [2] |\n" in text
    for words in (answer.text_content(), text):
        assert ", on bus" not in words
        assert words.count("It is high.") == 1


# Beside the answer, and behind it.


def test_the_margin_has_a_sentence_on_either_side_and_folds_the_rest(answered, shown, library):
    tree = parsed(shown(answered))
    for citation in answered.citations:
        (mark,) = tree.cssselect(f"#{KEY}-source-{citation.number}")
        box = mark.getparent().getparent()
        sentences = library.passage_at(citation.article, citation.start).sentences
        at = next(at for at, one in enumerate(sentences) if one.start == citation.start)
        inside = [one for one in sentences if citation.start <= one.start < citation.end]
        unfolded = [one.text_content() for one in box.cssselect(".beside") if not folded(one)]
        for near in (at - 1, at + len(inside)):
            if 0 <= near < len(sentences) and not is_cited(sentences[near], answered):
                assert sentences[near].statement in unfolded
        assert any(map(folded, box.cssselect(".beside"))) == bool(box.cssselect("[data-do=unfold]"))
    assert tree.cssselect("[data-do=unfold]")


def folded(one):
    return any("far" in (above.get("class") or "").split() for above in one.iterancestors())


def is_cited(sentence, turn):
    return any(one.start <= sentence.start < one.end for one in turn.citations)


def test_the_button_that_opens_an_article_names_all_its_quotes(answered, shown, desk):
    tree = parsed(shown(answered))
    named = {one.get("data-article"): one.get("data-quotes") for one in tree.cssselect("[data-do=read]")}
    assert any(" " in quotes for quotes in named.values()), "an article of several quotes"
    for article, quotes in named.items():
        cited = [one for one in answered.citations if one.article == article]
        assert quotes == " ".join(f"{one.start}-{one.end}" for one in cited)
        reader = parsed(desk.article({"id": article, "quotes": quotes}, None)["html"])
        marked = " ".join(one.text_content() for one in reader.cssselect("mark"))
        whole = desk.advisor.library.article(article)
        for sentence in whole.sentences():
            if is_cited(sentence, dataclasses.replace(answered, citations=cited)) and sentence.kind != "row":
                assert sentence.statement in marked
    hostile = {"id": answered.citations[0].article, "quotes": ["<b>", -1, "9999999999999-2", None]}
    assert not parsed(desk.article(hostile, None)["html"]).cssselect("mark")


# What went wrong.


def test_why_a_model_could_not_write_is_told_to_the_owner_alone(library, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    access = types.SimpleNamespace(may_change=lambda asker: asker == "owner")
    with ChatServer(lambda request: Status(401)) as server:
        monkeypatch.setenv("ADVISOR_MODEL_URL", server.url)
        desk = Desk(Advisor("openai:scripted", library=library), access, tmp_path)

        def told(asker):
            *_, shown = desk.answer({"question": REFUSED.replace(" in Germany", "")}, asker)
            return json.dumps(shown)

        assert told("owner").count("openai:scripted refused the key; check OPENAI_API_KEY.") == 3
        reader = told("reader")
    assert "OPENAI_API_KEY" not in reader
    assert "openai" not in reader
    assert "The chat model could not answer just now. So here are the articles' own words." in reader
    assert "check OPENAI_API_KEY" in caplog.text, "and to the server's log"


# Exports.


def test_a_comparison_is_exported_as_a_table(asked):
    turn = asked(COMPARED)
    tree = parsed(MarkdownIt("commonmark").enable("table").render(export.turn_markdown(turn)))
    (table,) = tree.cssselect("table")
    rows = [[cell.text for cell in row] for row in turn.answer.table]
    rows[1:] = [[f"{name} [{at}]", *others] for at, (name, *others) in enumerate(rows[1:], 1)]
    assert [[cell.text_content() for cell in row] for row in table.cssselect("tr")] == rows
    assert not any(seen(piece.text) in seen(tree.text_content()) for piece in turn.pieces if piece.citations == (1,))


def test_an_exported_row_of_a_table_stands_below_the_names_of_its_columns(asked, desk, articles):
    turn = asked("What do mid-level ML engineers earn?")
    assert any(one.quote.startswith("| Typical mid-level TC") for one in turn.citations)
    for form in ("markdown", "copy"):
        text = desk.export({"turns": [turn.to_dict()], "title": "Pay", "form": form}, None)["text"]
        rendered = parsed(MarkdownIt("commonmark").enable("table").render(text))
        (table,) = rendered.cssselect("blockquote table")
        assert [one.text_content() for one in table.cssselect("th")] == [
            "",
            "AI Engineer",
            "ML Engineer",
            "Data Scientist",
        ]
        assert [one.text_content() for one in table.cssselect("td")][2] == "$200K–$380K"
        assert "**JoinAI:** Typical mid-level TC: AI Engineer $220K–$400K" in text
    moved = [dataclasses.replace(one, start=one.start + 1, end=one.end + 1) for one in turn.citations]
    answer = dataclasses.replace(turn.answer, citations=tuple(moved))
    text = desk.export({"turns": [dataclasses.replace(turn, answer=answer).to_dict()], "form": "markdown"}, None)[
        "text"
    ]
    assert "> | Typical mid-level TC | $220K–$400K |" in text, "an article that has changed has other columns"
    assert "| AI Engineer |" not in text


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_exported_table_does_nothing(hostile, answered):
    cell = " ".join(hostile.split()).replace("|", "/").replace("\x00", "")
    table = ((Cell(""), Cell(hostile)), (Cell(hostile), Cell(hostile, (1,))))
    compared = dataclasses.replace(answered, answer=dataclasses.replace(answered.answer, table=table))
    text = export.to_markdown("q", [answered, compared], lambda one: (f"A {cell}", cell))
    tree = parsed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    assert {one.tag for one in tree.iter()} <= {
        "main", "h1", "h2", "p", "em", "strong", "ul", "li", "blockquote", "code",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert all(not one.attrib for one in tree.iter() if one.tag != "code")


@pytest.mark.parametrize("edited", [{"start": 2**63, "end": 2**63 + 1}, {"start": 5, "end": 1}, {"start": -1}])
def test_a_stored_conversation_with_places_that_no_article_has_is_refused(asked, edited):
    stored = asked("Which role pays more?").to_dict()
    stored["citations"][0].update(edited)
    with pytest.raises(QuestionError, match="cannot be read"):
        read_turns([stored])


def test_a_stored_table_without_cells_is_refused(asked):
    stored = asked(COMPARED).to_dict()
    assert read_turns([stored])
    stored["answer"]["table"][1] = []
    with pytest.raises(QuestionError, match="cannot be read"):
        read_turns([stored])
