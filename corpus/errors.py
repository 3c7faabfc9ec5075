"""The errors of the library; each message is one line that ends with what to do next."""

from __future__ import annotations

from pathlib import Path

from corpus.shown import one_line


class CorpusError(Exception):
    """Base of every error that this package raises on purpose; whatever it quotes, it is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ArticleError(CorpusError):
    """An article file that cannot be read: names the file, the field and the fix."""

    def __init__(self, path: Path | str, field: str, fix: str) -> None:
        super().__init__(f"{path}: {field}: {fix}")
        self.path = str(path)
        self.field = one_line(field)
        self.fix = one_line(fix)

    def __reduce__(self) -> tuple[type[ArticleError], tuple[str, str, str]]:
        """As it is sent from one process to another."""
        return type(self), (self.path, self.field, self.fix)


class ModelError(CorpusError):
    """An embedding model that is missing, damaged or cannot be exported."""


class StoreError(CorpusError):
    """An index that cannot be opened or written."""


class SpaceError(StoreError):
    """An index that is whole but cannot be written: a full disk, or no rights."""

    def __init__(self, place: Path | str, why: BaseException) -> None:
        reason = getattr(why, "strerror", None) or str(why).strip()
        super().__init__(f"{place} cannot be written ({reason}); free space or set ADVISOR_HOME to a folder that can")


class AwayError(StoreError):
    """A server that does not answer; it may again."""


class ScopeError(CorpusError, ValueError):
    """Articles to be limited to that the library has not, or a date that is none: names what there is."""


class SettingsError(CorpusError):
    """A setting with a value that cannot be used: names the variable and a good value."""


class UnreadableError(CorpusError):
    """A document that cannot be read: the field and the fix of an ArticleError, whose path the reader adds."""

    def __init__(self, field: str, fix: str) -> None:
        super().__init__(f"{field}: {fix}")
        self.field = field
        self.fix = fix
