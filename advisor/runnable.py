"""An Advisor goes in; the same as a step of any LangChain chain comes out: a question to it, an Answer from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import dispatch_custom_event
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from advisor.answer import Answer
from advisor.errors import QuestionError

if TYPE_CHECKING:
    from advisor.pipeline import Advisor

_FIELDS = ("question", "history", "profile", "sources", "since", "beyond")  # of Advisor.stream
_ROLES = {"human": "user", "ai": "assistant"}


def as_runnable(advisor: Advisor) -> Runnable[Any, Answer]:
    """A runnable from a question to its Answer.

    The question is a text, the prompt of a template, or a dict {question, history?, profile?, sources?, since?,
    beyond?}, whose history may be LangChain's messages. QuestionError is raised for anything else. `stream` gives the
    Answer, whole and at the end, as what follows in a chain could do nothing with a part of one; each event of
    `Advisor.stream` before it is dispatched as a custom event of its class's name (Sentence, ...), which
    `astream_events` and callbacks show.
    """

    def answer(asked: Any, config: RunnableConfig) -> Answer:
        for event in advisor.stream(**_read(asked), config=config):
            if not isinstance(event, Answer):
                dispatch_custom_event(type(event).__name__, event, config=config)
        assert isinstance(event, Answer)
        return event

    return RunnableLambda(answer, name="Advisor")


def _read(asked: Any) -> dict[str, Any]:
    """What `Advisor.stream` takes. Raises QuestionError."""
    if isinstance(asked, PromptValue) and (messages := asked.to_messages()):
        asked = {"question": messages[-1].text, "history": messages[:-1]}
    elif isinstance(asked, str):
        asked = {"question": asked}
    if not isinstance(asked, Mapping) or "question" not in asked or not set(asked) <= set(_FIELDS):
        raise QuestionError(f"The input is no question; pass a text, or a dict with these keys: {', '.join(_FIELDS)}.")
    history = asked.get("history")
    if isinstance(history, (list, tuple)):
        history = [_turn(turn) for turn in history]
    return {**asked, "history": history}


def _turn(turn: Any) -> Any:
    return (_ROLES.get(turn.type, turn.type), turn.text) if isinstance(turn, BaseMessage) else turn
