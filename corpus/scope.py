"""Article ids, a date and what the library has go in; the ids that they leave come out, or a ScopeError."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from corpus.days import day_of
from corpus.errors import ScopeError

_NAMED = 8  # ids that an error names


def resolve(
    dates: Mapping[str, str | None], sources: Collection[str] | None = None, since: str | None = None
) -> frozenset[str] | None:
    """The ids of the articles among `sources` and published on `since` or later; None where neither limits.

    `dates` holds the day of publication of every article by its id, None where it is not stated: such an article is
    left out by any `since`. Raises ScopeError for an unknown id, no ids, a date that is none, or where nothing is left.
    """
    if sources is None and since is None:
        return None
    chosen = frozenset(dates) if sources is None else _known(sources, dates)
    if since is None:
        return chosen
    day = _date(since)
    left = frozenset(id_ for id_ in chosen if (dates[id_] or "") >= day)
    if not left:
        newest = max((date for id_ in chosen if (date := dates[id_])), default=None)
        has = f"the newest is of {newest}" if newest else "none of them states its date"
        raise ScopeError(f"No article to search in is dated {day} or later; {has}")
    return left


def _known(sources: Collection[str], dates: Mapping[str, str | None]) -> frozenset[str]:
    if isinstance(sources, str):
        raise ScopeError(f"sources is the text '{sources[:60]}'; pass a list of article ids")
    if not isinstance(sources, Collection) or not all(isinstance(id_, str) for id_ in sources):
        raise ScopeError(f"sources is {repr(sources)[:60]}, which is no list of article ids; pass one")
    if not sources:
        raise ScopeError(f"The list of articles to search in is empty; name some of {_some(dates)}")
    unknown = sorted(str(id_) for id_ in sources if id_ not in dates)
    if unknown:
        raise ScopeError(f"The library has no article {_some(unknown)}; it has {_some(dates)}")
    return frozenset(sources)


def _some(ids: Collection[str]) -> str:
    named = [f"'{id_}'" for id_ in sorted(ids)[:_NAMED]]
    more = len(ids) - len(named)
    return ", ".join(named) + (f" and {more:,} more ('python -m corpus list')" if more else "") if named else "none"


def _date(since: str) -> str:
    try:
        return day_of(since)
    except ValueError as exc:
        raise ScopeError(f"since is {repr(since)[:60]}, which {exc}; write it as YYYY-MM-DD") from exc
