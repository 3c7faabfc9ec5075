"""A claim that joins two statements goes in; the statements come out, each of which can be checked alone."""

from __future__ import annotations

import re

from advisor.question.read import roles_in

_JOINED = re.compile(
    r",\s+(?:while|whereas|but|although|though|yet|and)\s+|;\s+(?:and\s+|but\s+)?|\s+(?:while|whereas)\s+"
)
_OPENS = re.compile(r"(?:While|Although|Though|Whereas)\s+([^,]+),\s+(.+)", re.DOTALL)
_SUBJECT = re.compile(
    r"(?:[A-Z]|(?:the|a|an|most|many|some|all|both|each|every|no|pay|salaries|demand|companies|employers|people)\b)"
)
_FEWEST = 4  # words of a statement


def clauses_of(claim: str) -> tuple[str, ...]:
    """The statements of a claim; () where it is one, or where one of them leaves out whom it is about."""
    opened = _OPENS.fullmatch(claim)
    parts = opened.groups() if opened else _JOINED.split(claim)
    clauses = tuple(f"{part.strip(' .')}." for part in parts)
    if len(clauses) < 2 or not all(_stands_alone(clause, claim) for clause in clauses):
        return ()
    return tuple(clause[0].upper() + clause[1:] for clause in clauses)


def _stands_alone(clause: str, claim: str) -> bool:
    """Whether a clause names its own subject: a role where the claim names any, else a noun at its start."""
    if len(clause.split()) < _FEWEST:
        return False
    return bool(roles_in(clause)) if roles_in(claim) else bool(_SUBJECT.match(clause))
