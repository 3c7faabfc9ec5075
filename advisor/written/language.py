"""Verified sentences and a language go in; the same sentences in it come out, as far as they say the same."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.answer import Event, Notice, Sentence, Status, Withheld
from advisor.answering.draft import Draft
from advisor.answering.tables import words_of
from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.verify.orders import is_order
from advisor.written.prompts import TRANSLATE

_TOKENS = 120  # for each sentence
_LINE = re.compile(r"^[^\w\n]*(\d+)[ \t]*[:.)][ \t]*(\S.*)$", re.MULTILINE)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
# What no language spells otherwise: abbreviations, and words with capitals or digits inside.
_NAME = re.compile(r"\b(?:[A-Z]{2,}[a-z]?|[A-Za-z]+\d\w*|[A-Za-z]*[a-z][A-Z]\w*)\b")
_SIGN = re.compile(r"[$€£¥%]")
_MARK = re.compile(r"\[\s*\w+\s*\]|https?://\S+|<[^<>]*>")
_PLACE = re.compile(
    r"(?<![\w-])(?<![\w-]{2}\.)(?:[\w-]{2,}\.)+[a-z]{2,}\b", re.IGNORECASE
)  # on the web, without its scheme


def put_into(language: str, sentences: Sequence[str], calls: Calls, config: RunnableConfig | None) -> dict[str, str]:
    """By sentence, the same in that language; one whose figures, signs or names are others is left out.

    Raises ModelError.
    """
    told = {"language": language, "sentences": sentences}
    model = RunnableLambda(calls.stream).bind(max_tokens=_TOKENS * len(sentences))
    reply = (TRANSLATE | model).invoke(told, config)
    lines = {int(number): text.strip() for number, text in _LINE.findall(reply)}
    pairs = ((text, lines.get(number, "")) for number, text in enumerate(sentences, 1))
    return {text: said for text, said in pairs if said and says_the_same(text, said)}


def says_the_same(text: str, said: str) -> bool:
    """Whether a sentence in another language has the same figures, signs and names, and no mark, link or order."""
    return (
        _are_same(_FIGURE.findall(text), _FIGURE.findall(said))
        and Counter(_SIGN.findall(text)) == Counter(_SIGN.findall(said))
        and set(_NAME.findall(text)) == set(_NAME.findall(said))
        and set(_PLACE.findall(said)) <= set(_PLACE.findall(text))
        and not (_MARK.search(said) or is_order(said))
    )


def _are_same(figures: Sequence[str], others: Sequence[str]) -> bool:
    """Whether figures in English are these of another language, which may write 1,234.5 as 1.234,5."""
    left = list(others)
    for figure in figures:
        wanted = figure.replace(",", "")
        found = next((one for one in left if wanted in (one.replace(",", ""), _turned(one))), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _turned(figure: str) -> str:
    return figure.replace(".", "").replace(",", ".")


def speaking(
    language: str, events: Iterator[Event], draft: Draft, calls: Calls, config: RunnableConfig | None
) -> Generator[Event, None, Status]:
    """The events of a written answer in another language, once all of it is verified; what fails stays in English."""
    told, status = yield from _held(events)
    sentences = [text for event in told if (text := _sentence(event))]
    cells = words_of(draft.table) if draft.table else []
    said: dict[str, str] = {}
    with contextlib.suppress(ModelError):
        said = put_into(language, [*sentences, *cells], calls, config) if sentences else {}
    told = [_reworded(event, said) for event in told]
    draft.retell(told, said)
    yield from told
    if sentences and not said:
        yield from draft.notice(f"This could not be put into {language}, so it is in English.")
    return status


def _held(events: Iterator[Event]) -> Generator[Event, None, tuple[list[Event], Status]]:
    """All events, and what their generator returns; what is withheld is told at once."""
    told = list[Event]()
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            return told, end.value
        if isinstance(event, Withheld):
            yield event
        else:
            told.append(event)


def _sentence(event: Event) -> str:
    if isinstance(event, Sentence):
        return event.claim.text
    return event.text if isinstance(event, Notice) else ""


def _reworded(event: Event, said: Mapping[str, str]) -> Event:
    text = said.get(_sentence(event))
    if text and isinstance(event, Sentence):
        claim = dataclasses.replace(event.claim, text=text, original=event.claim.text)
        return dataclasses.replace(event, claim=claim)
    return dataclasses.replace(event, text=text) if text and isinstance(event, Notice) else event
