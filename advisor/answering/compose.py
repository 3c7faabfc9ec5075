"""What was found goes in; the advisor's own sentences come out: what is missing or compared, who made an article."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from advisor.answer import Citation
from advisor.find.told import teller
from corpus import Listed

SILENT = "not answer"  # what tells the admission of a gap from other sentences of ours
DOUBTED = "I am not sure that the articles answer"  # what opens an answer that may be none
NEAREST = "The nearest that they say:"
UNWRITTEN = "The chat model could not answer just now"
MOST_INTRODUCED = 8  # articles that are told of one by one
NO_TABLE = "That makes no table; ask to compare two or more things, by name, and they are set side by side."
TOO_MANY = "That was more than six questions at once; please ask the others again."


def failed_text(why: str) -> str:
    """The line above an answer in the articles' words that a chat model should have written."""
    return f"{why.rstrip('.')}. So here are the articles' own words."


def missing_text(questions: Sequence[str], unknown: Sequence[str] = (), maker: str = "") -> str:
    """The sentence that admits a gap: which questions the articles do not answer, and what they do not even name.

    `maker` is the one whose articles alone were asked.
    """
    sentence = f"{f'{_unmarked(maker)} does' if maker else 'The articles do'} {SILENT} {_asked(questions)}."
    return f"{sentence} {unnamed_text(unknown, maker)}" if unknown else sentence


def unnamed_text(names: Sequence[str], maker: str = "") -> str:
    """The sentence that admits that no article, or none of `maker`, has a word of these."""
    who = f"{_unmarked(maker)} says" if maker else "The articles say"
    return f"{who} nothing about {_listed([f'“{_unmarked(name)}”' for name in dict.fromkeys(names)])}."


def of_other_years(asked: Collection[str], told: Collection[str]) -> str:
    """The sentence before quotes that name no year that was asked for; `told` are those that they name."""
    missing = _listed(sorted(asked))
    named = _listed(sorted(told), "and")
    return f"What follows names {named}, not {missing}." if told else f"What follows does not name {missing}."


def doubted_text(questions: Sequence[str]) -> str:
    """The sentence before quotes that may not answer: to one of several questions, or to the only one."""
    return f"{DOUBTED} {_asked(questions)}. {NEAREST}"


def _asked(questions: Sequence[str]) -> str:
    return _listed([f"“{_shown(question)}”" for question in dict.fromkeys(questions)]) if questions else "that question"


def _shown(question: str) -> str:
    """A question as it can stand in a sentence of ours: not too long, and without what looks like our citations."""
    asking = _unmarked(question).strip(" ?.!")
    return f"{asking if len(asking) <= 120 else asking[:119] + '…'}?"


def _unmarked(text: str) -> str:
    """Words of others as they can stand in a sentence of ours, where "[1]" is a citation."""
    return re.sub(r"\[(\d+)\]", r"(\1)", text)


def framed(who: str | None, lead: str, is_again: bool) -> str:
    """What introduces a quote: whose it is, unless that was said, and what it stands under, if it needs it.

    That is its heading and, on a line of its own, the sentence that introduces its list.
    """
    lines = ", ".join(f"“{line.strip('[]')}”" for line in lead.splitlines())
    under = f"under {lines}" if lines else ""
    opens = _unmarked(", ".join(part for part in ("as said above" if is_again else "", who or "", under) if part))
    is_ours = is_again or not who  # a publisher's name stays as it is written
    return f"{opens[:1].upper() if is_ours else opens[:1]}{opens[1:]}:" if opens else ""


def guided(title: str, shown: int, whole: int, is_counted: bool) -> str:
    """What introduces an article that is a plan, of which each step is quoted by the sentence that opens it."""
    name = f"“{_unmarked(title.strip('[]'))}”"
    part = f" (the first {shown} of {whole})" if shown < whole else ""
    return f"Step by step, from {name}{part}:" if is_counted else f"From {name}, section by section{part}:"


def missing_here(citation: Citation, what: str) -> str:
    """What is said in place of a sentence that announces what was lost when its article was copied."""
    section = citation.section.rpartition(" > ")[2].strip("[]")
    place = f" under “{section}”" if section else ""
    return f"Announced by {teller(citation)}{place}, but missing from this copy: {what} [{citation.number}]."


def misprinted(words: str, meant: str) -> str:
    """What is said after a quote that holds words which were run together when its article was copied."""
    return f"(In this copy “{words}” stands for “{meant}”.)"


def differing(topic: str, kind: str, tellers: Collection[str]) -> str:
    """What introduces both sides of a noted point. Sides that do not speak of the same thing do not contradict."""
    if len(tellers) == 1:
        return f"Compare what {next(iter(tellers))} says in two places on {topic}."
    return f"Compare what the articles say on {topic}." if kind == "scope" else f"The articles differ on {topic}."


def compared(sides: Sequence[tuple[str, int]]) -> str:
    """Whom to compare, for (publisher, citation number)."""
    return f"compare {_listed([f'{who} [{number}]' for who, number in sides], 'and')}."


def _listed(names: Sequence[str], word: str = "or") -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def introduced(articles: Sequence[Listed], citing: Mapping[str, Sequence[str]] | None = None) -> str:
    """A paragraph for each article; `citing` is whom it cites for what was just shown of it, by its id."""
    told = [_introduced(one, (citing or {}).get(one.id)) for one in articles[:MOST_INTRODUCED]]
    more = len(articles) - len(told)
    return "\n\n".join([*told, *([f"And {more} more, which the list of articles shows."] if more else [])])


def _introduced(article: Listed, cites: Sequence[str] | None) -> str:
    author, publisher = article.author or "", article.publisher or ""
    makers = [f"by {author}" if author else "", publisher if publisher not in author else ""]
    who = ", ".join(filter(None, makers)) or "by nobody who is named"
    named = f"“{article.title}”, {who}, {article.published or 'without a date'}."
    sells = _sentence(article.interest or "What its publisher sells is not noted.")
    cited = "" if cites is None else f"For what is quoted above it {_cites(cites)}."
    return " ".join(filter(None, (named, sells, cited)))


def _cites(names: Sequence[str]) -> str:
    return f"cites {', '.join(names)}" if names else "names no source that I can find there"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
