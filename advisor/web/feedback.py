"""A reader's judgement of an answer goes in; a line of ADVISOR_HOME/feedback.jsonl comes out."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import filelock

from advisor.errors import AdvisorError
from advisor.web.turn import Turn

REASONS = ("wrong", "not my question", "source does not say that", "outdated")
_MOST = 50_000_000  # bytes of the file: nobody can fill a disk by clicking


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
    path = home / "feedback.jsonl"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(home / "feedback.lock", timeout=5):
            if path.exists() and path.stat().st_size > _MOST:
                raise AdvisorError(f"{path} is full; move it away, then judge again.")
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except (OSError, filelock.Timeout) as exc:
        raise AdvisorError(f"{path} cannot be written ({exc}); free space or mend its rights.") from exc
