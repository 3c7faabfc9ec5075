"""A question and the turns before it go in; one question that stands alone comes out, without a model.

A follow-up borrows only what it lacks: its role, its topic, or, where it has neither, the whole question
before it ("why?"). What the earlier turns settled is worked out turn by turn, so that "and AI engineers?"
followed by "what do they earn?" asks what AI engineers earn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.question.lexicon import ROLES
from advisor.question.read import TOPIC_CUES, content_words, roles_in
from advisor.question.words import stems

_WHAT_ABOUT = re.compile(
    r"^(?:(?:and|n|or|but|ok|okay|so|then|hmm|well|also|what|how|now|same)[ ,]+)*"
    r"(?:(?:what|how|wat) ?(?:about|abt|bout|of)|about|for|with|and|n|or|in the case of|in)\b[ ,]*",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:that|it|its|they|them|their|those|these|this|he|she|the (?:other|others|first|second|former|latter|role|"
    r"same|two|three|job|one)|one|ones|there|then|both|either|which|else|instead|too|so)\b",
    re.IGNORECASE,
)
_OPENS_ON = re.compile(r"^(?:and|n|but|or|so|ok|okay|then|also|why|how come|really|what about|how about|even)\b", re.I)
_OTHER = re.compile(r"\bthe (?:other|second|latter)(?: one| role| job)?\b", re.IGNORECASE)
_TELLING_TOPICS = ("pay", "education", "skills", "duties", "hiring", "interview", "outlook", "industry")
_LEVELS = re.compile(
    r"\b(?:junior|juniors|jr|entry[ -]level|beginners?|mid[ -]?level|mid|seniors?|senior[ -]level|sr|snr|new grads?)\b",
    re.IGNORECASE,
)


def condense(question: str, history: Sequence[tuple[str, str]] = ()) -> str:
    """The question as it would be asked without the history; `history` holds (role, text) turns in order."""
    before = asked = reply = ""
    for role, text in history:
        if role == "user":
            before, asked = (_join(text, before, asked, reply) if before else text), text
        elif role == "assistant":
            reply = text
    return _join(question, before, asked, reply) if before else question


def _join(question: str, before: str, asked: str, reply: str) -> str:
    """One question that carries what it does not say itself from the turn before.

    `before` is that turn standing alone and `asked` as it was typed, so that turns do not pile up.
    """
    if not needs_context(question):
        return question
    roles, old_roles = roles_in(question), roles_in(before)
    about = _WHAT_ABOUT.match(question)
    rest = (question[about.end() :] if about else question).strip(" ?.!,")
    if about and rest:
        swapped = _swap(before, rest, roles, old_roles)
        if swapped:
            return swapped
    if _OTHER.search(question) and not roles and len(old_roles) == 1:
        others = _others_named(reply, old_roles)
        if others:
            return _swap(before, others, roles_in(others), old_roles) or f"{question} {others}"
    if roles and has_topic(question):
        return question
    if not roles and has_topic(question) and not _OPENS_ON.match(question) and not old_roles:
        return question
    if not roles and has_topic(question) and old_roles:
        return f"{question.rstrip('?.! ')} ({_names(old_roles)})?"
    named = f" ({_names(old_roles)})" if old_roles and not roles_in(asked) else ""
    return f"{asked.rstrip('?.! ')}{named}? {question}"


def needs_context(question: str) -> bool:
    """Whether a question leans on the turns before it."""
    words = question.split()
    if roles_in(question) and has_topic(question) and not _OPENS_ON.match(question):
        return False
    if _OPENS_ON.match(question) or len(words) <= 3 or _WHAT_ABOUT.match(question):
        return True
    if roles_in(question):
        return len(content_words(question)) == 0
    return len(words) <= 14 and bool(_REFERS.search(question))


def has_topic(text: str) -> bool:
    """Whether a text says what about a role it asks; words of choice and level alone do not."""
    found = stems(text)
    return any(found & TOPIC_CUES[topic] for topic in _TELLING_TOPICS)


def _swap(before: str, new: str, roles: frozenset[str], old_roles: frozenset[str]) -> str | None:
    """The question before with its role, or its level, replaced by the new one."""
    if roles and old_roles and not content_words(new):
        text = before
        for number, role in enumerate(sorted(old_roles)):
            text = ROLES[role].pattern.sub("" if number else lambda m: _named_like(m.group(), roles), text)
        return re.sub(r"\b([Aa])n? (?=(\w))", _article, " ".join(text.split()))
    if _LEVELS.match(new) and len(new.split()) <= 3:
        return _LEVELS.sub(new, before, count=1) if _LEVELS.search(before) else f"{before.rstrip('?.! ')}, {new}?"
    return None


def _named_like(old: str, roles: frozenset[str]) -> str:
    """The new roles' names, in the plural where the old one was."""
    plural = old.rstrip().endswith("s") and old.lower().strip() != "ds"
    return " and ".join((ROLES[role].plural if plural else ROLES[role].singular) for role in sorted(roles))


def _article(match: re.Match[str]) -> str:
    return match.group(1) + ("n " if match.group(2).lower() in "aeio" else " ")


def _others_named(reply: str, known: frozenset[str]) -> str:
    return " and ".join(ROLES[role].plural for role in sorted(roles_in(reply) - known))


def _names(roles: frozenset[str]) -> str:
    return ", ".join(ROLES[role].singular for role in sorted(roles))
