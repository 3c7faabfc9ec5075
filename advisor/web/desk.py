"""What the page's client asks goes in, as plain dicts; what it shows comes out, as plain dicts with HTML in them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor.answer import Citation, Event
from advisor.errors import AdvisorError, QuestionError
from advisor.models.nearby import Nearby
from advisor.pipeline import Advisor
from advisor.question.inputs import MAX_PROFILE, MAX_QUESTION
from advisor.settings import load_settings
from advisor.web import export
from advisor.web.access import Access
from advisor.web.adding import places_of, with_progress
from advisor.web.choosing import PROVIDERS, Choosing, shown
from advisor.web.differences import differences_html
from advisor.web.feedback import keep
from advisor.web.opening import Opening
from advisor.web.place import Asker
from advisor.web.rates import Rate
from advisor.web.reader import article_html
from advisor.web.render import turn_html
from advisor.web.sent import key_of, spans_of, told_of
from advisor.web.shelf import results_html, shelf_html
from advisor.web.turn import Turn, growing, history_of, public, read_turns
from advisor.web.watch import Watch
from advisor.web.welcome import state_line, topics_html, welcome
from corpus import CorpusError, Passage, row_at

_LIBRARY_CLOSED = "The library may be changed only from the computer that serves the page, or by its signed-in owner."
_MODEL_CLOSED = "A model is chosen only on the computer that serves the page, or by its signed-in owner."
_NAME = "Advisor"  # where nothing beside the articles says how the page is called
_JUDGED, _WITHIN = 60, 600.0  # judgements of an address that are kept, and the seconds in which


class Desk:
    """Serves one page. It keeps nothing of its readers: what a conversation needs comes with each question."""

    def __init__(self, advisor: Advisor, access: Access, uploads: Path, log_questions: bool = False) -> None:
        self.advisor = advisor
        self.access = access
        self.uploads = uploads
        self.watch = Watch(log_questions)
        self._choosing = Choosing(load_settings())
        self.opening = Opening(advisor, self._choosing.offers)
        self._judged = Rate(_JUDGED, _WITHIN)
        self._working: set[str] = set()  # the ids of what is being answered or added
        # Made anew when the library has changed.
        self._differences = functools.lru_cache(maxsize=2)(lambda _: differences_html(advisor.library))
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
        may_choose = self.access.may_change(asker)
        return {
            "ready": True,
            "model": self._models(asker, self.opening.offers) if may_choose and asker else None,
            "name": library.about().name or _NAME,
            "welcome": welcome(articles, library.about()),
            "state": state_line(len(articles), self.advisor.mode),
            "articles": len(articles),
            "isSignedIn": bool(asker and self.access.role(asker)),
            "limits": {"question": MAX_QUESTION, "profile": MAX_PROFILE, "megabytes": library.settings.max_file_mb},
        }

    def answer(self, data: Mapping[str, Any], asker: Asker | None) -> Iterator[dict[str, Any]]:
        """Answer one question: after each sentence the turn as HTML and as it is to be stored.

        Quotes are there all at once, so that they are shown at once.
        """
        id_, key = str(data.get("id"))[:64], key_of(data)
        profile = str(data.get("profile") or "")[: MAX_PROFILE + 1]  # one too many is refused, more is not handed on
        turn = Turn(str(data.get("question", "")).strip()[: MAX_QUESTION + 1], profile)
        self._working.add(id_)
        try:
            for now in self._answering(turn, data, asker):
                if now.answer or now.error or self.advisor.mode != "quote":
                    yield self._shown(id_, key, now)
        finally:
            self._working.discard(id_)

    def _answering(self, turn: Turn, data: Mapping[str, Any], asker: Asker | None) -> Iterator[Turn]:
        try:
            self.opening.wait()
            history = history_of(read_turns(data.get("turns") or []))
            sources = self._without(data.get("without"))
            id_, profile = str(data.get("id"))[:64], turn.profile or None
            yield from growing(turn, self.events(asker, id_, turn.question, history, profile, sources=sources))
        except (AdvisorError, CorpusError) as exc:
            question, profile = turn.question[:200], turn.profile[:MAX_PROFILE]
            yield dataclasses.replace(turn, question=question, profile=profile, pieces=(), citations=(), error=str(exc))

    def events(
        self, asker: Asker | None, id_: str | None, question: str, *asked: Any, **limits: Any
    ) -> Iterator[Event]:
        """What `Advisor.stream` yields for what is asked; why a chat model failed, for the owner's eyes alone.

        `id_` names the answer in the log.
        """
        advisor = self.advisor
        events = self.watch.answering(advisor.stream(question, *asked, **limits), advisor.mode, question, id_)
        return events if self.access.may_change(asker) else public(events)

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

    def beyond(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """A stored turn with what the model knows of its question itself; `turns` are those before it."""
        self.opening.wait()
        (turn,), before = read_turns([data.get("turn")]), read_turns(data.get("turns") or [])
        if turn.answer is None:
            raise QuestionError("This question has no answer yet; ask it first.")
        answer = self.advisor.go_beyond(turn.answer, history_of(before), turn.profile or None)
        if answer.beyond is None:
            raise QuestionError("The model had nothing to say beyond the articles; ask it again later.")
        return self._shown("", key_of(data), dataclasses.replace(turn, answer=answer))

    def alive(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Whether something is still being answered or added here: no, where the server was started anew since."""
        return {"alive": str(data.get("id")) in self._working}

    def render(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """The HTML of stored turns; `keys` are their keys."""
        self.opening.wait()
        turns, keys = read_turns(data.get("turns")), data.get("keys")
        if not isinstance(keys, list) or len(keys) != len(turns):
            raise QuestionError("Each stored turn needs a key.")
        return {"html": [self._html(turn, key_of({"key": key})) for turn, key in zip(turns, keys, strict=True)]}

    def topics(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """What can be asked, by topic."""
        self.opening.wait()
        return {"html": self._topics(self.advisor.library.state)}

    def differences(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Where the articles differ, all that is noted of it."""
        self.opening.wait()
        return {"html": self._differences(self.advisor.library.state)}

    def article(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """A whole article, the quotes of it marked."""
        article = self.advisor.library.article(str(data.get("id")))
        if article is None:
            raise QuestionError("This article is no longer in the library.")
        return {"html": article_html(article, spans_of(data.get("quotes")))}

    def export(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """A conversation as text: "markdown", "json", or "copy" for one turn as Markdown."""
        turns, title = read_turns(data.get("turns")), str(data.get("title") or "Conversation")[:200]
        if data.get("form") == "copy":
            return {"text": "\n".join(export.turn_markdown(turn, self._heads) for turn in turns)}
        is_json = data.get("form") == "json"
        return {"text": export.to_json(title, turns) if is_json else export.to_markdown(title, turns, self._heads)}

    def _heads(self, quoted: Citation) -> Sequence[str]:
        """The names of the columns of the table that a quote is of, where its article still has it there."""
        try:
            article = self.advisor.library.article(quoted.article) if quoted.quote.startswith("|") else None
        except CorpusError:  # what is exported is in the browser: a broken library does not keep it there
            return ()
        stands = article and article.text[quoted.start : quoted.end] == quoted.quote
        return row_at(article.text, quoted.start)[0] if article and stands else ()

    def rate(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Keep a reader's judgement of one turn."""
        address = self.access.place.address(asker) if asker else ""
        if self._judged.is_reached(address):
            raise QuestionError("Many judgements came from your address; wait some minutes, then judge again.")
        self._judged.add(address)
        (turn,) = read_turns([data.get("turn")])
        reason = data.get("reason")
        keep(self.advisor.library.settings.home, turn, reason is None, str(reason).lower() if reason else None)
        return {"said": "Thank you; kept."}

    def shelf(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """The library's table, and whether the asker may change it."""
        self.opening.wait()
        may_change = self.access.may_change(asker)
        html = shelf_html(self.advisor.library.listing(), may_change)
        told = {"html": html, "mayChange": may_change, "mayLogIn": self.access.has_password and not may_change}
        return {**told, "token": self.access.token(asker)} if may_change and asker else told

    def remove(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Take one article away. Raises QuestionError for an asker who may not."""
        self._check(data, asker)
        return {"html": results_html(self.advisor.library.remove(str(data.get("id"))).results)}

    def add(self, data: Mapping[str, Any], asker: Asker | None) -> Iterator[dict[str, Any]]:
        """Add uploaded files and addresses: how far it is, and last what became of each."""
        try:
            self._check(data, asker)
            places = places_of(data, self.uploads)
        except QuestionError as exc:
            yield {"id": data.get("id"), "error": str(exc), "done": True}
            return
        self._working.add(str(data.get("id")))
        fields = told_of(data.get("fields"))
        try:
            for event in with_progress(lambda tell: self.advisor.library.add(*places, progress=tell, **fields)):
                yield {"id": data.get("id"), **event}
        finally:
            self._working.discard(str(data.get("id")))
            for place in places:
                if isinstance(place, Path):
                    place.unlink(missing_ok=True)

    def models(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """What may be chosen to write answers; nothing of it for an asker who may not choose."""
        if asker is None or not self.access.may_change(asker):
            raise QuestionError(_MODEL_CLOSED)
        return self._models(asker, self._choosing.offers())

    def choose(self, data: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
        """Have answers written by another model from now on, for all readers, where it answers a short call."""
        self._check(data, asker, _MODEL_CLOSED, "panel")
        self.advisor = self.advisor.writing_with(self._choosing.tried(data))
        return {"mode": self.advisor.mode}

    def _models(self, asker: Asker, offers: Sequence[Nearby]) -> dict[str, Any]:
        mode, token = self.advisor.mode, self.access.token(asker)
        return {"mode": mode, "offers": shown(offers), "providers": PROVIDERS, "token": token}

    def _check(
        self, data: Mapping[str, Any], asker: Asker | None, closed: str = _LIBRARY_CLOSED, panel: str = "library"
    ) -> None:
        if not self.access.may_change(asker):
            raise QuestionError(closed)
        if not self.access.is_change(asker, data.get("token")):
            raise QuestionError(f"The page is older than its server; open the {panel} anew, then try again.")
        self.opening.wait()


def calls(desk: Desk) -> Sequence[Callable[..., dict[str, Any]]]:
    """The functions of the desk that answer at once."""
    return (
        desk.start,
        desk.alive,
        desk.render,
        desk.topics,
        desk.differences,
        desk.article,
        desk.export,
        desk.rate,
        desk.shelf,
        desk.remove,
        desk.beyond,
        desk.models,
        desk.choose,
    )
