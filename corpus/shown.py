"""Text from files, pages and servers goes in; what may be shown of it on a terminal comes out."""

from __future__ import annotations

import io
import re

_BRIEF = 200  # characters
_TURNS = "\u202a-\u202e\u2066-\u2069"  # marks that reverse what stands after them
_ORDERS = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_TURNS}]")
_ORDERS_BUT_RETURNS = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNS}]")
_BLANK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_TEXT = re.compile(rf"[\ud800-\udfff{_TURNS}]")  # half a character stands for a byte that is not UTF-8


def one_line(text: str) -> str:
    """A text on one line, without what a terminal would obey; a byte that is not UTF-8 shows as �."""
    return _NO_TEXT.sub("\ufffd", _BLANK.sub(" ", text)).strip()


def brief(text: str) -> str:
    """A text on one line, cut in the middle where it is longer than what anybody would read there."""
    line = one_line(text)
    return line if len(line) <= _BRIEF else f"{line[: 3 * _BRIEF // 4]}…{line[-_BRIEF // 4 :]}"


class Shown(io.TextIOWrapper):
    """A terminal that is given no orders: they are written out as in JSON, so that a JSON text stays what it is."""

    def __init__(self, under: io.TextIOWrapper, *, bars: bool) -> None:
        """Write to what is `under`; `bars` go back to the beginning of their line."""
        super().__init__(
            under.buffer,
            encoding=under.encoding,
            errors="replace",
            line_buffering=under.line_buffering,
            write_through=under.write_through,
        )
        self._orders = _ORDERS_BUT_RETURNS if bars else _ORDERS

    def write(self, text: str) -> int:
        """Write a text; returns its length."""
        super().write(self._orders.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
        return len(text)
