"""Career advice on AI roles: answers made of sentences that were checked against the articles they cite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.answer import (
    Answer,
    Cell,
    Citation,
    Claim,
    Disagreement,
    Event,
    Notice,
    Restart,
    Sentence,
    Usage,
    Withheld,
)
from advisor.errors import AdvisorError, ModelError, QuestionError, SettingsError

if TYPE_CHECKING:
    from advisor.find.langchain import as_langchain_retriever
    from advisor.pipeline import Advisor, ask

__all__ = [
    "Advisor",
    "AdvisorError",
    "Answer",
    "Cell",
    "Citation",
    "Claim",
    "Disagreement",
    "Event",
    "ModelError",
    "Notice",
    "QuestionError",
    "Restart",
    "Sentence",
    "SettingsError",
    "Usage",
    "Withheld",
    "as_langchain_retriever",
    "ask",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: the vector store takes most of a second to import.
    if name in ("Advisor", "ask"):
        from advisor import pipeline

        return getattr(pipeline, name)
    if name == "as_langchain_retriever":
        from advisor.find.langchain import as_langchain_retriever

        return as_langchain_retriever
    raise AttributeError(f"module 'advisor' has no attribute '{name}'")
