"""What the library holds goes in; questions worth asking come out: to start with, to go on with, and by role."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.find.find import Found
from advisor.question.lexicon import ROLES, TOPICS
from advisor.question.read import TOPIC_CUES, TOPIC_EVIDENCE, content_words, roles_in
from advisor.question.words import stems
from corpus import Passage

STARTERS = (
    "What does an AI engineer do all day?",
    "Which role pays more, and by how much?",
    "I'm a data analyst. Which way should I go?",
    "Do I need a master's degree?",
    "What skills does a machine learning engineer need?",
    "How should I vet an ML engineer before hiring?",
)
BETWEEN = "Choosing and hiring"
_BETWEEN = (
    "How do machine learning engineers and AI engineers differ?",
    "Which role pays more, and by how much?",
    "Do all roles require a graduate degree?",
    "I'm a software engineer. Which role fits me?",
    "I'm a data analyst. Which way should I go?",
    "Can I switch between these roles later?",
    "Which role is most secure in five years?",
    "Which role has the best interviews?",
    "How should I vet engineers before hiring?",
    "In which cities are the jobs?",
)
_FIRST = 2  # quotes of an answer: what a question is about stands in those


def follow_ups(
    asked: str, found: Sequence[Passage], used: Sequence[str], is_answered: Callable[[str], bool], limit: int = 3
) -> tuple[str, ...]:
    """Questions to go on with, only such as the library answers.

    First what else can be asked of the same role, then those that head sections found but not quoted, then starters.
    """
    headings = [passage.headings[-1] for passage in found if passage.id not in used and passage.headings]
    others = _other_topics(asked) if len(roles_in(asked)) == 1 else []
    chosen: list[str] = []
    for question in dict.fromkeys((*others, *filter(_is_question, headings), *STARTERS)):
        if len(chosen) == limit:
            break
        if question.lower() != asked.lower() and is_answered(question):
            chosen.append(question)
    return tuple(chosen)


def _other_topics(asked: str) -> list[str]:
    """What else can be asked of the one role named, beginning with the topics that follow those asked for."""
    (role,) = roles_in(asked)
    questions = questions_on(role)
    topics = list(questions)
    words = stems(" ".join(content_words(asked)))
    past = [topic for topic in topics if TOPIC_CUES[topic] & words]
    after = topics.index(past[-1]) + 1 if past else 0
    return [questions[topic] for topic in topics[after:] + topics[:after] if topic not in past]


def _is_question(heading: str) -> bool:
    return heading.endswith("?") and not re.match(r"\[|You[’']|I[’']m", heading)


def questions_on(role: str) -> dict[str, str]:
    """By topic, the plain question on a role, a key of ROLES."""
    return {key: t.question.format(roles=ROLES[role].plural) for key, t in TOPICS.items() if t.question}


def topic_map(look_up: Callable[[str], Found]) -> dict[str, tuple[str, ...]]:
    """For each role, by its name in the plural, and for choosing between them: the questions that are answered.

    `look_up` finds what the library holds on a question. A role's question counts where one of the first quotes that
    answer it speaks of that role and topic, and not of roles in general.
    """
    found: dict[str, tuple[str, ...]] = {}
    for role, named in ROLES.items():
        asked = questions_on(role).items()
        found[named.plural] = tuple(text for topic, text in asked if _speaks_of(look_up(text), role, topic))
    found[BETWEEN] = tuple(text for text in _BETWEEN if is_answered(look_up(text)))
    return {name: questions for name, questions in found.items() if questions}


def is_answered(found: Found) -> bool:
    """Whether the articles answer a question, and no part of it is a gap."""
    return found.coverage.covered and not found.gaps


def _speaks_of(found: Found, role: str, topic: str) -> bool:
    texts = [f"{' '.join(quote.passage.headings)} {quote.text}" for quote in found.quotes[:_FIRST]]
    return is_answered(found) and any(role in roles_in(t) and stems(t) & TOPIC_EVIDENCE[topic] for t in texts)
