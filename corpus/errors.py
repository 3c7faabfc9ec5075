"""The errors of the library; each message is one line that ends with what to do next."""

from __future__ import annotations

from pathlib import Path


class CorpusError(Exception):
    """Base of every error that this package raises on purpose."""


class ArticleError(CorpusError):
    """An article file that cannot be read: names the file, the field and the fix."""

    def __init__(self, path: Path | str, field: str, fix: str) -> None:
        super().__init__(f"{path}: {field}: {fix}")
        self.path = str(path)
        self.field = field
        self.fix = fix


class ModelError(CorpusError):
    """An embedding model that is missing, damaged or cannot be exported."""


class StoreError(CorpusError):
    """An index that cannot be opened or written."""
