"""What the gate found goes in; the advisor's own sentences come out: what is missing, and what to ask instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.question import GENERIC_STEMS, roles_in, stems
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
_GAP = re.compile(
    r"(?:unfortunately,? |however,? |but )?(?:the|these|those) (?:articles?|passages?|sources?|texts?) "
    r"(?:(?:(?:do|does) not|don[’']t|doesn[’']t) "
    r"(?:say|state|mention|cover|tell|give|specify|answer|address|discuss|provide|contain|include|speak)"
    r"|(?:say|says) nothing)\b((?: anything| about| on)*(?! why| that| how come)[^,;:–—()]*)",
    re.IGNORECASE,
)


def failed_text(why: str) -> str:
    """The line above an answer in the articles' words that a chat model should have written."""
    return f"{why.rstrip('.')}. So here are the articles' own words."


def gap_in(sentence: str, question: str) -> str | None:
    """What a sentence says the articles are silent on, where it says that alone and of what was asked; else None."""
    match = _GAP.fullmatch(sentence.rstrip("."))
    if match is None:
        return None
    words = stems(match.group(1)) - GENERIC_STEMS
    return match.group(1).strip() if words and words <= stems(question) else None


def missing_text(missing: Sequence[str]) -> str:
    """The sentence that admits a gap: "The articles say nothing about pay in Germany."."""
    names = [name for name in dict.fromkeys(missing) if not name.endswith("?”")]
    questions = [name for name in dict.fromkeys(missing) if name.endswith("?”")]
    sentences = [f"The articles say nothing about {_listed(names)}."] if names else []
    sentences += [f"The articles do not answer {_listed(questions)}."] if questions else []
    return " ".join(sentences)


def compared(sides: Sequence[tuple[str, int]]) -> str:
    """Whom to compare, for (publisher, citation number)."""
    return f"compare {_joined([f'{who} [{number}]' for who, number in sides])}."


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _tells(heading: str) -> bool:
    """Whether a heading makes a question: not one in brackets, which is ours, nor "Conclusion"."""
    return not re.match(r"\[|You[’']|I[’']m|$", heading) and (heading.endswith("?") or bool(roles_in(heading)))


def follow_ups(
    asked: str, found: Sequence[Passage], used: Sequence[str], is_answered: Callable[[str], bool], limit: int = 3
) -> tuple[str, ...]:
    """Questions to go on with: those that the sections found, but not quoted, answer; else starters.

    Only such as the library answers. A heading in brackets is ours and is skipped.
    """
    headings = [passage.headings[-1] for passage in found if passage.id not in used and passage.headings]
    chosen: list[str] = []
    for question in dict.fromkeys((*filter(_tells, headings), *STARTERS)):
        if len(chosen) == limit:
            break
        if question.lower() != asked.lower() and is_answered(question):
            chosen.append(question)
    return tuple(chosen)
