"""A folder, an address or a list of them goes in; the paths and addresses that it names come out."""

from __future__ import annotations

import re
from pathlib import Path

from corpus.documents.extract import SUFFIXES
from corpus.errors import CorpusError
from corpus.shown import brief

_MOST = 16 * 2**20  # bytes of a list
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_DOCUMENTS = tuple(suffix for suffix in SUFFIXES if suffix != ".txt")


def listed(given: str) -> list[str | Path]:
    """What `add` may be given: a folder or an address as it is, or all that a list names.

    A list is a text file with a path or an http(s) address on each line; a path is seen from the list's folder, and
    blank lines and those that begin with '#' say nothing. Raises CorpusError where it is none.
    """
    if _ADDRESS.match(given):
        return [given]
    path = Path(given)
    try:
        if path.is_dir():
            return [path]
        if path.suffix.lower() in _DOCUMENTS:
            raise CorpusError(
                f"{brief(given)} is no folder and no list of addresses; run: python -m corpus add {brief(given)}"
            )
        if path.exists() and not path.is_file():
            raise CorpusError(f"{brief(given)} is no file; name a folder, or a file that lists addresses")
        if path.stat().st_size > _MOST:
            raise CorpusError(f"{brief(given)} has more than {_MOST // 2**20} MB; cut the list into parts")
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").split("\n")]
    except UnicodeDecodeError as exc:
        raise CorpusError(f"{brief(given)} is no list of addresses, as it is not UTF-8; save it as UTF-8") from exc
    except (OSError, ValueError) as exc:  # the second: a null byte
        why = getattr(exc, "strerror", None) or exc
        raise CorpusError(
            f"{brief(given)} cannot be read ({why}); name a folder, or a file that lists addresses"
        ) from exc
    named = dict.fromkeys(line for line in lines if line and not line.startswith("#"))
    return [line if _ADDRESS.match(line) else _path(path.parent, line) for line in named]


def _path(folder: Path, line: str) -> Path:
    return Path(line) if line.startswith("~") else folder / line
