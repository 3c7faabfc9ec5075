"""A question about an article, a figure's origin or the differences goes in; a reply with its quotes comes out.

All of it is read from the articles, their notes and the answer above; nothing is searched for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from itertools import groupby

from advisor.answer import Event, Status
from advisor.answering.compose import introduced
from advisor.answering.draft import Draft
from advisor.find.differences import all_points
from advisor.find.makers import maker_in, tellers_in
from advisor.find.origin import cited_in
from advisor.find.quotes import Quote, headed, opening, quote_of
from advisor.find.told import Told, are_makers, counted_in, known_by, named_in, told_in
from advisor.question.inputs import Message, bare
from advisor.question.lexicon import ARTICLE, PRONOUN
from advisor.question.talk import set_apart, summed_up
from advisor.question.words import content, stems
from advisor.verify.figures import figures_in
from corpus import Article, Library, Listed

_WHICH = "Which article do you mean? There are these."
_OPENINGS = 8  # sections of an article that a summary opens
_FIGURES = 3  # quotes whose origin is told
_POINTS = 3  # differences that are told in full
_RARE = 0.2  # of the passages, in which the rarest word of a maker's name stands at most
_UNNAMED = "naming no source that I can find there"


def summarised(draft: Draft, message: Message) -> Generator[Event, None, Status | None]:
    """One article in short: who made it, and how its sections begin. None where no article is meant."""
    asked = summed_up(message.asked)
    meant = _meant(asked, message, draft.library)
    if not meant:
        return None
    if len(meant) > 1:
        yield from draft.notice(f"{_WHICH}\n\n{introduced(meant)}")
        return "answered"
    article = draft.article(meant[0].id)
    yield from draft.notice(f"{introduced(meant)} So its sections begin:")
    yield from draft.quotes([headed(one) for one in _openings(draft.library, article)] if article else [])
    return "answered"


def about(message: Message, library: Library) -> tuple[Message, Library]:
    """The library as far as a message asks it, and the message that says so: the articles of whom it asks, else all."""
    for teller in tellers_in(message.asked):
        maker, made = maker_in(teller, library.listing())
        if made and _is_rare(maker, library):
            return dataclasses.replace(message, maker=maker), library.limited([one.id for one in made])
    return message, library


def _is_rare(name: str, library: Library) -> bool:
    """Whether a name is no more than a word for what the articles are about: else it is part of the question."""
    words = content(name)
    counts = library.frequencies(words)
    return min(counts.get(word, 0) for word in words) <= _RARE * library.passage_count()


def _meant(asked: str, message: Message, library: Library) -> Sequence[Listed]:
    """The articles that a text may mean: one where it is plain, several where it is not, none where it means none."""
    articles = library.listing()
    before = _in_order(articles, message.said_last, library)
    if PRONOUN.fullmatch(asked):
        is_plain = len(before) == 1 or ARTICLE.search(asked)
        return (before or articles) if is_plain else ()
    if counted := counted_in(asked, before):
        return [counted]
    named = named_in(asked, articles)
    if not ARTICLE.search(asked):
        return [one for one in named if are_makers(asked, one)]
    told = content(ARTICLE.sub(" ", asked))  # what says which: with words that no article is known by, none is meant
    return [one for one in named if told <= stems(known_by(one))] if told else named or articles


def _in_order(articles: Sequence[Listed], said: str, library: Library) -> list[Listed]:
    """The articles that an answer quoted, or named by their titles, in its order."""
    places = {one.id: said.find(one.title) for one in articles if one.title in said}
    for told in reversed(told_in(said, library)):
        places[told.article] = told.at
    return sorted((one for one in articles if one.id in places), key=lambda one: places[one.id])


def _openings(library: Library, article: Article) -> list[Quote]:
    """The sentence that opens each section; of many sections some, evenly from the first to the last."""
    sections = [list(group) for _, group in groupby(article.sentences(), key=lambda one: one.headings[:1])]
    last = len(sections) - 1
    chosen = sorted({round(n * last / (_OPENINGS - 1)) for n in range(_OPENINGS)})
    found = (quote_of(library, article.id, opening(sections[n]).start) for n in chosen)
    return [quote for quote in found if quote]


def figures_told(draft: Draft, message: Message) -> Generator[Event, None, Status | None]:
    """Where the figures of the answer above come from: who says them, and whom that article cites for it."""
    told = _with_figures(told_in(message.said_last, draft.library), bare(message.asked))
    if not told:
        return None
    for one in told[:_FIGURES]:
        quote = quote_of(draft.library, one.article, one.start)
        names = cited_in(one.text)
        if quote:
            aside = f"citing {', '.join(names)}" if names else _UNNAMED
            yield from draft.quotes([dataclasses.replace(quote, aside=aside)])
    return "answered"


def _with_figures(told: Sequence[Told], asked: str) -> Sequence[Told]:
    """Those that hold the figures asked about; where none is named, those that hold any."""
    named = figures_in(asked)
    holding = [(one, figures_in(one.text)) for one in told]
    same = [one for one, held in holding if any(a.same_as(b) for a in named for b in held)]
    return same or [one for one, held in holding if held]


def differing(draft: Draft, message: Message) -> Generator[Event, None, Status | None]:
    """How many differences are noted, of the articles of those named where somebody is, and the first.

    None where who is named is no publisher or author.
    """
    library = draft.library
    made = [{one.id for one in library.listing() if are_makers(part, one)} for part in set_apart(message.asked)]
    if not all(made):
        return None
    meant = set[str]().union(*made)
    name = "these articles" if len(meant) > 1 else "the articles"
    points = all_points(library)
    noted = [one for one in points if len(meant) < 2 or len(meant & {side.passage.article for side in one.sides}) > 1]
    if not noted:
        yield from draft.notice(f"No differences between {name} are noted.\n\n{introduced(library.listing())}")
        return "answered"
    count = f"{len(noted)} points" if len(noted) > 1 else "one point"
    rest = " The first:" if len(noted) > _POINTS else ""
    yield from draft.notice(f"It is noted that {name} differ on {count}.{rest}")
    for one in noted[:_POINTS]:
        yield from draft.disagreement(one)
    return "answered"
