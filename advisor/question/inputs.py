"""What a caller hands in goes in; clean text comes out, or a QuestionError that says what to change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from advisor.errors import QuestionError
from advisor.question.compare import spelled
from advisor.question.condense import leans
from advisor.question.lexicon import FIT, OF_ANSWER, OF_SOURCES, SMALL_TALK, TALK, OfAnswer
from advisor.question.parts import asked_in, parts, tells
from advisor.question.words import GENERIC_STEMS, clean, stems

MAX_QUESTION = 4_000  # characters: longer than any question, shorter than a pasted document
MAX_PROFILE = 2_000
MAX_TURNS = 20  # of the history, the latest
_FEWEST = 3  # words of a question that names no topic
_REPLIED: tuple[OfAnswer, ...] = ("thanks", "sure", "settle", "convert", "said by")
_FORMS: tuple[OfAnswer, ...] = ("shorter", "more", "table")
_TURNS = 2  # of the asker's, that a question may lean on


@dataclasses.dataclass(frozen=True)
class Query:
    """One question, and what was said before it that it may lean on: the last turns of the asker, and who asks."""

    text: str
    before: tuple[str, ...] = ()
    maker: str = ""  # of articles, whom it asks for what they say, as it calls them
    typed: str = ""  # the text as it was typed, where that may be another
    message: str = ""  # all of the message, where that tells something and then asks this among other things

    @property
    def shown(self) -> str:
        """The question as its asker knows it, without what the message tells beside it."""
        return asked_in(self.typed or self.text)

    def spelled(self, kinds: Sequence[str], names: Sequence[Sequence[Sequence[str]]]) -> Query:
        """The same with what a library tells apart named, where it is to be compared ("the three roles")."""
        return dataclasses.replace(self, text=spelled(self.text, kinds, names))

    @property
    def topic(self) -> str:
        """The question without what only says that the sources tell it ("according to the articles").

        Where nothing else is left, the turns before it are what it is about; without them, all its words.
        """
        text = self.text.replace(self.maker, "the article") if self.maker else self.text
        left = clean(OF_SOURCES.sub(" ", text))
        if not stems(left) <= GENERIC_STEMS or left == self.text:
            return left
        return "" if self.before else self.text

    @property
    def conversation(self) -> str:
        """What was said before and the topic, in order: what is searched for."""
        return "; ".join(filter(None, (*self.before, self.topic)))

    @property
    def read(self) -> str:
        """What a sentence is to answer: the topic alone, unless that leans on what was said before or on who asks."""
        is_alone = self.topic and not leans(self.text) and not FIT.search(self.text)
        return self.topic if is_alone else self.conversation


@dataclasses.dataclass(frozen=True)
class Message:
    """What a caller asks, the turns before it, and who asks; all clean."""

    asked: str
    turns: list[tuple[str, str]]
    about: str
    maker: str = ""  # of articles, whom it asks for what they say, as it calls them

    @property
    def said(self) -> tuple[str, ...]:
        """What the advisor said in the turns before."""
        return tuple(text for role, text in self.turns if role == "assistant")

    @property
    def said_last(self) -> str:
        """What the advisor said last of what the articles say: no reply to thanks, to "are you sure?" or the like."""
        asked, said = "", ""
        for role, text in self.turns:
            asked = text if role == "user" else asked
            said = text if role == "assistant" and not (said and _is_replied(asked)) else said
        return said

    def queries(self, rewritten: str | None = None) -> list[Query]:
        """The questions in the message; `rewritten` is it standing alone, where a model has made that of it."""
        # Who asks matters to a question of fit, choice or plan; elsewhere it would lead away from what is asked.
        about = (self.about,) if self.about and FIT.search(self.asked) else ()
        if rewritten is not None and rewritten != self.asked:
            return [Query(text, about, self.maker) for text in parts(rewritten)]
        asked = [text for role, text in self.turns if role == "user" and not _is_talk(text)]
        texts = parts(self.asked)
        message = self.asked if len(texts) > 1 and tells(self.asked) else ""
        return [Query(text, (*about, *asked[-_TURNS:]), self.maker, message=message) for text in texts]


def bare(text: str) -> str:
    """A message without what ends its sentence."""
    return text.strip(" ?!.,…")


def wants(name: OfAnswer, text: str) -> bool:
    """Whether a message wants that of the answer before; another form of it may be wished with a reason."""
    told = TALK["reason"].sub("", bare(text)) if name in _FORMS else text
    return bool(TALK[name].fullmatch(bare(told)))


def _is_talk(text: str) -> bool:
    """Whether a turn is nothing that the next may lean on: "thanks", "shorter please", "are you sure?"."""
    return _is_replied(text) or any(wants(name, text) for name in OF_ANSWER)


def _is_replied(text: str) -> bool:
    """Whether a turn is replied to in words of our own: it thanks or greets, or asks what the answer is worth."""
    return any(pattern.fullmatch(bare(text)) for pattern in (SMALL_TALK, *(TALK[name] for name in _REPLIED)))


def read_message(question: Any, history: Any, profile: Any) -> Message:
    """Check all three. Raises QuestionError."""
    return Message(check_question(question), check_history(history), check_profile(profile))


def asks_nothing(text: str) -> bool:
    """Whether nothing but a word or two without a topic is left beside what speaks of the sources."""
    left = clean(OF_SOURCES.sub(" ", text))
    return len(left.split()) < _FEWEST and stems(left) <= GENERIC_STEMS


def check_question(question: Any) -> str:
    """The question, clean. Raises QuestionError where it is no text, empty, or too long."""
    if not isinstance(question, str):
        raise QuestionError(f"The question is a {type(question).__name__}, not text; pass a string.")
    text = clean(question)
    if not text:
        raise QuestionError("The question is empty; type one, such as: What does an AI engineer do?")
    if len(text) > MAX_QUESTION:
        size, limit = f"{len(text):,}", f"{MAX_QUESTION:,}"
        raise QuestionError(f"The question has {size} characters and the limit is {limit}; ask the core of it.")
    return text


def check_profile(profile: Any) -> str:
    """The profile, clean; "" for None."""
    if profile is None:
        return ""
    if not isinstance(profile, str):
        raise QuestionError(f"The profile is a {type(profile).__name__}, not text; pass a string or None.")
    text = clean(profile)
    if len(text) > MAX_PROFILE:
        raise QuestionError(f"The profile has {len(text):,} characters and the limit is {MAX_PROFILE:,}; shorten it.")
    return text


def check_history(history: Any) -> list[tuple[str, str]]:
    """The latest turns as (role, text); turns by others than user and assistant are left out.

    A turn is a pair (role, text) or a dict with "role" and "content", as chat APIs have it.
    """
    if history is None:
        return []
    if isinstance(history, (str, bytes)) or not isinstance(history, Sequence):
        raise QuestionError('The history is not a list of turns; pass [("user", "..."), ("assistant", "...")].')
    turns = [_turn(turn, number) for number, turn in enumerate(history, 1)]
    return [(role, text[:MAX_QUESTION]) for role, text in turns if role in ("user", "assistant") and text][-MAX_TURNS:]


def _turn(turn: Any, number: int) -> tuple[str, str]:
    pair = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else turn
    is_pair = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
    if not is_pair or not all(isinstance(part, str) for part in pair):
        raise QuestionError(f'Turn {number} of the history is not a pair of texts; pass ("user", "...").')
    role, text = map(str, pair)
    return role.strip().lower(), clean(text)
