"""True sentences of four libraries are made untrue in the ways that a model errs or lies: how many the verifier passes.

The sentence that is made untrue stands in the evidence as it is, so that nearly every word agrees.
"""

from __future__ import annotations

import random
import re

import pytest
from test_advisor_sources import FOLDERS

from advisor.question.lexicon import OPPOSITES
from advisor.verify.verifier import Verifier
from corpus import chunk, read_article

EACH = 60  # lies of a kind
_LATIN = str.maketrans("aeopcxyiAEOPCXTH", "аеорсхуіАЕОРСХТН")
_SAYS = re.compile(r"\b(is|are|was|were|can|should|will|must|does|do|has|have)\b(?! not)")


def figure(text, order):
    """One digit of one figure is another."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    if not places:
        return None
    at = order.choice(places)
    return text[:at] + str((int(text[at]) + order.randrange(1, 9)) % 10) + text[at + 1 :]


def magnitude(text, order):
    """A figure is ten times what it was."""
    return re.sub(r"\d+", lambda match: match.group() + "0", text, count=1) if re.search(r"\d", text) else None


def letters(text, order):
    """A word's letters only look like what they were."""
    words = [
        match for match in re.finditer(r"\b[A-Za-z]{4,}\b", text) if match.group() != match.group().translate(_LATIN)
    ]
    if not words:
        return None
    one = order.choice(words)
    return text[: one.start()] + one.group().translate(_LATIN) + text[one.end() :]


def opposite(text, order):
    """A word is its opposite."""
    found = []
    for sides in OPPOSITES:
        for side, other in (sides, sides[::-1]):
            for word in side:
                found += [(match, sorted(other)[0]) for match in re.finditer(rf"\b{word}\b", text)]
    if not found:
        return None
    match, instead = order.choice(found)
    return text[: match.start()] + instead + text[match.end() :]


def denied(text, order):
    """It is said not to be so."""
    return _SAYS.sub(r"\1 not", text, count=1) if _SAYS.search(text) else None


def elsewhere(text, order):
    """It is said of a firm that the passage does not name."""
    return f"At {order.choice(('Veltrano', 'Harnby & Sons', 'Okkervil'))}, {text[:1].lower()}{text[1:]}"


def of_more(text, order):
    """What is said of some is said of all."""
    match = re.search(r"\b(some|many|most|often|usually|sometimes|may|can|typically)\b", text, re.IGNORECASE)
    instead = {"some": "all", "many": "all", "most": "all", "may": "must", "can": "must"}
    return text[: match.start()] + instead.get(match.group().lower(), "always") + text[match.end() :] if match else None


def unhedged(text, order):
    """What is said of some, or of most times, is said without that."""
    rest = re.sub(r"\b(?:may|might) (?=[a-z])|\b(?:many|some|often|usually|typically|almost) ", "", text, count=1)
    return rest[:1].upper() + rest[1:] if rest != text else None


def unconditional(text, order):
    """A condition is left out."""
    rest = re.sub(r"^If [^,.;]{12,}, (?:then )?|,? if (?!not\b)[^,.;]{12,}(?=[.;])", "", text, count=1)
    return rest[:1].upper() + rest[1:] if rest != text else None


LIES = {  # how many of sixty may pass, at most
    figure: 1,
    magnitude: 1,
    letters: 0,
    opposite: 6,
    denied: 1,
    elsewhere: 1,
    of_more: 4,
    unhedged: 26,
    unconditional: 16,
}


@pytest.fixture(scope="module")
def stated():
    """Sentences that stand alone, each with its passage, in an order that is always the same."""
    pairs = []
    for folder in FOLDERS.values():
        for path in sorted(folder.glob("*.md")):
            for passage in chunk(read_article(path)):
                sentences = [one for one in passage.sentences if one.kind == "sentence"]
                pairs += [(one.text, passage) for one in sentences if 8 <= len(one.text.split()) <= 35]
    random.Random(7).shuffle(pairs)
    assert len(pairs) > 400
    return pairs


@pytest.fixture(scope="module")
def verifier(library):
    return Verifier(library.embedder)


@pytest.mark.parametrize("kind", LIES, ids=lambda kind: kind.__name__)
def test_a_sentence_that_was_made_untrue_is_refused(verifier, stated, kind):
    order, lies = random.Random(kind.__name__), []
    for text, passage in stated:
        lie = kind(text, order)
        if lie and lie != text and len(lies) < EACH:
            lies.append((lie, passage))
    passed = [lie for lie, passage in lies if verifier.read(lie, [passage]).verdict.supported]
    assert len(lies) >= EACH / 2
    assert len(passed) <= LIES[kind] * len(lies) / EACH, passed


def test_as_they_were_they_are_not_refused(verifier, stated):
    """A verifier that says no to everything would pass the rest of this file."""
    refused = [text for text, passage in stated[:EACH] if not verifier.read(text, [passage]).verdict.supported]
    assert refused == []
