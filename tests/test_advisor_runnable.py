"""LangChain around the advisor and within it: the advisor as a step of a chain, and the chains of written mode."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from chat_server import is_quiet, soon
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import RunnablePassthrough
from scripted import Words, cited, only_entailment, passages

from advisor import Advisor, Answer, QuestionError, as_langchain_retriever
from advisor.models.chat import Calls, Chat
from advisor.settings import Settings
from advisor.written.chain import write_chain
from advisor.written.understand import understand_chain

PAY = "What do mid-level ML engineers earn?"
EARN = "Mid-level MLEs command salaries between $149,000 and $192,000."
HISTORY = [("user", "What does an ML engineer do?"), ("assistant", "Builds models.")]
FOLLOW_UP = "And what does that pay at mid level?"
REWRITTEN = "What does that ML engineer pay at mid level?"


class Scripted(BaseChatModel):
    """Says, word by word, what the kind of prompt calls for; keeps the prompts."""

    prompts: list[str]
    hold: Any = None  # an Event that it waits for after the first word

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        system, prompt = (str(message.content) for message in messages)
        said = REWRITTEN if system.startswith("You rewrite") else cited(f"{EARN[:-1]} {{command salaries}}.", prompt)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=said))])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        self.prompts.append(str(messages[-1].content))
        for word in self._generate(messages).generations[0].text.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))
            if self.hold:
                self.hold.wait(5)


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.starts = 0
        self.events: list[str] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.starts += 1

    def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
        self.events.append(name)


@pytest.fixture
def model():
    return Scripted(prompts=[])


@pytest.fixture
def writing(monkeypatch, library, model):
    """An advisor whose answers the model writes, judged by words."""
    monkeypatch.setattr("advisor.verify.verifier.open_entailment", lambda name: Words())
    monkeypatch.setattr("advisor.verify.verifier._weights", only_entailment)
    return Advisor(model, library=library)


def test_a_step_between_others(advisor):
    prompt = PromptTemplate.from_template("What do mid-level {role} earn?")
    chain = prompt | advisor.as_runnable() | (lambda answer: answer.text)
    assert chain.invoke({"role": "ML engineers"}) == advisor.ask(PAY).text
    assert list(chain.stream({"role": "ML engineers"})) == [advisor.ask(PAY).text]


def test_a_batch_of_three(advisor):
    questions = [PAY, "Do I need a master's degree?", "What's a good pancake recipe?"]
    answers = advisor.as_runnable().batch(questions)
    assert [answer.text for answer in answers] == [advisor.ask(question).text for question in questions]


def test_a_stream_is_the_answer_and_its_sentences_are_events(advisor):
    heard = Heard()
    (answer,) = advisor.as_runnable().stream(PAY, {"callbacks": [heard]})
    assert isinstance(answer, Answer)
    assert heard.events == [type(event).__name__ for event in advisor.stream(PAY)][:-1]

    async def told() -> list[str]:
        stream = advisor.as_runnable().astream_events(PAY, version="v2")
        return [event["name"] async for event in stream if event["event"] == "on_custom_event"]

    assert asyncio.run(told()) == heard.events
    assert asyncio.run(advisor.as_runnable().ainvoke(PAY)).text == answer.text


def test_history_and_profile_come_with_the_question(advisor):
    expected = advisor.ask(FOLLOW_UP, HISTORY, "A nurse.").text
    messages = [HumanMessage(HISTORY[0][1]), AIMessage(HISTORY[1][1])]
    for history in (HISTORY, messages):
        asked = {"question": FOLLOW_UP, "history": history, "profile": "A nurse."}
        assert advisor.as_runnable().invoke(asked).text == expected
    prompt = ChatPromptTemplate.from_messages([("placeholder", "{history}"), ("human", "{question}")])
    chain = prompt | advisor.as_runnable()
    answer = chain.invoke({"history": messages, "question": FOLLOW_UP})
    assert answer.standalone_question == advisor.ask(FOLLOW_UP, HISTORY).standalone_question


@pytest.mark.parametrize(
    "asked",
    [
        "",
        " ",
        7,
        None,
        [],
        {},
        {"query": PAY},
        {"question": 7},
        {"question": PAY, "k": 3},
        {"question": PAY, "history": 7},
    ],
)
def test_what_is_no_question(advisor, asked):
    with pytest.raises(QuestionError):
        advisor.as_runnable().invoke(asked)


def test_callbacks_reach_the_model(writing):
    heard = Heard()
    answer = writing.as_runnable().invoke(PAY, {"callbacks": [heard]})
    assert answer.text.startswith(f"{EARN} [1]")
    assert (answer.mode, answer.usage.calls, heard.starts) == ("scripted", 1, 1)
    assert heard.events[0] == "Sentence"
    answer = writing.as_runnable().invoke({"question": FOLLOW_UP, "history": HISTORY}, {"callbacks": [heard]})
    assert (answer.standalone_question, answer.usage.calls, heard.starts) == (REWRITTEN, 2, 3)
    writing.ask(PAY, config={"callbacks": [heard]})
    writing.ask(PAY)
    assert heard.starts == 4


def calls(model: BaseChatModel) -> Calls:
    return Chat(model, Settings()).begin()


def test_the_chains_of_written_mode_take_any_retriever(library, model):
    begun, retriever = calls(model), as_langchain_retriever(library, k=12)
    alone = understand_chain(begun) | attrgetter("question")
    chain = RunnablePassthrough.assign(question=alone) | write_chain(begun, retriever)
    pieces = list(chain.stream({"question": FOLLOW_UP, "history": HISTORY}))
    assert len(pieces) > 3
    assert "".join(pieces).startswith("Mid-level MLEs command salaries")
    assert f"The question: {REWRITTEN}" in model.prompts[1]
    found = retriever.invoke(REWRITTEN)
    given = passages(model.prompts[1])
    assert list(given) == [f"p{number}" for number in range(1, len(found) + 1)]
    assert [text.strip() for text in given.values()] == [document.page_content.strip() for document in found]
    assert begun.usage.calls == 2


def test_closing_the_chain_ends_the_call(library, model):
    model.hold = threading.Event()
    begun = calls(model)
    chain = write_chain(begun, as_langchain_retriever(library, k=12))
    pieces = chain.stream({"question": PAY})
    assert next(pieces) == "Mid-level "
    pieces.close()  # type: ignore[attr-defined]
    assert begun.usage.calls == 1
    model.hold.set()
    assert soon(is_quiet)
