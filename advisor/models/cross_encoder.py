"""Pairs of texts go in; one score for each comes out, by a cross-encoder that ships or by any other.

The ones that ship are int8 ONNX, run by onnxruntime and tokenizers alone; any other is loaded by sentence-transformers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from advisor.errors import ModelError
from corpus import ModelError as CorpusModelError
from corpus import OnnxModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENTAILS = ("entailment", "entailed", "support", "supported", "supports")


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
        self._model = OnnxModel(folder, max_tokens)
        self._name = name

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """See CrossEncoder."""
        try:
            return np.array([float(logit.item()) for _, logit in self._model.run(pairs)], dtype=np.float32)
        except CorpusModelError as exc:
            why = f"The {self._name} in {self._model.folder} is missing or damaged; install the package again"
            raise ModelError(why) from exc


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
