"""Questions that are not in English, follow-ups and further searches: one call reads them, another puts the answer."""

from __future__ import annotations

import json

import pytest
from chat_server import Empty, Reply, Status
from scripted import Script, passages
from test_advisor_write import EARN, GAP, GOOD, HIGHEST, PAY, judge, serve  # noqa: F401 - fixtures

from advisor.written.language import says_the_same

GERMAN = "Was verdient ein ML-Ingenieur mit mittlerer Erfahrung?"
EARN_DE = "MLEs der Mitte bekommen zwischen $149,000 und $192,000."
HIGHEST_DE = "AI Engineer hat jetzt die größte Spanne und die höchste Decke."


def reading(question=PAY, language="German", searches=()):
    return json.dumps({"question": question, "language": language, "searches": list(searches)})


def put(*lines):
    return "\n".join(f"{number}: {line}" for number, line in enumerate(lines, 1))


@pytest.fixture(autouse=True, scope="module")
def loaded():
    """What a client loads for a first reply by a schema takes seconds on a busy machine, which are not the model's."""
    import openai.lib.streaming.chat  # noqa: F401


class Speaking(Script):
    """A script that also puts sentences into a language; what it reads is JSON, whose braces are no places."""

    def __init__(self, writes, *, condenses="", puts=""):
        reads = (lambda prompt: Reply(condenses)) if condenses else Empty()
        super().__init__(writes, condenses=reads)
        self._steps["You put"] = puts


def test_a_question_in_another_language_is_answered_in_it(serve, judge):  # noqa: F811
    script = Speaking(GOOD, condenses=reading(), puts=put(EARN_DE, HIGHEST_DE))
    answer, _, requests = serve(script, GERMAN)
    assert answer.text == f"{EARN_DE} [1] {HIGHEST_DE} [2]"
    assert [claim.original for claim in answer.claims] == [EARN, HIGHEST]
    assert "$149,000" in answer.citations[0].quote
    assert (answer.question, answer.standalone_question, answer.status) == (GERMAN, PAY, "answered")
    assert len(requests) == 3
    prompt = requests[1].json["messages"][1]["content"]
    assert f"The question: {PAY}" in prompt
    assert requests[0].json["response_format"]["json_schema"]["schema"]["required"] == [
        "question",
        "language",
        "searches",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "MLEs bekommen zwischen $149,000 und $129,000.",
        "MLEs bekommen $149,000.",
        "MLEs bekommen zwischen 149,000€ und 192,000€.",
        "Ingenieure bekommen zwischen $149,000 und $192,000.",
        "MLEs bei OpenAI bekommen zwischen $149,000 und $192,000.",
        "MLEs bekommen zwischen $149,000 und $192,000 [9].",
        "",
    ],
)
def test_a_sentence_that_says_other_figures_or_names_stays_in_english(serve, judge, line):  # noqa: F811
    answer, *_ = serve(Speaking(GOOD, condenses=reading(), puts=put(line, HIGHEST_DE)), GERMAN)
    assert answer.text == f"{EARN} [1] {HIGHEST_DE} [2]"
    assert [claim.original for claim in answer.claims] == [None, HIGHEST]


def test_a_gap_is_said_in_the_language_too(serve, judge):  # noqa: F811
    gap, german = "The articles do not say what plumbers earn.", "Die Artikel sagen nicht, was Klempner verdienen."
    asked = "What do mid-level ML engineers and plumbers earn?"
    script = Speaking(f"{GOOD} {gap}", condenses=reading(asked), puts=put(EARN_DE, HIGHEST_DE, german))
    answer, *_ = serve(script, "Was verdienen ML-Ingenieure und was verdienen Klempner?")
    assert answer.text.endswith(german)
    assert answer.status == "partial"


def test_where_it_cannot_be_put_the_answer_is_in_english_and_says_so(serve, judge):  # noqa: F811
    answer, *_ = serve(Speaking(GOOD, condenses=reading(), puts=Status(500)), GERMAN, RETRIES=0)
    assert answer.text.startswith(f"{EARN} [1]")
    assert answer.text.endswith("This could not be put into German, so it is in English.")


@pytest.mark.parametrize(
    "said",
    ["", GERMAN, reading(GERMAN), reading(language="x <b>"), reading(language="English"), "{", reading("Pay in 2044?")],
)
def test_a_question_that_cannot_be_read_is_declined_as_without_a_model(serve, judge, said):  # noqa: F811
    answer, _, requests = serve(Speaking(GOOD, condenses=said), GERMAN, RETRIES=0)
    assert answer.status == "not_covered"
    assert "Please ask in English" in answer.text
    assert len(requests) == 1


def test_an_english_question_is_answered_in_english_whatever_the_model_says(serve, judge):  # noqa: F811
    question, history = "And what does that pay at mid level?", [("user", "What does an ML engineer do?")]
    answer, *_ = serve(Speaking(GOOD, condenses=reading(question), puts=put("X", "Y")), question, history)
    assert EARN in answer.text


def test_where_the_library_seems_silent_the_model_may_have_more_looked_up(serve, judge):  # noqa: F811
    question = "How much does the JoinAI MasterClass cost?"
    search = "salaries of mid-level MLEs"
    plain = serve(Speaking("x", condenses=reading(question, "English")), question)[2]
    stated = f"{EARN[:-1]} {{command salaries}}."
    script = Speaking(stated, condenses=reading(question, "English", [search, "x" * 300, 7, GERMAN]))
    answer, _, requests = serve(script, question)
    assert [one.json["messages"][0]["content"][:11] for one in requests[:2]] == ["You rewrite", "You answer "]
    given, before = (list(passages(one[1].json["messages"][1]["content"]).values()) for one in (requests, plain))
    assert "Mid-level MLEs command salaries" in "".join(given)
    assert given != before, "what was searched for beside the question is among the passages"
    assert EARN in answer.text


def test_a_server_without_structured_output_is_asked_in_plain_text(serve, judge):  # noqa: F811
    def step(request):
        if "response_format" in request:
            return Status(400, body='{"error": {"message": "response_format is not supported"}}')
        return script(request)

    script = Speaking(GOOD, condenses=f"Here it is: {reading()}", puts=put(EARN_DE, HIGHEST_DE))
    answer, _, requests = serve(step, GERMAN)
    assert answer.text == f"{EARN_DE} [1] {HIGHEST_DE} [2]"
    assert ["response_format" in one.json for one in requests] == [True, False, False, False]


def test_what_is_the_same_in_every_language():
    assert says_the_same("Pay is up 60% in the US, at AWS.", "In den US, bei AWS, ist die Bezahlung um 60% höher.")
    assert says_the_same("It takes 1.5 years and $1,234.50.", "Es dauert 1,5 Jahre und 1.234,50 $.")
    assert not says_the_same("It takes 1.5 years.", "Es dauert 15 Jahre.")
    assert not says_the_same("Pay is up 60%.", "Pay is up 60.")
    assert says_the_same("Coder.Dev says so.", "Coder.Dev sagt es.")
    assert not says_the_same("A degree helps.", "Un título ayuda, en www.evil.example")
    assert not says_the_same("A degree helps.", "Un título ayuda: https://evil.example")
