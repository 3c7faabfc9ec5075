"""A conversation goes in; Markdown or JSON that can be kept comes out, with every citation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from advisor.answer import Answer
from advisor.web.turn import Turn


def to_json(title: str, turns: Sequence[Turn]) -> str:
    """The conversation as JSON: each turn's question, who asked, and the answer as `Answer.to_dict` has it."""
    kept = [
        {
            "question": turn.question,
            "profile": turn.profile or None,
            "answer": turn.answer.to_dict() if turn.answer else None,
        }
        for turn in turns
    ]
    return json.dumps({"title": title, "turns": kept}, ensure_ascii=False, indent=2) + "\n"


def to_markdown(title: str, turns: Sequence[Turn]) -> str:
    """The conversation as Markdown: questions as headings, and below each answer its sources with their quotes."""
    return "\n".join([f"# {_line(title)}", "", *(turn_markdown(turn) for turn in turns)])


def turn_markdown(turn: Turn) -> str:
    """One turn as Markdown."""
    asker = f"*Asked as: {_line(turn.profile)}*\n\n" if turn.profile else ""
    if turn.answer is None:
        text = plain(" ".join(piece.text for piece in turn.pieces))
        return f"## {_line(turn.question)}\n\n{asker}{text}\n\n*This answer was not finished.*\n"
    return f"## {_line(turn.question)}\n\n{asker}{plain(turn.answer.shown)}\n\n{_sources(turn.answer)}"


def plain(text: str) -> str:
    """The text without what a reader of Markdown would run, fetch or follow: HTML, images, links."""
    return re.sub(r"[\\<]|(?<=\])[(:\[]", r"\\\g<0>", text)


def _sources(answer: Answer) -> str:
    lines = []
    for one in answer.citations:
        who = _line(one.publisher or one.author or "publisher not stated")
        lines.append(f"- [{one.number}] {_line(one.title)}. {who}, {_line(one.published or 'date not stated')}.")
        lines.append(f"  {_line(one.interest or 'What the publisher sells is not known.')}")
        lines.append(f"  > {_line(one.quote)}")
    return "\n".join(["Sources:", "", *lines, ""]) if lines else ""


def _line(text: str) -> str:
    return plain(" ".join(text.split()))
