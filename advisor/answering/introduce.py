"""Articles go in; what their front matter notes of them comes out, in sentences of ours: who, when, what is sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpus import Listed

MOST = 8  # articles that are told of one by one
_UNKNOWN = "What its publisher sells is not noted."


def introduced(articles: Sequence[Listed], citing: Mapping[str, Sequence[str]] | None = None) -> str:
    """A paragraph for each article; `citing` is whom it cites for what was just shown of it, by its id."""
    told = [_introduced(one, (citing or {}).get(one.id)) for one in articles[:MOST]]
    more = len(articles) - len(told)
    return "\n\n".join([*told, *([f"And {more} more, which the list of articles shows."] if more else [])])


def _introduced(article: Listed, cites: Sequence[str] | None) -> str:
    author, publisher = article.author or "", article.publisher or ""
    makers = [f"by {author}" if author else "", publisher if publisher not in author else ""]
    who = ", ".join(filter(None, makers)) or "by nobody who is named"
    named = f"“{article.title}”, {who}, {article.published or 'without a date'}."
    cited = "" if cites is None else f"For what is quoted above it {_cites(cites)}."
    return " ".join(filter(None, (named, _sentence(article.interest or _UNKNOWN), cited)))


def _cites(names: Sequence[str]) -> str:
    return f"cites {', '.join(names)}" if names else "names no source that I can find there"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
