"""Texts go in; unit vectors come out, by an ONNX model on the CPU or by sentence-transformers on torch.

The model that ships (`corpus/model`, see its card) is all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020),
tuned for questions and the sentences that answer them. A passage is read once: its own vector is the mean of its
tokens, and each sentence's the mean of that sentence's, so that a sentence is understood in its context ("late
chunking", Günther et al. 2024). Both embedders have the methods of LangChain's `Embeddings` and serve in its place;
its class is not imported, as that alone would take a third of a second of every question.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from corpus.chunk import Passage
from corpus.errors import ModelError
from corpus.onnx_model import OnnxModel
from corpus.settings import BUNDLED_MODEL, Settings
from corpus.weights import bundled_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = Path(__file__).parent / "model"
MAX_TOKENS = 320  # of a passage: longer than nearly all
_BATCH = 16


class Embedder(Protocol):
    """What the library needs of a model: a name for the fingerprint, and vectors."""

    name: str

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one of texts to be found, shape (len(texts), dimensions)."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of length one of a question, shape (dimensions,)."""

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """For each passage its vector, then its sentences', all of length one, shape (1 + sentences, dimensions)."""


def open_embedder(settings: Settings, threads: int | None = None) -> OnnxEmbedder | TorchEmbedder:
    """The embedder that the settings ask for; cheap, as models load on first use.

    `threads` of the processor are used by the model that ships, or all where that is not said.
    """
    if settings.embedding_model == BUNDLED_MODEL and settings.device is None:
        return OnnxEmbedder(MODEL, threads)
    return TorchEmbedder(settings.embedding_model, settings.device)


class OnnxEmbedder:
    """The model that ships. Safe to share by threads."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.name = f"{BUNDLED_MODEL}/tuned-2"
        self.folder = folder
        self._model = OnnxModel(folder, MAX_TOKENS, threads)

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), 384)."""
        vectors = [_unit(states.mean(axis=0)) for _, states in self._model.run(texts)]
        return np.stack(vectors) if vectors else np.empty((0, 384), dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape (384,)."""
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """See Embedder; a sentence beyond what is read of a passage has the passage's vector."""
        read = self._model.run([passage.content for passage in passages])
        return [_pooled(passage, one, states) for passage, (one, states) in zip(passages, read, strict=True)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode`."""
        return self.encode(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_query`."""
        return self.encode_query(text).tolist()  # type: ignore[no-any-return]


def _pooled(passage: Passage, encoded: Any, states: NDArray[np.float32]) -> NDArray[np.float32]:
    """The means of a passage's tokens and of each sentence's, of length one."""
    offsets = np.array(encoded.offsets)
    whole = states.mean(axis=0)
    rows = [whole]
    for start, end in sentence_spans(passage):
        within = (offsets[:, 1] > start) & (offsets[:, 0] < end) & (offsets[:, 1] > offsets[:, 0])
        rows.append(states[within].mean(axis=0) if within.any() else whole)
    return np.stack([_unit(row) for row in rows])


def sentence_spans(passage: Passage) -> Iterator[tuple[int, int]]:
    """Where each sentence stands in the passage's content, whose last lines they are."""
    start = len(passage.content) - sum(len(sentence.statement) + 1 for sentence in passage.sentences) + 1
    for sentence in passage.sentences:
        yield start, start + len(sentence.statement)
        start += len(sentence.statement) + 1


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def each_alone(embedder: Embedder, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
    """`encode_passages` for a model that gives no vectors of tokens: every sentence is read after its headings."""
    texts = [text for passage in passages for text in (passage.content, *map(passage.in_context, passage.sentences))]
    ends = np.cumsum([1 + len(passage.sentences) for passage in passages])
    return np.split(embedder.encode(texts), ends[:-1])


class TorchEmbedder:
    """Any sentence-transformers model, by hub name or folder, on any torch device."""

    def __init__(self, model: str, device: str | None = None) -> None:
        self.name = f"{model}/torch"
        self._source = str(bundled_weights()) if model == BUNDLED_MODEL else model
        self._device = device

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), dimensions)."""
        return self._model.encode(  # type: ignore[no-any-return]
            texts, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape (dimensions,), by the model's own prompt for questions."""
        return self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)  # type: ignore[no-any-return]

    def encode_passages(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """See Embedder."""
        return each_alone(self, passages)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode`."""
        return self.encode(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_query`."""
        return self.encode_query(text).tolist()  # type: ignore[no-any-return]

    @functools.cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(self._source, device=self._device)
        except Exception as exc:  # hub, file and torch errors alike: the reader needs one line
            hint = "check ADVISOR_EMBEDDING_MODEL (a hub name or a folder) and ADVISOR_DEVICE"
            raise ModelError(f"The embedding model {self._source} cannot be loaded; {hint}") from exc
