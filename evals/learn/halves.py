"""A model of fp32 goes in; trained in bf16, its mean over the last steps comes out.

Weights, activations and gradients are bf16, which CPUs multiply several times as fast; AdamW steps on fp32 copies, as
steps are too small for bf16 to hold.
"""

from __future__ import annotations

from typing import Any

_LARGEST = 1.0  # norm of a step's gradients
_FIRST = 10  # steps, after which the mean counts more and more of them


class Halves:
    """A model while it is trained."""

    def __init__(self, model: Any, rate: float, decay: float, kept: float) -> None:
        import torch

        self._rate, self._kept, self._steps = rate, kept, 0
        self._copies = [one.detach().clone() for one in model.parameters() if one.requires_grad]
        self._means = [one.clone() for one in self._copies]
        self._model = model.bfloat16()
        self._weights = [one for one in model.parameters() if one.requires_grad]
        plain = {"params": [one for one in self._copies if one.ndim == 1], "weight_decay": 0.0}
        matrices = {"params": [one for one in self._copies if one.ndim > 1], "weight_decay": decay}
        self._optimizer = torch.optim.AdamW([matrices, plain], lr=rate, fused=True)

    def step(self, loss: Any, share: float) -> None:
        """One step at a share of the rate."""
        import torch

        self._model.zero_grad()
        loss.backward()
        for copy, weight in zip(self._copies, self._weights, strict=True):
            copy.grad = weight.grad.float()
        torch.nn.utils.clip_grad_norm_(self._copies, _LARGEST)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * share
        self._optimizer.step()
        self._steps += 1
        kept = min(self._kept, (1 + self._steps) / (_FIRST + self._steps))
        with torch.no_grad():
            for mean, copy, weight in zip(self._means, self._copies, self._weights, strict=True):
                mean.lerp_(copy, 1 - kept)
                weight.copy_(copy)

    def finish(self) -> Any:
        """The model, in fp32, with the mean of its weights."""
        import torch

        self._model.float()
        with torch.no_grad():
            for weight, mean in zip(self._weights, self._means, strict=True):
                weight.copy_(mean)
        return self._model
