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
_LINE = re.compile(
    r"^[^\w\n]*(?:(?:sentence )?(\d+)\W+)?(YES|FOLLOWS|NO)\b[ \t:,.-]*(.*)$", re.IGNORECASE | re.MULTILINE
)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_FEWEST = 3  # words that a yes must name


@dataclasses.dataclass(frozen=True)
class Doubt:
    """A sentence and the passages that may state it."""

    text: str
    passages: tuple[Passage, ...]


@dataclasses.dataclass(frozen=True)
class Reread:
    """What a second reader makes of a sentence."""

    words: tuple[str, ...] = ()  # of its passages and their notes, which state it; none: they do not
    is_conclusion: bool = False  # they do not state it, but what they state comes to it


def read_again(
    calls: Calls, question: str, doubts: Sequence[Doubt], sources: Mapping[str, str], config: RunnableConfig | None
) -> list[Reread | None]:
    """What the model reads of each doubt; only words that do stand in its passages count.

    None is not read: the model failed, was silent for longer than its own speed lets expect, or left that sentence out.
    `sources` says who published an article, and when, by id.
    """
    # Plain text, not `with_structured_output`: that needs tools or a JSON mode, which not every server has.
    read = RunnableLambda(calls.stream).bind(max_tokens=_TOKENS * len(doubts), patience=calls.patience)
    try:
        reply = (READ | read).invoke(_asked(question, doubts, sources), config)
    except ModelError:
        return [None] * len(doubts)
    said = {int(number or 1): (word.upper(), rest) for number, word, rest in _LINE.findall(reply)}
    return [_reread(*said[n], doubt.passages, sources) if n in said else None for n, doubt in enumerate(doubts, 1)]


def _asked(question: str, doubts: Sequence[Doubt], sources: Mapping[str, str]) -> dict[str, object]:
    passages = list(dict.fromkeys(passage for doubt in doubts for passage in doubt.passages))
    letters = dict(zip(passages, string.ascii_uppercase, strict=False))
    shown = [
        f"Passage {letters[p]}, by {sources.get(p.article, 'a publisher not stated')}:\n{p.content}" for p in passages
    ]
    claims = [
        f"{number}. (to be read in {', '.join(letters[passage] for passage in doubt.passages)}) {doubt.text}"
        for number, doubt in enumerate(doubts, 1)
    ]
    return {"question": question, "passages": shown, "claims": claims}


def _reread(word: str, rest: str, passages: Sequence[Passage], sources: Mapping[str, str]) -> Reread:
    """What is said with the words that it names; with too few, or others than the passages' and their notes', no."""
    held = " ".join(plain(f"{one.content} {one.text} {sources.get(one.article, '')}") for one in passages)
    parts = [part for said in _QUOTED.findall(rest) or [rest] for part in re.split(r"\.\.\.|…", said)]
    words = [one for one in map(plain, parts) if one] if word != "NO" else []
    is_held = all(f" {one} " in f" {held} " for one in words)
    is_enough = len(" ".join(words).split()) >= _FEWEST
    return Reread(tuple(words), word == "FOLLOWS") if is_held and is_enough else Reread()
