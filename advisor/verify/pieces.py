"""Pieces of evidence as plain texts go in; passages come out, with headings and tables understood."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus import Article, Passage, chunk

_HEADING_WORDS = 10


def read_pieces(evidence: Sequence[str]) -> tuple[Passage, ...]:
    """The passages of some texts, each a sentence, a heading, a table row or a whole Markdown text; () for none.

    A table's first row names its columns. A short text without a full stop before another text is its heading.
    """
    blocks: list[str] = []
    pieces = [piece.strip() for piece in evidence if piece.strip()]
    for number, piece in enumerate(pieces):
        if piece.startswith("|") and "\n" not in piece:
            in_table = bool(blocks) and blocks[-1].startswith("|")
            if in_table:
                blocks[-1] += f"\n{piece}"
            else:
                columns = max(1, len(re.findall(r"(?<!\\)\|", piece)) - 1)
                blocks.append(f"{piece}\n|{'---|' * columns}")
        elif number + 1 < len(pieces) and _is_heading(piece):
            blocks.append(f"## {piece.lstrip('# ')}")
        else:
            blocks.append(piece)
    return _parsed("\n\n".join(blocks)) or _parsed(" ".join(re.sub(r"[#|>*_`-]+", " ", piece) for piece in pieces))


def _is_heading(piece: str) -> bool:
    if piece.startswith("#"):
        return "\n" not in piece
    is_short = len(piece.split()) <= _HEADING_WORDS and "\n" not in piece
    return is_short and not re.search(r"[.!:;,]$|:\s|^[-*•|]", piece)


def _parsed(text: str) -> tuple[Passage, ...]:
    try:
        return chunk(Article(id="evidence", title="", text=text))
    except (RecursionError, ValueError, IndexError):  # a shape of Markdown that nobody thought of
        return ()
