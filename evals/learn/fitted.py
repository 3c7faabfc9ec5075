"""Judgements by name go in; the file of their weights that `advisor.models.fitted` reads comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from advisor.models.fitted import Fitted


def write_fitted(path: Path, found: Mapping[str, Fitted]) -> None:
    """Write them to a file, rounded to four places."""
    rounded = {
        name: {
            "weights": {signal: round(float(weight), 4) for signal, weight in one.weights.items()},
            "intercept": round(one.intercept, 4),
        }
        for name, one in found.items()
    }
    path.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
