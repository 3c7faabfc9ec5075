"""A message that asks nothing of what the articles say goes in; a reply in sentences of ours comes out.

They claim nothing about the world: what the library is about, how answers are checked, and who wrote the articles,
when, and what their publishers sell, as the articles' front matter notes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.answer import Status
from advisor.answering.suggest import scope
from advisor.question.boundary import boundary
from advisor.question.inputs import Message
from advisor.question.talk import Talk
from corpus import Library, Listed

MOST = 8  # articles that are told of one by one
_THANKS = "You're welcome. Ask on whenever you like."
_SURE = (
    "Every quote above stands word for word in the article under its number; that was checked before it was shown. "
    "Whether the article is right was not: open the source to see who wrote it and what they sell."
)
_UNKNOWN = "What its publisher sells is not noted."


def replied(message: Message, talk: Talk | None, library: Library) -> tuple[Status, str] | None:
    """The status and the text to reply with; None where the articles have to be asked."""
    if talk == "thanks":
        return "off_topic", _THANKS
    if talk == "sure":
        return "answered", _SURE
    if talk == "sources":
        return "answered", _told_of(library.listing())
    if talk == "said by":
        # An answer names whose words it quotes; one that names nobody is about the library as a whole.
        listed = library.listing()
        return "answered", _told_of([one for one in listed if _who(one) in message.said_last] or listed)
    return boundary(message.asked, lambda: scope(library))


def _told_of(articles: Sequence[Listed]) -> str:
    told = [f"“{one.title}”, {_by(one)}. {one.interest or _UNKNOWN}" for one in articles[:MOST]]
    more = len(articles) - len(told)
    return "\n\n".join([*told, *([f"And {more} more, which the list of articles shows."] if more else [])])


def _by(article: Listed) -> str:
    makers = [f"by {article.author}" if article.author else "", article.publisher or ""]
    who = ", ".join(part for part in makers if part) or "by nobody who is named"
    return f"{who}, {article.published or 'without a date'}"


def _who(article: Listed) -> str:
    return article.publisher or article.author or article.title
