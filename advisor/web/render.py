"""Turns go in; HTML comes out: question, answer and what stands under it. Every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from advisor.answer import Answer
from advisor.answering.draft import NOTED
from advisor.web.body import body
from advisor.web.sources import sources
from advisor.web.turn import Turn
from corpus import Passage

_LONG = 280  # characters of a question that is shown small, in a box of its own
_UP = "M7 22V10l5-8 2 1-1 6h7l-2 13H7zm-5 0V10h3v12H2z"
_REASONS = ("Wrong", "Not my question", "Source does not say that", "Outdated")


def turn_html(turn: Turn, key: str, passages: Mapping[int, Passage]) -> str:
    """One turn; `key` is unique in the page, `passages` are those of its citations, by number."""
    long = ' tabindex="0"' if len(turn.question) > _LONG else ""
    question = f'<h2 class="question" id="{key}-question"{long}>{escape(turn.question)}</h2>'
    understood = f'<p class="understood">Understood as: {escape(turn.understood)}</p>' if turn.understood else ""
    asker = f'<p class="asker">Asked as: {escape(turn.profile)}</p>' if turn.profile else ""
    busy = "" if turn.answer or turn.error or turn.is_stopped else ' aria-busy="true"'
    return (
        f'<header class="asked">{question}{understood}{asker}</header><div class="answer"{busy}>{body(turn, key)}</div>'
        f'<div class="under">{_under(turn, key)}</div>{sources(turn, key, passages)}'
    )


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
        f'<div class="actions">{opener}{_further(turn)}{_button("copy", "Copy")}{_button("link", "Copy link")}'
        f"{_button('again', 'Ask again')}{_button('edit', 'Edit')}{rating}</div>"
    )
    return f"{made}{actions}{asks}"


def _further(turn: Turn) -> str:
    """The button for what the model knows itself; none in quote mode, nor where that is shown already."""
    answer = turn.answer
    is_written = answer is not None and answer.mode != "quote" and not answer.beyond
    return _button("beyond", "What does the model itself know?") if is_written else ""


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
        drawn = sum(claim.is_conclusion for claim in answer.claims)
        marked = f", {_some(drawn, 'conclusion')} marked as such" if drawn else ""
        parts.append(f"Written by {escape(answer.mode)}: {each}{marked}")
    if own < len(answer.claims):
        noted = _some(len(answer.claims) - own, "sentence")
        parts.append(f"{noted} on differences, noted by hand and checked for figures, roles and names")
    return parts


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
