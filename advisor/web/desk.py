"""What the page's client asks goes in, as plain dicts; what it shows comes out, as plain dicts with HTML in them."""

from __future__ import annotations

import dataclasses
import functools
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError, QuestionError
from advisor.pipeline import Advisor
from advisor.question.inputs import MAX_PROFILE, MAX_QUESTION
from advisor.web import export
from advisor.web.access import Access, Asker
from advisor.web.feedback import keep
from advisor.web.opening import Opening
from advisor.web.reader import article_html
from advisor.web.render import turn_html
from advisor.web.shelf import results_html, shelf_html
from advisor.web.turn import Turn, growing, history_of, read_turns
from advisor.web.welcome import state_line, topics_html, welcome
from corpus import CorpusError, Passage

_LIBRARY_CLOSED = "The library may be changed only from the computer that serves the page, or by its signed-in owner."
_MOST_PLACES = 500  # files and addresses added at once


class Desk:
    """Serves one page. It keeps nothing of its readers: what a conversation needs comes with each question."""

    def __init__(self, advisor: Advisor, access: Access, uploads: Path) -> None:
        self.advisor = advisor
        self.access = access
        self.uploads = uploads
        self.opening = Opening(advisor)
        self._working: set[str] = set()  # the ids of what is being answered or added
        # Made anew when the library has changed.
        self._topics = functools.lru_cache(maxsize=2)(lambda _: topics_html(advisor.topics()))

    def start(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """What the page shows first; while the library is being opened, how far that is."""
        failure = self.opening.failure
        self.opening.begin()
        if failure:
            return {"error": failure}
        if not self.opening.is_done:
            return {"ready": False, "state": self.opening.said}
        library = self.advisor.library
        articles = library.listing()
        return {
            "ready": True,
            "welcome": welcome(articles, library.about()),
            "state": state_line(len(articles), self.advisor.mode, self.opening.hint),
            "articles": len(articles),
            "limits": {"question": MAX_QUESTION, "profile": MAX_PROFILE, "megabytes": library.settings.max_file_mb},
        }

    def answer(self, data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Answer one question: after each sentence the turn as HTML and as it is to be stored.

        Quotes are there all at once, so that they are shown at once.
        """
        id_, key = str(data.get("id"))[:64], _key(data)
        turn = Turn(str(data.get("question", "")).strip()[: MAX_QUESTION + 1], str(data.get("profile") or ""))
        self._working.add(id_)
        try:
            for now in self._answering(turn, data):
                if now.answer or now.error or self.advisor.mode != "quote":
                    yield self._shown(id_, key, now)
        finally:
            self._working.discard(id_)

    def _answering(self, turn: Turn, data: Mapping[str, Any]) -> Iterator[Turn]:
        try:
            self.opening.wait()
            history = history_of(read_turns(data.get("turns") or []))
            sources = self._without(data.get("without"))
            events = self.advisor.stream(turn.question, history, turn.profile or None, sources=sources)
            yield from growing(turn, events)
        except (AdvisorError, CorpusError) as exc:
            yield dataclasses.replace(turn, question=turn.question[:200], pieces=(), citations=(), error=str(exc))

    def _without(self, left_out: Any) -> list[str] | None:
        """The ids of the articles that the chat may use; None for all."""
        if not isinstance(left_out, list) or not left_out:
            return None
        ids = [article.id for article in self.advisor.library.listing()]
        chosen = [id_ for id_ in ids if id_ not in left_out]
        if not chosen:
            raise QuestionError("No article is in use; choose at least one under Library.")
        return chosen if len(chosen) < len(ids) else None

    def _shown(self, id_: str, key: str, turn: Turn) -> dict[str, Any]:
        is_done = bool(turn.answer or turn.error)
        return {"id": id_, "html": self._html(turn, key), "turn": turn.to_dict(), "done": is_done}

    def _html(self, turn: Turn, key: str) -> str:
        library = self.advisor.library
        places = {c.number: library.passage_at(c.article, c.start) for c in turn.citations}
        passages: dict[int, Passage] = {number: passage for number, passage in places.items() if passage}
        return turn_html(turn, key, passages)

    def alive(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Whether something is still being answered or added here: no, where the server was started anew since."""
        return {"alive": str(data.get("id")) in self._working}

    def render(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """The HTML of stored turns; `keys` are their keys."""
        self.opening.wait()
        turns, keys = read_turns(data.get("turns")), data.get("keys")
        if not isinstance(keys, list) or len(keys) != len(turns):
            raise QuestionError("Each stored turn needs a key.")
        return {"html": [self._html(turn, _key({"key": key})) for turn, key in zip(turns, keys, strict=True)]}

    def topics(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """What can be asked, by role."""
        self.opening.wait()
        return {"html": self._topics(self.advisor.library.state)}

    def article(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """A whole article, a quote of it marked."""
        article = self.advisor.library.article(str(data.get("id")))
        if article is None:
            raise QuestionError("This article is no longer in the library.")
        return {"html": article_html(article, _whole(data.get("start")), _whole(data.get("end")))}

    def export(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """A conversation as text: "markdown", "json", or "copy" for one turn as Markdown."""
        turns, title = read_turns(data.get("turns")), str(data.get("title") or "Conversation")[:200]
        if data.get("form") == "copy":
            return {"text": "\n".join(map(export.turn_markdown, turns))}
        form = export.to_json if data.get("form") == "json" else export.to_markdown
        return {"text": form(title, turns)}

    def rate(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Keep a reader's judgement of one turn."""
        (turn,) = read_turns([data.get("turn")])
        reason = data.get("reason")
        keep(self.advisor.library.settings.home, turn, reason is None, str(reason).lower() if reason else None)
        return {"said": "Thank you; kept."}

    def shelf(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """The library's table, and whether the asker may change it."""
        self.opening.wait()
        may_change = self.access.may_change(asker)
        html = shelf_html(self.advisor.library.listing(), may_change)
        return {"html": html, "mayChange": may_change, "mayLogIn": self.access.has_password and not may_change}

    def remove(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Take one article away. Raises QuestionError for an asker who may not."""
        self._check(asker)
        return {"html": results_html(self.advisor.library.remove(str(data.get("id"))).results)}

    def add(self, data: Mapping[str, Any], asker: Asker | None) -> Iterator[dict[str, Any]]:
        """Add uploaded files and addresses: how far it is, and last what became of each."""
        try:
            self._check(asker)
            places = self._places(data)
        except QuestionError as exc:
            yield {"id": data.get("id"), "error": str(exc), "done": True}
            return
        self._working.add(str(data.get("id")))
        fields = _fields(data.get("fields"))
        try:
            for event in _with_progress(lambda tell: self.advisor.library.add(*places, progress=tell, **fields)):
                yield {"id": data.get("id"), **event}
        finally:
            self._working.discard(str(data.get("id")))
            for place in places:
                if isinstance(place, Path):
                    place.unlink(missing_ok=True)

    def _check(self, asker: Asker | None) -> None:
        if not self.access.may_change(asker):
            raise QuestionError(_LIBRARY_CLOSED)
        self.opening.wait()

    def _places(self, data: Mapping[str, Any]) -> list[str | Path]:
        """The uploads and addresses to add: no other file of this machine, whatever path is sent."""
        files, urls = data.get("files") or [], data.get("urls") or []
        if not isinstance(files, list) or not isinstance(urls, list) or not 0 < len(files) + len(urls) <= _MOST_PLACES:
            raise QuestionError(f"Choose from one to {_MOST_PLACES} files or addresses at once.")
        paths = [Path(str(file)).resolve() for file in files]
        if any(not path.is_relative_to(self.uploads.resolve()) or not path.is_file() for path in paths):
            raise QuestionError("The upload is no longer there; choose the file again.")
        if any(not str(url).lower().startswith(("http://", "https://")) for url in urls):
            raise QuestionError("That is no web address; write http://… or https://….")
        return [*paths, *map(str, urls)]


def _with_progress(work: Callable[[Callable[[str, int, int], None]], Any]) -> Iterator[dict[str, Any]]:
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


def _key(data: Mapping[str, Any]) -> str:
    """A turn's key, of which its element ids are made: letters, digits and hyphens."""
    return "".join(char for char in str(data.get("key", "turn")) if char.isalnum() or char == "-")[:64]


def _fields(data: Any) -> dict[str, str]:
    """What a reader knows of the articles to be added."""
    known = data if isinstance(data, dict) else {}
    return {name: str(known[name])[:300] for name in ("publisher", "published", "interest") if known.get(name)}


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()) else -1


def calls(desk: Desk) -> Sequence[Callable[..., dict[str, Any]]]:
    """The functions of the desk that answer at once."""
    return (
        desk.start,
        desk.alive,
        desk.render,
        desk.topics,
        desk.article,
        desk.export,
        desk.rate,
        desk.shelf,
        desk.remove,
    )
