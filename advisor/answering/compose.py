"""What the gate found goes in; the advisor's own sentences come out: what is missing, what is compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.answer import Citation
from advisor.question.words import GENERIC_STEMS, stems

NEAREST = "The nearest that they say:"
TOO_MANY = "That was more than six questions at once; please ask the others again."
_GAP = re.compile(
    r"(?:unfortunately,? |however,? |but )?(?:the|these|those) (?:articles?|passages?|sources?|texts?) "
    r"(?:(?:(?:do|does) not|don[’']t|doesn[’']t) "
    r"(?:say|state|mention|cover|tell|give|specify|answer|address|discuss|provide|contain|include|speak)"
    r"|(?:say|says) nothing)\b((?: anything| about| on)*(?! why| that| how come)[^,;:–—()]*)",
    re.IGNORECASE,
)


def failed_text(why: str) -> str:
    """The line above an answer in the articles' words that a chat model should have written."""
    return f"{why.rstrip('.')}. So here are the articles' own words."


def gap_in(sentence: str, question: str) -> str | None:
    """What a sentence says the articles are silent on, where it says that alone and of what was asked; else None."""
    match = _GAP.fullmatch(sentence.rstrip("."))
    if match is None:
        return None
    words = stems(match.group(1)) - GENERIC_STEMS
    return match.group(1).strip() if words and words <= stems(question) else None


def missing_text(questions: Sequence[str], unknown: Sequence[str] = ()) -> str:
    """The sentence that admits a gap: which questions the articles do not answer, and what they do not even name."""
    quoted = [f"“{_shown(question)}”" for question in dict.fromkeys(questions)]
    sentence = f"The articles do not answer {_listed(quoted) if quoted else 'that question'}."
    names = [f"“{name}”" for name in dict.fromkeys(unknown)]
    return f"{sentence} The articles say nothing about {_listed(names)}." if names else sentence


def _shown(question: str) -> str:
    """A question as it can stand in a sentence of ours: not too long, and without what looks like our citations."""
    asking = re.sub(r"\[(\d+)\]", r"(\1)", question).strip(" ?.!")
    return f"{asking if len(asking) <= 120 else asking[:119] + '…'}?"


def who(citation: Citation) -> str:
    """Whose words a citation points at."""
    return citation.publisher or citation.author or citation.title


def framed(teller: str | None, heading: str, is_again: bool) -> str:
    """What introduces a quote: whose it is, unless that was said, and the heading it stands under, if it needs it."""
    under = f"under “{heading.strip('[]')}”" if heading else ""
    opens = ", ".join(part for part in ("as said above" if is_again else "", teller or "", under) if part)
    is_ours = is_again or not teller  # a publisher's name stays as it is written
    return f"{opens[:1].upper() if is_ours else opens[:1]}{opens[1:]}:" if opens else ""


def compared(sides: Sequence[tuple[str, int]]) -> str:
    """Whom to compare, for (publisher, citation number)."""
    return f"compare {_joined([f'{who} [{number}]' for who, number in sides])}."


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
