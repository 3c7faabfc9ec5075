"""An Advisor goes in; the page comes out: one component, its events, its endpoints, guarded and served."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.utils import get_upload_folder
from gradio_client import Client
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from advisor.answer import Answer
from advisor.errors import AdvisorError
from advisor.pipeline import Advisor
from advisor.settings import Settings, load_settings
from advisor.web.access import INNER, open_access
from advisor.web.crowd import GROUP, Crowd, at_once
from advisor.web.desk import Desk, calls
from advisor.web.guard import Guard
from advisor.web.health import probes
from advisor.web.known import Known
from advisor.web.limits import Limits
from advisor.web.place import Place
from advisor.web.server import serve
from advisor.web.sessions import Forgetful, Sessions
from advisor.web.signing import sign_in, sign_out
from advisor.web.watch import log_to_stream
from corpus import CorpusError

_HERE = Path(__file__).parent
# In this order, one scope.
_CLIENT = (
    "store", "view", "refused", "views", "margin", "chat", "kept", "models", "library", "differences", "main"
)  # fmt: skip
_THREADS = 200  # a slow model holds one for each reader that waits
_MOST_QUEUED = 500  # questions that wait for one of them
_UNUSED = (600, 3600)  # seconds: how often uploads that were never added are deleted, and how old they are then


def build_page(desk: Desk, running: int) -> gr.Blocks:
    """The page as Gradio Blocks: what the reader sees is `client/`, what it asks for is answered by the desk.

    `running` are the answers that are made at once.
    """
    client = "".join((_HERE / "client" / f"{name}.js").read_text(encoding="utf-8") for name in _CLIENT)
    page: gr.Blocks
    with gr.Blocks(title="Advisor", analytics_enabled=False, fill_width=True, delete_cache=_UNUSED) as page:
        app = gr.HTML(
            {},
            html_template=(_HERE / "client" / "shell.html").read_text(encoding="utf-8"),
            js_on_load=client,
            elem_id="advisor",
            apply_default_css=False,
            server_functions=[_answering(call) for call in calls(desk)],
        )

        def answer(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
            yield from desk.answer(_fields(event._data), request)

        def add(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
            yield from desk.add(_fields(event._data), request)

        shared: dict[str, Any] = {"concurrency_limit": running, "concurrency_id": GROUP}
        quiet: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": None,
            "trigger_mode": "multiple",
        }
        answering = app.ask(answer, None, app, **{**quiet, **shared})
        app.stop(None, None, None, cancels=[answering], api_visibility="private")
        app.bring(add, None, app, **quiet)
        gr.api(_ask(desk, lambda session: _event(page, session or "")), api_name="ask", **shared)  # type: ignore[attr-defined]
    return page


def launch(advisor: Advisor, place: Place, port: int, ready: Callable[[], None]) -> None:
    """Serve the page until interrupted; `ready` is called once it listens.

    Raises OSError where the address cannot be had.
    """
    settings = load_settings()
    access = open_access(place, settings)
    desk = Desk(advisor, access, Path(get_upload_folder()), settings.log_questions)
    log_to_stream()
    serve(application(desk, port, settings), place, port, ready)


def application(desk: Desk, port: int, settings: Settings | None = None) -> ASGIApp:
    """The page as an ASGI application, its guard before it; `settings` default to the environment's."""
    settings = settings or load_settings()
    running = at_once(desk.advisor.mode, settings.answers)
    page = build_page(desk, running)
    page.max_threads = _THREADS
    page.queue(default_concurrency_limit=None, max_size=_MOST_QUEUED)
    crowd = Crowd(page._queue, running, settings.waiting)
    desk.watch.took = crowd.took
    upload = int(desk.advisor.library.settings.max_file_mb * 1_000_000)
    routes: list[BaseRoute] = [
        Route("/sign-in", sign_in(desk.access), methods=["POST"]),
        Route("/sign-out", sign_out(desk.access), methods=["POST"]),
        *probes(desk, crowd, settings.metrics_token),
    ]
    # A policy of its own turns off the framework's, which lets any site read: this one lets none.
    parent = FastAPI(routes=routes, openapi_url=None, middleware=[Middleware(CORSMiddleware, allow_origins=())])
    gr.mount_gradio_app(
        parent,
        page,
        path="/",
        server_name=desk.access.place.host,
        server_port=port,
        theme=_theme(),
        css_paths=[_HERE / "style" / name for name in ("page.css", "answer.css", "panels.css")],
        footer_links=["api"],
        app_kwargs={"lifespan": _forgetting, "openapi_url": None},
        max_file_size=upload,
        run_history=False,  # it would keep what is asked a second time, and lend the owner's token for a hub
        mcp_server=True,
        show_error=True,
        enable_monitoring=False,
        ssr_mode=False,
    )
    # The tool asks the page itself, here, and not at whatever address its first caller wrote in a header.
    assert page.mcp_server_obj is not None
    page.mcp_server_obj._get_or_create_client = functools.cache(  # type: ignore[method-assign]
        lambda: _own_client(_address(desk.access.place.host, port), desk.access.inner)
    )
    (component,) = (id_ for id_, block in page.blocks.items() if isinstance(block, gr.HTML))
    names = frozenset(call.__name__ for call in calls(desk))
    asks = frozenset(id_ for id_, event in page.fns.items() if event.concurrency_id == GROUP)
    known = Known(component, names, frozenset(id_ for id_, event in page.fns.items() if event.fn), asks)
    limits = Limits(crowd, desk.watch, None if desk.access.place.is_local else settings.rate)
    return Guard(parent, desk.access, known, Sessions(page._queue), upload, limits)


@asynccontextmanager
async def _forgetting(app: Any) -> AsyncIterator[None]:
    """While the page is served: nothing of a session is kept by it."""
    app.state_holder = Forgetful()  # type: ignore[no-untyped-call]
    app.state_holder.set_blocks(app.get_blocks())
    yield


def _own_client(address: str, inner: str) -> Client:
    """By which the page asks itself what a program asks of its tool, as one that the guard knows."""
    headers = {"x-gradio-user": "mcp", INNER: inner}
    return Client(address, download_files=False, verbose=False, analytics_enabled=False, headers=headers)


def _address(host: str, port: int) -> str:
    """Where the machine itself reaches the page."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))
    return f"http://[{own}]:{port}/" if ":" in own else f"http://{own}:{port}/"


def _theme() -> gr.themes.Base:
    return gr.themes.Base(
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        primary_hue="teal",
        neutral_hue="stone",
    )


def _answering(call: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A function for the client: what goes wrong is said, not raised."""

    def answered(data: Any, request: gr.Request) -> dict[str, Any]:
        try:
            return call(_fields(data), request)
        except (AdvisorError, CorpusError) as exc:
            return {"error": str(exc)}

    answered.__name__ = call.__name__
    return answered


def _fields(data: Any) -> dict[str, Any]:
    """What a client sent, which may be anything; halves of a sign that was cut in two, as by JavaScript, are "?"."""
    if not isinstance(data, dict):
        return {}
    whole: dict[str, Any] = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    return whole


def _event(page: gr.Blocks, session: str) -> str | None:
    """What a program knows its question by, where its session asks no other."""
    events = page._queue.pending_event_ids_session.get(session, ())
    return str(*events) if len(events) == 1 else None


def _ask(desk: Desk, event: Callable[[str | None], str | None]) -> Callable[..., dict[str, Any]]:
    def ask(  # noqa: D417  # the framework hands in the request
        request: gr.Request,
        question: str,
        history: list[list[str]] | None = None,
        profile: str | None = None,
        sources: list[str] | None = None,
        since: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the library's articles, every sentence checked against its source.

        Args:
            question: The question, in English.
            history: The turns before, oldest first, as [role, text] with role "user" or "assistant".
            profile: Who asks, such as "software engineer, 5 years".
            sources: Ids of the articles that may be used; all where it is left out.
            since: A date, YYYY-MM-DD: only articles published then or later may be used.

        Returns:
            The answer: text with [n] marks, status ("answered", "partial", "not_covered", "off_topic"), citations
            with verbatim quotes and each publisher's interest, claims, withheld, disagreements, follow_ups.
        """
        desk.opening.wait()
        try:
            id_ = event(request.session_hash)
            *_, answer = desk.events(request, id_, question, history or (), profile, sources=sources, since=since)
            assert isinstance(answer, Answer)
            return answer.to_dict()
        except (AdvisorError, CorpusError) as exc:
            raise gr.Error(str(exc), print_exception=False) from exc

    return ask
