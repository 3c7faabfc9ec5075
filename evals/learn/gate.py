"""Questions that libraries answer, and others, go in; the gate's weights (`advisor/find/gate.json`) come out.

Logistic regressions on the gate's signals, every library counting the same. They are fitted on libraries that the
reader was not trained on: the tuning cases of `evals/libraries` and of the articles, and, where a folder is given, the
graded questions of those that are kept for tuning.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from advisor.find import gate
from advisor.find.reader import open_reader
from advisor.find.retrieve import retrieve
from advisor.question.inputs import Query, read_message
from corpus import Library, Settings
from evals.foreign import QUESTIONS, TUNED_ON
from evals.learn.graded import load_queries
from evals.scene import case_sets, opened
from evals.turns import Turn

# Share of a library's questions that may be refused although they are answered, or taken for off topic although they
# are not, on the mean of the libraries.
_DECLINED, _MISTAKEN = 0.04, 0.01
_OFF = "off_topic"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One question of one library: what the gate saw of it with the reader and without, and what is right."""

    library: str
    read: dict[str, float]
    unread: dict[str, float]
    is_answered: bool
    is_on_topic: bool


def fit_gate(folder: Path | None) -> str:
    """Fit all three regressions, write them; returns what they do on the questions they were fitted on."""
    asked = list(_asked(folder))
    answered = [one.is_answered for one in asked]
    fitted, lines = {}, []
    for name, rows, labels, most in (
        ("read", [one.read for one in asked], answered, _DECLINED),
        ("unread", [one.unread for one in asked], answered, _DECLINED),
        ("on topic", [one.read for one in asked], [one.is_on_topic for one in asked], _MISTAKEN),
    ):
        fitted[name], line = _fit(asked, rows, labels, most)
        lines.append(f"{name}: {line}")
    gate.GATE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    return "\n".join(lines)


def _fit(
    asked: Sequence[Asked], rows: Sequence[dict[str, float]], labels: Sequence[bool], most: float
) -> tuple[dict[str, Any], str]:
    """The weights for the signals as they are, with the cut where the mean library declines as much as it may."""
    names = list(rows[0])
    values, wanted = np.array([[row[name] for name in names] for row in rows]), np.array(labels)
    of = np.array([one.library for one in asked])
    libraries = sorted(set(of))
    counts = {name: (of == name).sum() for name in libraries}
    weights = np.array([1 / counts[name] for name in of])
    weights *= np.where(wanted, 0.5 / weights[wanted].sum(), 0.5 / weights[~wanted].sum()) * len(of)
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.1, max_iter=5000).fit((values - mean) / scale, wanted, sample_weight=weights)
    logits = model.decision_function((values - mean) / scale)
    cuts = np.sort(logits[wanted])
    declined = [np.mean([(logits[wanted & (of == name)] < cut).mean() for name in libraries]) for cut in cuts]
    cut = float(cuts[max(0, int(np.searchsorted(declined, most)) - 1)])
    slope = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - slope @ mean) - cut
    shares = [f"{name} {(logits[~wanted & (of == name)] < cut).mean():.2f}" for name in libraries]
    return {
        "weights": {name: round(float(one), 4) for name, one in zip(names, slope, strict=True)},
        "intercept": round(intercept, 4),
    }, f"refused of what is not to be let through: {', '.join(shares)}"


def _asked(folder: Path | None) -> Iterator[Asked]:
    plain = Library.open()
    plain.sync()
    for cases in case_sets(plain):
        # A turn's history is what was answered before it: here it would be asked as if nothing had been.
        tuning = [case for case in cases.cases if not (case.held_out or case.edits or isinstance(case, Turn))]
        if tuning:
            with opened(cases, plain) as scene:
                queries = ((read_message(c.question, c.history, c.profile).queries()[0], c) for c in tuning)
                found = ((query, bool(case.gold), case.kind != _OFF) for query, case in queries)
                yield from _look_up(cases.library, scene.library, found)
    for name in TUNED_ON if folder else ():
        assert folder is not None
        with _library_of(folder / name, plain) as library:
            graded = (
                (query, kind not in (_OFF, "near_miss"), kind != _OFF) for query, kind in load_queries(QUESTIONS, name)
            )
            yield from _look_up(name, library, graded)


def _look_up(name: str, library: Library, asked: Iterable[tuple[Query, bool, bool]]) -> Iterator[Asked]:
    for query, is_answered, is_on_topic in tqdm(list(asked), desc=name, disable=None):
        unknown = gate.unknown(library, query.text)
        both = [gate.signals(library, retrieve(library, reader, query), unknown) for reader in (open_reader(), None)]
        yield Asked(name, both[0], both[1], is_answered, is_on_topic)


@contextlib.contextmanager
def _library_of(folder: Path, like: Library) -> Iterator[Library]:
    """A library of documents as they are; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        settings = Settings(Path(home), (Path(home) / "articles",))
        library = Library(settings, like.embedder)
        library.add(folder)
        yield library
