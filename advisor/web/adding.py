"""What a reader brings goes in; it comes out as files and addresses that may be added, and how far adding them is."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.errors import QuestionError
from advisor.web.shelf import results_html
from corpus import CorpusError

_MOST_PLACES = 500  # files and addresses added at once


def places_of(data: Mapping[str, Any], uploads: Path) -> list[str | Path]:
    """The uploads and addresses to add: no other file of this machine, whatever path is sent."""
    files, urls = data.get("files") or [], data.get("urls") or []
    if not isinstance(files, list) or not isinstance(urls, list) or not 0 < len(files) + len(urls) <= _MOST_PLACES:
        raise QuestionError(f"Choose from one to {_MOST_PLACES} files or addresses at once.")
    paths = [Path(str(file).replace("\0", "")).resolve() for file in files]
    if any(not path.is_relative_to(uploads.resolve()) or not path.is_file() for path in paths):
        raise QuestionError("The upload is no longer there; choose the file again.")
    if any(not str(url).lower().startswith(("http://", "https://")) for url in urls):
        raise QuestionError("That is no web address; write http://… or https://….")
    return [*paths, *map(str, urls)]


def with_progress(work: Callable[[Callable[[str, int, int], None]], Any]) -> Iterator[dict[str, Any]]:
    """Run `work` in a thread; yield how far it is, and last the results."""
    said: queue.Queue[dict[str, Any]] = queue.Queue()

    def run() -> None:
        try:
            report = work(lambda stage, done, total: said.put({"stage": stage, "part": done, "whole": total}))
            said.put({"html": results_html(report.results), "done": True})
        except CorpusError as exc:
            said.put({"error": str(exc), "done": True})
        except Exception:
            said.put({"error": "Something went wrong; the server's log says what.", "done": True})
            raise

    threading.Thread(target=run, daemon=True).start()
    while True:
        event = said.get()
        yield event
        if event.get("done"):
            return
