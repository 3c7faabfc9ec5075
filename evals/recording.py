"""Prompts go in; a chat model's replies come out and are kept in a file, or come out of that file without the model.

A line is `{"model", "prompts", "messages": [[role, text], ...], "reply", "input_tokens", "output_tokens"}`, so that
written mode can be scored anywhere, without a key, through the real pipeline.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from advisor import ModelError
from advisor.written.prompts import VERSION
from evals.case import CaseError, read_lines, read_object

_COUNTS = ("input_tokens", "output_tokens")
_PIECE = 24  # characters of a replayed reply that come at once


class RecordingError(ModelError):
    """A recording that holds no reply to a prompt."""


class RecordedModel(BaseChatModel):
    """Replies from a recording; what it does not hold is asked of `model`, if there is one, and added to the file."""

    model_name: str
    path: Path
    model: Any = None
    _replies: dict[str, dict[str, Any]] = PrivateAttr(default_factory=dict)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, context: Any, /) -> None:
        """Read what is recorded. Raises CaseError for a file that is none."""
        super().model_post_init(context)
        for number, line in enumerate(read_lines(self.path) if self.path.exists() else (), 1):
            if line.strip():
                record = read_object(line, f"{self.path.name}:{number}")
                is_whole = isinstance(record.get("reply"), str) and isinstance(record.get("messages"), list)
                if not is_whole or not all(isinstance(record.get(name, 0), int) for name in _COUNTS):
                    raise CaseError(f"{self.path.name}:{number}: messages, reply or tokens: wrong; record again")
                self._replies[json.dumps(record["messages"])] = record

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = "".join(str(chunk.message.content) for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=reply))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        said = [[message.type, str(message.content)] for message in messages]
        record = self._replies.get(json.dumps(said)) or self._ask(messages, said)
        reply = record["reply"]
        for at in range(0, len(reply), _PIECE):
            yield ChatGenerationChunk(message=AIMessageChunk(content=reply[at : at + _PIECE]))
        into, out = (record.get(name, 0) for name in _COUNTS)
        usage = UsageMetadata(input_tokens=into, output_tokens=out, total_tokens=into + out)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage))

    def _ask(self, messages: Sequence[BaseMessage], said: list[list[str]]) -> dict[str, Any]:
        if self.model is None:
            raise RecordingError(f"{self.path.name} holds no reply to this prompt; run: python -m evals record")
        reply = self.model.invoke(list(messages))
        used = reply.usage_metadata or {}
        record = {
            "model": self.model_name,
            "prompts": VERSION,
            "messages": said,
            "reply": reply.text,
            "input_tokens": used.get("input_tokens", 0),
            "output_tokens": used.get("output_tokens", 0),
        }
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._replies[json.dumps(said)] = record
        return record


def open_recording(path: Path) -> RecordedModel:
    """A recording to replay. Raises CaseError where there is none."""
    if not path.is_file():
        raise CaseError(f"{path} is not there; make it by: python -m evals record --model PROVIDER:NAME --out {path}")
    return RecordedModel(model_name=path.stem, path=path)


def record(name: str, path: Path) -> RecordedModel:
    """A model whose replies are kept in the file; what it holds already is not asked again. Raises ModelError."""
    from advisor.models.providers import model_label, open_model
    from advisor.settings import load_settings

    model = open_model(load_settings(name))
    return RecordedModel(model_name=model_label(model), path=path, model=model)
