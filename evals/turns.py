"""Conversation files go in (`conversations/<library>.jsonl`, a conversation a line); checked Turn values come out.

`{"id", "held_out", "turns": [{"question", "vital": [[sentence, ...], ...], "welcome": [sentence, ...]}, ...]}`: every
sentence of the articles that belongs to a good answer is graded, as nuggets are in TREC's RAG track; all others are
beside the question.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from corpus import Article
from evals.case import Case, CaseError, groups, read_lines, read_object

CONVERSATIONS = Path(__file__).parent / "conversations"
CONVERSATION = "conversation"  # the kind of every turn
_FIELDS = ("id", "held_out", "turns")
_OF_A_TURN = ("question", "vital", "welcome")
_RIGHT = {True: ("answered", "partial"), False: ("not_covered", "off_topic")}  # statuses, by whether it is answerable


@dataclasses.dataclass(frozen=True, kw_only=True)
class Turn(Case):
    """One turn of a conversation, whose history is filled in while it is asked: the real answers before it.

    `gold` holds the vital nuggets: groups of sentences that say the same, of which one suffices; none where the
    articles do not answer. `welcome` are sentences that a short answer may leave out.
    """

    conversation: str
    welcome: tuple[str, ...]


def load_turns(articles: Iterable[Article], path: Path) -> list[Turn]:
    """The turns of one library's conversations, in order; none where it has no file. Raises CaseError."""
    texts = [article.text for article in articles]
    turns: list[Turn] = []
    for where, read in read_turns(path) if path.exists() else ():
        if any(turn.conversation == read[0].conversation for turn in turns):
            raise CaseError(f"{where}: id: '{read[0].conversation}' is taken; choose another")
        for turn in read:
            for sentence in (*(one for group in turn.gold for one in group), *turn.welcome):
                if not any(sentence in text for text in texts):
                    raise CaseError(f"{where}: {turn.id}: no article holds “{sentence[:80]}”; copy it verbatim")
        turns += read
    return turns


def read_turns(path: Path) -> Iterator[tuple[str, list[Turn]]]:
    """The conversations of one file, each with its place; sentences are not yet held against the articles."""
    for number, line in enumerate(read_lines(path), 1):
        where = f"{path.name}:{number}"
        yield where, list(_read(read_object(line, where), where))


def units(cases: Iterable[Case]) -> list[Sequence[Case]]:
    """What can be asked by itself: each single question, and each conversation with its turns in order."""
    grouped = groupby(cases, key=lambda case: (case.conversation, True) if isinstance(case, Turn) else (case.id, False))
    return [list(unit) for _, unit in grouped]


def _read(fields: dict[str, Any], where: str) -> Iterator[Turn]:
    _check_names(fields, _FIELDS, where)
    id_, held_out, turns = (fields[name] for name in _FIELDS)
    _check_text(id_, f"{where}: id")
    if not isinstance(held_out, bool):
        raise CaseError(f"{where}: held_out: write true or false")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        raise CaseError(f"{where}: turns: write a list of objects, one a turn")
    for number, turn in enumerate(turns, 1):
        place = f"{where}: turn {number}"
        _check_names(turn, _OF_A_TURN, place)
        _check_text(turn["question"], f"{place}: question")
        vital = groups(turn["vital"], f"{place}: vital")
        yield Turn(
            id=f"{id_}.{number}",
            kind=CONVERSATION,
            held_out=held_out,
            question=turn["question"],
            history=(),
            profile=None,
            gold=vital,
            facts=(),
            status=_RIGHT[bool(vital)],
            notes="",
            conversation=id_,
            welcome=groups([turn["welcome"]], f"{place}: welcome")[0] if turn["welcome"] else (),
        )


def _check_names(fields: dict[str, Any], names: Sequence[str], where: str) -> None:
    if missing := [name for name in names if name not in fields]:
        raise CaseError(f"{where}: {missing[0]}: missing; add it")
    if unknown := [name for name in fields if name not in names]:
        raise CaseError(f"{where}: {unknown[0]}: unknown field; the fields are {', '.join(names)}")


def _check_text(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise CaseError(f"{where}: write a text, not {json.dumps(value)[:40]}")
