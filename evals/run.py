"""Cases and a target go in; a row for each case comes out, with the score of every scorer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from advisor import Answer
from corpus import Article
from evals.case import Case
from evals.judge import Judge
from evals.scorers import RETRIEVAL, SCORERS
from evals.target import Asked, Target
from evals.trial import Score, Scorer, Trial

ARTICLES = "articles"  # the library that the advisor was made on
SCORER_FAILED = "the scorer failed"
_NO_ANSWER = "this target gives no answer"
_NOT_ASKED = "this target cannot be asked over these articles, or holds no answer to it"


@dataclasses.dataclass(frozen=True)
class Row:
    """One case, what was answered (None: not asked, or an error), and its scores by scorer."""

    case: Case
    asked: Asked | None
    scores: Mapping[str, Score]
    error: str = ""
    library: str = ARTICLES  # the one that was asked

    @property
    def answer(self) -> Answer | None:
        """What was answered, if anything was."""
        return self.asked.answer if self.asked else None


@dataclasses.dataclass(frozen=True)
class Sources:
    """The articles of a library as they are and as its cases' edits make them, by id."""

    plain: Mapping[str, Article]
    altered: Mapping[str, Article]
    library: str = ARTICLES


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
        desc = f"Asking {target.name} of {sources.library}"
        return list(tqdm(rows, desc=desc, unit="case", total=len(cases), leave=False, disable=shown))


def _row(target: Target, case: Case, sources: Sources, second: Judge | None) -> Row:
    try:
        asked = target.ask(case)
    except (Exception, SystemExit) as exc:  # whatever another chain raises is a finding about it
        return Row(case, None, {}, f"{type(exc).__name__}: {' '.join(str(exc).split())[:300]}", sources.library)
    if asked is None:
        return Row(case, None, dict.fromkeys(SCORERS, Score(None, _NOT_ASKED)), library=sources.library)
    return Row(case, asked, _scores(case, asked, sources, second), library=sources.library)


def _scores(case: Case, asked: Asked, sources: Sources, second: Judge | None) -> dict[str, Score]:
    """Every scorer's score; what reads the answer is unscored where there is none."""
    articles = sources.altered if case.edits else sources.plain
    answer = asked.answer or Answer(case.question, "", "", "answered")
    trial = Trial(case, answer, articles, asked.retrieved, asked.alone, asked.control, second)
    wanted = SCORERS if asked.answer else RETRIEVAL
    return {name: _score(wanted[name], trial) if name in wanted else Score(None, _NO_ANSWER) for name in SCORERS}


def _score(scorer: Scorer, trial: Trial) -> Score:
    try:
        return scorer(trial)
    except Exception as exc:  # one scorer's fault must not cost the others' scores
        return Score(None, f"{SCORER_FAILED}: {type(exc).__name__}: {str(exc)[:200]}")


def by_scorer(rows: Sequence[Row], scorer: str) -> list[Score]:
    """One scorer's scores; a case that raised an error is unscored."""
    return [row.scores.get(scorer, Score(None, row.error)) for row in rows]
