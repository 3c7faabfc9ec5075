"""Texts, or pairs of them, go in; what an int8 ONNX model that ships makes of each comes out, by onnxruntime alone.

Each is run by itself, as many at once as there are threads. int8 takes one range for all of a batch, so that what a
text comes to would depend on what it is run with; and to no gain, as a batch is slower (16 passages of 250 tokens on
two cores: 0.44 s, each by itself 0.19 s: what a layer makes of one stays in the processor's cache).
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.errors import ModelError
from corpus.weights import check_model, tokenizer_file

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers
    from numpy.typing import NDArray

_AT_ONCE = 64  # texts whose outputs are held


class OnnxModel:
    """The `model.onnx` of a folder, with the tokenizer of all that ship. Safe to share by threads."""

    def __init__(self, folder: Path, max_tokens: int, threads: int | None = None) -> None:
        """`max_tokens` of a text are read, of a pair the longer is cut first. Loads on first use."""
        self.folder = folder
        self._max_tokens = max_tokens
        # One pool for all who ask, however many: more runs than processors are no sooner done, at 15 MB each.
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="onnx")
        self._lock = threading.Lock()
        self._loaded: tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession] | None = None

    def run(self, texts: Sequence[str | tuple[str, str]]) -> Iterator[tuple[Any, NDArray[np.float32]]]:
        """For each in turn its encoding by `tokenizers`, and the model's output. Raises ModelError."""
        tokenizer, session = self._model()
        for at in range(0, len(texts), _AT_ONCE):
            encoded = tokenizer.encode_batch(list(texts[at : at + _AT_ONCE]))
            yield from zip(encoded, self._pool.map(functools.partial(_output, session), encoded), strict=True)

    def _model(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        if self._loaded is None:
            with self._lock:  # or two threads would load it
                self._loaded = self._loaded or self._load()
        return self._loaded

    def _load(self) -> tuple[tokenizers.Tokenizer, onnxruntime.InferenceSession]:
        import onnxruntime
        import tokenizers

        model = self.folder / "model.onnx"
        check_model(model)  # a flipped byte would load, too, and find nothing or something else
        file = tokenizer_file()
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(file))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # tokenizers and onnxruntime raise classes of their own
            raise ModelError(f"The model in {self.folder} is damaged; install the package again") from exc
        tokenizer.enable_truncation(self._max_tokens, strategy="longest_first")
        tokenizer.no_padding()
        return tokenizer, session


def _output(session: onnxruntime.InferenceSession, encoded: Any) -> NDArray[np.float32]:
    """Shape of the model's output, without that of a batch."""
    fields = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
    output: NDArray[np.float32] = session.run(None, {name: np.array([row]) for name, row in fields.items()})[0][0]
    return output
