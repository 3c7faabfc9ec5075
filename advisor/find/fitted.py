"""The judgements of this room come out, by name; `python -m evals fit-gate` fits them on graded questions."""

from __future__ import annotations

from pathlib import Path

from advisor.models.fitted import Fitted, read_fitted

FITTED = Path(__file__).parent / "fitted.json"


def fitted() -> dict[str, Fitted]:
    """All that ship."""
    return read_fitted(FITTED)
