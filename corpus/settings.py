"""The library's part of the environment goes in; one frozen Settings value comes out.

Argument over environment over default, decided here and nowhere else in this package.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import platformdirs

BUNDLED_MODEL = "all-MiniLM-L6-v2"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Where state lives, which articles are read and which model embeds them."""

    home: Path
    articles: tuple[Path, ...]  # folders with article files
    embedding_model: str = BUNDLED_MODEL
    device: str | None = None  # None: ONNX on the CPU; "cpu", "cuda", "mps": torch


def load_settings(home: Path | str | None = None, articles: tuple[Path, ...] | None = None) -> Settings:
    """Read ADVISOR_HOME, ADVISOR_EMBEDDING_MODEL and ADVISOR_DEVICE; arguments win."""
    chosen = home or os.environ.get("ADVISOR_HOME") or platformdirs.user_data_path("career-advisor", appauthor=False)
    root = Path(chosen).expanduser().absolute()
    return Settings(
        home=root,
        articles=articles or (Path(__file__).parent / "articles", root / "articles"),
        embedding_model=os.environ.get("ADVISOR_EMBEDDING_MODEL") or BUNDLED_MODEL,
        device=os.environ.get("ADVISOR_DEVICE") or None,
    )
