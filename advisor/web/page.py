"""An Advisor goes in; the page comes out: one component, its events, its endpoints, served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.routing import Route

from advisor.errors import AdvisorError
from advisor.pipeline import Advisor
from advisor.settings import load_settings
from advisor.web.access import Access
from advisor.web.desk import Desk, calls
from advisor.web.guard import Guard, sign_in, sign_out
from corpus import CorpusError

_HERE = Path(__file__).parent
_CLIENT = ("store.js", "view.js", "chat.js", "library.js", "main.js")  # in this order, one scope
_THREADS = 200  # a slow model holds one for each reader that waits


def build_page(desk: Desk) -> gr.Blocks:
    """The page as Gradio Blocks: what the reader sees is `client/`, what it asks for is answered by the desk."""
    client = "".join((_HERE / "client" / name).read_text(encoding="utf-8") for name in _CLIENT)
    page: gr.Blocks
    with gr.Blocks(title="Career advisor", analytics_enabled=False, fill_width=True) as page:
        app = gr.HTML(
            {},
            html_template=(_HERE / "client" / "shell.html").read_text(encoding="utf-8"),
            js_on_load=client,
            elem_id="advisor",
            apply_default_css=False,
            server_functions=[_answering(call) for call in calls(desk)],
        )

        def answer(event: gr.EventData) -> Iterator[dict[str, Any]]:
            yield from desk.answer(_fields(event._data))

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


def launch(advisor: Advisor, host: str, port: int, **options: Any) -> Any:
    """Serve the page until interrupted; `options` go to Gradio's `launch`."""
    access = Access(host, load_settings().admin_password)
    desk = Desk(advisor, access, Path(get_upload_folder()))
    theme = gr.themes.Base(
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        primary_hue="teal",
        neutral_hue="stone",
    )
    routes = [
        Route("/sign-in", sign_in(access), methods=["POST"]),
        Route("/sign-out", sign_out(access), methods=["POST"]),
    ]
    return (
        build_page(desk)
        .queue(default_concurrency_limit=None)
        .launch(
            server_name=host,
            server_port=port,
            theme=theme,
            css_paths=[_HERE / "style" / name for name in ("page.css", "answer.css", "panels.css")],
            footer_links=["api"],
            app_kwargs={"middleware": [Middleware(Guard, access=access)], "routes": routes},
            max_file_size=int(advisor.library.settings.max_file_mb * 1_000_000),
            max_threads=_THREADS,
            mcp_server=True,
            show_error=True,
            enable_monitoring=False,
            ssr_mode=False,
            quiet=True,
            **options,
        )
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
    def ask(
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
            return desk.advisor.ask(question, history or (), profile, sources=sources, since=since).to_dict()
        except (AdvisorError, CorpusError) as exc:
            raise gr.Error(str(exc), print_exception=False) from exc

    return ask
