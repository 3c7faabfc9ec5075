"""Questions about the sources: an article in short, who says it, where a figure is from, how the articles differ.

Nothing is searched for, so that a library needs no model here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import BagOfWords, article_file

from advisor.answering.compose import missing_text
from advisor.answering.draft import Draft
from advisor.answering.inquiries import about
from advisor.answering.replies import replied
from advisor.find.origin import cited_in
from advisor.find.quotes import quote_of
from advisor.question.condense import condense
from advisor.question.inputs import read_message
from advisor.question.talk import read_talk, summed_up
from corpus import Library, Settings

ROOT = Path(__file__).parent.parent
FOLDERS = {"articles": ROOT / "corpus" / "articles"} | {
    name: ROOT / "evals" / "libraries" / name for name in ("nursing", "handbook", "trades")
}


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """The four articles, and the evals' own other libraries."""
    opened = {}
    for name, folder in FOLDERS.items():
        opened[name] = Library(Settings(tmp_path_factory.mktemp(name), (folder,)), BagOfWords())
        opened[name].sync()
    return opened


def quoted(library, *beginnings):
    """An answer that quotes the sentences that begin so, as (question, answer) turns."""
    draft = Draft(library)
    for words in beginnings:
        found = [(a.id, s.start) for a in library.articles() for s in a.sentences() if s.text.startswith(words)]
        list(draft.quotes([quote_of(library, *found[0])]))
    assert len(draft.claims) == len(beginnings)
    return [("user", "And what of it?"), ("assistant", draft.text)]


def reply(library, asked, history=()):
    """What is replied, checked for what must hold of it; None where the articles have to be asked."""
    message, draft = read_message(asked, history, None), Draft(library)
    events = replied(draft, message, read_talk(message))
    try:
        while True:
            next(events)
    except StopIteration as end:
        if end.value is None:
            assert not draft.text
            return None
    for one in draft.citations:
        assert library.article(one.article).text[one.start : one.end] == one.quote != ""
    assert all(claim.verdict == "supported" for claim in draft.claims)
    return draft


PAY = "Mid-level MLEs command salaries"


def test_an_article_in_short_is_its_own_openings_under_its_own_headings(libraries):
    draft = reply(libraries["articles"], "summarise the JoinAI article")
    assert draft.text.startswith(
        "“AI Engineer vs Machine Learning Engineer vs Data Scientist (2026)”, by Dan Lee, JoinAI"
    )
    assert "JoinAI sells an AI-engineering course" in draft.text
    assert {one.article for one in draft.citations} == {"joinai-three-roles-2026"}
    assert 5 <= len(draft.citations) <= 8
    assert "Under “Where the lines blur”: At smaller companies" in draft.text
    assert draft.citations[-1].section == "[About the author]"


@pytest.mark.parametrize(
    ("library", "asked", "article"),
    [
        ("articles", "what does coder.dev say?", "coderdev-hiring-guide"),
        ("articles", "what does Sonali Jain say", "ml-vs-ai-engineer-salary-career-path"),
        ("articles", "can you sum up the csp article please", "csp-global-role-comparison"),
        ("nursing", "summarise the certified nursing assistant faq", "nursing-assistant-course-faq"),
        ("nursing", "what does the Calder Ledger say?", "calder-hospitals-hiring-report"),
        ("nursing", "what is the midwives' association's article about?", "how-to-become-a-midwife"),
        ("trades", "give me a summary of the worn boots blog", "third-year-plumbing-apprentice-diary"),
        ("trades", "what does Larkstub say", "nine-steps-self-employed-tradesperson"),
        ("handbook", "summarise Petra's article", "ostrell-cuts-home-days-report"),
    ],
)
def test_an_article_is_known_by_its_publisher_its_author_or_its_title(libraries, library, asked, article):
    assert {one.article for one in reply(libraries[library], asked).citations} == {article}


def test_one_of_those_quoted_is_meant_by_its_place_or_where_there_is_one_alone(libraries):
    library = libraries["trades"]
    first, second = (next(iter(a.sentences())) for a in library.articles()[2:4])
    said = quoted(library, second.text, first.text)
    assert reply(library, "sum up the second one", said).citations[0].article == library.articles()[2].id
    assert reply(library, "what does it say?", said) is None, "two were quoted"
    assert (
        reply(library, "what does it say?", quoted(library, first.text)).citations[0].article
        == library.articles()[2].id
    )


@pytest.mark.parametrize(
    ("library", "asked", "publishers", "topic"),
    [
        ("articles", "What does JoinAI say about remote work?", {"JoinAI"}, "remote work?"),
        ("articles", "according to sonali jain, who earns more", {None}, "who earns more"),
        ("articles", "What does Jain recommend for beginners?", {None}, None),
        ("nursing", "what's the Calder Ledger's estimate of pay", {"The Calder Ledger"}, None),
        ("handbook", "What does Ostrell Metering say about home days?", {"Ostrell Metering"}, "home days?"),
    ],
)
def test_what_a_publisher_or_an_author_says_is_asked_of_their_articles_alone(
    libraries, library, asked, publishers, topic
):
    message, part = about(read_message(asked, (), None), libraries[library])
    assert {one.publisher for one in part.listing()} == publishers
    assert message.asked == asked
    assert topic is None or message.queries()[0].topic == topic


@pytest.mark.parametrize(
    "asked",
    [
        "what does a nurse say to a patient?",
        "according to nurses, how bad are nights",
        "What do employers say about degrees?",
        "The hospital's advice on visitors is what?",
        "does the course report absences?",
    ],
)
def test_who_made_no_article_is_part_of_the_question(libraries, asked):
    for library in libraries.values():
        message = read_message(asked, (), None)
        assert about(message, library) == (message, library)


def test_a_maker_called_as_what_the_articles_are_about_takes_no_question_away(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(6):
        text = f"## Bees\n\nBee keepers know of bees that bees number {number} like."
        (folder / f"b{number}.md").write_text(article_file(f"b{number}", text), encoding="utf-8")
    maker = article_file("z", "## Ibis\n\nAn ibis walks.", publisher="Bee Keepers")
    (folder / "z.md").write_text(maker, encoding="utf-8")
    library = Library(Settings(tmp_path / "home", (folder,)), BagOfWords())
    library.sync()
    message = read_message("What do bee keepers say of the number of bees?", (), None)
    assert about(message, library) == (message, library)


def test_what_one_publisher_does_not_say_is_said_of_that_one():
    assert missing_text([], maker="JoinAI") == "JoinAI does not answer that question."
    assert missing_text([], ["Mars"], "A [1]").endswith("A (1) says nothing about “Mars”.")


def test_thanks_are_no_turn_that_a_question_leans_on():
    turns = [("user", "do i need a phd"), ("assistant", "No."), ("user", "Thanks!"), ("assistant", "You're welcome.")]
    assert read_message("and a masters?", turns, None).queries()[0].before == ("do i need a phd",)
    assert condense("how long does it take to become a nurse", turns) == "how long does it take to become a nurse"
    assert condense("how long does it take?", turns) == "do i need a phd? how long does it take?"


def test_after_thanks_the_answer_above_is_the_one_before(libraries):
    library = libraries["articles"]
    said = [*quoted(library, PAY), ("user", "thanks!"), ("assistant", "You're welcome. Ask on whenever you like.")]
    assert "citing motionrecruitment.com" in reply(library, "where does that figure come from?", said).text


def test_where_several_articles_may_be_meant_it_is_asked_which(libraries):
    draft = reply(libraries["handbook"], "what does Ostrell Metering say?")
    assert draft.text.startswith("Which article do you mean?")
    assert draft.text.count("Ostrell Metering, ") == 4
    assert not draft.citations
    assert "There are these." in reply(libraries["articles"], "summarise the article").text


@pytest.mark.parametrize(
    "asked",
    [
        "summarise the pay differences",
        "what does a nurse say to a patient?",
        "what is an apprenticeship about",
        "sum up",
    ],
)
def test_what_names_no_article_is_asked_of_them(libraries, asked):
    for library in libraries.values():
        assert reply(library, asked) is None


def test_a_figure_is_told_with_whom_its_article_cites(libraries):
    library = libraries["articles"]
    draft = reply(library, "where does this figure come from?", quoted(library, PAY))
    assert draft.text.startswith("Coder.Dev, citing motionrecruitment.com: Mid-level MLEs command salaries")
    draft = reply(library, "where does the $140,910 come from", quoted(library, PAY, "Annual salary for both roles"))
    assert "citing the U.S. Bureau of Labor Statistics (BLS): Annual salary" in draft.text
    assert len(draft.citations) == 1
    for asked in ("how did you get that $140,910 figure?", "where did you get the $140,910 from?"):
        assert reply(library, asked, quoted(library, "Annual salary for both roles")).text == draft.text


def test_so_it_is_in_another_library_and_where_nobody_is_cited_that_is_said(libraries):
    library = libraries["nursing"]
    said = quoted(library, "Nurse practitioners who qualified in 2023")
    assert (
        "The Calder Ledger, citing a survey of 143 of them by the Calder Nurses' Guild:"
        in reply(library, "what's the source of that figure?", said).text
    )
    library = libraries["articles"]
    draft = reply(library, "where do these numbers come from?", quoted(library, "Demand for these specialized roles"))
    assert draft.text.startswith("Coder.Dev, naming no source that I can find there: Demand for these")


def test_whom_a_sentence_cites_is_read_from_the_sentence():
    assert cited_in("It grew by 40% [gminsights.com].") == ["gminsights.com"]
    assert cited_in("See [the labour office](https://labour.example/a): 40%.") == ["the labour office"]
    assert cited_in("According to the World Economic Forum, AI adds 14%.") == ["the World Economic Forum"]
    assert cited_in("It pays 9 coins, based on data from the guild.") == ["the guild"]
    assert cited_in("Do not choose based on a 15% difference, which is small.") == []
    assert cited_in("According to the council there were 14 of them.") == ["the council"]
    assert cited_in("In our survey of 58 companies, 41 said so.") == ["our survey of 58 companies"]
    assert cited_in("[You're an analyst] earns 40%.") == []
    assert cited_in("Pay is set according to") == []


def test_who_says_it_is_told_of_those_quoted_alone(libraries):
    library = libraries["articles"]
    draft = reply(library, "who says that?", quoted(library, PAY))
    assert "Coder.Dev sells staff augmentation" in draft.text
    assert "it cites motionrecruitment.com" in draft.text
    assert "JoinAI" not in draft.text
    handbook = libraries["handbook"]  # whose articles name the employer, a publisher too, in what they say
    one = next(s for a in handbook.articles() if "blog" in a.publisher for s in a.sentences() if "Ostrell" in s.text)
    assert "Handbook" not in reply(handbook, "who says that?", quoted(handbook, one.text)).text


def test_which_to_believe_is_left_open_with_what_there_is_to_weigh(libraries):
    for library in libraries.values():
        listed = library.listing()
        told = reply(library, "which source should I believe?").text
        assert told.startswith("I check that a quote stands in its article, not which article is right.")
        assert all(one.interest in told for one in listed[:8])


def test_how_the_articles_differ_is_what_is_noted(libraries):
    library = libraries["articles"]
    noted = library.noted_differences()
    draft = reply(library, "how do the articles differ?")
    assert draft.text.startswith(f"It is noted that the articles differ on {len(noted)} points.")
    assert [one.topic for one in draft.disagreements] == [noted[0].topic, noted[1].topic]  # the third tells one again
    draft = reply(library, "how do JoinAI and Coder.Dev differ")
    assert {one.article for one in draft.citations} == {"joinai-three-roles-2026", "coderdev-hiring-guide"}
    assert reply(library, "how do ML engineers and AI engineers differ") is None
    draft = reply(library, "do your sources contradict each other anywhere? I want the disagreements, no average")
    assert draft.text.startswith("It is noted that the articles differ")


def test_where_no_differences_are_noted_that_is_said(libraries):
    for name in ("nursing", "handbook", "trades"):
        told = reply(libraries[name], "where do the articles disagree?").text
        assert told.startswith("No differences between the articles are noted.")


def test_an_empty_promise_is_not_quoted_but_said_to_be_missing(libraries):
    library = libraries["articles"]
    article = library.article("coderdev-hiring-guide")
    draft = Draft(library)
    for words in ("Use this structured, five-step", "cost), This tests", "A simple coding challenge"):
        list(draft.quotes([quote_of(library, article.id, article.text.index(words))]))
    lost, _, rest = draft.text.partition("\n\n")
    assert lost == (
        "Announced by Coder.Dev under “Vetting candidates”, but missing from this copy: "
        "the five steps of a vetting framework [1]."
    )
    assert rest == "Coder.Dev: A simple coding challenge is insufficient. [2]"
    assert draft.citations[0].quote.startswith("Use this structured, five-step framework")
    assert [claim.text for claim in draft.claims] == ["A simple coding challenge is insufficient."]


def test_words_that_ran_together_in_the_copy_are_told_after_the_quote(libraries):
    library = libraries["articles"]
    _, (_, text) = quoted(library, "A machine learning engineer is a specialized")
    assert text.endswith("[1] (In this copy “betweendata” stands for “between data”.)")


def test_what_is_noted_as_lost_stands_in_the_articles(libraries):
    about, articles = libraries["articles"].about(), {a.id: a for a in libraries["articles"].articles()}
    assert about.missing and about.misprints
    for id_, noted in about.missing.items():
        for words in noted:
            assert sum(one.text.startswith(words) for one in articles[id_].sentences()) == 1, words
    assert all(words in articles[id_].text for id_, noted in about.misprints.items() for words in noted)


def test_what_is_asked_in_short_is_found_in_a_message():
    assert summed_up("Can you summarise the second one, please?") == "the second one,"
    assert summed_up("What do nurses earn?") == ""


def test_whether_it_rests_on_anything_is_met_by_whom_the_article_cites(libraries):
    library = libraries["articles"]
    assert "it cites motionrecruitment.com" in reply(library, "any evidence for that?", quoted(library, PAY)).text
    draft = reply(library, "is that based on data or just an opinion", quoted(library, "Honestly: all three"))
    assert "it names no source" in draft.text
    assert "Coder.Dev" not in draft.text


@pytest.mark.parametrize(
    ("asked", "is_of_sources"),
    [
        ("Do the people who wrote these have something to flog?", True),
        ("are the people behind your sources trying to flog me something", True),
        ("are the authors selling anything", True),
        ("do the articles say how to sell something at a market?", False),
        ("which sources of clay should I push a potter to?", False),
    ],
)
def test_what_the_makers_sell_is_asked_in_many_words(asked, is_of_sources):
    assert (read_talk(read_message(asked, (), None)) == "sources") == is_of_sources
