"""What the gate found goes in; the advisor's own sentences come out: what is missing, and what to ask instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.question import roles_in
from corpus import Passage

NEAREST = "The nearest that they say:"
NONE_NEAR = "Here is what they do cover near it."
TOO_MANY = "That was more than six questions at once; please ask the others again."
STARTERS = (
    "What does an AI engineer do all day?",
    "Which role pays more, and by how much?",
    "I'm a data analyst. Which way should I go?",
    "Do I need a master's degree?",
    "What skills does a machine learning engineer need?",
    "How should I vet an ML engineer before hiring?",
)


def missing_text(missing: Sequence[str]) -> str:
    """The sentence that admits a gap: "The articles say nothing about pay in Germany."."""
    names = [name for name in dict.fromkeys(missing) if not name.endswith("?”")]
    questions = [name for name in dict.fromkeys(missing) if name.endswith("?”")]
    sentences = [f"The articles say nothing about {_listed(names)}."] if names else []
    sentences += [f"The articles do not answer {_listed(questions)}."] if questions else []
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _tells(heading: str) -> bool:
    """Whether a heading makes a question: not one in brackets, which is ours, nor "Conclusion"."""
    return not re.match(r"\[|You[’']|I[’']m|$", heading) and (heading.endswith("?") or bool(roles_in(heading)))


def follow_ups(found: Sequence[Passage], used: Sequence[str], limit: int = 3) -> tuple[str, ...]:
    """Questions that the sections found, but not quoted, answer; a heading in brackets is ours and is skipped."""
    questions: dict[str, None] = {}
    for passage in found:
        heading = passage.headings[-1] if passage.headings else ""
        if passage.id not in used and _tells(heading):
            questions[heading] = None
    return tuple(questions)[:limit]
