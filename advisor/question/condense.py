"""A question and the turns before it go in; one that a person can understand alone comes out, without a model.

It is shown, not searched for: retrieval reads the conversation itself (`inputs.Query`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_REFERS = re.compile(
    r"\b(?:that|it(?! (?:takes?|costs?) (?:\S+ ){0,3}?to\b)|its|"
    r"they|them|their|those|these|this|he|she|his|her|the (?:other|others|first|second|third|former|"
    r"latter|same|two|three|last)|one|ones|there|then|both|either|else|instead|too)\b",
    re.IGNORECASE,
)
_OPENS_ON = re.compile(
    r"(?:and|n|but|or|so|ok|okay|then|also|why|how come|really|what if|what about|how about|even|for|with|in)\b", re.I
)
_SHORT, _LONG = 3, 14  # words up to which a question leans on what was said, and from which it does not


def condense(question: str, history: Sequence[tuple[str, str]] = ()) -> str:
    """The question, after the one that it leans on; `history` holds (role, text) turns in order."""
    before = ""
    for role, text in history:
        if role == "user" and not (before and leans(text)):
            before = text
    return f"{before.rstrip('?.! ')}? {question}" if before and leans(question) else question


def leans(question: str) -> bool:
    """Whether a question is likely to lean on the turns before it."""
    words = question.split()
    return len(words) <= _SHORT or bool(_OPENS_ON.match(question) or (len(words) <= _LONG and _REFERS.search(question)))
