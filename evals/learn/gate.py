"""Questions that libraries answer, and others, go in; the weights in `advisor/find/fitted.json` come out.

Logistic regressions, every library counting the same: whether a question is answered, and, from conversations, whether
a further sentence belongs to an answer. They are fitted on libraries that the reader was not trained on: the tuning
cases of `evals/libraries` and of the articles, and graded questions over those that are kept for tuning: those in
`learn/libraries`, and where a folder is given also others'.
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
from evals.foreign import TUNED_ON, WRITTEN, folder_of
from evals.learn.fitted import write_fitted
from evals.learn.graded import Texts, load_library
from evals.scene import case_sets, opened
from evals.turns import Turn, units

# Share of a library's questions that may be refused although they are answered, or taken for off topic although they
# are not, on the mean of the libraries.
_DECLINED, _MISTAKEN = 0.04, 0.01
_ADDING = 0.17  # of sentences as likely as this to belong to the answer, the least likely is still shown
_OFF = "off_topic"
# What each signal speaks for (1: that the question is answered); of the others either may be.
_SPEAKS = {
    **dict.fromkeys(("best", "mean", "score", "similarity", "words of a passage", "words of a sentence"), 1),
    **dict.fromkeys(("missing", "absent", "unknown"), -1),
}


@dataclasses.dataclass(frozen=True)
class _Question:
    """One question, and what is known of it: whether its library answers, and what belongs to the answer."""

    query: Query
    is_answered: bool | None
    is_on_topic: bool
    belongs: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Asked:
    """One question of one library: what the gate saw of it with the reader and without, and what is right."""

    library: str
    read: dict[str, float]
    unread: dict[str, float]
    is_answered: bool | None
    is_on_topic: bool
    adding: tuple[tuple[dict[str, float], bool], ...]  # what was read after the first, and whether it belongs


def fit_gate(folder: Path | None) -> str:
    """Fit all of them, write them; returns what they do on the questions they were fitted on."""
    if folder and not folder.is_dir():
        raise CaseError(f"--libraries: there is no folder {folder}")
    found = list(_asked(folder))
    asked = [one for one in found if one.is_answered is not None]
    answered = [bool(one.is_answered) for one in asked]
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
    """The weights for the signals as they are, with the cut where the mean library declines as much as it may.

    A signal that would count against what it speaks for is left out, the worst first: near misses are written in a
    library's own words, and that words in common tell against an answer holds of these alone.
    """
    names, wanted = list(rows[0]), np.array(labels)
    of = np.array([one.library for one in asked])
    libraries = sorted(set(of))
    counts = {name: (of == name).sum() for name in libraries}
    weights = np.array([1 / counts[name] for name in of])
    weights *= np.where(wanted, 0.5 / weights[wanted].sum(), 0.5 / weights[~wanted].sum()) * len(of)
    while True:
        values = np.array([[row[name] for name in names] for row in rows])
        mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
        model = LogisticRegression(C=0.1, max_iter=5000).fit((values - mean) / scale, wanted, sample_weight=weights)
        speaking = dict(zip(names, model.coef_[0] * [_SPEAKS.get(name, 0) for name in names], strict=True))
        worst = min(speaking, key=lambda name: speaking[name])
        if speaking[worst] >= 0:
            break
        names.remove(worst)
    logits = model.decision_function((values - mean) / scale)
    cuts = np.sort(logits[wanted])
    declined = [np.mean([(logits[wanted & (of == name)] < cut).mean() for name in libraries]) for cut in cuts]
    cut = float(cuts[max(0, int(np.searchsorted(declined, most)) - 1)])
    slope = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - slope @ mean) - cut
    others = {name: logits[~wanted & (of == name)] for name in libraries}
    shares = [f"{name} {(found < cut).mean():.2f}" for name, found in others.items() if len(found)]
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
                yield from _look_up(cases.library, scene.library, (_of_case(*pair) for pair in found))
    for name in TUNED_ON:
        place = folder_of(name, folder or WRITTEN)
        if place.is_dir():
            with _library_of(place, plain) as library:
                yield from _look_up(name, library, _of_texts(load_library(name, place)))


def _of_case(query: Query, case: Case) -> _Question:
    """A single question's gold is not all that belongs to its answer; a turn's is, and tells the gate nothing."""
    if isinstance(case, Turn):
        return _Question(query, None, True, [*case.welcome, *(one for group in case.gold for one in group)])
    return _Question(query, bool(case.gold), case.kind != _OFF, ())


def _of_texts(texts: Texts) -> Iterator[_Question]:
    for one in texts.questions:
        places = [texts.sentences[number] for number in one.vital | one.welcome]
        belongs = [texts.passages[place].sentences[index].text for place, index in places]
        yield _Question(one.query, bool(one.vital), one.kind != _OFF, belongs)


def _queries(unit: Sequence[Case]) -> Iterator[Query]:
    """What each case of a unit asks: a turn after the questions of the turns before it."""
    before: list[tuple[str, str]] = []
    for case in unit:
        yield read_message(case.question, [*case.history, *before], case.profile).queries()[0]
        before.append(("user", case.question))


def _look_up(name: str, library: Library, asked: Iterable[_Question]) -> Iterator[Asked]:
    """Each question, looked up with the reader and without."""
    for one in tqdm(list(asked), desc=name, disable=None):
        if one.is_answered is None and not one.belongs:
            continue
        readings = [retrieve(library, reader, one.query) for reader in (open_reader(), None)]
        unknown = gate.unknown(library, one.query)
        both = [gate.signals(library, reading, unknown) for reading in readings]
        adding = tuple(_adding(readings[0], one.belongs)) if one.belongs else ()
        yield Asked(name, both[0], both[1], one.is_answered, one.is_on_topic, adding)


def _adding(reading: Reading, wanted: Sequence[str]) -> Iterator[tuple[dict[str, float], bool]]:
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
