"""A reader's judgement of an answer goes in; a line of ADVISOR_HOME/feedback.jsonl comes out."""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path

import filelock

from advisor.errors import AdvisorError
from advisor.web.turn import Turn

_log = logging.getLogger(__name__)
REASONS = ("wrong", "not my question", "source does not say that", "outdated")
_MOST = 50_000_000  # bytes of the file: nobody can fill a disk by clicking
_LONGEST = 64_000  # of a line: no answer of the page has more


def keep(home: Path, turn: Turn, is_good: bool, reason: str | None) -> None:
    """Append one line. What the reader told of himself or herself is not kept.

    Raises AdvisorError where the reason is none of REASONS, the turn has no answer or the file cannot be written.
    """
    if turn.answer is None or (reason is None) != is_good or (reason is not None and reason not in REASONS):
        raise AdvisorError("A judgement is of an answer, and a bad one has one of the reasons shown.")
    answer = turn.answer
    line = {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "good": is_good,
        "reason": reason,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "text": answer.text,
        "status": answer.status,
        "mode": answer.mode,
        "citations": [{"article": c.article, "start": c.start, "end": c.end} for c in answer.citations],
        "fingerprint": answer.fingerprint,
    }
    written = json.dumps(line, ensure_ascii=False).encode() + b"\n"
    if len(written) > _LONGEST:
        raise AdvisorError("That is longer than any answer of this page, so the judgement was not kept; ask anew.")
    _append(home, written)


def _append(home: Path, line: bytes) -> None:
    """Where the folder is, is said to the log alone: a reader has no business with it."""
    path = home / "feedback.jsonl"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(home / "feedback.lock", timeout=5):
            if path.exists() and path.stat().st_size + len(line) > _MOST:
                raise AdvisorError(
                    "No more judgements can be kept; ask who serves this page to move feedback.jsonl away."
                )
            with path.open("ab") as file:
                file.write(line)
    except (OSError, filelock.Timeout) as exc:
        _log.warning("%s cannot be written (%s); free space or mend its rights.", path, exc)
        raise AdvisorError("The judgement could not be kept; the server's log says why.") from exc
