"""What was found goes in; an answer in the articles' own words comes out, or what they do not say."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from advisor.answer import Event, Status
from advisor.answering.compose import NEAREST, doubted_text, guided, missing_text, of_other_years, unnamed_text
from advisor.answering.draft import Draft
from advisor.answering.suggest import scope
from advisor.find.choose import MOST
from advisor.find.differences import MAX_POINTS, Point
from advisor.find.find import Found
from advisor.find.guide import guide
from advisor.find.quotes import Quote, has_table
from advisor.find.side_by_side import side_by_side
from advisor.find.told import teller
from advisor.question.boundary import off_topic
from advisor.question.lexicon import DRAWN, TABLE

_YEAR = re.compile(r"\b20\d\d\b(?![,.]?\d)")
_IN_DOUBT = 3  # quotes, at most, that may not answer
# That a question is answered, from which the nearest to it is worth a look: of what is less likely one in a hundred is,
# unless the question is not answered for a name in it.
_LIKELY = 0.35


def quoted(draft: Draft, found: Sequence[Found], said: str = "", most: int = MOST) -> Generator[Event, None, Status]:
    """Name the gaps, quote what answers each covered question, and both sides of the point on which articles differ.

    `said` is what the conversation has shown; `most` bounds the quotes of the whole answer.
    """
    covered = [one for one in found if one.coverage.is_covered]
    if not covered:
        return (yield from declined(draft, found, said))
    gaps = [one for one in found if not one.coverage.is_covered]
    if gaps:
        yield from draft.notice(_missing(gaps, [one.reading.query.shown for one in gaps]))
    unheld = [thing for one in covered for thing in one.unheld]
    if unheld:
        yield from draft.notice(unnamed_text(unheld, _maker(covered)))
    other_years = ""
    for one in covered:
        share = max(1, most // len(covered))
        if most > 1 and ((yield from _compared(draft, one)) or (yield from _guided(draft, one, said))):
            continue
        if not one.coverage.is_sure:
            yield from draft.notice(doubted_text([one.reading.query.shown] if len(found) > 1 else []))
            share = min(share, _IN_DOUBT)
        quotes = one.quotes(said, share)
        if years := _of_other_years(draft, one, quotes):
            other_years = years
            yield from draft.notice(years)
        yield from draft.quotes([*quotes, *one.held_back(said, share)])
    sure = [one for one in covered if one.coverage.is_sure]  # where nothing may be said, no side is
    for point in points_in(sure) if most > 1 and not _is_table(draft, covered) else ():
        if not (point.topic in said or any(says and f"{says}." in said for says in point.says)):
            yield from draft.disagreement(point)
    return "partial" if gaps or unheld or other_years else "answered"


def _of_other_years(draft: Draft, found: Found, quotes: Sequence[Quote]) -> str:
    """What to say where a question names a year and nothing that is quoted, nor what it stands in, is of it."""
    asked = set(_YEAR.findall(found.reading.query.shown))
    for quote in quotes:
        article = draft.article(quote.passage.article)
        asked -= set(_YEAR.findall(f"{quote.passage.content} {article.published if article else ''}"))
    told = {year for quote in quotes for year in _YEAR.findall(quote.text)}
    return of_other_years(asked, told) if asked and quotes else ""


def _is_table(draft: Draft, covered: Sequence[Found]) -> bool:
    """Whether a table was asked for and is given: of all that it compares, no one difference is the thing asked."""
    return draft.table is not None and all(TABLE.search(one.reading.query.text) for one in covered)


def _compared(draft: Draft, found: Found) -> Generator[Event, None, bool]:
    """A comparison of what the articles treat alike, where they hold no table of it; whether there was one."""
    if not DRAWN.search(found.reading.query.text) or has_table(found.quotes()):
        return False
    things, rows = side_by_side(found)
    if rows:
        yield from draft.compare(things, rows)
    return bool(rows)


def _guided(draft: Draft, found: Found, said: str) -> Generator[Event, None, bool]:
    """An article that is the plan asked for, section by section, unless it was shown; whether there was one."""
    met = guide(found)
    opens = guided(met.article.title, len(met.steps), met.whole, met.is_counted) if met else ""
    if met is None or opens in said:
        return False
    yield from draft.notice(opens)
    yield from draft.quotes(met.steps)
    return True


def declined(draft: Draft, found: Sequence[Found], said: str = "") -> Generator[Event, None, Status]:
    """Say what the articles do not say, and quote what comes nearest, where that may be near enough and is new."""
    if not any(one.coverage.is_on_topic or one.reading.query.maker for one in found):
        yield from draft.notice(off_topic(scope(draft.library)))
        return "off_topic"
    likely = [one for one in found if one.coverage.probability >= _LIKELY or one.coverage.unknown]
    near = [one.nearest for one in likely if one.nearest and one.nearest.sentences[0].statement not in said][:1]
    held_back = [quote for one in found for quote in one.held_back(most=1)]
    asked = [one.reading.query.shown for one in found] if len(found) > 1 else []
    yield from draft.notice(_missing(found, asked) + (f" {NEAREST}" if near else ""))
    yield from draft.quotes([*near, *held_back])
    return "not_covered"


def points_in(covered: Sequence[Found]) -> list[Point]:
    """The points of difference of all questions, each topic once."""
    return list({point.topic: point for one in covered for point in one.points}.values())[:MAX_POINTS]


def _missing(gaps: Sequence[Found], questions: Sequence[str]) -> str:
    return missing_text(questions, [name for one in gaps for name in one.coverage.unknown], _maker(gaps))


def _maker(found: Sequence[Found]) -> str:
    """Whose articles alone were asked; "" where all were."""
    is_one = any(one.reading.query.maker for one in found)
    return teller(found[0].library.listing()[0]) if is_one else ""
