"""Pairs of evidence and claim go in; how far each evidence entails its claim comes out, as logits.

The bundled model is a cross-encoder of this project's own, trained by `python -m evals train-verifier` from
all-MiniLM-L6-v2 and shipped as int8 ONNX; see the model card in `model/README.md`.
"""

from __future__ import annotations

from pathlib import Path

from advisor.models.cross_encoder import CrossEncoder, open_cross_encoder

BUNDLED = Path(__file__).parent / "model"
MAX_TOKENS = 192  # evidence and claim together


def open_entailment(model: str | None = None) -> CrossEncoder:
    """The bundled model, or any other by folder or hub name."""
    return open_cross_encoder(model, "ADVISOR_ENTAILMENT_MODEL", BUNDLED, MAX_TOKENS, "verifier's model")
