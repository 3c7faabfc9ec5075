"""Cases and a target go in; a row for each case comes out, with the score of every scorer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from tqdm import tqdm

from advisor import Answer
from corpus import Article
from evals.case import Case
from evals.judge import Judge
from evals.scorers import OF_QUESTIONS, OF_TURNS, RETRIEVAL, SCORERS
from evals.target import Asked, Target
from evals.trial import Score, Scorer, Trial
from evals.turns import Turn, units

ARTICLES = "articles"  # the library that the advisor was made on
SCORER_FAILED = "the scorer failed"
_OF_OTHERS = "of another kind of case"
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

    With more than one job the cases are asked at once, and latencies are those of a busy machine. A conversation is
    asked turn by turn, whatever else is asked meanwhile.
    """
    cases = list(cases)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        rows = chain.from_iterable(pool.map(lambda unit: _unit(target, unit, sources, second), units(cases)))
        shown = None if progress else True  # None: only where somebody watches
        desc = f"Asking {target.name} of {sources.library}"
        return list(tqdm(rows, desc=desc, unit="case", total=len(cases), leave=False, disable=shown))


def _unit(target: Target, unit: Sequence[Case], sources: Sources, second: Judge | None) -> list[Row]:
    """One question, or the turns of a conversation: each is asked with the answers that those before it got."""
    rows = list[Row]()
    for case in unit:
        rows.append(_row(target, _after(rows, case), sources, second, tuple(row.answer for row in rows if row.answer)))
    return rows


def _after(rows: Sequence[Row], case: Case) -> Case:
    said = ((("user", row.case.question), ("assistant", row.answer.text if row.answer else "")) for row in rows)
    history = tuple((role, text) for pair in said for role, text in pair if text)
    return dataclasses.replace(case, history=history) if rows else case


def _row(target: Target, case: Case, sources: Sources, second: Judge | None, before: tuple[Answer, ...]) -> Row:
    try:
        asked = target.ask(case)
    except (Exception, SystemExit) as exc:  # whatever another chain raises is a finding about it
        return Row(case, None, {}, f"{type(exc).__name__}: {' '.join(str(exc).split())[:300]}", sources.library)
    if asked is None:
        return Row(case, None, dict.fromkeys(SCORERS, Score(None, _NOT_ASKED)), library=sources.library)
    articles = sources.altered if case.edits else sources.plain
    answer = asked.answer or Answer(case.question, "", "", "answered")
    trial = Trial(case, answer, articles, asked.retrieved, asked.alone, asked.control, second, before)
    return Row(case, asked, _scores(trial, has_answer=asked.answer is not None), library=sources.library)


def _scores(trial: Trial, *, has_answer: bool) -> dict[str, Score]:
    """Every scorer's score; what is not of this kind of case, and what reads an answer that is not, is unscored."""
    of_it = OF_TURNS if isinstance(trial.case, Turn) else OF_QUESTIONS
    scores = dict[str, Score]()
    for name, scorer in SCORERS.items():
        if name not in of_it:
            scores[name] = Score(None, _OF_OTHERS)
        else:
            can_be = has_answer or name in RETRIEVAL
            scores[name] = _score(scorer, trial) if can_be else Score(None, _NO_ANSWER)
    return scores


def _score(scorer: Scorer, trial: Trial) -> Score:
    try:
        return scorer(trial)
    except Exception as exc:  # one scorer's fault must not cost the others' scores
        return Score(None, f"{SCORER_FAILED}: {type(exc).__name__}: {str(exc)[:200]}")


def by_scorer(rows: Sequence[Row], scorer: str) -> list[Score]:
    """One scorer's scores; a case that raised an error is unscored."""
    return [row.scores.get(scorer, Score(None, row.error)) for row in rows]
