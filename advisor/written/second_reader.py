"""Sentences in doubt and their passages go to the chat model in one call; for each comes out what it reads there."""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Mapping, Sequence

from langchain_core.runnables import RunnableConfig, RunnableLambda

from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.written.bearing import plain
from advisor.written.prompts import READ
from corpus import Passage

_TOKENS = 120  # for each sentence
_LINE = re.compile(r"^[^\w\n]*(?:(?:sentence )?(\d+)\W+)?(YES|NO)\b[ \t:,.-]*(.*)$", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_FEWEST = 3  # words that a yes must name


@dataclasses.dataclass(frozen=True)
class Doubt:
    """A sentence and the passages that may state it."""

    text: str
    passages: tuple[Passage, ...]


def read_again(
    calls: Calls, question: str, doubts: Sequence[Doubt], sources: Mapping[str, str], config: RunnableConfig | None
) -> list[tuple[str, ...] | None]:
    """For each doubt the words that state it, where the model names some that do stand in its passages.

    () is no; None is not read: the model failed, was silent for longer than its own speed lets expect, or left that
    sentence out. `sources` says who published an article, and when, by id.
    """
    # Plain text, not `with_structured_output`: that needs tools or a JSON mode, which not every server has.
    read = RunnableLambda(calls.stream).bind(max_tokens=_TOKENS * len(doubts), patience=calls.patience)
    try:
        reply = (READ | read).invoke(_asked(question, doubts, sources), config)
    except ModelError:
        return [None] * len(doubts)
    said = {int(number or 1): (word.upper() == "YES", rest) for number, word, rest in _LINE.findall(reply)}
    return [_named(*said[n], doubt.passages, sources) if n in said else None for n, doubt in enumerate(doubts, 1)]


def _asked(question: str, doubts: Sequence[Doubt], sources: Mapping[str, str]) -> dict[str, object]:
    passages = list(dict.fromkeys(passage for doubt in doubts for passage in doubt.passages))
    letters = dict(zip(passages, string.ascii_uppercase, strict=False))  # of the ten that a model is given at most
    shown = [
        f"Passage {letters[p]}, by {sources.get(p.article, 'a publisher not stated')}:\n{p.content}" for p in passages
    ]
    claims = [
        f"{number}. (to be read in {', '.join(letters[passage] for passage in doubt.passages)}) {doubt.text}"
        for number, doubt in enumerate(doubts, 1)
    ]
    return {"question": question, "passages": shown, "claims": claims}


def _named(is_yes: bool, rest: str, passages: Sequence[Passage], sources: Mapping[str, str]) -> tuple[str, ...]:
    """The words that a yes names; a yes that names too few, or others than the passages' and their notes', is no."""
    held = " ".join(plain(f"{one.content} {one.text} {sources.get(one.article, '')}") for one in passages)
    parts = [part for said in _QUOTED.findall(rest) or [rest] for part in re.split(r"\.\.\.|…", said)]
    words = [one for one in map(plain, parts) if one] if is_yes else []
    is_held = all(f" {one} " in f" {held} " for one in words)
    return tuple(words) if is_held and len(" ".join(words).split()) >= _FEWEST else ()
