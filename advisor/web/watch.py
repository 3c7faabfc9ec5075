"""The events of each answer pass through; a line of log and figures that Prometheus reads come out."""

from __future__ import annotations

import datetime
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from advisor.answer import Answer, Event, Restart
from advisor.errors import AdvisorError, QuestionError
from corpus import CorpusError

log = logging.getLogger("advisor.answers")
_log = logging.getLogger(__name__)  # for people: the other is lines of JSON alone
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 40, 60)  # a quote's answer takes a tenth, a written one some


class Watch:
    """What one page has answered and refused. Safe to share by threads."""

    def __init__(self, log_questions: bool = False, took: Callable[[float], None] = lambda _: None) -> None:
        """`took` hears of the seconds that each answer took."""
        self.took = took
        self.model_fails: bool | None = None  # whether the last answer that a model was to write was written by none
        self._log_questions = log_questions
        self.registry = CollectorRegistry()
        self._answers = Counter("advisor_answers", "Answers, by what became of them", _LABELS, registry=self.registry)
        self._seconds = Histogram(
            "advisor_answer_seconds", "What an answer took", ["mode"], buckets=_SECONDS, registry=self.registry
        )
        self._withheld = Counter("advisor_withheld", "Sentences that were not let through", registry=self.registry)
        self._refused = Counter("advisor_refused", "Requests refused, by status", ["status"], registry=self.registry)
        names = {
            "advisor_running": "Answers that are being made",
            "advisor_waiting": "Questions that wait",
            "advisor_library_articles": "Articles in the library",
            "advisor_library_passages": "Passages in the library",
        }
        self._gauges = {name: Gauge(name, told, registry=self.registry) for name, told in names.items()}

    def refused(self, status: int) -> None:
        """Count a request that was refused with this status: 503 is busy, 429 too often, 401 signed out."""
        self._refused.labels(str(status)).inc()

    def figures(self, **gauges: float) -> bytes:
        """All figures in Prometheus's text format; `gauges` are those of the moment, without "advisor_"."""
        for name, value in gauges.items():
            self._gauges[f"advisor_{name}"].set(value)
        return generate_latest(self.registry)

    def answering(self, events: Iterator[Event], mode: str, question: str, id_: str | None = None) -> Iterator[Event]:
        """The same events; what became of them is counted and told when they end, or nobody wants more of them.

        `mode` is how the answer is meant to be made. Raises AdvisorError in the place of what nobody has thought of:
        the framework would print that, and where the log's disk is full it would then answer nothing at all.
        """
        told: dict[str, Any] = {"id": id_ or uuid.uuid4().hex, "status": "stopped", "mode": mode}
        started = time.perf_counter()
        try:
            for event in events:
                if "first_ms" not in told and not isinstance(event, Restart):
                    told["first_ms"] = _since(started)
                if isinstance(event, Answer):
                    told |= _told(event)
                    self._note(event, mode)
                yield event
        except (AdvisorError, CorpusError) as exc:
            told["status"] = "bad_question" if isinstance(exc, QuestionError) else "failed"
            raise
        except Exception as exc:
            told["status"] = "failed"
            _log.exception("An answer went wrong.")
            raise AdvisorError("Something went wrong; the server's log says what.") from exc
        finally:
            self._tell(told, time.perf_counter() - started, question)

    def _note(self, answer: Answer, mode: str) -> None:
        self._withheld.inc(len(answer.withheld))
        if answer.usage and answer.usage.calls:
            self.model_fails = answer.mode != mode

    def _tell(self, told: dict[str, Any], seconds: float, question: str) -> None:
        self._answers.labels(told["status"], told["mode"]).inc()
        if told["status"] not in ("bad_question", "stopped"):
            self._seconds.labels(told["mode"]).observe(seconds)
            self.took(seconds)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "event": "answer", **told, "total_ms": round(seconds * 1000, 1)}
        if self._log_questions:
            line["question"] = question
        log.info(json.dumps(line))  # in ASCII: Unicode has line breaks of its own


_LABELS = ("status", "mode")


def log_to_stream() -> None:
    """Write the log of answers to standard error, a line of JSON for each."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def _told(answer: Answer) -> dict[str, Any]:
    """What is told of an answer: what it counts, and nothing that was said."""
    usage = answer.usage
    return {
        "status": answer.status,
        "mode": answer.mode,
        "citations": len(answer.citations),
        "claims": len(answer.claims),
        "withheld": len(answer.withheld),
        "disagreements": len(answer.disagreements),
        "answer_ms": answer.elapsed_ms,
        "model_calls": usage.calls if usage else 0,
        "model_tokens": usage.input_tokens + usage.output_tokens if usage else 0,
        "model_ms": usage.model_ms if usage else 0.0,
    }


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
