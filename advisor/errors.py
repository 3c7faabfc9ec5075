"""The errors of the advisor; each message is one line that ends with what to do next."""

from __future__ import annotations


class AdvisorError(Exception):
    """Base of every error that this package raises on purpose."""


class QuestionError(AdvisorError):
    """A question, a history or a profile that cannot be used as it is."""


class ModelError(AdvisorError):
    """A chat model that cannot be opened, or that failed for good."""


class SettingsError(AdvisorError):
    """An environment variable that cannot be used."""
