"""Hostile strings, longer than any step takes: what reads them takes a time in proportion to their length."""

from __future__ import annotations

import re
import time

import pytest

from advisor.find.makers import maker_in
from advisor.find.origin import cited_in
from advisor.question.compare import compared
from advisor.question.inputs import MAX_QUESTION, read_message
from advisor.question.lexicon import TOLD_BY
from advisor.question.parts import parts
from advisor.verify.exchanged import exchanged
from advisor.verify.limits import unlimited
from advisor.verify.names import strange_name
from advisor.written.attribution import _LINK
from advisor.written.language import _LINE as _NUMBERED
from advisor.written.language import says_the_same
from advisor.written.second_reader import _LINE
from advisor.written.sentences import sentences_of
from advisor.written.told import read_told
from corpus.documents.hidden import hiding_selectors
from corpus.documents.plain import read_markdown, without_title

LENGTH = 32_000  # characters: eight times the longest question
AT_ONCE = 0.4  # seconds of the processor, where a quadratic pattern takes from one to a hundred
GROWTH = 12  # times longer than a quarter of the string takes, where a quadratic pattern takes sixteen times


def is_slow(read, unit, length, tail=""):
    """Whether it takes long, and a quarter of it so much less that the machine is not the reason."""
    text, quarter = ((unit * size)[:size] + tail for size in (length, length // 4))
    return seconds(read, text) > AT_ONCE and all(
        seconds(read, text) > GROWTH * seconds(read, quarter) for _ in range(3)
    )


def seconds(read, text):
    start = time.thread_time()
    read(text)
    return time.thread_time() - start


def told_by(text):
    return [pattern.search(text) for pattern in TOLD_BY]


READERS = {  # what reads it, and the strings of which a pattern once made it slow
    "who is asked": (told_by, ["—", "a's ", "x ", "$1"]),
    "what is compared": (lambda text: compared(f"compare a and b {text}"), [" ", "\n", "of ", "the "]),
    "what is asked": (parts, [" ", "\t", "and ", "ok ", "? "]),
    "whom it cites": (cited_in, ["[", "[a](http://x", "in a survey "]),
    "a name": (lambda text: strange_name(text, "held"), ["A", "Aa", "A-"]),
    "a link": (_LINK.findall, ["1-", "1.", "<a", "a.b-"]),
    "a language": (lambda text: says_the_same("It rained.", text), ["1-", "1.", "aa.", "Aa", "<"]),
    "a numbered reply": (_NUMBERED.findall, ["\n", "1 \n", "- "]),
    "a second reading": (_LINE.findall, ["\n", "1\n", "a \n\n", "sentence 1 "]),
    "who says it": (lambda text: read_told(text, {}), ["A says A says ", "No, A, ", "a, ", "A", "A says \n"]),
    "a reply": (lambda text: list(sentences_of([text])), ["[", "![", "[1,", "é", ". ", " \n", "1. ", "[a]("]),
    "styles": (lambda text: hiding_selectors([text]), ["x@", "must ", "a{", "@a{"]),
    "a heading": (lambda text: (read_markdown(text), without_title(text, "x")), ["# ", "# #a", "#\t", "a\n="]),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("tail", ["", "\x00!", "\n\x00"], ids=["", "end", "line"])
def test_no_string_is_slow_to_read(name, tail):
    read, units = READERS[name]
    for unit in units:
        assert not is_slow(read, unit, LENGTH, tail), repr(unit)


def test_what_grows_by_the_square_is_slow():
    assert is_slow(re.compile("<[^>]*>").findall, "<", 2 * LENGTH)
    assert not is_slow(re.compile("<[^<>]*>").findall, "<", 2 * LENGTH)


@pytest.mark.parametrize("unit", ["a b ", "a b c d e f g ", "a a a b ", "if may b ", "1 2 ", "b, "])
def test_no_claim_is_slow_to_set_beside_a_text(unit):
    """Of the length of a claim, and with the same words."""

    def read(text):
        words = text.split()
        for at in range(1, 4):
            exchanged(text, " ".join(words[at:] + words[:at]))
            unlimited(text, " ".join(words[at:] + words[:at]))

    assert not is_slow(read, unit, 1000)


def test_no_question_is_slow_to_read():
    """Of the length that one may have, whole."""

    def read(text):
        message = read_message(text, [], None)
        message.queries(message.asked)

    for unit in {unit for _, units in READERS.values() for unit in units}:
        assert not is_slow(read, unit, MAX_QUESTION - 9, " pay much"), repr(unit)
        assert maker_in((unit * MAX_QUESTION)[:MAX_QUESTION], []) == ("", [])
