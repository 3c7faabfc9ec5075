"""What a chat model said of a question goes in; a model comes out that says it again, whatever prompt it is asked in.

A recording (`evals/recordings/*.jsonl`) has a line for each question: `library, kind, question, history, profile`, what
was said (`understood`, `written`, `again`, `read` by sentence), the passages that these cite, by key, as their first
words, and `untrue`: the sentences that the passages neither state nor come to, as one who read them judged. Unlike
`evals.recording` it does not need the prompts to be the same: keys are found anew by what their passages say, so
that a change of search, prompt or verifier can be scored on the same writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from evals.case import CaseError, read_lines, read_object

_FIRST = 160  # characters by which a passage is known again
_PIECE = 24  # characters that come at once
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "library": str,
    "kind": str,
    "question": str,
    "history": list,
    "profile": (str, type(None)),
    "understood": str,
    "written": str,
    "again": str,
    "passages": dict,
    "read": dict,
    "untrue": list,
}
_PASSAGE = re.compile(
    r"^\[(p\d+)\] from an article by [^\n]*\n(.*?)"
    r"(?=^\[p\d+\] from |^Noted by hand |^What the reader |^The conversation |^</data-)",
    re.MULTILINE | re.DOTALL,
)
_SENTENCE = re.compile(r"^(\d+)\. \(to be read in [^)]*\) (.*)$", re.MULTILINE)
_KEY = re.compile(r"\bp\d+\b")
_KEYS = re.compile(r" ?\[(p\d+(?:, p\d+)*)\]")


class ReplayedModel(BaseChatModel):
    """One question's writing, said again."""

    record: dict[str, Any]

    @property
    def _llm_type(self) -> str:
        return "replayed"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self._reply(messages)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = self._reply(messages)
        for at in range(0, len(reply), _PIECE):
            yield ChatGenerationChunk(message=AIMessageChunk(content=reply[at : at + _PIECE]))

    def _reply(self, messages: list[BaseMessage]) -> str:
        system, prompt = (str(message.content) for message in messages)
        if system.startswith("You rewrite"):
            return str(self.record["understood"])
        if system.startswith("You check"):
            return self._readings(prompt)
        said = self.record["again" if "You have answered it already" in prompt else "written"]
        return _rekeyed(said, self.record["passages"], passages_of(prompt))

    def _readings(self, prompt: str) -> str:
        """A line for each sentence that was read; one that was not is left out, as a model may leave it out."""
        read = self.record["read"]
        return "\n".join(f"{number}: {read[text]}" for number, text in _SENTENCE.findall(prompt) if text in read)


def passages_of(prompt: str) -> dict[str, str]:
    """The passages of a prompt as their first words, by key."""
    return {key: first_of(text) for key, text in _PASSAGE.findall(prompt)}


def first_of(passage: str) -> str:
    """By what a passage is known again."""
    return " ".join(passage.split())[:_FIRST]


def sentences_of(prompt: str) -> dict[str, str]:
    """The sentences that a prompt asks to be read, by number."""
    return dict(_SENTENCE.findall(prompt))


def _rekeyed(said: str, recorded: Mapping[str, str], given: Mapping[str, str]) -> str:
    """The text with the keys that its passages have now; those of passages that are not given are left out."""
    keys = {first: key for key, first in given.items()}
    now = {old: keys[first] for old, first in recorded.items() if first in keys}

    def rekeyed(match: re.Match[str]) -> str:
        found = [now[old] for old in _KEY.findall(match.group(1)) if old in now]
        return f" [{', '.join(found)}]" if found else ""

    return _KEYS.sub(rekeyed, said)


def read_replays(path: Path) -> list[dict[str, Any]]:
    """The lines of a recording. Raises CaseError for a file that is none."""
    if not path.is_file():
        raise CaseError(f"{path} is not there; name a recording, such as evals/recordings/written.jsonl")
    found = []
    for number, line in enumerate(read_lines(path), 1):
        record = read_object(line, f"{path.name}:{number}")
        wrong = [name for name, kind in _FIELDS.items() if not isinstance(record.get(name), kind)]
        if wrong:
            raise CaseError(f"{path.name}:{number}: {wrong[0]}: missing or wrong; see evals/replay.py")
        found.append(record)
    return found
