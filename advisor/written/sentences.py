"""A chat model's reply goes in, piece by piece; its sentences come out as soon as each is whole, with their keys."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator

import sentencex

LONGEST = 700  # characters, beyond which nothing is a sentence that could be checked
_CUT = 2 * LONGEST  # the same with keys and Markdown
_KEYS = re.compile(
    r"(?!\(\s*\d)"  # (2024), (149,000) and (20)% are none
    r"[\[(【]\s*((?:p\d+|\d+)(?:\s*[,;/&]\s*(?:p\d+|\d+))*)\s*[\])】]",
    re.IGNORECASE,
)
_OPENED = re.compile(r"[\[(【][^\])】\n]{0,40}$")
_MARKS = re.compile(r"^\s*(?:[-*•+]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s*)+")
_BOLD = re.compile(r"\*\*|`|(?<!\w)(?:__|\*(?=\w))|(?:__|(?<=[\w.!?])\*)(?!\w)")  # one by one: it may span sentences
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_WORD = re.compile(r"\w\S*\s")
_OPENER = re.compile(r"\s*(?:Yes|No)[.!]\s*")  # states nothing without the sentence that it opens
_RULE = re.compile(r"[\s|:=_*-]*")


@dataclasses.dataclass(frozen=True)
class Written:
    """One sentence as the model wrote it, without its keys and without Markdown."""

    text: str
    keys: tuple[str, ...]  # lower case, each once, in order
    opens_paragraph: bool = False

    @property
    def states(self) -> bool:
        """Whether it can state anything at all: not a heading, a question or the announcement of a list."""
        return bool(re.search(r"\w", self.text)) and not re.search(r"[:?]$", self.text) and self.text.count(" ") > 1


def sentences_of(pieces: Iterable[str]) -> Iterator[Written]:
    """The sentences, each as soon as the next one's first word is whole; an endless one is cut, its rest dropped."""
    held, opens, is_rest = "", False, False
    for piece in itertools.chain(pieces, ["\n"]):
        *lines, held = (held + _printable(piece)).split("\n")
        whole = [text for line in lines for text in _split(line) or [""]]
        *more, held = _complete(held)
        for text in (*whole, *more):
            if not is_rest:
                yield from _written(text[:_CUT], opens)
                opens = not text.strip()
            is_rest = False
        while len(held) > _CUT:
            if not is_rest:
                yield from _written(held[:_CUT], opens)
            held, opens, is_rest = held[_CUT:], False, True


def _printable(text: str) -> str:
    """The text without control characters, half characters, and marks that turn the direction of reading."""
    return "".join(char for char in text if char == "\n" or unicodedata.category(char)[0] != "C")


def _complete(text: str) -> list[str]:
    """The sentences of a growing text; the last, which may be empty, is still growing."""
    parts = _split(text)
    if len(parts) < 2 or _OPENED.search(text):
        return [text]  # a key may be on its way that belongs to the sentence before
    if not _WORD.search(_KEYS.sub("", parts[-1])):
        return [text]  # nor is "U.S. W" two sentences before it is clear that this is not "U.S. West"
    return parts


def _split(text: str) -> list[str]:
    """The sentences of one line; keys that follow a full stop belong to the sentence before it."""
    text = _MARKS.sub("", text)
    if not text.strip():
        return []
    parts: list[str] = []
    for segment in sentencex.segment("en", text):
        rest = segment
        while parts and (match := re.match(rf"\s*{_KEYS.pattern}[.\s]*", rest, re.IGNORECASE)):
            parts[-1] += match.group()
            rest = rest[match.end() :]
        is_one_word = parts and re.search(r"\w\.$", parts[-1]) and re.match(r"\w", rest)  # "Coder.Dev"
        is_opener = parts and _OPENER.fullmatch(parts[-1])
        if parts and (is_one_word or is_opener or not rest.strip()):
            parts[-1] += rest
        else:
            parts.append(rest)
    return parts


def _written(raw: str, opens: bool) -> Iterator[Written]:
    keys = tuple(dict.fromkeys(key.lower() for found in _KEYS.findall(raw) for key in re.findall(r"\w+", found)))
    text = _LINK.sub(r"\1", _KEYS.sub(" ", raw))
    if _RULE.fullmatch(text):
        return
    if text.strip().startswith("|"):
        text = ", ".join(cell.strip() for cell in text.strip().strip("|").split("|") if cell.strip())
    text = " ".join(_BOLD.sub("", _MARKS.sub("", text)).split())
    text = re.sub(r"\s+([.,;:!?])", r"\1", text).strip(" |*_")
    text = re.sub(r"([.!?])[.\s]+$", r"\1", text)
    if text:
        yield Written(text, keys, opens)
