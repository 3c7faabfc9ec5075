"""A sentence that the verifier is unsure of and its passages go to the chat model; whether they state it comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.written.prompts import READ
from corpus import Passage

_TOKENS = 120
_PATIENCE = 8.0  # seconds: a sentence waits for it
_YES = re.compile(r"\W*yes\b[\s:,.-]*(.*)", re.IGNORECASE | re.DOTALL)
_FEWEST = 3  # words that a yes must name


def second_reader(calls: Calls, claim: str, passages: Sequence[Passage], config: RunnableConfig | None = None) -> bool:
    """Whether the model says yes and names words for it that do stand in the passages. A model that fails says no."""
    # Plain text, not `with_structured_output`: that needs tools or a JSON mode, which not every server has.
    chain = READ | RunnableLambda(calls.stream).bind(max_tokens=_TOKENS, patience=_PATIENCE)
    try:
        reply = chain.invoke({"claim": claim, "passages": [passage.content for passage in passages]}, config)
    except ModelError:
        return False
    said = _YES.match(reply)
    if said is None:
        return False
    held = " ".join(_plain(f"{passage.content} {passage.text}") for passage in passages)
    parts = re.split(r"[\"“”]\s*(?:,|and|;)?\s*[\"“”]|\.\.\.|…", said.group(1))
    named = [words for words in map(_plain, parts) if words]
    return len(" ".join(named).split()) >= _FEWEST and all(f" {words} " in f" {held} " for words in named)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
