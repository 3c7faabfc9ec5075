"""A text goes in; what tells the same text apart from others comes out: a digest of its words, and shingles.

A shingle is the hash of five words in a row (Broder 1997). Two texts are the same where nearly all shingles of the
new one are the old one's: then only furniture around it differs. A sketch, an eighth of the shingles chosen by their
value, finds the texts that are worth comparing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import numpy as np

_WORD = re.compile(r"\w+")
_LENGTH = 5  # words of a shingle
_ONE_IN = 8  # shingles that a sketch holds
_LEAST = 16  # the smallest, which it holds in any case: a short text has few
_SAME = 0.8  # share of the new text's shingles that the old one has
_MASK = (1 << 63) - 1  # SQLite's integers have a sign


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without marks and punctuation."""
    return _WORD.findall(text.lower())


def digest_of(words: Iterable[str]) -> str:
    """One name for all texts of exactly these words."""
    return hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()


def shingles_of(words: list[str]) -> frozenset[int]:
    """The hashes of every five words in a row; of a shorter text, of all its words."""
    pieces = (" ".join(words[at : at + _LENGTH]) for at in range(max(1, len(words) - _LENGTH + 1)))
    digests = b"".join(hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=8).digest() for piece in pieces)
    return frozenset((np.frombuffer(digests, dtype=np.uint64) & _MASK).tolist())


def sketch_of(shingles: frozenset[int]) -> frozenset[int]:
    """The shingles to find a text by."""
    return frozenset(one for one in shingles if one % _ONE_IN == 0) | frozenset(sorted(shingles)[:_LEAST])


def is_same(new: frozenset[int], old: frozenset[int]) -> bool:
    """Whether a text says next to nothing that another does not say in the same words."""
    return len(new & old) >= _SAME * len(new)
