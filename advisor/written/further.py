"""A question that the articles do not answer in full goes in; what a chat model knows of it itself comes out."""

from __future__ import annotations

import contextlib
import re

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.written.prompts import FURTHER, Asked
from advisor.written.sentences import sentences_of

_TOKENS = 300


def knows(asked: Asked, calls: Calls, config: RunnableConfig | None) -> str | None:
    """Its paragraphs, unchecked and without marks; None where it fails. `asked` holds the `answer`, too."""
    chain = FURTHER | RunnableLambda(calls.stream).bind(max_tokens=_TOKENS)
    with contextlib.suppress(ModelError):
        return "\n\n".join(filter(None, _paragraphs(chain.invoke(asked, config)))) or None
    return None


def _paragraphs(text: str) -> list[str]:
    """A text without keys, links and Markdown."""
    return [" ".join(one.text for one in sentences_of([part])) for part in re.split(r"\n\s*\n", text)]
