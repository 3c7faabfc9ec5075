"""A written sentence and whose articles are cited go in; what it states comes out, apart from who is said to say it.

"JoinAI says that pay rises" states that pay rises, and that JoinAI says so. The second is checked here, against the
publishers, authors and titles of the articles; the first goes to the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from advisor.question.words import content, stems
from corpus import Article

_WHO = r"(?P<who>(?:[Tt]he )?[A-Z(][\w.&’'()-]*(?:,? [\w.&’'()-]+){0,7}?|[Tt]he \w+(?: \w+)?)"
_SAYS = (
    r"(?:(?:also|both|further|itself|all|likewise|similarly|too|again|instead|meanwhile|even|simply) )*"
    r"(?:says?|said|states?|stated|notes?|noted|reports?|reported|adds?|"
    r"explains?|explained|writes?|wrote|warns?|argues?|claims?|finds?|found|estimates?|points? out|stress(?:es)?|"
    r"observes?)"
)
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        r"(?P<before>)(?:According to|As per|In the words of) (?P<who>[^,]{2,80}), (?P<after>.+)",
        rf"(?P<before>){_WHO} {_SAYS} (?:that )(?P<after>.+)",
        rf"(?P<before>){_WHO} {_SAYS}[,:] ?(?P<after>.+)",
        rf"(?P<before>){_WHO} {_SAYS} (?P<after>(?:[A-Z]|the |an? |most |many |some |all |\W?\d).+ .+)",
        r"(?P<before>.+), (?:according to|as per|in the words of) (?P<who>[^,]{2,80}?)(?P<after>,.+|[.]?)",
        rf"(?P<before>.+), (?:as )?{_WHO} {_SAYS}(?P<after>[.]?)",
        # "..., because JoinAI says that ...", "On pay, JoinAI says that ..."
        rf"(?P<before>.+,? (?:because|since|as) ){_WHO} {_SAYS} that (?P<after>.+)",
        rf"(?P<before>[A-Z][^,]+, ){_WHO} {_SAYS} that (?P<after>.+)",
    )
)
_SOURCES = stems("a an the its this that guide article source passage publisher author text report comparison page s")
# "Yes, but ..." would be left as half a sentence.
_OPENER = re.compile(r"^(?:Yes|No)(?:[,;:.!]| [–—-]) ?(?!(?:but|and|though|although|only|if|unless)\b)(?=\S+ \S)", re.I)


def without_opener(text: str) -> str:
    """The sentence without a "Yes," or "No," that answers the question before it states why."""
    rest = _OPENER.sub("", text, count=1)
    return rest[:1].upper() + rest[1:]


def read_told(text: str, articles: Mapping[str, Article]) -> tuple[str, tuple[Collection[str], ...]]:
    """What a sentence states, and for each who is said to say it the ids of the articles that are theirs.

    `articles` by id. The sentence itself where it names somebody else, who may be one that a passage tells of.
    """
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        theirs = [_articles_of(who, articles) for who in re.split(r",? and (?=[A-Z])|, (?=[A-Z])", match["who"])]
        if all(one is not None for one in theirs):
            said = f"{match['before']}{match['after']}" if match["before"] else match["after"]
            said = f"{said[:1].upper()}{said[1:]}".rstrip(" ,")
            return said if said[-1:] in ".!?" else f"{said}.", tuple(one for one in theirs if one)
    return text, ()


def _articles_of(who: str, articles: Mapping[str, Article]) -> Collection[str] | None:
    """The articles by somebody; none for "the article", which is whatever is cited; None where nothing is theirs."""
    words = content(re.sub(r"[’']s\b", "", who)) - _SOURCES
    theirs = [i for i, one in articles.items() if words <= stems(f"{one.publisher or ''} {one.author or ''}")]
    return () if not words else theirs or None
