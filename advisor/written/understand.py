"""A conversation goes in; how a chat model reads its last question comes out: alone, in English, what to look up."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.question.boundary import is_foreign
from advisor.question.condense import condense
from advisor.question.lexicon import ENGLISH as ENGLISH_WORDS
from advisor.question.words import GENERIC_STEMS, clean, stems
from advisor.written.prompts import UNDERSTAND, Asked

ENGLISH = "English"
_TOKENS = 250
_LONGEST = {"question": 400, "language": 30, "search": 200}  # characters
_SEARCHES = 2
_ENOUGH = 2  # common English words that make a question an English one, whatever a model says
_FEWEST = 4  # words of a question that may be in another language because it has none of them
_LANGUAGE = re.compile(r"[A-Z][a-z]+(?: \([A-Za-z ]+\))?")
_SCHEMA: dict[str, Any] = {
    "title": "reading",
    "description": "How the last question is read.",
    "type": "object",
    "properties": {
        "question": {"type": "string", "description": "the last question, alone, in English"},
        "language": {"type": "string", "description": "the language of the last question, in English"},
        "searches": {"type": "array", "items": {"type": "string"}, "description": "at most two, in English"},
    },
    "required": ["question", "language", "searches"],
    "additionalProperties": False,
}


@dataclasses.dataclass(frozen=True)
class Understood:
    """A question as it would be asked alone, in English; the language it was asked in, and what else to look up."""

    question: str
    language: str = ENGLISH
    searches: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether it was asked in another language than English."""
        return self.language != ENGLISH


def understand_chain(calls: Calls) -> Runnable[Asked, Understood]:
    """The model's reading in one call, as far as it adds nothing; else the question as it can be read without it."""
    model = RunnableLambda(calls.stream).bind(max_tokens=_TOKENS, schema=_SCHEMA)
    reading = RunnablePassthrough.assign(said=UNDERSTAND | model) | RunnableLambda(_understood)
    return reading.with_fallbacks([RunnableLambda(plain)], exceptions_to_handle=(ModelError,))


def may_be_foreign(text: str) -> bool:
    """Whether a text is in another language, or holds none of the commonest words of English."""
    return is_foreign(text) or (len(text.split()) >= _FEWEST and not _english_words(text))


def plain(asked: Asked) -> Understood:
    """The reading without a model."""
    return Understood(condense(asked["question"], asked.get("history", ())))


def _understood(asked: Asked) -> Understood:
    fields = _fields(asked["said"])
    question, language = _text(fields, "question"), _text(fields, "language").capitalize()
    was_foreign = is_foreign(asked["question"])
    is_english = not was_foreign and _english_words(asked["question"]) >= _ENOUGH
    if is_english or not _LANGUAGE.fullmatch(language):
        language = ENGLISH
    if was_foreign or language != ENGLISH:
        is_sound = question and not is_foreign(question) and _figures(question) <= _figures(_held(asked))
        if language == ENGLISH or not is_sound:
            return plain(asked)
    elif not _adds_nothing(question, asked):
        question, language = plain(asked).question, ENGLISH
    held = fields.get("searches")
    listed = held if isinstance(held, list) else []
    searches = [clean(one) for one in listed if isinstance(one, str) and len(one) <= _LONGEST["search"]]
    kept = [one for one in searches if re.search(r"\w", one) and not is_foreign(one) and one != question]
    return Understood(question, language, tuple(dict.fromkeys(kept))[:_SEARCHES])


def _fields(said: str) -> dict[str, Any]:
    """The JSON object in a reply; of one that is plain text, its text as the question."""
    start, end = said.find("{"), said.rfind("}")
    try:
        found = json.loads(said[start : end + 1]) if 0 <= start < end else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"question": said}


def _text(fields: dict[str, Any], name: str) -> str:
    text = fields.get(name)
    text = clean(text).strip(" \"'“”") if isinstance(text, str) else ""
    return text if len(text) <= _LONGEST[name] and re.search(r"\w", text) else ""


def _figures(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def _english_words(text: str) -> int:
    return sum(word in ENGLISH_WORDS for word in re.findall(r"[^\W\d_]+", text.lower()))


def _held(asked: Asked) -> str:
    """All that the conversation says."""
    return " ".join((asked["question"], *(text for _, text in asked.get("history", ()))))


def _adds_nothing(said: str, asked: Asked) -> bool:
    """Whether a rewritten question has no name, figure or other word of content that the conversation has not."""
    return bool(said) and stems(said) <= GENERIC_STEMS | stems(_held(asked))
