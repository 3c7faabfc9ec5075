"""Turns go in; HTML comes out: question, answer and what stands under it. Every text from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from advisor.answer import Answer, Disagreement
from advisor.answering.draft import NOTED
from advisor.web.sources import sources, who
from advisor.web.table import is_row, table_html
from advisor.web.turn import Piece, Turn
from corpus import Passage

_LONG = 280  # characters of a question that is shown small, in a box of its own
_UP = "M7 22V10l5-8 2 1-1 6h7l-2 13H7zm-5 0V10h3v12H2z"
_REASONS = ("Wrong", "Not my question", "Source does not say that", "Outdated")


def turn_html(turn: Turn, key: str, passages: Mapping[int, Passage]) -> str:
    """One turn; `key` is unique in the page, `passages` are those of its citations, by number."""
    long = ' tabindex="0"' if len(turn.question) > _LONG else ""
    question = f'<h2 class="question" id="{key}-question"{long}>{escape(turn.question)}</h2>'
    asker = f'<p class="asker">Asked as: {escape(turn.profile)}</p>' if turn.profile else ""
    busy = "" if turn.answer or turn.error or turn.is_stopped else ' aria-busy="true"'
    return (
        f'<header class="asked">{question}{asker}</header><div class="answer"{busy}>{_body(turn, key)}</div>'
        f'<div class="under">{_under(turn, key)}</div>{sources(turn, key, passages)}'
    )


def _body(turn: Turn, key: str) -> str:
    if turn.error:
        return f'<p class="problem">{escape(turn.error)}</p>'
    parts, seen = [_refusal(turn)], list[str]()
    for topic, pieces in groupby(turn.pieces, key=lambda piece: piece.topic):
        if topic:
            parts.append(_difference(list(pieces), topic, turn, key, is_first=not seen))
            seen.append(topic)
        else:
            parts.append(_text(list(pieces), turn, key))
    stopped = '<p class="stopped">Stopped here.</p>' if turn.is_stopped else ""
    return "".join((*parts, stopped))


def _refusal(turn: Turn) -> str:
    is_refused = turn.answer and turn.answer.status == "not_covered"
    return '<p class="label">Not in the articles</p>' if is_refused else ""


def _text(pieces: Sequence[Piece], turn: Turn, key: str) -> str:
    """Paragraphs; where the answer has a table, in place of the rows that it holds."""
    table = turn.answer.table if turn.answer else None
    parts = []
    for is_table, run in groupby(pieces, key=lambda piece: is_row(piece, table)):
        if is_table and table:
            parts.append(table_html(table, lambda number: _link(number, key)))
            table = None  # once
        elif not is_table:
            joined = "".join(f"{_join(piece, at)}{_piece(piece, key)}" for at, piece in enumerate(run))
            parts.append(f"<p>{joined}</p>")
    return "".join(parts)


def _join(piece: Piece, at: int) -> str:
    if at == 0:
        return ""
    return "</p><p>" if piece.join == "\n\n" else escape(piece.join)


def _piece(piece: Piece, key: str) -> str:
    """Escaped text with links to its sources; a mark such as [1] in an article's text is only text."""
    links = "".join(f"&#8288;{_link(number, key)}" for number in piece.citations)
    text = re.sub(r"^\[[^\]]+\]", r'<span class="heading">\g<0></span>', escape(piece.text))
    if piece.is_notice:
        text = re.sub(r"\[(\d+)\]", lambda mark: _link(int(mark.group(1)), key), text)
    return f'<span class="piece">{text}{links}</span>'


def _link(number: int, key: str) -> str:
    return f'<a class="cite" href="#{key}-source-{number}" aria-label="source {number}">{number}</a>'


def _difference(pieces: Sequence[Piece], topic: str, turn: Turn, key: str, is_first: bool) -> str:
    """Both sides of a point of difference beside each other, below them what they do not share; the first open."""
    sides = [_told(piece, turn, key) for piece in pieces if len(piece.citations) == 1]
    if not sides and turn.answer:
        point = next((d for d in turn.answer.disagreements if d.topic == topic), None)
        sides = _held(point, turn, key) if point else []
    notes = [piece for piece in pieces if len(piece.citations) != 1 and not (piece.is_notice and sides)]
    columns = f'<div class="sides">{"".join(sides)}</div>' if sides else ""
    below = "".join(f'<p class="note">{_piece(piece, key)}</p>' for piece in notes)
    named = (piece.text.partition(":")[0].rstrip(".") for piece in pieces if piece.is_notice)
    title = f"<summary>{escape(next(named, 'The articles differ'))}</summary>"
    return f'<details class="differ"{" open" if is_first else ""}>{title}{columns}{below}</details>'


def _told(piece: Piece, turn: Turn, key: str) -> str:
    named = {citation.number: who(citation) for citation in turn.citations}
    publisher = named.get(piece.citations[0], "")
    says = piece.text.removeprefix(publisher).strip()
    return _side(publisher, f'<span class="piece">{escape(says)}&#8288;{_link(piece.citations[0], key)}</span>')


def _held(point: Disagreement, turn: Turn, key: str) -> list[str]:
    named = {citation.number: who(citation) for citation in turn.citations}
    return [
        _side(named.get(number, ""), f'<span class="piece">{escape(text)}&#8288;{_link(number, key)}</span>')
        for text, number in point.sides
    ]


def _side(publisher: str, says: str) -> str:
    return f'<div class="side"><p class="publisher">{escape(publisher)}</p><p>{says}</p></div>'


def _under(turn: Turn, key: str) -> str:
    """How the answer was made, what can be done with it, and what to ask next."""
    asks = _asks(turn.answer) if turn.answer else ""
    if turn.error:
        return f'<div class="actions">{_button("again", "Try again")}{_button("edit", "Edit the question")}</div>'
    if turn.answer is None and not turn.is_stopped:
        return ""
    made = _made(turn) if turn.answer else ""
    cited = dict.fromkeys(citation.article for citation in turn.citations)
    opener = _button("sources", f"Sources: {_some(len(cited), 'article')}") if cited or turn.withheld else ""
    rating = _rating(key) if turn.answer else ""
    actions = (
        f'<div class="actions">{opener}{_button("copy", "Copy")}{_button("link", "Copy link")}'
        f"{_button('again', 'Ask again')}{_button('edit', 'Edit')}{rating}</div>"
    )
    return f"{made}{actions}{asks}"


def _asks(answer: Answer) -> str:
    if not answer.follow_ups:
        return ""
    refused = answer.status in ("not_covered", "off_topic")
    label = "What they do answer" if refused else "Go on with"
    return f'<p class="label">{label}</p>{ask_buttons(answer.follow_ups, label)}'


def ask_buttons(questions: Sequence[str], label: str) -> str:
    """Buttons that ask the questions."""
    buttons = "".join(
        f'<li><button type="button" class="ask" data-ask="{escape(question)}">{escape(question)}</button></li>'
        for question in questions
    )
    return f'<ul class="asks" aria-label="{escape(label)}">{buttons}</ul>'


def _button(action: str, label: str) -> str:
    return f'<button type="button" class="action" data-do="{action}">{escape(label)}</button>'


def _rating(key: str) -> str:
    """Thumbs; a thumb down asks for the reason."""
    reasons = "".join(
        f'<button type="button" class="action" data-do="rate" data-reason="{reason}">{reason}</button>'
        for reason in _REASONS
    )
    about = "What is wrong with it? Your click is kept on the computer that serves this page, with question and answer."
    more = f'aria-expanded="false" aria-controls="{key}-reasons"'
    return (
        f'<span class="rating">{_thumb_button("rate", "Good answer", "")}'
        f"{_thumb_button('ask-reason', 'Bad answer', ' down', more)}</span>"
        f'<div class="reasons" id="{key}-reasons" hidden><p>{about}</p>{reasons}</div><p class="rated" hidden></p>'
    )


def _thumb_button(action: str, label: str, direction: str, more: str = "") -> str:
    icon = f'<svg class="icon{direction}" viewBox="0 0 24 24" aria-hidden="true"><path d="{_UP}"/></svg>'
    return (
        f'<button type="button" class="action" data-do="{action}" aria-label="{label}" title="{label}" {more}>'
        f"{icon}</button>"
    )


def _made(turn: Turn) -> str:
    """How the answer was made, and how many of its sentences were checked and withheld."""
    answer = turn.answer
    assert answer is not None
    parts = [*_checked(answer)]
    if answer.withheld:
        count = _some(len(answer.withheld), "sentence")
        parts.append(f'<button type="button" class="inline" data-do="withheld">{count} withheld</button>')
    return f'<p class="made">{" · ".join(parts)}</p>' if parts else ""


def _checked(answer: Answer) -> list[str]:
    own = sum(claim.reason != NOTED for claim in answer.claims)
    parts = []
    if own and answer.mode == "quote":
        parts.append(f"{_some(own, 'quote')}, checked word for word against the source")
    elif own:
        each = f"{_some(own, 'sentence')}, each checked against the source before it was shown"
        parts.append(f"Written by {escape(answer.mode)}: {each}")
    if own < len(answer.claims):
        noted = _some(len(answer.claims) - own, "sentence")
        parts.append(f"{noted} on differences, noted by hand and checked for figures, roles and names")
    return parts


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
