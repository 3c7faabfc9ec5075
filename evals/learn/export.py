"""A torch module goes in; its int8 ONNX export comes out, with its checksum: the only code that needs torch for it."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TO_WEIGHTS = 0.85  # of a channel's range, as an exponent, what smoothing moves into the weights


def smooth(module: Any, bert: Any, batches: Iterable[Any]) -> None:
    """Even out the ranges of what goes into the feed-forward layers of the module's BERT; what comes out stays.

    int8 has one scale for all channels of an input, and a few channels after a GELU are tens of times as wide as the
    others, which it leaves a bit or two. So each channel is divided by a factor that its weights are multiplied by
    (SmoothQuant, arxiv.org/abs/2211.10438), from the ranges that are seen in `batches`, the module's keyword arguments.
    """
    import torch

    class Smoothed(torch.nn.Module):
        def __init__(self, layer: Any, widest: Any) -> None:
            super().__init__()
            weight = layer.weight.detach()
            factor = widest**_TO_WEIGHTS / weight.abs().amax(0).clamp(min=1e-5) ** (1 - _TO_WEIGHTS)
            factor = (factor / factor.mean()).clamp(min=1e-5)
            self.inverse = torch.nn.Parameter(1 / factor, requires_grad=False)
            self.weight = torch.nn.Parameter(weight * factor, requires_grad=False)
            self.bias = layer.bias

        def forward(self, states: Any) -> Any:
            return torch.nn.functional.linear(states * self.inverse, self.weight, self.bias)

    widest: dict[Any, Any] = {}

    def watch(layer: Any, inputs: tuple[Any, ...]) -> None:
        seen = inputs[0].abs().flatten(0, -2).amax(0)
        widest[layer] = torch.maximum(widest[layer], seen) if layer in widest else seen.clamp(min=1e-5)

    parents = [part for layer in bert.encoder.layer for part in (layer.intermediate, layer.output)]
    hooks = [parent.dense.register_forward_pre_hook(watch) for parent in parents]
    with torch.inference_mode():
        for batch in batches:
            module(**batch)
    for hook in hooks:
        hook.remove()
    for parent in parents:
        parent.dense = Smoothed(parent.dense, widest[parent.dense].clone())


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
