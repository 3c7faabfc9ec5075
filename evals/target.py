"""The name of what is to be scored goes in; a Target comes out: it answers cases, as `ask()` would.

Names: `quote` (the advisor without a model), `quote:no-lexical` (by meaning alone), `stock` (LangChain's stock
pipeline, which finds passages and says nothing), `package:function` (any function of the shape of `ask()`), a chat
model as `provider:name`, or its replies kept in a file as `recorded:FILE`.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from advisor import Advisor, AdvisorError, Answer, Cell, Citation, Claim, Disagreement, Usage
from corpus import Hit, Library
from evals.case import Case
from evals.options import TARGETS
from evals.recording import open_recording
from evals.stock import Stock
from evals.trial import Span
from evals.turns import Turn

PASSAGES = 20  # retrieved for each case, as far as recall is measured


class TargetError(Exception):
    """What is to be scored cannot be found or used: says why, and what to do."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a target made of one case."""

    answer: Answer | None  # None where the target only finds passages
    retrieved: tuple[Span, ...] | None = None  # passages, best first; None where the target does not show them
    alone: Answer | None = None  # to the last turn of a conversation, without the turns before
    control: Answer | None = None  # over the articles as they are, where the case has edits


@dataclasses.dataclass(frozen=True)
class Target:
    """What is scored. `ask` gives None for a case that it cannot be asked, and may raise anything."""

    name: str
    ask: Callable[[Case], Asked | None]


def open_target(name: str, library: Library, altered: Library, *, is_default: bool = True) -> Target:
    """The target of that name, over the library and its altered copy. Raises TargetError.

    `is_default` is whether the library is the one that any function knows, as the environment names it.
    """
    if name == "quote":
        return of_advisor(name, *(Advisor("quote", library=one) for one in (library, altered)))
    if name == "quote:no-lexical":
        plain, changed = (_DenseOnly(one.settings, one.embedder) for one in (library, altered))
        return of_advisor(name, *(Advisor("quote", library=one) for one in (plain, changed)))
    if name == "stock":
        return _stock(library, altered)
    if name.startswith("recorded:"):
        recording = open_recording(Path(name.removeprefix("recorded:")))
        return of_advisor(name, *(Advisor(recording, library=one) for one in (library, altered)))
    function = _function(name)
    if function:
        return of_function(name, function, library, altered, is_default=is_default)
    try:
        both = [Advisor(name, library=one) for one in (library, altered)]
    except AdvisorError as exc:
        raise TargetError(f"There is no module '{name.partition(':')[0]}', and as a chat model: {exc}") from exc
    return of_advisor(name, *both)


def of_advisor(name: str, plain: Advisor, changed: Advisor) -> Target:
    """An advisor, and one over the altered articles for the cases that have edits."""

    def ask(case: Case) -> Asked:
        advisor = changed if case.edits else plain
        answer = advisor.ask(case.question, case.history, case.profile)
        alone = advisor.ask(case.question, profile=case.profile) if _is_asked_alone(case) else None
        control = plain.ask(case.question, case.history, case.profile) if case.edits else None
        found = advisor.retrieve(case.question, case.history, case.profile, PASSAGES)
        return Asked(answer, tuple((p.article, p.start, p.end) for p in found), alone, control)

    return Target(name, ask)


def of_function(
    name: str, function: Callable[..., Any], library: Library, altered: Library, *, is_default: bool = True
) -> Target:
    """Any function `(question, history=, profile=) -> Answer`.

    One that takes `library=` too is asked over any library, and over the altered articles where a case has edits; any
    other over the default one as it is, and what asks for more is left out.
    """
    takes_library = "library" in inspect.signature(function).parameters

    def call(case: Case, history: Sequence[tuple[str, str]], *, changed: bool = False) -> Answer:
        over = {"library": altered if changed else library} if takes_library else {}
        answer = function(case.question, history=history, profile=case.profile, **over)
        if not isinstance(answer, Answer):
            raise TypeError(f"{name} returned a {type(answer).__name__}, not an advisor.Answer")
        return _answer(answer.to_dict())  # fails where it is not what its fields say, and lets go of odd subclasses

    def ask(case: Case) -> Asked | None:
        if not takes_library and (case.edits or not is_default):
            return None
        answer = call(case, case.history, changed=bool(case.edits))
        alone = call(case, ()) if _is_asked_alone(case) else None
        return Asked(answer, None, alone, call(case, case.history) if case.edits else None)

    return Target(name, ask)


def of_stock(plain: Stock, changed: Stock) -> Target:
    """The stock pipeline, and one over the altered articles for the cases that have edits: passages, no answers."""

    def ask(case: Case) -> Asked:
        return Asked(None, (changed if case.edits else plain).retrieve(case.question, case.history, PASSAGES))

    return Target("stock", ask)


def of_report(path: Path) -> Target:
    """The answers that an earlier run wrote to its report, scored again without asking. Raises TargetError."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        stored = {row["id"]: _asked(row) for row in rows if row.get("answer")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise TargetError(f"{path} holds no answers to replay ({exc}); give a report.json that a run wrote") from exc
    if not stored:
        raise TargetError(f"{path} holds no answers to replay; give a report.json, not a baseline")
    return Target(f"replay of {path.name}", lambda case: stored.get(case.id))


def _is_asked_alone(case: Case) -> bool:
    """Whether its history is noted in the case, to be measured; a turn's is whatever was answered before it."""
    return bool(case.history) and not isinstance(case, Turn)


class _DenseOnly(Library):
    """A library that is searched by meaning alone."""

    def search(self, query: str, k: int = 8, *, terms: Sequence[str] | None = None, **options: Any) -> list[Hit]:
        """The search without its words."""
        return super().search(query, k, terms=(), **options)


def _stock(library: Library, altered: Library) -> Target:
    try:
        plain = Stock(library.articles())
        return of_stock(plain, plain if altered is library else Stock(altered.articles()))
    except ImportError as exc:
        raise TargetError(f"LangChain's stock pipeline is not installed ({exc}); run: pip install '.[bench]'") from exc


def _function(name: str) -> Callable[..., Any] | None:
    """The function of a module path; None where there is no such module, as for a chat model's name."""
    module, colon, attribute = name.partition(":")
    if not colon or not attribute:
        raise TargetError(f"'{name}' is no target; take {TARGETS} or provider:model")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as exc:
        if exc.name and module.startswith(exc.name):
            return None
        raise TargetError(f"{module} cannot be imported ({exc}); install what it needs") from exc
    except (Exception, SystemExit) as exc:  # a module may raise anything while it is imported
        raise TargetError(f"{module} cannot be imported ({type(exc).__name__}: {exc}); mend it") from exc
    if not callable(found):
        raise TargetError(f"{module} has no function '{attribute}'; check its name")
    return found  # type: ignore[no-any-return]


def _asked(row: dict[str, Any]) -> Asked:
    retrieved = row.get("retrieved")
    spans = None if retrieved is None else tuple((str(a), int(s), int(e)) for a, s, e in retrieved)
    alone, control = (_answer(row[name]) if row.get(name) else None for name in ("alone", "control"))
    return Asked(_answer(row["answer"]), spans, alone, control)


def _answer(fields: dict[str, Any]) -> Answer:
    """An Answer from its `to_dict()`."""
    claims = {
        name: tuple(Claim(**{**claim, "citations": tuple(claim["citations"])}) for claim in fields[name])
        for name in ("claims", "withheld")
    }
    sides = tuple(
        Disagreement(**{**one, "sides": tuple(tuple(side) for side in one["sides"])}) for one in fields["disagreements"]
    )
    citations = tuple(Citation(**citation) for citation in fields["citations"])
    places = [(c.number, c.start, c.end) for c in citations]
    texts = [fields["text"], *(c.quote for c in citations), *(c.article for c in citations)]
    if not all(isinstance(n, int) for place in places for n in place) or not all(isinstance(t, str) for t in texts):
        raise TypeError("its text or a citation is not what advisor.Answer says")
    usage = Usage(**fields["usage"]) if fields.get("usage") else None
    rows = (tuple(Cell(cell["text"], tuple(cell["citations"])) for cell in row) for row in fields.get("table") or ())
    table = tuple(rows) or None
    changed = {
        **claims,
        "usage": usage,
        "table": table,
        "disagreements": sides,
        "citations": citations,
        "follow_ups": tuple(fields["follow_ups"]),
    }
    return Answer(**{**fields, **changed})
