"""An Advisor goes in; the chat page comes out: widgets and events, no rendering."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Request, Response
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from advisor.answer import Answer, Citation, Claim, Notice, Restart, Sentence, Withheld
from advisor.errors import AdvisorError
from advisor.models import ollama_hint
from advisor.pipeline import Advisor
from advisor.web.render import Piece, Turn, conversation, state_line
from corpus import Article, CorpusError

_HERE = Path(__file__).parent
# Nothing is fetched from elsewhere, whatever the framework's own page asks for.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'self'"
)
_CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-ask]');
  if (button) trigger('submit', { question: button.dataset.ask });
});
"""
_LIVELY = """() => {
  // A new question comes into view; one that grows stays where the reader is.
  let turns = 0;
  new MutationObserver(() => {
    const all = document.querySelectorAll('#conversation .turn');
    if (all.length > turns) all[all.length - 1].scrollIntoView();
    turns = all.length;
  }).observe(document.querySelector('#conversation'), { childList: true, subtree: true });
  document.addEventListener('keydown', (event) => {
    const box = document.querySelector('#question textarea');
    if (event.key === '/' && box && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault(); box.focus();
    }
  });
}"""


class _Policy(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = _POLICY
        return response


def build_page(advisor: Advisor) -> gr.Blocks:
    """The page as Gradio Blocks; the model is loaded in the background meanwhile."""
    threading.Thread(target=_warm, args=(advisor,), daemon=True).start()
    articles = {article.id: article for article in advisor.library.articles()}
    page: gr.Blocks
    with gr.Blocks(title="Career advisor", analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        gr.HTML("<header><h1>Career advisor</h1></header>", elem_id="masthead", apply_default_css=False)
        log = gr.HTML(conversation((), articles), js_on_load=_CLICKS, elem_id="conversation", apply_default_css=False)
        question = gr.Textbox(
            label="Your question",
            placeholder="Ask a question, such as: what does an ML engineer do?",
            elem_id="question",
            lines=1,
            max_lines=6,
            submit_btn="Ask",
            autofocus=True,
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
        )
        hint = ollama_hint() if advisor.mode == "quote" else None
        state = state_line(len(articles), advisor.library.passage_count(), advisor.mode, hint)
        gr.HTML(state, elem_id="state", apply_default_css=False)

        def answer(text: str, done: list[Turn]) -> Iterator[tuple[str, list[Turn], str]]:
            for now in _answer(advisor, text, done):
                yield conversation(now, _cited(advisor, now)), now, ""

        def answer_clicked(done: list[Turn], event: gr.EventData) -> Iterator[tuple[str, list[Turn], str]]:
            yield from answer(str(event.question), done)

        outputs = [log, turns, question]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 16}
        question.submit(answer, [question, turns], outputs, **quiet)
        log.submit(answer_clicked, [turns], outputs, **quiet)
        gr.api(_endpoint(advisor), api_name="ask")  # type: ignore[attr-defined]
        page.load(None, js=_LIVELY)
    return page


def launch(advisor: Advisor, host: str, port: int, **options: Any) -> Any:
    """Serve the page until interrupted; `options` go to Gradio's `launch`."""
    theme = gr.themes.Base(
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        primary_hue="teal",
        neutral_hue="stone",
    )
    return (
        build_page(advisor)
        .queue(default_concurrency_limit=16)
        .launch(
            server_name=host,
            server_port=port,
            theme=theme,
            css_paths=_HERE / "style.css",
            footer_links=["api"],
            app_kwargs={"middleware": [Middleware(_Policy)]},
            show_error=True,
            enable_monitoring=False,
            ssr_mode=False,
            quiet=True,
            **options,
        )
    )


def _answer(advisor: Advisor, question: str, done: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The turns, the last of them growing sentence by sentence."""
    done = [turn for turn in done if not turn.error]
    turn = Turn(question.strip())
    yield [*done, turn]
    pieces: list[Piece] = []
    citations: list[Citation] = []
    withheld: list[Claim] = []
    try:
        for event in advisor.stream(question, history=_history(done)):
            if isinstance(event, Restart):
                pieces, citations = [], []
            elif isinstance(event, Sentence):
                citations += [citation for citation in event.citations if citation not in citations]
                pieces.append(Piece(event.claim.text, event.join, event.claim.citations))
            elif isinstance(event, Notice):
                pieces.append(Piece(event.text, event.join, is_notice=True))
            elif isinstance(event, Withheld):
                withheld.append(event.claim)
            answer = event if isinstance(event, Answer) else None
            yield [*done, Turn(turn.question, tuple(pieces), tuple(citations), answer, withheld=tuple(withheld))]
    except (AdvisorError, CorpusError) as exc:
        yield [*done, Turn(turn.question[:200], error=str(exc))]


def _history(done: Sequence[Turn]) -> list[tuple[str, str]]:
    return [pair for turn in done if turn.answer for pair in (("user", turn.question), ("assistant", turn.answer.text))]


def _cited(advisor: Advisor, turns: Sequence[Turn]) -> dict[str, Article]:
    """The articles that the turns cite, by id, as the library holds them now."""
    ids = {citation.article for turn in turns for citation in turn.citations}
    return {id_: article for id_ in ids if (article := advisor.library.article(id_))}


def _endpoint(advisor: Advisor) -> Any:
    def ask(question: str, history: list[list[str]] | None = None, profile: str | None = None) -> dict[str, Any]:
        """Answer a question on careers in AI from the library's articles.

        Args:
            question: The question, in English.
            history: The turns before, oldest first, as [role, text] with role "user" or "assistant".
            profile: Who asks, such as "software engineer, 5 years".

        Returns:
            The answer: text with [n] marks, status, citations with verbatim quotes, claims, follow_ups.
        """
        try:
            return advisor.ask(question, history or (), profile).to_dict()
        except (AdvisorError, CorpusError) as exc:
            raise gr.Error(str(exc), print_exception=False) from exc

    return ask


def _warm(advisor: Advisor) -> None:
    try:
        advisor.retrieve("What does an AI engineer do?")  # and no more: a chat model is not called unasked
    except (AdvisorError, CorpusError):
        return  # the first question will say so to whoever asks it
