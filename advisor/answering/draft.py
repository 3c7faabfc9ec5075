"""Quotes, written sentences and notices go in, one by one; checked ones come out, numbered, and the text grows."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from advisor.answer import Citation, Claim, Disagreement, Event, Notice, Restart, Sentence, Withheld
from advisor.answering.compose import compared, differing, framed, misprinted, missing_here
from advisor.answering.tables import Table, reworded, rows_quoted, side_by_side
from advisor.find.differences import Point
from advisor.find.quotes import Quote, list_opening
from advisor.find.side_by_side import Row
from advisor.find.told import teller
from advisor.verify.orders import is_order
from advisor.verify.quotes import QUOTED, check_quote
from advisor.verify.verifier import Verdict
from corpus import Article, Library

NOTED = "noted by reading the articles side by side; its figures, roles and names are those of the quote"


class Draft:
    """An answer in the making. Nothing gets into `text` but notices and sentences that were checked."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._articles: dict[str, Article | None] = {}
        self._teller: str | None = None  # the article that the last quote is of
        self._under: tuple[str, ...] = ()  # the headings of the section that it was said to stand under
        self._seen: set[tuple[str, int]] = set()
        self._told_missing: set[tuple[str, str]] = set()
        self.text = ""
        self.citations: list[Citation] = []
        self.claims: list[Claim] = []
        self.withheld: list[Claim] = []
        self.disagreements: list[Disagreement] = []
        self.passages: list[str] = []  # ids of the passages quoted
        self._compared: Table | None = None
        self._mark, self._items, self._line = "", 0, 0  # of the list that is written; the item that came last
        self._steps = 0  # told so far, as a list of them may be interrupted

    @property
    def table(self) -> Table | None:
        """What was set side by side, or the rows of one table that were quoted; None where neither was."""
        quoted = {number for claim in self.claims if claim.reason == QUOTED for number in claim.citations}
        cited = (one for one in self.citations if one.number in quoted)
        return self._compared or rows_quoted((one, self.article(one.article)) for one in cited)

    def restart(self, why: str, public: str = "") -> Iterator[Event]:
        """Withdraw what was said so far, if anything was, and say why; what was withheld stays recorded."""
        if self.text:
            yield Restart(why)
        self.text, self._compared, self._items, self._steps = "", None, 0, 0
        for said in (self._seen, self._told_missing, self.citations, self.claims, self.disagreements, self.passages):
            said.clear()
        yield from self.notice(why, public=public)

    def keep(self, table: Table | None) -> None:
        """Keep a table whose cells were written and checked; what they state is told in the text."""
        self._compared = table

    def retell(self, events: Iterable[Event], said: Mapping[str, str]) -> None:
        """Take the text and the claims from events that say the same in other words; `said` has these by text."""
        self.text, self.claims = "", []
        self._compared = reworded(self._compared, said) if self._compared else None
        for event in events:
            if isinstance(event, Sentence):
                self.claims.append(event.claim)
                self.text += event.join + event.claim.marked
            elif isinstance(event, Notice):
                self.text += event.join + event.text

    def notice(self, text: str, join: str = "", topic: str | None = None, public: str = "") -> Iterator[Event]:
        """A sentence of the advisor's own, which states nothing but what the articles do not say, or differ on."""
        join = join or ("\n\n" if self.text else "")
        self.text += join + text
        self._teller, self._items = None, 0
        yield Notice(text, join, topic, public)

    def quotes(self, quotes: Sequence[Quote]) -> Iterator[Event]:
        """Check each quote and add it, or withhold it; one already given is not given again."""
        for quote in quotes:
            key = (quote.passage.article, quote.start)
            if key in self._seen:
                continue
            self._seen.add(key)
            if what := self._announced(quote):
                yield from self._missing(quote, what)
                continue
            citation = self._cited(quote)
            claim = check_quote(quote.text, citation, self.article(quote.passage.article))
            if claim.verdict == "unsupported":
                claim = dataclasses.replace(claim, citations=())  # the number is another's, who is cited next
                self.withheld.append(claim)
                yield Withheld(claim)
                continue
            yield from self._framed(quote, citation)
            self._add(quote)
            self.claims.append(claim)
            self.text += f" {claim.marked}"
            yield Sentence(claim, (citation,), " ")
            noted = self.library.about().misprints.get(citation.article, {})
            for words in (words for words in noted if words in claim.text):
                yield from self.notice(misprinted(words, noted[words]), " ")
                self._teller = quote.passage.article  # who goes on

    def compare(self, things: Sequence[str], rows: Sequence[Row]) -> Iterator[Event]:
        """Quote what is said of each thing, row by row, and keep it as a table."""
        for row in rows:
            told = ((thing, quote) for thing, quote in zip(things, row.cells, strict=True) if quote)
            yield from self.quotes([dataclasses.replace(quote, aside=f"on {thing}") for thing, quote in told])
        self._compared = side_by_side(things, rows, self._known)

    def _announced(self, quote: Quote) -> str | None:
        """What a quote announces that this copy of its article has lost."""
        about = self.library.about()
        found = (about.missing_after(quote.passage.article, sentence.text) for sentence in quote.sentences)
        return next(filter(None, found), None)

    def _missing(self, quote: Quote, what: str) -> Iterator[Event]:
        """Say, once, what is missing, and where it is announced, in place of an empty promise."""
        if (quote.passage.article, what) in self._told_missing:
            return
        self._told_missing.add((quote.passage.article, what))
        citation = self._add(quote)
        yield from self.notice(missing_here(citation, what))

    def _framed(self, quote: Quote, citation: Citation) -> Iterator[Event]:
        """Say whose words follow, where that changes, and under which heading they stand, where they need it.

        What stands under no heading, or another, does not follow one that does as if it stood there, too.
        """
        is_same = quote.passage.article == self._teller and not quote.aside
        is_under = is_same and quote.passage.headings == self._under and "\n" not in quote.lead
        goes_on = is_same and (is_under or bool(quote.lead) or not self._under)
        who = None if goes_on else ", ".join(filter(None, (teller(citation), quote.aside)))
        if opens := framed(who, "" if is_under else quote.lead, quote.is_again):
            yield from self.notice(opens)
            self._under = quote.passage.headings if quote.lead else ()
        self._teller = quote.passage.article

    def written(
        self,
        text: str,
        verdict: Verdict,
        quotes: Sequence[Quote],
        opens_paragraph: bool = False,
        item: str = "",
        line: int = 0,
        is_conclusion: bool = False,
    ) -> Iterator[Event]:
        """Add a sentence in the model's words with the quotes that bear it out, or withhold it.

        With `item` it stands in one of a list, in the one that `line` counts: "1." the first of steps, "2." a further
        one, "|" of a table's cells, "-" of any other. Those that are left are numbered anew.
        """
        citations = [self._known(quote) or self._cited(quote) for quote in quotes]
        if verdict.supported and not (citations and all(map(self._stands, citations))):
            verdict = Verdict(False, 0.0, "its quote does not stand in the article any more")
        if not verdict.supported:
            yield from self.withhold(text, verdict)
            return
        for number, citation in enumerate(citations):
            if citation not in self.citations:
                citations[number] = citation = dataclasses.replace(citation, number=len(self.citations) + 1)
                self.citations.append(citation)
        self.passages += [quote.passage.id for quote in quotes]
        numbers = tuple(sorted({citation.number for citation in citations}))
        claim = Claim(text, numbers, "supported", verdict.score, verdict.reason, is_conclusion=is_conclusion)
        self.claims.append(claim)
        self.withheld = [one for one in self.withheld if one.text != text]  # it held when it was written again
        self._teller = None
        join = self._join(opens_paragraph, item, line)
        self.text += join + claim.marked
        yield Sentence(claim, tuple(citations), join)

    def _join(self, opens_paragraph: bool, item: str, line: int) -> str:
        """What stands before the next sentence: where it opens an item of a list, its mark."""
        if item and (line != self._line or not self._items):
            is_step = item in ("1.", "2.")
            goes_on = bool(self._items) and ("1." if is_step else item) == self._mark
            self._items = self._items + 1 if goes_on else 1
            self._mark, self._line = "1." if is_step else item, line
            if is_step:
                self._steps = self._steps + 1 if goes_on or item == "2." else 1
            mark = f"{self._steps}. " if is_step else "- "
            return ("" if not self.text else "\n" if self._items > 1 else "\n\n") + mark
        is_after = not item and self._items > 0
        self._items = self._items if item else 0
        return "" if not self.text else "\n\n" if opens_paragraph or is_after else " "

    def withhold(self, text: str, verdict: Verdict) -> Iterator[Event]:
        """Keep a sentence out of the text, with the reason; once, however often it was written."""
        if any(one.text == text for one in self.withheld):
            return
        claim = Claim(text, (), "unsupported", verdict.score, verdict.reason)
        self.withheld.append(claim)
        yield Withheld(claim)

    def _known(self, quote: Quote) -> Citation | None:
        place = quote.passage.article, quote.start, quote.end
        return next((one for one in self.citations if (one.article, one.start, one.end) == place), None)

    def _stands(self, citation: Citation) -> bool:
        article = self.article(citation.article)
        return article is not None and article.text[citation.start : citation.end] == citation.quote != ""

    def disagreement(self, point: Point) -> Iterator[Event]:
        """Say who says what on a point of difference, and what the sides do not share.

        Each side in its noted short form, cited to its sentence; where one has none, the sides are quoted instead.
        """
        if all(point.says):
            said = {claim.text for claim in self.claims}
            if not said.isdisjoint(map(self._stated, point.says, point.sides)):
                return  # one of its sides was told with another point
            tellers = {teller(self._cited(side)) for side in point.sides}
            yield from self.notice(differing(point.topic, point.kind, tellers), topic=point.topic)
            numbers, before = [], len(self.claims)
            for says, side in zip(point.says, point.sides, strict=True):
                numbers.append((yield from self._side(says, side, point.topic)))
            # A note counts its sides ("the first"), so that it stands only where each has just been told.
            if point.note and len(self.claims) == before + len(point.sides):
                cited = [self.citations[number - 1] for number in dict.fromkeys(numbers)]
                yield from self._noted(point.note, cited, point.topic)
        else:
            yield from self.quotes([side for side in point.sides if self._shown(side) is None])
            shown = [citation for side in point.sides if (citation := self._shown(side))]
            if len(shown) > 1:
                sides = [(teller(one), one.number) for one in shown]
                yield from self.notice(f"The articles differ on {point.topic}: {compared(sides)}", topic=point.topic)
        stated = [(says or side.text, self._shown(side)) for says, side in zip(point.says, point.sides, strict=True)]
        held = tuple((text, citation.number) for text, citation in stated if citation)
        if len(held) > 1:
            self.disagreements.append(Disagreement(point.topic, held, point.kind))  # type: ignore[arg-type]

    def drawn(self, point: Point) -> None:
        """Record a point of difference where the answer has cited two of its sides already."""
        cited = [(side.text, self._shown(side)) for side in point.sides]
        held = tuple((text, citation.number) for text, citation in cited if citation)
        if len({number for _, number in held}) > 1:
            self.disagreements.append(Disagreement(point.topic, held, point.kind))  # type: ignore[arg-type]

    def _side(self, says: str, side: Quote, topic: str) -> Generator[Event, None, int]:
        """One side after its publisher's name; returns the number of its citation."""
        citation = self._shown(side) or self._add(side)
        yield from self._noted(self._stated(says, side), [citation], topic)
        return citation.number

    def _stated(self, says: str, side: Quote) -> str:
        """A side's short form after its publisher's name."""
        return f"{teller(self._cited(side))} {says}."

    def _noted(self, text: str, citations: Sequence[Citation], topic: str) -> Iterator[Event]:
        claim = Claim(text, tuple(citation.number for citation in citations), "supported", 1.0, NOTED)
        self.claims.append(claim)
        self.text += f" {claim.marked}"
        yield Sentence(claim, tuple(citations), " ", topic)

    def _shown(self, quote: Quote) -> Citation | None:
        """The citation that holds a quote's last sentence already."""
        start = quote.sentences[-1].start
        same = (c for c in self.citations if c.article == quote.passage.article and c.start <= start < c.end)
        return next(same, None)

    def article(self, article_id: str) -> Article | None:
        """One article, read once for the whole answer."""
        if article_id not in self._articles:
            self._articles[article_id] = self.library.article(article_id)
        return self._articles[article_id]

    def _add(self, quote: Quote) -> Citation:
        citation = self._cited(quote)
        self.citations.append(citation)
        self.passages.append(quote.passage.id)
        return citation

    def _cited(self, quote: Quote) -> Citation:
        passage, start, end = quote.passage, quote.start, quote.end
        article = self.article(passage.article)
        opens = list_opening(passage, quote.first)
        under = (*passage.headings, *([opens.statement.rstrip(":")] if opens else ()))
        known = {name: getattr(article, name, None) for name in ("publisher", "author", "published", "interest", "url")}
        return Citation(
            number=len(self.citations) + 1,
            article=passage.article,
            title=article.title if article else passage.article,
            **known,
            section=" > ".join(line for line in under if not is_order(line)),
            quote=passage.text[start - passage.start : end - passage.start] if article else "",
            start=start,
            end=end,
        )
