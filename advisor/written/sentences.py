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
_ITEM = re.compile(r"^\s*(?:(?P<number>(?:\*\*)?\d{1,2}[.)](?:\*\*)?)|[-*•+])\s+")
_CITES = re.compile(  # as we alone do; "m²" is a unit
    r"[\[［【](?:[^\[［【\]］】A-Za-z]|sources?)*(?<=[\d\s,;–-])[\]］】]|(?:(?<=[^\W\d_]{4})|(?<=[\s.!?,;)”]))[¹²³⁰⁴-⁹]+",
    re.IGNORECASE,
)
_OPENED = re.compile(r"[\[(【][^\])】\n]{0,40}$")
_MARKS = re.compile(r"^\s*(?:[-*•+]\s+|(?:\*\*)?\d{1,2}[.)](?:\*\*)?\s+|#{1,6}\s+|>\s*)+")
_BOLD = re.compile(r"\*\*|`|(?<!\w)(?:__|\*(?=\w))|(?:__|(?<=[\w.!?])\*)(?!\w)")  # one by one: it may span sentences
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^)\[]*\)")
_WORD = re.compile(r"(?<!\S)[^\w\s]*\w\S*\s")
_OPENER = re.compile(r"\s*(?:Yes|No)[.!]\s*")  # states nothing without the sentence that it opens
_OPENS_QUOTE = re.compile(r"(?<=\s)[\"“‘]$")
_RULE = re.compile(r"[\s|:=_*-]*")


@dataclasses.dataclass(frozen=True)
class Written:
    """One sentence as the model wrote it, without its keys and without Markdown."""

    text: str
    keys: tuple[str, ...]  # lower case, each once, in order
    opens_paragraph: bool = False
    item: str = ""  # of which list it stands in an item: "1." the first of steps, "2." a further one, "-" any other
    line: int = 0  # which item of the reply that is
    row: str = ""  # the whole line where it may be a row of a table; between the names and the rows, without a text

    @property
    def states(self) -> bool:
        """Whether it can state anything at all: not a heading, a question or the announcement of a list."""
        return bool(re.search(r"\w", self.text)) and not re.search(r"[:?]$", self.text) and self.text.count(" ") > 1


def sentences_of(pieces: Iterable[str]) -> Iterator[Written]:
    """The sentences, each as soon as the next one's first word is whole; an endless one is cut, its rest dropped."""
    return (one for one in lines_of(pieces) if one.text)


def lines_of(pieces: Iterable[str]) -> Iterator[Written]:
    """The same with the line that stands between the names and the rows of a table."""
    held, opens, is_rest = "", False, False
    begins, item, line = True, "", 0  # whether a line begins, of which list, and how many items there were
    for piece in itertools.chain(pieces, ["\n"]):
        *lines, held = (held + _printable(piece)).split("\n")
        *more, held = [held] if is_row(held) else _complete(held)
        for text, is_last in (*_in_order(lines), *((text, False) for text in more)):
            if not is_rest:
                mark, was_item = _item(text) if begins else "", item
                line += bool(mark)
                if begins and text.strip() and not (was_item and text[:2].isspace() and not mark):
                    item = mark  # what is indented below an item goes on with it
                yield from _written(text[:_CUT], opens or bool(begins and was_item and not item), item, line)
                opens = not text.strip()
            is_rest, begins = False, is_last
        while len(held) > _CUT:
            if not is_rest:
                yield from _written(held[:_CUT], opens, item, line)
            held, opens, is_rest, begins = held[_CUT:], False, True, False


def _in_order(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The sentences of whole lines, each with whether it ends its line."""
    for line in lines:
        *texts, last = ([line] if is_row(line) else _split(line)) or [""]
        yield from ((text, False) for text in texts)
        yield last, True


def is_row(line: str) -> bool:
    """Whether a line is one of a table, which is read when it is whole."""
    return line.lstrip().startswith("|")


def _item(text: str) -> str:
    """Of which list a line is an item: "1." a first step, "2." a further one."""
    match = _ITEM.match(text)
    number = match["number"] if match else None
    return "" if match is None else "-" if number is None else "1." if number.strip("*.) ") == "1" else "2."


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
    mark = match.group() if (match := _MARKS.match(text)) else ""
    text = text[len(mark) :]
    if not text.strip():
        return []
    parts: list[str] = []
    for segment in sentencex.segment("en", text):
        rest = segment
        while parts and (match := re.match(rf"\s*{_KEYS.pattern}[.\s]*", rest, re.IGNORECASE)):
            parts[-1] += match.group()
            rest = rest[match.end() :]
        if parts and (opens := _OPENS_QUOTE.search(parts[-1])):  # while it grows, a quotation is not closed yet
            parts[-1], rest = parts[-1][: opens.start()], opens.group() + rest
        is_one_word = parts and re.search(r"\w\.$", parts[-1]) and re.match(r"\w", rest)  # "Coder.Dev"
        is_opener = parts and _OPENER.fullmatch(parts[-1])
        if parts and (is_one_word or is_opener or not rest.strip()):
            parts[-1] += rest
        else:
            parts.append(rest)
    return [mark + parts[0], *parts[1:]]


def _written(raw: str, opens: bool, item: str, line: int) -> Iterator[Written]:
    row = raw if is_row(raw) and len(raw) < _CUT else ""  # one that was cut is none
    text, keys = read_text(raw)
    if text or row:
        yield Written(text, keys, opens, item, line if item else 0, row)


def read_text(raw: str) -> tuple[str, tuple[str, ...]]:
    """What stands there without keys, links and Markdown, "" where that is nothing; and the keys."""
    keys = tuple(dict.fromkeys(key.lower() for found in _KEYS.findall(raw) for key in re.findall(r"\w+", found)))
    text = _LINK.sub(r"\1", _KEYS.sub(" ", raw))
    if _RULE.fullmatch(text):
        return "", keys
    if is_row(text):
        text = ", ".join(cell.strip() for cell in text.strip().strip("|").split("|") if cell.strip())
    text = " ".join(_CITES.sub(" ", _BOLD.sub("", _MARKS.sub("", text))).split())
    text = re.sub(r" ([.,;:!?])", r"\1", text).strip(" |*_")
    return re.sub(r"(?<!\.)([.!?])[.\s]+$", r"\1", text), keys
