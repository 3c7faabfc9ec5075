"""What the library holds goes in; the page's first words come out: what this is, what to ask, in what state it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from advisor.web.render import ask_buttons
from advisor.web.sources import UNKNOWN, title_html
from corpus import About, Listed

_SHOWN = 12  # articles whose interest the welcome tells; the library's table has all


def welcome(articles: Sequence[Listed], about: About) -> str:
    """What this is and is not, whose articles it reads, and questions worth asking."""
    if not articles:
        return (
            '<section class="welcome"><p class="lede">The library is empty, so there is nothing to answer from yet. '
            "Add articles under Library.</p></section>"
        )
    count = "one article" if len(articles) == 1 else f"{len(articles)} articles"
    return f"""<section class="welcome">
<p class="lede">Ask about {escape("; ".join(about.subjects))}.</p>
<p>Answers come from {count}, not from a counsellor: each sentence has been checked against the article it cites, and
where the articles are silent, the answer says so. They cannot know you, your town or what has changed since they were
written.</p>
<h2 class="label">Questions worth asking</h2>
{ask_buttons(about.starters, "Questions worth asking")}
<h2 class="label">Who wrote the articles, and what they sell</h2>
<ul class="interests">{"".join(map(_interest, articles[:_SHOWN]))}</ul>
</section>"""


def _interest(article: Listed) -> str:
    by = article.publisher or article.author or "publisher not stated"
    return f"<li><cite>{title_html(article.title)}</cite> ({escape(by)}): {escape(article.interest or UNKNOWN)}</li>"


def topics_html(topics: Mapping[str, Sequence[str]]) -> str:
    """What can be asked, by topic."""
    groups = "".join(
        f"<section><h3>{escape(name[:1].upper() + name[1:])}</h3>{ask_buttons(questions, name)}</section>"
        for name, questions in topics.items()
    )
    return groups or "<p>The articles answer none of the usual questions; ask in your own words.</p>"


def state_line(articles: int, mode: str = "quote") -> str:
    """Plain text: how many articles there are, and how answers are made."""
    count = "1 article" if articles == 1 else f"{articles} articles"
    if mode != "quote":
        return f"{count} · answers are written by {mode}, each sentence checked"
    return f"{count} · quote mode: answers are the articles' own sentences, no model writes them."
