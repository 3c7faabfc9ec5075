"""A Report goes in; one self-contained HTML page comes out: figures, charts, every case with its quotes marked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from advisor import Citation
from corpus import Article
from evals.estimate import Estimate
from evals.gate import MEAN, THRESHOLDS, WORST, Baseline
from evals.nuggets import NUGGETS
from evals.report import DESCRIPTIVE, Report, is_miss, misses
from evals.run import Row, Sources
from evals.scorers import LOWER_IS_BETTER, SCORERS
from evals.sections import ENOUGH, coverage
from evals.summary import GROUPS, METRICS, Groups
from evals.trial import Span
from evals.turns import Turn

_AROUND = 160  # characters shown before and after a quote
_HEADLINE = (
    "faithfulness",
    "quotes_valid",
    "citation_recall",
    "recall@5",
    "facts",
    "right_refusal",
    "wrong_refusal",
    "both_sides",
    *(name for name in NUGGETS if name != "words"),
)
_BY_KIND = (
    "status",
    "recall@5",
    "right_passage",
    "gold_quoted",
    "facts",
    "right_refusal",
    "wrong_refusal",
    *(name for name in NUGGETS if name != "words"),
)


@dataclasses.dataclass(frozen=True)
class Line:
    """One metric as a line of the table: `wanted` is its threshold, `says` what it means."""

    name: str
    says: str
    lower: bool
    wanted: float | None
    groups: Sequence[Estimate | None]

    @property
    def drawn(self) -> bool:
        """Whether it lies between 0 and 1, so that a bar can show it."""
        return all(group is None or -0.001 <= group.value <= 1.001 for group in self.groups)


def render(report: Report, sources: Mapping[str, Sources], baseline: Baseline | None = None) -> str:
    """The page, `sources` by library; needs no network, no other file and, but for its filters, no script."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["figure"] = figure
    found = report.summary
    lines = {name: _lines(groups, THRESHOLDS.get(name, THRESHOLDS[WORST])) for name, groups in found.libraries.items()}
    of = {name: [row.case for row in report.rows if row.library == name] for name in sources}
    return environment.get_template("page.html.jinja").render(
        report=report,
        lines=lines,
        headline=[line for line in _lines(found.whole, {}) if line.name in _HEADLINE],
        libraries=list(found.libraries),
        limits={"mean": THRESHOLDS[MEAN], "worst": THRESHOLDS[WORST]},
        kinds=[kind for kind in found.whole if kind not in GROUPS],
        by_kind=_BY_KIND,
        lower=LOWER_IS_BETTER,
        sections=[one for name, held in sources.items() for one in coverage(held.plain.values(), of[name])],
        enough=ENOUGH,
        baseline=baseline,
        cases=[_case(row, sources[row.library], baseline) for row in report.rows],
        scored=[name for name in SCORERS if name not in DESCRIPTIVE],
    )


def figure(found: Estimate | None, digits: int = 3) -> str:
    """An estimate's value, or a dash."""
    if found is None:
        return "–"
    return f"{found.value:.{digits if abs(found.value) < 10 else 1}f}"


def _lines(groups: Groups, wanted: Mapping[str, float]) -> list[Line]:
    """A line for each metric that scored something."""
    lines = []
    for name, (scorer, _) in METRICS.items():
        says = (SCORERS[scorer].__doc__ or "").strip().splitlines()[0].rstrip(".")
        found = [groups[group][name] for group in GROUPS]
        if found[0]:
            lines.append(Line(name, says, scorer in LOWER_IS_BETTER, wanted.get(name), found))
    return lines


def _case(row: Row, sources: Sources, baseline: Baseline | None) -> dict[str, object]:
    """What the page shows of one case."""
    articles = sources.altered if row.case.edits else sources.plain
    answer = row.answer
    before = baseline.texts.get(row.case.id) if baseline else None
    return {
        "case": row.case,
        "welcome": row.case.welcome if isinstance(row.case, Turn) else (),
        "library": row.library,
        "answer": answer,
        "error": row.error,
        "misses": misses(row),
        "missed": [name for name, score in row.scores.items() if is_miss(name, score)],
        "scores": {name: score for name, score in row.scores.items() if score.value is not None},
        "quotes": [_marked(citation, row, articles) for citation in answer.citations] if answer else [],
        "before": before if before is not None and answer and before != answer.text else None,
    }


def _marked(citation: Citation, row: Row, articles: Mapping[str, Article]) -> Markup:
    """The citation's place in its article: the quote marked, gold quotes underlined."""
    article = articles.get(citation.article)
    if article is None or article.text[citation.start : citation.end] != citation.quote:
        return Markup("<em>stands in no article:</em> ") + escape(citation.quote)
    left = max(0, citation.start - _AROUND)
    right = min(len(article.text), citation.end + _AROUND)
    gold = [
        (article.id, start, start + len(quote))
        for group in row.case.gold
        for quote in group
        if (start := article.text.find(quote)) >= 0
    ]
    cuts = {left, right, citation.start, citation.end}
    cuts |= {at for _, start, end in gold for at in (start, end) if left < at < right}
    edges = sorted(cuts)
    pieces = [_piece(article.text, (article.id, a, b), citation, gold) for a, b in pairwise(edges)]
    return Markup("").join([Markup("…" if left else ""), *pieces, Markup("…" if right < len(article.text) else "")])


def _piece(text: str, span: Span, citation: Citation, gold: Sequence[Span]) -> Markup:
    _, start, end = span
    piece = escape(text[start:end])
    if any(one <= start and end <= other for _, one, other in gold):
        piece = Markup("<u>{}</u>").format(piece)
    if citation.start <= start and end <= citation.end:
        piece = Markup("<mark>{}</mark>").format(piece)
    return piece
