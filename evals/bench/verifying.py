"""Labelled claims and retrieved passages go in; the milliseconds that verifying takes come out.

`python -m evals.bench.verifying` prints three medians: one sentence read against four passages; one sentence of a
written answer, whose citation is wrong more often than not, so that others are tried; and that one's 95th percentile.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable

from advisor import Advisor
from advisor.answering.draft import Draft
from advisor.question.inputs import read_message
from advisor.verify.verifier import Verifier
from advisor.written.attribution import attribute
from advisor.written.scene import Scene
from advisor.written.sentences import Written
from corpus import Library
from evals.agree import CLAIMS, read_pairs
from evals.bench.stock import QUESTIONS

_CITED = 4
_GIVEN = 8


def milliseconds() -> tuple[float, float, float]:
    """What the module says."""
    library = Library.open()
    verifier = Verifier(library.embedder, names=lambda: library.about().names)
    advisor = Advisor("quote", library=library)
    titles = {article.id: article.title for article in library.articles()}
    claims = [pair.claim for pair in read_pairs(CLAIMS / "articles.jsonl")]
    reads, sentences = list[float](), list[float]()
    for number, question in enumerate(QUESTIONS):
        passages = advisor.retrieve(question, k=_GIVEN)
        verifier.prepare(passages)  # as it is done while the model thinks of its first word
        scene = Scene(question, read_message(question, (), None), passages, Draft(library), verifier)
        for claim in claims[number :: len(QUESTIONS)]:
            reads.append(_timed(functools.partial(verifier.read, claim, passages[:_CITED], titles)))
            sentences.append(_timed(functools.partial(attribute, Written(claim, ("p1",)), scene)))
    return statistics.median(reads), statistics.median(sentences), statistics.quantiles(sentences, n=20)[-1]


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    print(*milliseconds())  # noqa: T201
