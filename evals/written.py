"""A recording of a chat model's writing goes in; what written mode makes of it comes out: what is shown and withheld.

The sentences that the passages do not state are known (`untrue`), so that a withheld sentence is a fault where it is
true, and a shown one where it is not. A share is over sentences, all questions together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor import Advisor, Answer
from advisor.models.chat import Chat
from advisor.settings import load_settings
from advisor.written.told import without_opener
from corpus import Library
from evals.gate import Check, GateError
from evals.replay import ReplayedModel, read_replays
from evals.scene import case_sets, opened

# How far a figure may be worse than in the baseline: what a sentence or two of a few hundred amount to.
_SLACK = 0.01
METRICS = {
    "shown, and not stated": "of the sentences shown",
    "withheld, and stated": "of the sentences that are stated",
    "withheld": "of all sentences",
    "restarts": "of the answers",
    "citations repaired": "of the sentences shown",
    "not read again": "of the sentences in doubt",
    "declined": "of the answers",
}


def answers(records: Sequence[Mapping[str, Any]], library: Library) -> list[Answer]:
    """The answer to each recorded question, over its library, in the recording's order."""
    found: dict[int, Answer] = {}
    names = tuple(dict.fromkeys(str(record["library"]) for record in records))
    settings = load_settings("quote")
    for one in case_sets(library, names):
        with opened(one, library) as scene:
            advisor = Advisor("quote", library=scene.library)
            for number, record in enumerate(records):
                if record["library"] == one.library:
                    chat = Chat(ReplayedModel(record=dict(record)), settings)
                    history = [tuple(turn) for turn in record["history"]]
                    found[number] = advisor.writing_with(chat).ask(record["question"], history, record["profile"])
    return [found[number] for number in range(len(records))]


def figures(records: Sequence[Mapping[str, Any]], given: Sequence[Answer]) -> dict[str, float]:
    """Every metric, as a share."""
    shown, withheld, false, lost, repaired, unread, doubted, restarts, declined = [0] * 9
    for record, answer in zip(records, given, strict=True):
        untrue = {_bare(text) for text in record["untrue"]}
        said = {_bare(claim.text) for claim in answer.claims}
        gone = {_bare(claim.text) for claim in answer.withheld} - said  # some are said again, in other words
        shown, withheld = shown + len(said), withheld + len(gone)
        false, lost = false + len(said & untrue), lost + len(gone - untrue)
        usage = answer.usage
        repaired += usage.repaired if usage else 0
        unread += usage.unread if usage else 0
        read = sum("second reader" in claim.reason for claim in (*answer.claims, *answer.withheld))
        doubted += read
        restarts += bool(usage) and answer.mode == "quote"
        declined += answer.status in ("not_covered", "off_topic")
    true = shown - false + lost
    counts = {
        "shown, and not stated": (false, shown),
        "withheld, and stated": (lost, true),
        "withheld": (withheld, shown + withheld),
        "restarts": (restarts, len(given)),
        "citations repaired": (repaired, shown),
        "not read again": (unread, doubted),
        "declined": (declined, len(given)),
    }
    return {name: part / whole if whole else 0.0 for name, (part, whole) in counts.items()}


def check(found: Mapping[str, float], baseline: Mapping[str, float]) -> list[Check]:
    """One check a metric: none may be worse than it was."""
    return [
        Check(
            f"{name}, {METRICS[name]}",
            value <= baseline[name] + _SLACK,
            f"{value:.3f}; in the baseline {baseline[name]:.3f}",
        )
        for name, value in found.items()
    ]


def read_figures(path: Path) -> dict[str, float]:
    """The stored figures. Raises GateError."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))["figures"]
        return {name: float(held[name]) for name in METRICS}
    except OSError as exc:
        raise GateError(f"{path} cannot be read ({exc.strerror}); make it with --update-baseline") from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise GateError(f"{path} holds no figures of written mode ({exc!r}); make it with --update-baseline") from exc


def written(library: Library, recording: Path, baseline: Path | None, *, update: bool) -> tuple[str, bool]:
    """A table of the figures with what is worse, and whether nothing is. Raises CaseError, GateError."""
    before = read_figures(baseline) if baseline and not update else None
    records = read_replays(recording)
    given = answers(records, library)
    found = figures(records, given)
    lines = [f"{len(records)} questions, {sum(len(answer.claims) for answer in given)} sentences shown"]
    lines += [f"{value:7.3f}  {name}, {METRICS[name]}" for name, value in found.items()]
    lines += [f"          {line}" for line in _faults(records, given)]
    checks = check(found, before) if before else []
    lines += [f"worse: {one.name}: {one.said}" for one in checks if not one.passed]
    if update and baseline:
        stored = {"recording": recording.name, "questions": len(records), "figures": found}
        baseline.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return "\n".join(lines), all(one.passed for one in checks)


def _faults(records: Sequence[Mapping[str, Any]], given: Sequence[Answer]) -> list[str]:
    """What is shown and should not be, and what is withheld and should not be, with the reason."""
    lines = []
    for record, answer in zip(records, given, strict=True):
        untrue = {_bare(text) for text in record["untrue"]}
        lines += [f"shown, not stated: {c.text}" for c in answer.claims if _bare(c.text) in untrue]
        said = {_bare(claim.text) for claim in answer.claims}
        lost = [c for c in answer.withheld if _bare(c.text) not in untrue | said]
        lines += [f"withheld, stated: {claim.text} ({claim.reason})" for claim in lost]
    return lines


def _bare(text: str) -> str:
    """A sentence as it can be told again, with or without the "No," that opens it."""
    return without_opener(text).lower().rstrip(".")
