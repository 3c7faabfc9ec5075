"""Quotes and notices go in, one by one; checked sentences come out, numbered, and the text grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.answer import Citation, Claim, Disagreement, Event, Notice, Sentence, Withheld
from advisor.quote import Quote
from advisor.verify import check_quote
from corpus import Article, Library, Passage


class Draft:
    """An answer in the making. Nothing gets into `text` but notices and sentences that were checked."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._articles: dict[str, Article | None] = {}
        self._compares = False  # whether the text ends in a sentence that compares citations
        self._section: tuple[str, tuple[str, ...]] | None = None
        self._seen: set[tuple[str, int]] = set()
        self.text = ""
        self.citations: list[Citation] = []
        self.claims: list[Claim] = []
        self.withheld: list[Claim] = []
        self.disagreements: list[Disagreement] = []
        self.passages: list[str] = []  # ids of the passages quoted

    def notice(self, text: str, join: str = "") -> Iterator[Event]:
        """A sentence of the advisor's own, which states nothing but what the articles do not say, or differ on."""
        join = join or ("\n\n" if self.text else "")
        self.text += join + text
        self._section = None
        self._compares = False
        yield Notice(text, join)

    def quotes(self, quotes: Sequence[Quote]) -> Iterator[Event]:
        """Check each quote and add it, or withhold it; one already given is not given again."""
        for quote in quotes:
            key = (quote.passage.article, quote.start)
            if key in self._seen:
                continue
            self._seen.add(key)
            citation = self._cite(quote.passage, quote.start, quote.end)
            words = " ".join(sentence.statement for sentence in quote.sentences)
            claim = check_quote(quote.text, words, citation, self._article(quote.passage.article))
            if claim.verdict == "unsupported":
                self.withheld.append(claim)
                yield Withheld(claim)
                continue
            self.citations.append(citation)
            self.claims.append(claim)
            self.passages.append(quote.passage.id)
            self._compares = False
            join = self._join((quote.passage.article, quote.passage.headings))
            self.text += f"{join}{claim.text} [{citation.number}]"
            yield Sentence(claim, (citation,), join)

    def disagreement(self, topic: str, kind: str, sides: Sequence[Quote]) -> Iterator[Event]:
        """Say that the articles differ, and quote every side that the text does not hold yet."""
        shown = [self._shown(side) for side in sides]
        missing = [side for side, citation in zip(sides, shown, strict=True) if citation is None]
        numbers = [f"[{number}]" for number in sorted({citation.number for citation in shown if citation})]
        if missing:
            beside = f"; beside {_listed(numbers)} stands" if numbers else ""
            yield from self.notice(f"The articles differ on {topic}{beside}:")
            yield from self.quotes(missing)
        else:
            join = " " if self._compares else ""
            yield from self.notice(f"The articles differ on {topic}: compare {_listed(numbers)}.", join)
            self._compares = True
        found = [(side, self._shown(side)) for side in sides]
        stated = tuple((side.text, citation.number) for side, citation in found if citation)
        if len(stated) > 1:
            self.disagreements.append(Disagreement(topic, stated, kind))  # type: ignore[arg-type]

    def _shown(self, quote: Quote) -> Citation | None:
        """The citation that holds a quote's last sentence already."""
        start = quote.sentences[-1].start
        same = (c for c in self.citations if c.article == quote.passage.article and c.start <= start < c.end)
        return next(same, None)

    def _join(self, section: tuple[str, tuple[str, ...]]) -> str:
        """Sentences of one section run on; another section opens a paragraph."""
        join = "" if not self.text else " " if section == self._section else "\n\n"
        self._section = section
        return join

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            self._articles[article_id] = self._library.article(article_id)
        return self._articles[article_id]

    def _cite(self, passage: Passage, start: int, end: int) -> Citation:
        article = self._article(passage.article)
        text = article.text if article else ""
        return Citation(
            number=len(self.citations) + 1,
            article=passage.article,
            title=article.title if article else passage.article,
            publisher=article.publisher if article else None,
            author=article.author if article else None,
            published=article.published if article else None,
            interest=article.interest if article else None,
            url=article.url if article else None,
            section=" > ".join(passage.headings),
            quote=passage.text[start - passage.start : end - passage.start] if text else "",
            start=start,
            end=end,
        )


def _listed(numbers: Sequence[str]) -> str:
    return " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)
