"""A torch module goes in; its int8 ONNX export comes out, with its checksum: the only code that needs torch for it."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def export_int8(module: Any, int8: Path, output: str, *, shapes: bool = True) -> None:
    """Export a torch module of (input_ids, attention_mask, token_type_ids), at any batch and length, as int8 ONNX.

    `module` is made by a function without arguments, once torch is there. Without `shapes`, the exporter's notes on
    them are dropped, which for some models contradict what quantising infers. Beside the model its SHA-256 is written,
    by which it is checked whenever it is loaded.
    """
    with tempfile.TemporaryDirectory() as folder:
        _export(module, Path(folder) / "fp32.onnx", int8, output, shapes)
    digest = hashlib.sha256(int8.read_bytes()).hexdigest()
    int8.with_suffix(".sha256").write_text(f"{digest}  {int8.name}\n", encoding="utf-8")


def _export(module: Any, fp32: Path, int8: Path, output: str, shapes: bool) -> None:
    with _quietly():
        import onnx
        import torch
        from onnxruntime.quantization import QuantType, quantize_dynamic

        # An example with padding: an all-ones mask would be traced as "no mask".
        ids = torch.randint(1000, 2000, (2, 9))
        mask = torch.ones_like(ids)
        mask[0, 5:] = 0
        shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=512)}
        with torch.inference_mode():
            torch.onnx.export(
                module(),
                (ids, mask, torch.zeros_like(ids)),
                str(fp32),
                dynamo=True,
                input_names=["input_ids", "attention_mask", "token_type_ids"],
                output_names=[output],
                dynamic_shapes=(shape, shape, shape),
                external_data=False,
                verbose=False,
            )
        if not shapes:
            graph = onnx.load(fp32)
            del graph.graph.value_info[:]
            onnx.save(graph, fp32)
        quantize_dynamic(str(fp32), str(int8), per_channel=True, weight_type=QuantType.QInt8)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the exporters' warnings about their own internals, which no reader can act on."""
    import torch  # sets its loggers' levels when imported, so it comes first
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    loggers = [
        logging.getLogger(name)
        for name in ("", "torch.onnx", f"{torch.__name__}.onnx._internal.exporter._registration")
    ]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
