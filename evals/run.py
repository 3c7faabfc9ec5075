"""Cases and a target go in; a row for each case comes out, with the score of every scorer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from corpus import Article
from evals.case import Case
from evals.judge import Judge
from evals.scorers import SCORERS
from evals.target import Asked, Target
from evals.trial import Score, Scorer, Trial

SCORER_FAILED = "the scorer failed"
_NOT_ASKED = "this target cannot be asked over changed articles, or holds no answer to it"


@dataclasses.dataclass(frozen=True)
class Row:
    """One case, what was answered (None: not asked, or an error), and its scores by scorer."""

    case: Case
    asked: Asked | None
    scores: Mapping[str, Score]
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Sources:
    """The articles as they are and as the cases' edits make them, by id."""

    plain: Mapping[str, Article]
    altered: Mapping[str, Article]


def run(
    target: Target,
    cases: Iterable[Case],
    sources: Sources,
    *,
    second: Judge | None = None,
    jobs: int = 1,
    progress: bool = True,
) -> list[Row]:
    """Ask every case and score the answers; an error is a row that scores nothing, not the end of the run.

    With more than one job the cases are asked at once, and latencies are those of a busy machine.
    """
    cases = list(cases)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        rows = pool.map(lambda case: _row(target, case, sources, second), cases)
        shown = None if progress else True  # None: only where somebody watches
        return list(tqdm(rows, desc=f"Asking {target.name}", unit="case", total=len(cases), leave=False, disable=shown))


def _row(target: Target, case: Case, sources: Sources, second: Judge | None) -> Row:
    try:
        asked = target.ask(case)
    except (Exception, SystemExit) as exc:  # whatever another chain raises is a finding about it
        return Row(case, None, {}, f"{type(exc).__name__}: {' '.join(str(exc).split())[:300]}")
    if asked is None:
        return Row(case, None, dict.fromkeys(SCORERS, Score(None, _NOT_ASKED)))
    articles = sources.altered if case.edits else sources.plain
    trial = Trial(case, asked.answer, articles, asked.retrieved, asked.alone, asked.control, second)
    return Row(case, asked, {name: _score(scorer, trial) for name, scorer in SCORERS.items()})


def _score(scorer: Scorer, trial: Trial) -> Score:
    try:
        return scorer(trial)
    except Exception as exc:  # one scorer's fault must not cost the others' scores
        return Score(None, f"{SCORER_FAILED}: {type(exc).__name__}: {str(exc)[:200]}")


def by_scorer(rows: Sequence[Row], scorer: str) -> list[Score]:
    """One scorer's scores; a case that raised an error is unscored."""
    return [row.scores.get(scorer, Score(None, row.error)) for row in rows]
