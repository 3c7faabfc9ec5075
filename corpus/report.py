"""What a sync, an adding or a removal did: the values that the command line prints and the page shows."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class SyncReport:
    """What a sync did, by article id; `refused` holds one line for each file that could not be read."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    rebuilt: str | None = None  # why the whole index was made anew
    embedded: int = 0  # passages

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.rebuilt)


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of one place (a path, an address, an article's id) that was to be added or removed."""

    place: str
    # "added", "known" (it is there already), "removed", "left out" (an article of ours), "refused", or "skipped", which
    # is of a folder, some of which is no document
    outcome: str
    article: str | None  # the id of the article that it became, is already, or was
    message: str  # for a person, one line: as which article, the same as which, why it was refused


@dataclasses.dataclass(frozen=True)
class AddReport:
    """What became of every file and page that was to be added, in their order."""

    results: tuple[Result, ...] = ()

    @property
    def added(self) -> tuple[Result, ...]:
        """Those that are new articles now."""
        return _only(self.results, "added")

    @property
    def known(self) -> tuple[Result, ...]:
        """Those whose text the library had."""
        return _only(self.results, "known")

    @property
    def refused(self) -> tuple[Result, ...]:
        """Those that are no articles, each with the reason."""
        return _only(self.results, "refused")

    @property
    def skipped(self) -> tuple[Result, ...]:
        """For each folder, some of which was passed by as no document: how many files, and why."""
        return _only(self.results, "skipped")


@dataclasses.dataclass(frozen=True)
class RemoveReport:
    """What became of every article that was to be removed: "removed", "left out", or "refused" where there is none."""

    results: tuple[Result, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        """The ids that are gone."""
        return tuple(one.article for one in self.results if one.article and one.outcome != "refused")

    @property
    def refused(self) -> tuple[Result, ...]:
        """The ids that the library did not have."""
        return _only(self.results, "refused")


def _only(results: tuple[Result, ...], outcome: str) -> tuple[Result, ...]:
    return tuple(one for one in results if one.outcome == outcome)
