"""The verifier's rules on opposites, look-alike letters and things that a library tells apart, and what it doubts."""

from __future__ import annotations

import time

import numpy as np
import pytest

from advisor.verify.doubts import doubt
from advisor.verify.exchanged import exchanged
from advisor.verify.kinds import Kind, kinds_of
from advisor.verify.limits import unlimited
from advisor.verify.lines import read_lines, read_pieces
from advisor.verify.names import strange_letters
from advisor.verify.nearly import otherwise
from advisor.verify.opposites import turned
from advisor.verify.rules import veto
from advisor.verify.verifier import Verifier

TEAS = (("oolong", "blue tea"), ("green tea", "sencha"), ("white tea",))
NAMES = (TEAS, (("morning",), ("evening",)))
COLUMNS = "| | Oolong | Sencha |\n|---|---|---|\n| Steeped for | four minutes | two minutes |"


def refused(claim, *evidence, names=NAMES):
    return veto(claim, read_lines(read_pieces(evidence)), "", kinds_of(names))


def doubted(claim, *evidence):
    return doubt(claim, read_lines(read_pieces(evidence)))


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Oolong is rolled into small balls.", "Green tea is rolled into small balls; oolong is not rolled."),
        ("Sencha loses its scent within weeks.", "## Oolong\n\nIt loses its scent within weeks."),
        ("Sencha is roasted over charcoal.", "Oolong grows on cliffs. It is roasted over charcoal. Sencha is steamed."),
        ("Sencha is steeped for four minutes.", COLUMNS),
        ("Blue teas and white teas fade; sencha tastes fresh.", "Sencha and white tea fade; oolong tastes fresh."),
        ("In the evening, growers rest their hands.", "Growers rest their hands in the morning."),
    ],
)
def test_what_is_said_of_another_thing_is_refused(claim, evidence):
    assert "the passage says this of" in refused(claim, evidence)
    assert refused(claim, evidence, names=()) is None, "nothing named, nothing refused"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Oolong costs more than green tea.", "Green tea costs more than oolong."),
        ("Sencha outpaces oolong in sales.", "In sales, sencha lies below oolong."),
        ("White tea is rolled to balls, and oolong dried flat.", "Oolong is rolled to balls, white tea dried flat."),
        ("Brewers of oolong often begin as brewers of sencha.", "Brewers of sencha often begin as brewers of oolong."),
    ],
)
def test_two_things_exchanged_are_refused(claim, evidence):
    assert refused(claim, evidence) == "the passage says it the other way round"
    assert exchanged(claim, evidence) or refused(claim, evidence, names=()) is None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Oolong is rolled into small balls.", "Blue tea is rolled into small balls; green tea is not."),
        ("Oolong loses its scent within weeks.", "Both lose their scent within weeks."),
        ("Oolong is steeped for four minutes.", COLUMNS),
        ("Oolong and sencha fade in the light.", "Sencha and oolong fade in the light."),
        ("Sencha costs less than oolong.", "Oolong costs more than sencha."),
        ("Oolong differs much from sencha in taste.", "Sencha differs much from oolong in taste."),
        ("Compared with oolong, sencha is a narrower term.", "Sencha is one kind; oolong is a broader term."),
        ("Sencha is steamed after it is picked.", "## Oolong\n\nSencha, though, is steamed after it is picked."),
        ("The leaves are rolled into small balls.", "Oolong leaves are rolled into small balls."),
    ],
)
def test_what_is_true_of_a_thing_is_not_refused(claim, evidence):
    assert refused(claim, evidence) is None


def test_names_are_found_in_any_writing():
    kind = Kind((("AI engineer",), ("machine learning engineer", "ML engineer", "MLE"), ("data scientist",)))
    found = {text: sorted(kind.things(text)) for text in ("AI/ML engineers", "ai or ML engineering", "MLEs", "an AI")}
    assert found == {"AI/ML engineers": [0, 1], "ai or ML engineering": [0, 1], "MLEs": [1], "an AI": []}
    assert kind.things("data, ML and AI engineers") == {0, 1}
    assert not Kind(()).find("anything") and not Kind(((" ",),)).find("any thing")


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("The course ends with an exam.", "The course begins with an exam.", ("ends", "begins")),
        ("A minority of members vote by post.", "The majority of members vote by post.", ("minority", "majority")),
        ("Members rarely vote by post.", "Members often vote by post.", ("rarely", "often")),
        ("Ghent lies south of Lille.", "Ghent lies north of Lille.", ("south", "north")),
        ("Bread costs less than cake in Ghent.", "Bread costs more than cake in Ghent.", ("less", "more")),
        ("Salt is removed from bread in Ghent.", "Salt is added to bread in Ghent.", ("removed", "added")),
        ("The first attempt failed in Ghent.", "The first attempt succeeded in Ghent.", ("failed", "succeeded")),
        ("The lock was disabled in May.", "The lock was enabled in May.", ("disabled", "enabled")),
    ],
)
def test_an_opposite_in_the_same_place_is_refused(claim, evidence, found):
    assert turned(claim, [evidence, "Nothing else."]) == found
    assert f"the passage says “{found[1]}” there" in refused(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Lille lies south of Ghent.", ["Ghent lies north of Lille."]),
        ("Cake costs less than bread in Ghent.", ["Bread costs more than cake in Ghent."]),
        ("Few members fail.", ["Most members succeed."]),
        ("Rents fell in the town.", ["Rents rose in the town.", "Then rents fell in the town."]),
        ("Members do not rarely vote by post.", ["Members often vote by post."]),
        ("The course ends with an exam.", ["The course begins with a test and ends with an exam."]),
        ("The bridge ends at a mill.", ["Work on the road begins in May."]),
        ("It rained.", []),
    ],
)
def test_an_opposite_elsewhere_or_undone_is_not(claim, evidence):
    assert turned(claim, evidence) is None


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("A box of tea costs $300, a tin $120 less.", None),
        ("The tin is $120 cheaper than the box.", None),
        ("The tin costs $120.", "$120 is not in the passage"),
        ("The tin is $130 cheaper than the box.", "$130 is not in the passage"),
        ("The tin costs 40 percent less than the box.", "40 percent is not in the passage"),
    ],
)
def test_what_lies_between_two_figures_is_left_to_the_model(claim, says):
    found = doubted(claim, "A box of tea costs $300.", "A tin costs $180.")
    assert says in found if says else found is None


@pytest.mark.parametrize(
    ("claim", "is_refused"),
    [
        ("Of a wage of $400 they may keep back $40.", False),
        ("They may keep back all of it where the wage is $400.", False),
        ("They may keep back all of it where the wage is $500.", True),
        ("Of a wage of $400 they may keep back $60.", True),
    ],
)
def test_what_a_share_comes_to_is_left_to_the_model(claim, is_refused):
    lines = read_lines(read_pieces(["They may keep back 10% of the wage."]))
    assert bool(veto(claim, lines, "A till was $40 short.")) == is_refused


def test_letters_that_only_look_latin_are_refused():
    assert "МLEs" in (strange_letters("Here МLEs earn well.", "Here MLEs earn well.") or "")
    assert "раid" in (strange_letters("They are раid well.", "They are paid well.") or "")
    assert "ΑΙ" in (strange_letters("Here ΑΙ engineers earn well.", "Here AI engineers earn well.") or "")
    assert "οf" in (strange_letters("Most οf them are paid.", "Most of them are paid.") or "")


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ("The TNFα level rose.", "The level of TNFα rose."),
        ("The RORγ level and the density ρ rose.", "The level of ROR-gamma and the density rose."),
        ("Zoë met José in Łódź.", "Zoë met José."),
        ("Москва растёт быстро.", "Москва растёт."),
        ("They sell 東京 maps.", "Maps are sold."),
    ],
)
def test_other_letters_are_not(claim, held):
    assert strange_letters(claim, held) is None


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        (
            "The ferry does not leave on Sundays in winter.",
            "The ferry does leave on Sundays in winter.",
            ("not", "nothing"),
        ),
        ("A ticket must be bought on the boat.", "A ticket may be bought on the boat.", ("must", "may")),
        ("All of the boats are open to bicycles.", "Many of the boats are open to bicycles.", ("all", "many")),
        ("The toll is $20.64 a day for a car.", "The toll is $20.67 a day for a car.", ("64", "67")),
        ("No cabin has a window to the sea.", "A cabin has a window to the sea.", ("no", "a")),
        ("Mates need a map and a watch.", "Mates need a map or a watch.", ("and", "or")),
        ("They may sign and post the log.", "They will have to sign and post the log.", ("may", "will have to")),
        ("The boats need not leave on Sundays.", "The boats need to leave on Sundays.", ("not", "to")),
        ("Crews are required to ask the port.", "Crews are encouraged to ask the port.", ("required", "encouraged")),
        ("Mates are paid before a boat is cleaned.", "Mates are paid once a boat is cleaned.", ("before", "once")),
        ("A boat doesn't leave on Sundays.", "A boat does leave on Sundays.", ("not", "nothing")),
    ],
)
def test_what_repeats_a_sentence_but_for_a_word_that_turns_it_is_refused(claim, evidence, found):
    assert otherwise(claim, ["Boats are slow.", evidence]) == found
    assert otherwise(evidence, ["Boats are slow.", evidence]) is None
    assert otherwise(claim, [evidence, claim]) is None, "another sentence says it"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The ferry can leave on Sundays in winter.", "The ferry may leave on Sundays in winter."),
        ("It isn't the case that no boats run at night.", "Boats run at night, all of them, and in each season."),
        ("The toll is $149K a year for a car.", "The toll is $149,000 a year for a car."),
        ("There is not a boat without a bell on it.", "There is never a boat without a bell on it."),
        ("In all ports few mates fail the exam.", "In all ports most mates pass the exam."),
        ("The old boat does not fail the test.", "The old boat passes the test."),
        ("Boats carry the mail rather than carry people.", "Boats carry the mail, they don't carry people."),
        ("Not slow at all.", "Slow at all."),
        ("Mates need not sign the old log.", "Mates do not need to sign the old log."),
        ("This is not only a boat but a ship.", "This is only a boat but a ship."),
        ("No boat leaves the port without a bell.", "No boat leaves the port."),
        ("The crew did not forget the old port.", "The crew remembered the old port."),
        ("The old boat isn't open to bicycles.", "The old boat is not open to bicycles."),
        ("A mate in a shirt is on the boat.", "A mate in a T-shirt is on the boat."),
        ("It is so cold that nobody swims there.", "It is so cold that no one swims there."),
        ("It is unclear whether the boat leaves.", "It is unclear whether or not the boat leaves."),
        ("The boat leaves on Sundays in winter.", "The boat leaves on Sundays in winter but not at night."),
        ("The boat takes bicycles on board.", "The boat takes bicycles on board without a fee."),
    ],
)
def test_what_says_the_same_again_or_is_said_in_other_words_is_not(claim, evidence):
    assert otherwise(claim, [evidence]) is None


@pytest.mark.parametrize(
    ("claim", "evidence", "figure"),
    [
        ("A pass is good for at least 40 trips.", "A pass is good for up to 40 trips.", "40"),
        ("Boats take six weeks or more to build.", "At most six weeks go into a boat to build.", "six weeks"),
        ("A captain earns no more than $90K.", "A captain earns over $90,000 a year.", "$90K"),
        ("A boat lasts two years and more.", "A boat lasts at most two years.", "two years"),
        ("Members get a rebate starting at 20%.", "Members get a rebate of up to 20%.", "20%"),
        ("The fee exceeds $50.", "The fee never exceeds $50.", "$50"),
        ("Fares go no lower than $5.", "Fares are capped at $5.", "$5"),
        ("Crews of 60 and younger retire.", "Crews of 60 and over retire.", "60"),
        ("Fares fell by 12%.", "## Sundays\n\nFares rose by 12%.", "12%"),
        ("A mate earns $40 a day.", "A mate earns $40 an hour.", "$40"),
        ("A mate earns $4,000 monthly.", "A mate earns $4,000/yr.", "$4,000"),
        ("Crews weigh not smaller than 70 kilograms.", "Crews weigh not less than 70 kilograms.", None),
        ("Boats of under 20 tons were left out.", "The survey asked owners of at least 20 tons.", None),
        ("A mate earns $4,000 per month.", "A mate earns $4,000/month.", None),
        ("A mate earns $4,000.", "A mate earns $4,000 a month.", None),
    ],
)
def test_a_figure_is_given_as_the_evidence_gives_it(claim, evidence, figure):
    assert bool(found := doubted(claim, "Boats are slow.", evidence)) is bool(figure)
    assert figure is None or f"the passage gives {figure} " in found
    assert "gives" not in (doubted(claim, evidence, claim) or ""), "another sentence says it"


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("Mates repair the sails in winter.", "Mates often repair the sails in winter.", "often"),
        ("Ferries stop at night.", "Many ferries stop at night.", "many"),
        ("Large crews are paid by the month.", "Almost all large crews are paid by the month.", "almost"),
        ("The fare is paid back.", "The fare is paid back if the boat does not sail.", "if"),
        ("The fare is paid back even if the boat sails.", "The fare is paid back because the boat sails.", "because"),
        ("A mate signs the log before the boat lands.", "A mate signs the log after the boat lands.", "after"),
        ("As a rule, mates repair the sails in winter.", "Mates usually repair the sails in winter.", None),
        ("The longest ferries stop at night.", "The most modern ferries stop at night.", None),
        ("Ferries stop at night.", "Ferries stop at night, and many crews go home.", None),
        ("No ferry lands at night.", "Ferries cannot land at night.", None),
        ("Mates who read maps are hired in spring.", "Mates who can read maps are hired in spring.", None),
        ("Mates repair the sails in winter.", "Mates repair the sails in winter most often.", None),
        ("Boats wait for the tide.", "Boats wait until the tide may turn.", None),
        (
            "The fare is paid back where the boat does not sail.",
            "The fare is paid back if the boat does not sail.",
            None,
        ),
        ("Once the boat lands, a mate signs the log.", "A mate signs the log after the boat lands.", None),
        ("A fare comes back from unsailed boats.", "The fare is paid back if the boat does not sail.", None),
    ],
)
def test_what_limits_a_sentence_is_not_left_out(claim, evidence, found):
    assert unlimited(claim, evidence) == found
    assert unlimited(evidence, evidence) is None


def test_what_is_left_out_is_a_doubt(library):
    evidence = read_pieces(["A mate may repair the sails of a boat in the winter months. Boats are slow."])
    verifier = Verifier(library.embedder, Sure())
    kept, left = (
        verifier.read(f"A mate {word} the sails of a boat in winter.", evidence) for word in ("may mend", "repairs")
    )
    assert kept.verdict.supported and not kept.is_unsure
    assert not left.verdict.supported and left.is_unsure


class Sure:
    """An entailment model that says yes to everything."""

    def logits(self, pairs):
        return np.full(len(pairs), 8, dtype=np.float32)


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("Mates teach captains.", "Captains teach mates.", True),
        ("The port pays the crew a fee.", "The crew pays the port a fee.", True),
        ("The use of flags depends on trust in crews.", "Trust in crews depends on the use of flags.", True),
        ("Bread and salt from Oban feed the crew of Ayr.", "The crew of Ayr feed bread and salt from Oban.", True),
        ("Ada Lee married Tom Vale in Oban.", "Tom Vale married Ada Lee in Oban.", False),
        ("Boats call at Oban, Ayr, Leith and Wick.", "Boats call at Leith, Ayr, Oban and Wick.", False),
        ("Tickets cost coins and stamps.", "Tickets cost stamps and coins.", False),
        ("On Sundays the ferry rests.", "The ferry rests on Sundays.", False),
        ("He died in Oban in 1909.", "He died in 1909 in Oban.", False),
        ("In Oban the port hired 30 mates in 1909.", "In 1909 the port hired 30 mates in Oban.", False),
        ("In Oban the port hired 30 mates, in Ayr 20.", "In Ayr the port hired 30 mates, in Oban 20.", True),
        ("In Oban the crew meets every two weeks.", "Every two weeks the crew meets in Oban.", False),
        ("Mates are taught by captains.", "Captains teach mates.", False),
        ("A mate's watch is the port's.", "The port is a mate's watch.", False),
        ("The longest trip is still the Oban line.", "The Oban line is still the longest trip.", False),
        ("Captains earn less than mates.", "Mates earn more than captains.", False),
        ("The crew pays $20 and keeps 30 flags.", "The crew pays 30 flags and keeps $20.", True),
        ("Ayr trains mates while Oban hires them.", "Oban trains mates while Ayr hires them, as told in May.", True),
        ("A port assigns each mate to a captain.", "A captain assigns each mate to a port.", True),
    ],
)
def test_who_does_it_to_whom_is_not_exchanged(claim, evidence, found):
    assert exchanged(claim, evidence) is found
    assert not exchanged(evidence, evidence)
    assert not exchanged(claim, "Boats are slow.")


RENT = "The room costs $350 to $500 a month, for about 18 months. Students get 20% off the $890 course."


@pytest.mark.parametrize(
    ("claim", "evidence", "is_reached"),
    [
        ("The room comes to $6,300 to $9,000.", RENT, True),  # multiples
        ("The middle is $425.", RENT, True),
        ("The course comes to $712 for students.", RENT, True),  # a share off
        ("Students save $178.", RENT, True),
        ("A fifth of what lies between is $30, at 20%.", RENT, True),  # a share of a difference
        ("Six months of it come to $77,777.", RENT, False),
        ("The room costs $850 for both.", RENT, True),
        ("It is $100,000.", "Rent is $2,000. It rose 50%.", False),  # a percentage counts nothing
        ("The fee is $150.", "30 of 50 members, 5 branches.", False),  # nor is money made of people
        ("The fee is $2,100.", f"Rent is $2,000. The modulus is {'9' * 400}.", False),
    ],
)
def test_an_amount_may_be_what_the_evidence_comes_to(claim, evidence, is_reached):
    refusal = refused(claim, evidence)
    assert (refusal is None) == is_reached


def test_evidence_full_of_percentages_is_read_in_no_time():
    evidence = " ".join(f"County {n}: {n * 1.37:.1f}% and {n * 2.11:.1f}%, ${n * 1013:,}." for n in range(300))
    begun = time.monotonic()
    refused("In 2024 the board gave $123,457.", evidence)
    assert time.monotonic() - begun < 2
