"""An Advisor goes in; the page comes out: one component, its events, its endpoints, guarded and served."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from advisor.answer import Answer
from advisor.errors import AdvisorError
from advisor.pipeline import Advisor
from advisor.settings import load_settings
from advisor.web.access import Access
from advisor.web.desk import Desk, calls
from advisor.web.guard import Guard
from advisor.web.known import Known
from advisor.web.place import Place
from advisor.web.server import serve
from advisor.web.sessions import Forgetful, Sessions
from advisor.web.signing import sign_in, sign_out
from corpus import CorpusError

_HERE = Path(__file__).parent
# In this order, one scope.
_CLIENT = ("store", "view", "views", "margin", "chat", "kept", "library", "differences", "main")
_THREADS = 200  # a slow model holds one for each reader that waits
_MOST_QUEUED = 500  # questions that wait for one of them
_UNUSED = (600, 3600)  # seconds: how often uploads that were never added are deleted, and how old they are then


def build_page(desk: Desk) -> gr.Blocks:
    """The page as Gradio Blocks: what the reader sees is `client/`, what it asks for is answered by the desk."""
    client = "".join((_HERE / "client" / f"{name}.js").read_text(encoding="utf-8") for name in _CLIENT)
    page: gr.Blocks
    with gr.Blocks(title="Career advisor", analytics_enabled=False, fill_width=True, delete_cache=_UNUSED) as page:
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

        quiet: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": None,
            "trigger_mode": "multiple",
        }
        answering = app.ask(answer, None, app, **quiet)
        app.stop(None, None, None, cancels=[answering], api_visibility="private")
        app.bring(add, None, app, **quiet)
        gr.api(_ask(desk), api_name="ask", concurrency_limit=None)  # type: ignore[attr-defined]
    return page


def launch(advisor: Advisor, place: Place, port: int, ready: Callable[[], None]) -> None:
    """Serve the page until interrupted; `ready` is called once it listens.

    Raises OSError where the address cannot be had.
    """
    access = Access(place, load_settings().admin_password)
    desk = Desk(advisor, access, Path(get_upload_folder()))
    serve(application(desk, port), place, port, ready)


def application(desk: Desk, port: int) -> ASGIApp:
    """The page as an ASGI application, its guard before it."""
    page = build_page(desk)
    page.max_threads = _THREADS
    page.queue(default_concurrency_limit=None, max_size=_MOST_QUEUED)
    upload = int(desk.advisor.library.settings.max_file_mb * 1_000_000)
    routes: list[BaseRoute] = [
        Route("/sign-in", sign_in(desk.access), methods=["POST"]),
        Route("/sign-out", sign_out(desk.access), methods=["POST"]),
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
    page.mcp_server_obj._local_url = _address(desk.access.place.host, port)
    (component,) = (id_ for id_, block in page.blocks.items() if isinstance(block, gr.HTML))
    names = frozenset(call.__name__ for call in calls(desk))
    known = Known(component, names, frozenset(id_ for id_, event in page.fns.items() if event.fn))
    return Guard(parent, desk.access, known, Sessions(page._queue), upload)


@asynccontextmanager
async def _forgetting(app: Any) -> AsyncIterator[None]:
    """While the page is served: nothing of a session is kept by it."""
    app.state_holder = Forgetful()  # type: ignore[no-untyped-call]
    app.state_holder.set_blocks(app.get_blocks())
    yield


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


def _ask(desk: Desk) -> Callable[..., dict[str, Any]]:
    def ask(  # noqa: D417  # the framework hands in the request
        request: gr.Request,
        question: str,
        history: list[list[str]] | None = None,
        profile: str | None = None,
        sources: list[str] | None = None,
        since: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question on careers in AI from the library's articles, every sentence checked against its source.

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
            *_, answer = desk.events(request, question, history or (), profile, sources=sources, since=since)
            assert isinstance(answer, Answer)
            return answer.to_dict()
        except (AdvisorError, CorpusError) as exc:
            raise gr.Error(str(exc), print_exception=False) from exc

    return ask
