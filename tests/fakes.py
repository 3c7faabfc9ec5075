"""Small stand-ins with predictable behaviour."""

from __future__ import annotations

import re
import zlib

import numpy as np

from advisor.errors import ModelError
from corpus.embed import each_alone


class BagOfWords:
    """An embedder whose cosine is shared words: texts with equal words are equal, with none in common orthogonal."""

    name = "bag-of-words"

    def __init__(self, dimensions: int = 512) -> None:
        self.dimensions = dimensions
        self.encoded: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % self.dimensions] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(lengths, 1e-9)

    def encode_query(self, text: str) -> np.ndarray:
        return self.encode([text])[0]

    def encode_passages(self, passages) -> list[np.ndarray]:
        return each_alone(self, passages)


class SharedWords:
    """A reader: the words of a sentence that stand in the question count for it, all others a little against it."""

    is_ours = True

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.read: list[tuple[str, str]] = []

    def logits(self, pairs) -> np.ndarray:
        if self.broken:
            raise ModelError("The reader's model is damaged; install the package again")
        self.read += pairs
        return np.array([self._score(*pair) for pair in pairs], dtype=np.float32)

    def _score(self, asked: str, told: str) -> float:
        words, said = (set(re.findall(r"\w+", text.lower())) for text in (asked, told.partition(" | ")[0]))
        return 4.0 * len(words & said) - 0.1 * len(said) - 4.0


def article_file(id_: str, text: str, **fields: str) -> str:
    """The text of an article file."""
    lines = [f"{name}: {value}" for name, value in {"id": id_, "title": f"Title of {id_}", **fields}.items()]
    return "\n".join(["---", *lines, "---", "", text, ""])
