"""A question and sentences in their context go in; how far each sentence answers it comes out, as log-odds.

The reader is a cross-encoder of this project's own, trained by `python -m evals train-reader` on graded questions over
many libraries and shipped as int8 ONNX; see the model card in `model/README.md`.
"""

from __future__ import annotations

from pathlib import Path

from advisor.models.cross_encoder import CrossEncoder, open_cross_encoder
from corpus import Passage

BUNDLED = Path(__file__).parent / "model"
MAX_TOKENS = 208  # question and sentence together
_QUESTION_WORDS = 80  # of a conversation, its last
_SENTENCE_WORDS = 50
_HEADING, _BEFORE = 90, 70  # characters, their last


def open_reader(model: str | None = None) -> CrossEncoder:
    """The bundled reader, or any other by folder or hub name."""
    return open_cross_encoder(model, "ADVISOR_RERANKER_MODEL", BUNDLED, MAX_TOKENS, "reader's model")


def pair(conversation: str, passage: Passage, index: int) -> tuple[str, str]:
    """What the reader is given: the end of the conversation, and the sentence with what it stands under and after."""
    asked = " ".join(conversation.split()[-_QUESTION_WORDS:])
    said = " ".join(passage.sentences[index].statement.split()[:_SENTENCE_WORDS])
    before = passage.sentences[index - 1].statement[-_BEFORE:] if index else ""
    return asked, f"{said} | {passage.about[-_HEADING:]} | {before}"
