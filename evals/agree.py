"""Labelled claims go in (`claims/*.jsonl`); how well the verifier, or a judge, agrees with the labels comes out.

A line is `{"claim", "evidence", "label", "type"}`: evidence a text or a list of texts, label true or false (or
"supported", "entailment", 1 and their opposites), type a kind of claim; other fields are left alone.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from advisor.verify.verifier import Verifier
from corpus import Library
from corpus.about import read_about
from evals.case import CaseError, read_lines, read_object
from evals.estimate import Estimate, estimate
from evals.judge import Judge
from evals.statements import Evidence
from evals.trial import Score

CLAIMS = Path(__file__).parent / "claims"
_TRUE = (True, 1, "1", "true", "supported", "entailment", "support", "supports", "yes")
_FALSE = (False, 0, "0", "false", "unsupported", "not_entailment", "contradiction", "neutral", "refutes", "no")
_BINS = 5  # of the calibration table


@dataclasses.dataclass(frozen=True)
class Pair:
    """One labelled claim."""

    claim: str
    evidence: tuple[str, ...]
    label: bool
    type: str
    held_out: bool


@dataclasses.dataclass(frozen=True)
class Checked:
    """A pair and what was said of it; None: could not tell, or gives no score."""

    pair: Pair
    supported: bool | None
    score: float | None


def agree(files: Sequence[Path], judge: Judge | None = None, *, held_out: bool = False) -> str:
    """The table. Raises CaseError at the first bad line."""
    pairs = [pair for path in files or sorted(CLAIMS.glob("*.jsonl")) for pair in read_pairs(path)]
    pairs = [pair for pair in pairs if pair.held_out or not held_out]
    if not pairs:
        raise CaseError("no claims are left; name a file that has some, or leave out --held-out")
    check = _of_judge(judge) if judge else _of_verifier(Library.open())
    return table([check(pair) for pair in pairs])


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of one file. Raises CaseError with file, line and field."""
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            yield _pair(line, f"{path.name}:{number}")


def _pair(line: str, where: str) -> Pair:
    fields = read_object(line, where)
    if missing := [name for name in ("claim", "evidence", "label", "type") if name not in fields]:
        raise CaseError(f"{where}: {missing[0]}: missing; add it")
    evidence = [fields["evidence"]] if isinstance(fields["evidence"], str) else fields["evidence"]
    for name, texts in (("claim", [fields["claim"]]), ("evidence", evidence)):
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise CaseError(f"{where}: {name}: write a text{' or a list of texts' if name == 'evidence' else ''}")
    return Pair(
        fields["claim"],
        tuple(evidence),
        _label(fields["label"], where),
        str(fields["type"]),
        bool(fields.get("held_out", False)),
    )


def _label(value: Any, where: str) -> bool:
    plain = value.lower() if isinstance(value, str) else value
    if plain not in _TRUE + _FALSE:
        raise CaseError(f"{where}: label: {json.dumps(value)[:40]} is neither true nor false; write one of them")
    return plain in _TRUE


def _of_verifier(library: Library) -> Callable[[Pair], Checked]:
    """The verifier. What the library tells apart is told apart in its own articles alone."""
    folders = library.settings.articles
    names, texts = read_about(folders).names, [p.read_text("utf-8") for f in folders for p in f.glob("*.md")]
    plain, knowing = Verifier(library.embedder), Verifier(library.embedder, names=lambda: names)

    def check(pair: Pair) -> Checked:
        is_own = any(piece in text for piece in pair.evidence for text in texts)
        verdict = (knowing if is_own else plain).check(pair.claim, pair.evidence)
        return Checked(pair, verdict.supported, verdict.score)

    return check


def _of_judge(judge: Judge) -> Callable[[Pair], Checked]:
    def check(pair: Pair) -> Checked:
        judgement = judge(pair.claim, [Evidence(text, (), "") for text in pair.evidence])
        return Checked(pair, judgement.supported, None)

    return check


def table(checked: Sequence[Checked]) -> str:
    """Balanced accuracy, errors by type, AUROC, calibration."""
    accepted, refused = (_rate([c for c in checked if c.pair.label is label], label) for label in (True, False))
    undecided = sum(c.supported is None for c in checked)
    lines = [f"{len(checked)} claims, {undecided} could not be told"]
    if accepted and refused:
        lines.append(f"balanced accuracy   {(accepted.value + refused.value) / 2:.3f}")
    lines += _ranking([c for c in checked if c.score is not None])
    lines += ["", f"{'type':24}{'n':>5}   {'accepted, of those supported':32}{'accepted, of those not (false)':32}"]
    for kind in sorted({c.pair.type for c in checked}):
        members = [c for c in checked if c.pair.type == kind]
        lines.append(f"{kind:24}{len(members):5}   {_cell(members, True):32}{_cell(members, False):32}".rstrip())
    lines.append(f"{'all':24}{len(checked):5}   {_cell(checked, True):32}{_cell(checked, False):32}".rstrip())
    return "\n".join(lines)


def _rate(members: Sequence[Checked], wanted: bool) -> Estimate | None:
    """How often the verdict is the wanted one, where there is a verdict."""
    scores = [Score(None if c.supported is None else float(c.supported is wanted), "") for c in members]
    return estimate(scores)


def _cell(members: Sequence[Checked], label: bool) -> str:
    found = _rate([c for c in members if c.pair.label is label], True)
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] n={found.n}" if found else "-"


def _in_common(pair: Pair) -> float:
    """Share of the claim's words that stand in the evidence: what a verifier has to be better than."""
    claim, told = (set(re.findall(r"\w+", text.lower())) for text in (pair.claim, " ".join(pair.evidence)))
    return len(claim & told) / max(1, len(claim))


def _ranking(members: Sequence[Checked]) -> list[str]:
    """AUROC, Brier score and a table of calibration, for what gives scores."""
    labels = np.array([c.pair.label for c in members])
    scores = np.array([c.score for c in members], dtype=float)
    if len(set(labels)) < 2:
        return []
    lines = [
        f"AUROC               {roc_auc_score(labels, scores):.3f}",
        f"  of words in common{roc_auc_score(labels, [_in_common(c.pair) for c in members]):6.3f}",
        f"Brier score         {brier_score_loss(labels, np.clip(scores, 0, 1)):.3f}",
        "calibration         score      supported in truth",
    ]
    edges = np.linspace(0, 1, _BINS + 1)
    for low, high in pairwise(edges):
        inside = (scores >= low) & ((scores < high) | (high == 1))
        if inside.any():
            lines.append(f"{'':20}{low:.1f}-{high:.1f}    {labels[inside].mean():.2f}  n={inside.sum()}")
    return lines
