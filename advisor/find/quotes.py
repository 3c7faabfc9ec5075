"""A sentence of a passage goes in; a quote comes out, with what it leans on and what it stands under.

Nothing is rewritten. A sentence that leans on the one before it ("They ...", "This ...") is quoted together with it;
an item of a list, and a reply under a heading that asks, are introduced by that heading, and an item also by the
sentence that introduces its list.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from advisor.question.words import LEANS
from advisor.verify.orders import gives_order, is_order
from corpus import Library, Passage, Sentence

LONGEST = 300_000  # characters of an article whose sections are looked at while somebody waits
_ANCHORS = 4  # how many sentences a leaning one may carry with it, each of which may lean on the one before
_SPEAKS_TO = re.compile(r"\[?(?:If )?(?:You|I)\b[’']?", re.IGNORECASE)  # a heading that says whom it is said to
_SHORT = 3  # words of a sentence that needs the next one
_OPENS = 25  # words of a sentence that introduces a list, at most
_WHOLE = 6  # words of a sentence that tells something alone


@dataclasses.dataclass(frozen=True)
class Quote:
    """A run of sentences of one passage, quoted as one claim."""

    passage: Passage
    first: int
    last: int
    lead: str  # what introduces it: its heading, and on a line of its own what opens its list; or ""
    is_again: bool = False  # the conversation has shown it before
    aside: str = ""  # what is said of its teller before it, such as whom he cites

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The quoted sentences, in order."""
        return self.passage.sentences[self.first : self.last + 1]

    @property
    def start(self) -> int:
        """Offset in the article's text."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Offset in the article's text, exclusive."""
        return self.sentences[-1].end

    @property
    def text(self) -> str:
        """What the reader sees: the sentences as the article's parser reads them."""
        return " ".join(sentence.statement for sentence in self.sentences)

    @property
    def is_reply(self) -> bool:
        """Whether it opens with a word or two in reply to its heading ("Generally."), which mean nothing without it."""
        return self.first == 0 and self.lead.endswith("?") and _is_short(self.sentences[0])

    @property
    def gives_orders(self) -> bool:
        """Whether any of it speaks to a machine."""
        return any(gives_order(sentence) for sentence in self.sentences)


def has_table(quotes: Sequence[Quote]) -> bool:
    """Whether quotes hold rows enough of one table to be drawn as one."""
    tables = Counter((one.passage.id, one.sentences[0].block) for one in quotes if one.sentences[0].kind == "row")
    return max(tables.values(), default=0) > 1


def quote_at(passage: Passage, index: int) -> Quote:
    """One sentence as a quote, with those that it leans on."""
    sentences = passage.sentences
    first = last = index
    while first and index - first < _ANCHORS and _leans(passage, first):
        first -= 1
    if _is_short(sentences[last]) and last + 1 < len(sentences) and sentences[last + 1].block == sentences[last].block:
        last += 1
    return Quote(passage, first, last, lead_of(passage, first))


def quote_of(library: Library, article: str, start: int) -> Quote | None:
    """The sentence that begins there as a quote; None where no passage holds it."""
    passage = library.passage_at(article, start)
    indexes = (n for n, sentence in enumerate(passage.sentences) if sentence.start == start) if passage else ()
    return next((quote_at(passage, n) for n in indexes if passage), None)


def opening(section: Sequence[Sentence]) -> Sentence:
    """The sentence that opens a section: its first that tells something alone."""
    whole = (one for one in section if len(one.statement.split()) >= _WHOLE and not one.statement.endswith(("?", ":")))
    return next(whole, section[0])


def headed(quote: Quote) -> Quote:
    """The quote introduced by its heading, whether or not its words need it."""
    heading = quote.passage.headings[-1] if quote.passage.headings else ""
    return dataclasses.replace(quote, lead="" if is_order(heading) else heading)


def _leans(passage: Passage, index: int) -> bool:
    before, sentence = passage.sentences[index - 1], passage.sentences[index]
    leans = bool(LEANS.match(sentence.text))
    if sentence.kind == before.kind == "item":  # one item may be of several sentences; the next begins with a mark
        between = passage.text[before.end - passage.start : sentence.start - passage.start]
        return leans and sentence.block == before.block and not between.strip()
    if sentence.kind != "sentence" or before.kind != "sentence" or sentence.headings != before.headings:
        return False  # what begins a paragraph may lean on the paragraph before
    return leans or (_is_short(before) and before.block == sentence.block)


def _is_short(sentence: Sentence) -> bool:
    return sentence.kind == "sentence" and len(sentence.text.split()) <= _SHORT


def lead_of(passage: Passage, first: int) -> str:
    """The heading, where the words alone do not say what they are about; of an item, also what introduces its list."""
    heading = passage.headings[-1] if passage.headings else ""
    sentence = passage.sentences[first]
    is_told = _SPEAKS_TO.match(heading) or LEANS.match(sentence.text) or (heading.endswith("?") and first == 0)
    needs = sentence.kind == "item" or is_told
    opens = list_opening(passage, first)
    lines = ("" if is_order(heading) else heading, opens.statement.rstrip(":") if opens else "") if needs else ()
    return "\n".join(filter(None, lines))


def list_opening(passage: Passage, index: int) -> Sentence | None:
    """The sentence that introduces the list of an item ("These are paid:"); None where none does."""
    item = passage.sentences[index]
    before = next((one for one in reversed(passage.sentences[:index]) if one.block != item.block), None)
    if before is None or (item.kind, before.kind, before.headings) != ("item", "sentence", item.headings):
        return None
    opens = before.statement.endswith(":") and len(before.statement.split()) <= _OPENS and not gives_order(before)
    return before if opens else None
