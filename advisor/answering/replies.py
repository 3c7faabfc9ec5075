"""A message that asks nothing of what the articles say goes in; a reply comes out, without a search.

Sentences of ours claim nothing about the world: what the library is about, how answers are checked, and who wrote the
articles, when, and what their publishers sell, as the articles' front matter notes it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from advisor.answer import MARK, Event, Status
from advisor.answering.compose import introduced
from advisor.answering.draft import Draft
from advisor.answering.inquiries import differing, figures_told, summarised
from advisor.answering.suggest import scope
from advisor.find.origin import cited_in
from advisor.find.told import teller, told_in
from advisor.question.boundary import boundary
from advisor.question.inputs import Message, asks_nothing
from advisor.question.lexicon import OF_SHOWN
from advisor.question.talk import Talk
from corpus import Library, Listed

_THANKS = "You're welcome. Ask on whenever you like."
_SURE = (
    "Every quote above stands word for word in the article under its number; that was checked before it was shown. "
    "Whether the article is right was not: open the source to see who wrote it and what they sell."
)
_BELIEVE = (
    "I check that a quote stands in its article, not which article is right. What is known to weigh them by: who wrote "
    "them, when, and what they sell."
)
_UNSURE = "The answer above quotes nothing, so that there is nothing to be sure of: I found no sentence that answers."
_CONVERT = "I convert nothing: figures stand as the articles give them, in their own currency and for their own time."
_Inquiry = Callable[[Draft, Message], Generator[Event, None, Status | None]]
_WITH_QUOTES: dict[Talk | None, _Inquiry] = {
    "summary": summarised,
    "figure": figures_told,
    "differ": differing,
}


def replied(draft: Draft, message: Message, talk: Talk | None) -> Generator[Event, None, Status | None]:
    """Reply to what needs no search; None, and nothing said, where the articles have to be asked."""
    status = (yield from _WITH_QUOTES[talk](draft, message)) if talk in _WITH_QUOTES else None
    reply = None if status else _said(message, talk, draft.library)
    if reply:
        status, text = reply
        yield from draft.notice(text)
    return status


def _said(message: Message, talk: Talk | None, library: Library) -> tuple[Status, str] | None:
    """A reply in our words alone."""
    if talk == "thanks":
        return "off_topic", _THANKS
    if talk == "sure":
        is_cited = MARK.search(message.said_last) or told_in(message.said_last, library)
        return "answered", _SURE if is_cited else _UNSURE
    if talk == "convert":
        return "answered", _CONVERT
    if talk == "sources":
        is_of_shown = message.said_last and OF_SHOWN.search(message.asked)
        return "answered", _quoted(message, library) if is_of_shown else introduced(library.listing())
    if talk in ("believe", "settle"):
        return "answered", f"{_BELIEVE}\n\n{_quoted(message, library)}"
    if talk == "said by":
        return "answered", _quoted(message, library)
    met = boundary(message.asked, lambda: scope(library))
    if met is None and not message.turns and asks_nothing(message.asked):
        return "off_topic", f"I could not find a question in that. {scope(library)}"
    return met


def _quoted(message: Message, library: Library) -> str:
    """The articles that the answer above quotes, or names, and whom each cites; all where it does neither."""
    citing: dict[str, dict[str, None]] = {}
    for told in told_in(message.said_last, library):
        citing.setdefault(told.article, {}).update(dict.fromkeys(cited_in(told.text)))
    listed = library.listing()
    meant: Sequence[Listed] = [one for one in listed if one.id in citing]
    meant = meant or [one for one in listed if teller(one) in message.said_last] or listed
    return introduced(meant, {article: list(names) for article, names in citing.items()})
