"""One question goes in; what it asks comes out: roles, topics, terms, and which part is only the asker's story."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from advisor.question.lexicon import GENERIC, LEVELS, PHRASES, PLACES, ROLES, SUBJECTS, SYNONYMS, TOPICS
from advisor.question.words import GENERIC_STEMS, WORD, stem, stems
from corpus import english_words

Frequencies = Callable[[Iterable[str]], Mapping[str, int]]


@functools.lru_cache(maxsize=20_000)
def roles_in(text: str) -> frozenset[str]:
    """Which roles a text names, as keys of ROLES."""
    return frozenset(role for role in ROLES if ROLES[role].pattern.search(text))


@functools.lru_cache(maxsize=20_000)
def levels_in(text: str) -> frozenset[str]:
    """Which levels of seniority a text names, as keys of LEVELS."""
    return frozenset(level for level, pattern in LEVELS.items() if pattern.search(text))


TOPIC_CUES = {key: stems(topic.asked) for key, topic in TOPICS.items()}
TOPIC_EVIDENCE = {key: stems(topic.held) for key, topic in TOPICS.items()}
_OPENS_ASKING = re.compile(
    r"^(?:and |so |but |ok |okay |also |then |please |pls |hey |hi |well |plus )*"
    r"(?:what|whats|wat|which|wich|who|whos|whom|whose|how|hows|why|where|when|is|are|do|does|did|can|could|should|"
    r"would|will|tell|explain|list|describe|name|give|compare|walk|help|show|summari[sz]e|define|any|recommend|"
    r"suggest|convince|quote)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|whats|wat|which|wich|how|why|whether|should i|where|who|can i|do i|need to know|wondering|curious|"
    r"looking for|is (?:it|that|this|there)|does it|do they|are (?:they|there))\b",
    re.IGNORECASE,
)
_PLACE_OR_FOR = re.compile(r"(?:in|for|at|with|as|according to|if|when|given|assuming|since)\b", re.IGNORECASE)
_ABOUT_ME = re.compile(
    r"\b(?:i[’']?m|i am|i was|i[’']?ve been|been|can do|as an?|being an?|my (?:job|background|title|degree) is|"
    r"i (?:do|did|work|have)) ([^,.;?!]{2,60})|\b([\w -]{3,40}) here\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Term:
    """One content word of a question: its stem, the stems that say the same, and how much it counts (0..1)."""

    word: str
    stem: str
    same: frozenset[str]
    weight: float
    found_in: int  # passages of the library that hold the stem


@dataclasses.dataclass(frozen=True)
class Question:
    """What a standalone question asks."""

    text: str  # clean, spelling mended
    asking: str  # without the asker's story
    roles: frozenset[str]
    topics: frozenset[str]
    levels: frozenset[str]
    terms: tuple[Term, ...]
    asker: tuple[Term, ...]  # those of the terms that tell who asks

    def search_terms(self) -> list[str]:
        """The stems to look for in the lexical index, the question's own first."""
        own = dict.fromkeys(term.stem for term in self.terms)
        more = (s for term in self.terms for s in sorted(term.same))
        roles = (s for role in self.roles for s in sorted(stems(ROLES[role].singular)))
        evidence = (s for topic in sorted(self.topics) for s in sorted(TOPIC_EVIDENCE[topic]))
        return list(own | dict.fromkeys(more) | dict.fromkeys(roles) | dict.fromkeys(evidence))


def read_question(text: str, frequencies: Frequencies, context: str = "") -> Question:
    """Read one question; `text` is clean, `frequencies` counts the library's passages by stem.

    `context` is what is known of the asker and of the turns before; it finds passages but asks for nothing.
    """
    asking, story = split_story(_normal(text, frequencies))
    story = f"{_normal(context, frequencies)} {story}".strip()
    text = f"{story} {asking}".strip()
    words = [(word, 1.0) for word in content_words(asking)] + [(word, 0.4) for word in content_words(story)]
    counts = frequencies([stem(word) for word, _ in words])
    terms = tuple(_term(word, weight, counts) for word, weight in words)
    topics = _topics(asking) or _topics(story)
    about_me = stems(" ".join("".join(found) for found in _ABOUT_ME.findall(f"{asking} {story}")) + f" {story}")
    asker = tuple(term for term in terms if term.stem in about_me)
    return Question(text, asking, roles_in(asking) or roles_in(text), topics, levels_in(asking), terms, asker)


def _asks(text: str) -> bool:
    return "?" in text or bool(_OPENS_ASKING.match(text) or _ASKS.search(text))


def _topics(text: str) -> frozenset[str]:
    found = stems(text)
    return frozenset(topic for topic, cues in TOPIC_CUES.items() if not cues.isdisjoint(found))


def _normal(text: str, frequencies: Frequencies) -> str:
    text = mend_spelling(text, frequencies)
    for pattern, new in PHRASES:
        text = pattern.sub(new, text)
    return text


def split_story(text: str) -> tuple[str, str]:
    """The sentences that ask, and those that only tell about the asker."""
    sentences = [s.strip() for s in re.split(r"(?<=[.!?;])\s+|\n", text) if s.strip()]
    pieces: list[str] = []
    for sentence in sentences:
        head, comma, tail = sentence.rpartition(", ")
        if comma and not _asks(head) and not roles_in(head) and not _PLACE_OR_FOR.match(head) and _asks(tail):
            pieces += [head, tail]
        else:
            pieces.append(sentence)
    asking = [p for p in pieces if "?" in p or _OPENS_ASKING.match(p)] or [p for p in pieces if _asks(p)]
    story = [p for p in pieces if p not in asking]
    return (" ".join(asking), " ".join(story)) if asking else (text, "")


def content_words(text: str) -> list[str]:
    """The words that carry the topic, each once: no function words, no roles."""
    plain = text.lower().replace("'s", "").replace("’s", "")
    for role in ROLES.values():
        plain = role.pattern.sub(" ", plain)
    words = dict.fromkeys(WORD.findall(plain))
    return [w for w in words if len(w) > 1 and (w in SYNONYMS or stem(w) not in GENERIC_STEMS)]


def _term(word: str, weight: float, counts: Mapping[str, int]) -> Term:
    root = stem(word)
    same = stems(SYNONYMS.get(word, "")) - {root}
    return Term(word, root, same, weight / 2 if root in GENERIC_STEMS else weight, counts.get(root, 0))


@functools.cache
def _correct_words() -> tuple[frozenset[str], list[str]]:
    words = set(GENERIC) | set(SYNONYMS)
    for topic in TOPICS.values():
        words |= set(WORD.findall(f"{topic.asked} {topic.held}"))
    for role in ROLES.values():
        words |= set(f"{role.singular} {role.plural}".lower().split())
    particulars = {word for phrase in (*SUBJECTS, *PLACES) for word in phrase.split()}
    return english_words() | words | particulars, sorted(word for word in words if len(word) > 3)


def mend_spelling(text: str, frequencies: Frequencies) -> str:
    """Replace words that neither English nor the library knows by the nearest word of the domain."""
    known, candidates = _correct_words()
    words = set(re.findall(r"[a-z]{4,}", text.lower()))
    strange = {w for w in words if w not in known and w.rstrip("s") not in known}
    found = frequencies([stem(word) for word in strange]) if strange else {}
    mended = {}
    for word in strange:
        near = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=1 if len(word) < 6 else 2)
        if stem(word) not in found and near and near[0][0] == word[0]:
            mended[word] = near[0]
    return re.sub(r"[A-Za-z]{4,}", lambda m: mended.get(m.group().lower(), m.group()), text)


_NEXT_QUESTION = re.compile(
    r"\?+\s+(?=\S)|[,;]?\s+(?:and|plus|also|&)\s+(?:also |then )?(?=(?:what|whats|which|how|why|who|where|when|is|"
    r"are|do|does|did|can|could|should|will|would)\b)",
    re.IGNORECASE,
)


def parts(text: str) -> list[str]:
    """The questions that one message asks, in order; each names the roles that only another one names."""
    asking, story = split_story(text)
    pieces = [piece.strip(" ,;") for piece in _NEXT_QUESTION.split(asking)]
    pieces = [p for p in pieces if len(p.split()) > 2 and _asks(p) and (content_words(p) or roles_in(p))]
    if len(pieces) < 2:
        return [text]
    roles = roles_in(asking)
    whole = []
    for piece in pieces:
        named = roles_in(piece)
        about = "" if named or not roles else f" ({', '.join(ROLES[role].singular for role in sorted(roles))})"
        whole.append(" ".join(filter(None, (story, piece.rstrip("?") + about + "?"))))
    return whole
