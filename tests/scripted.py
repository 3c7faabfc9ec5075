"""A chat model's part in written mode, played by tests/chat_server.py, and what must hold of every answer."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from chat_server import Empty, Reply, Step

from advisor import Answer, Notice, Restart, Sentence
from advisor.models.fitted import Fitted
from advisor.question.words import stems
from advisor.verify.signals import SIGNS
from corpus import Article

KEY = "sk-test-0123456789abcdef"
SURE, LIKELY, UNSURE = 4.0, 0.5, -0.5  # logits
_PASSAGE = re.compile(
    r"^\[(p\d+)\] from an article by [^\n]*\n(.*?)"
    r"(?=^\[p\d+\] from |^Noted by hand |^What the reader |^The conversation |^</data-)",
    re.MULTILINE | re.DOTALL,
)
Scripted = str | Step | Callable[[str], Step]


class Words:
    """An entailment model for which a passage states a claim that has no other words than the passage."""

    is_ours = True

    def __init__(self, *unsure: str) -> None:
        self.unsure = unsure
        self.likely: Sequence[str] = ()
        self.sure: Sequence[str] = ()  # whatever the evidence

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self._logit(evidence, claim) for evidence, claim in pairs], dtype=np.float32)

    def _logit(self, evidence: str, claim: str) -> float:
        if claim in self.unsure:
            return UNSURE
        if claim in self.likely:
            return LIKELY
        if claim in self.sure:
            return SURE
        return SURE if stems(claim) <= stems(evidence) else -SURE


def only_entailment() -> Fitted:
    """Weights by which a claim is as likely as the entailment model says."""
    return Fitted({**dict.fromkeys(SIGNS, 0.0), "entailment": 1.0}, 0.0)


def passages(prompt: str) -> dict[str, str]:
    """The passages of a prompt, by key."""
    return dict(_PASSAGE.findall(prompt))


class Script:
    """What the model does with each kind of request; "{some words}" becomes the key of the passage that holds them."""

    def __init__(
        self, writes: Scripted = "", reads: Scripted = "NO", condenses: Scripted = "", *, again="", anew="", knows=""
    ) -> None:
        steps = {"You answer": writes, "You check": reads, "You rewrite": condenses, "A reader asked": knows}
        self._steps, self._again, self._anew = steps, again, anew or writes

    def __call__(self, request: dict[str, Any]) -> Step:
        system, prompt = (message["content"] for message in request["messages"])
        step = next(step for start, step in self._steps.items() if system.startswith(start))
        if "You have answered it already" in prompt:
            step = self._again
        if "You have begun it" in prompt:
            step = self._anew
        if isinstance(step, str):
            return Reply(cited(step, prompt)) if step else Empty()
        if callable(step):
            return step(prompt)
        for field in dataclasses.fields(step):
            value = getattr(step, field.name)
            if field.name in ("text", "after"):
                step = dataclasses.replace(step, **{field.name: cited(value, prompt)})
            elif field.name == "pieces" and value:
                pieces = tuple(cited(one, prompt) if isinstance(one, str) else one for one in value)
                step = dataclasses.replace(step, pieces=pieces)
        return step


def cited(text: str, prompt: str) -> str:
    def key(match: re.Match[str]) -> str:
        return next(f"[{key}]" for key, passage in passages(prompt).items() if match.group(1) in passage)

    return re.sub(r"\{(.+?)\}", key, text)


def check(events: Iterable[Any], articles: Mapping[str, Article]) -> Answer:
    """The answer, after a look at what must hold of each."""
    *pieces, answer = events
    assert isinstance(answer, Answer)
    streamed = ""
    for event in pieces:
        if isinstance(event, Restart):
            streamed = ""
        elif isinstance(event, Sentence):
            streamed += event.join + event.claim.marked
        elif isinstance(event, Notice):
            streamed += event.join + event.text
    assert streamed == answer.text
    for citation in answer.citations:
        assert articles[citation.article].text[citation.start : citation.end] == citation.quote != ""
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for claim in answer.claims:
        assert claim.verdict == "supported"
        assert claim.citations
        assert set(claim.citations) <= set(numbers)
        assert claim.text in answer.text
    assert len({claim.text for claim in answer.claims}) == len(answer.claims), "nothing is said twice"
    for claim in answer.withheld:
        assert claim.verdict == "unsupported"
        assert claim.reason
        assert f"{claim.text} [" not in answer.text
        assert " " not in claim.text or claim.text not in answer.text
    assert KEY not in json.dumps(answer.to_dict()) + repr(answer)
    assert answer.mode == "quote" or (answer.usage and answer.usage.calls > 0)
    return answer
