"""Questions that libraries answer, and others, go in; the weights in `advisor/find/fitted.json` come out.

Logistic regressions, every library counting the same: whether a question is answered, and, from conversations, whether
a further sentence belongs to an answer. They are fitted on libraries that the reader was not trained on: the tuning
cases of `evals/libraries` and of the articles, and, where a folder is given, graded questions over those that are kept
for tuning.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from advisor.find import choose, gate
from advisor.find.fitted import FITTED
from advisor.find.reader import open_reader
from advisor.find.retrieve import Reading, retrieve
from advisor.models.fitted import Fitted
from advisor.question.inputs import Query, read_message
from corpus import Library, Settings
from evals.case import Case, CaseError
from evals.foreign import QUESTIONS, TUNED_ON
from evals.learn.fitted import write_fitted
from evals.learn.graded import load_queries
from evals.scene import case_sets, opened
from evals.turns import Turn, units

# Share of a library's questions that may be refused although they are answered, or taken for off topic although they
# are not, on the mean of the libraries.
_DECLINED, _MISTAKEN = 0.04, 0.01
_ADDING = 0.22  # of sentences as likely as this to belong to the answer, the least likely is still shown
_OFF = "off_topic"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One question of one library: what the gate saw of it with the reader and without, and what is right."""

    library: str
    read: dict[str, float]
    unread: dict[str, float]
    is_answered: bool
    is_on_topic: bool
    adding: tuple[tuple[dict[str, float], bool], ...] = ()  # of a turn, what was read after the first; if it belongs


def fit_gate(folder: Path | None) -> str:
    """Fit all of them, write them; returns what they do on the questions they were fitted on."""
    if folder and not folder.is_dir():
        raise CaseError(f"--libraries: there is no folder {folder}")
    found = list(_asked(folder))
    asked = [one for one in found if not one.adding]
    answered = [one.is_answered for one in asked]
    fitted, lines = dict[str, Fitted](), list[str]()
    for name, rows, labels, most in (
        ("read", [one.read for one in asked], answered, _DECLINED),
        ("unread", [one.unread for one in asked], answered, _DECLINED),
        ("on topic", [one.read for one in asked], [one.is_on_topic for one in asked], _MISTAKEN),
    ):
        fitted[name], line = _fit(asked, rows, labels, most)
        lines.append(f"{name}: {line}")
    fitted["adds"] = _fit_adding(found)
    write_fitted(FITTED, fitted)
    return "\n".join(lines)


def _fit(
    asked: Sequence[Asked], rows: Sequence[dict[str, float]], labels: Sequence[bool], most: float
) -> tuple[Fitted, str]:
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
    said = f"refused of what is not to be let through: {', '.join(shares)}"
    return Fitted(dict(zip(names, slope, strict=True)), intercept), said


def _fit_adding(asked: Sequence[Asked]) -> Fitted:
    """The weights by which a sentence counts as belonging from `_ADDING` on."""
    rows = [(one.library, row, belongs) for one in asked for row, belongs in one.adding]
    names = list(rows[0][1])
    values, wanted = np.array([[row[n] for n in names] for _, row, _ in rows]), np.array([one[2] for one in rows])
    counts = collections.Counter(library for library, _, _ in rows)
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    weights = [len(rows) / counts[library] for library, _, _ in rows]
    model = LogisticRegression(C=0.3, max_iter=5000).fit((values - mean) / scale, wanted, sample_weight=weights)
    slope = model.coef_[0] / scale
    cut = math.log(_ADDING / (1 - _ADDING))
    return Fitted(dict(zip(names, slope, strict=True)), float(model.intercept_[0] - slope @ mean) - cut)


def _asked(folder: Path | None) -> Iterator[Asked]:
    plain = Library.open()
    plain.sync()
    for cases in case_sets(plain):
        tuning = [unit for unit in units(cases.cases) if not (unit[0].held_out or unit[0].edits)]
        if tuning:
            with opened(cases, plain) as scene:
                found = (pair for unit in tuning for pair in zip(_queries(unit), unit, strict=True))
                yield from _look_up(cases.library, scene.library, found)
    for name in TUNED_ON if folder else ():
        assert folder is not None
        with _library_of(folder / name, plain) as library:
            yield from _look_up(name, library, load_queries(QUESTIONS, name))


def _queries(unit: Sequence[Case]) -> Iterator[Query]:
    """What each case of a unit asks: a turn after the questions of the turns before it."""
    before: list[tuple[str, str]] = []
    for case in unit:
        yield read_message(case.question, [*case.history, *before], case.profile).queries()[0]
        before.append(("user", case.question))


def _look_up(name: str, library: Library, asked: Iterable[tuple[Query, Case | str]]) -> Iterator[Asked]:
    """Each question, looked up, with its case, or with its kind alone."""
    for query, case in tqdm(list(asked), desc=name, disable=None):
        if isinstance(case, Turn) and not case.gold:
            continue
        kind = case if isinstance(case, str) else case.kind
        is_answered = kind not in (_OFF, "near_miss") if isinstance(case, str) else bool(case.gold)
        readings = [retrieve(library, reader, query) for reader in (open_reader(), None)]
        unknown = gate.unknown(library, query.text)
        both = [gate.signals(library, reading, unknown) for reading in readings]
        adding = tuple(_adding(readings[0], case)) if isinstance(case, Turn) else ()
        yield Asked(name, both[0], both[1], is_answered, kind != _OFF, adding)


def _adding(reading: Reading, turn: Turn) -> Iterator[tuple[dict[str, float], bool]]:
    wanted = [*turn.welcome, *(sentence for group in turn.gold for sentence in group)]
    for one in reading.sentences[1:]:
        belongs = any(one.sentence.text in sentence or sentence in one.sentence.text for sentence in wanted)
        yield choose.adding(reading.sentences[0], one), belongs


@contextlib.contextmanager
def _library_of(folder: Path, like: Library) -> Iterator[Library]:
    """A library of documents as they are; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        settings = Settings(Path(home), (Path(home) / "articles",))
        library = Library(settings, like.embedder)
        library.add(folder)
        yield library
