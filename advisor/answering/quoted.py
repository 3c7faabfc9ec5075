"""What was found goes in; an answer in the articles' own words comes out, or what they do not say."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from advisor.answer import Event, Status
from advisor.answering.compose import NEAREST, NONE_NEAR, missing_text
from advisor.answering.draft import Draft
from advisor.find.differences import MAX_POINTS, Point
from advisor.find.find import Found
from advisor.find.quotes import MAX_QUOTES
from advisor.question.boundary import off_topic


def quoted(draft: Draft, found: Sequence[Found]) -> Generator[Event, None, Status]:
    """Quote what answers each covered question, both sides where the articles differ, and name the gaps."""
    covered = [one for one in found if one.coverage.covered]
    if not covered:
        return (yield from declined(draft, found))
    points = points_in(covered)
    room = MAX_QUOTES + 1 - max(1, len(points))  # a point may bring a quote of its own
    for one in covered[:MAX_QUOTES]:
        yield from draft.quotes(one.quotes[: max(1, room // len(covered))])
    return (yield from closed(draft, found, points))


def closed(draft: Draft, found: Sequence[Found], points: Sequence[Point]) -> Generator[Event, None, Status]:
    """End an answer: both sides of the points of difference, and what is not covered."""
    for point in points:
        yield from draft.disagreement(point)
    gaps = [gap for one in found for gap in one.gaps]
    if gaps:
        yield from draft.notice(missing_text(gaps))
    return "partial" if gaps else "answered"


def declined(draft: Draft, found: Sequence[Found]) -> Generator[Event, None, Status]:
    """Say what the articles do not say, and quote what comes nearest."""
    if not any(one.coverage.on_topic for one in found):
        yield from draft.notice(off_topic())
        return "off_topic"
    near = [one.nearest for one in found if one.nearest][:1]
    missing = [phrase for one in found for phrase in one.coverage.missing]
    yield from draft.notice(missing_text(missing) + (f" {NEAREST}" if near else f" {NONE_NEAR}"))
    yield from draft.quotes(near)
    return "not_covered"


def points_in(covered: Sequence[Found]) -> list[Point]:
    """The points of difference of all questions, each topic once."""
    return list({point.topic: point for one in covered for point in one.points}.values())[:MAX_POINTS]
