"""A claim and a text go in; whether two parts of the one stand in each other's places in the other comes out.

"Mentors train apprentices" is not "apprentices train mentors". What is listed may stand in any order, of what is mutual
either may come first, what says when or where may stand at either end, and in the passive voice who does it comes last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from advisor.question.lexicon import JOINING
from advisor.question.words import stem
from advisor.verify.figures import figures_in
from advisor.verify.lines import plain_words
from advisor.verify.opposites import is_opposite

_WORD = re.compile(r"#[\w.+-]+|[a-z0-9]+|[’']s\b|[,;&]")
_LEAD = 3  # words before a part, of which one may say that it is about when or where
_ADVERBIAL = frozenset(
    _WORD.findall(
        "according across after although among as at because before by during each every for from if in into on since "
        "though under unless until when where while whether with within without"
    )
)
_EITHER_WAY = frozenset(  # between two of which either may come first
    _WORD.findall(
        "nor versus vs between both other together same like similar similarly differ differs different alike "
        "alongside equal equals equivalent match matches complement complements meet meets met overlap overlaps "
        "resemble resembles related marry marries married known"
    )
)
_JOINTS = frozenset(_WORD.findall(", ; & and or"))
_BE = frozenset(_WORD.findall("is are was were be been being get gets got"))
_TURNS = (frozenset({"by"}), frozenset({"'s", "’s"}))  # in one alone: it is told from its other end


def exchanged(claim: str, text: str) -> bool:
    """Whether two parts of a claim stand on the other side of the same words, and all else in the same order."""
    ours, theirs = _words(claim), _words(text)
    stems, others = list(map(stem, ours)), list(map(stem, theirs))
    at, counts = {word: n for n, word in enumerate(others)}, (Counter(stems), Counter(others))
    held = [n for n, word in enumerate(stems) if word in at and _tells(ours[n])]
    place = {n: at[stems[n]] for n in held if all(count[stems[n]] == 1 for count in counts)}
    runs = _runs(place)
    inner = [n for n, run in enumerate(sorted(runs, key=lambda run: place[run[0]])) if run is not runs[n]]
    if len(inner) != 2 or inner[1] != inner[0] + 2:
        return False
    first, middle, last = runs[inner[0] : inner[1] + 1]
    between = frozenset(ours[first[-1] + 1 : last[0]])
    there = frozenset(theirs[place[last[-1]] + 1 : place[first[0]]])
    is_list = {ours[first[-1] + 1], ours[middle[-1] + 1]} <= _JOINTS
    is_same = between & _BE and "of" not in between and not plain_words(" ".join(between))  # "A is B"
    is_passive = between.isdisjoint(_BE) is not there.isdisjoint(_BE)
    is_turned = any(words.isdisjoint(ours) is not words.isdisjoint(theirs) for words in _TURNS)
    if is_list or is_same or is_passive or is_turned or between & _EITHER_WAY:
        return False
    ends = [(ours[max(0, n - _LEAD) : n + 1], theirs[max(0, place[n] - _LEAD) : place[n]]) for n in (first[0], last[0])]
    return not _are_adverbial(ends) and not is_opposite(claim, text)  # "A costs more than B", "B costs less than A"


def _words(text: str) -> list[str]:
    """The words in order, with commas; a figure as its amount, however it is written."""
    parts, end = list[str](), 0
    for figure in figures_in(text):
        parts += [text[end : figure.start], f" #{figure.value:g}-{figure.kind} "]
        end = max(end, figure.end)
    return _WORD.findall("".join([*parts, text[end:]]).lower())


def _are_adverbial(ends: Sequence[tuple[Sequence[str], Sequence[str]]]) -> bool:
    """Whether a part says when or where in both, by the words that lead to it; of two by the same word, one of each."""
    marks = [_ADVERBIAL & {*ours[:-1]} if _ADVERBIAL & {*theirs} else None for ours, theirs in ends]
    is_figure = [ours[-1].startswith("#") for ours, _ in ends]
    return any(marks) and (marks[0] != marks[1] or is_figure[0] is not is_figure[1])


def _tells(word: str) -> bool:
    return word not in JOINING and word not in _JOINTS and word[0] not in "'’"


def _runs(place: dict[int, int]) -> list[list[int]]:
    """Numbers of words in runs, of which one follows the other in the text's order of them, too."""
    order = {at: rank for rank, at in enumerate(sorted(place.values()))}
    runs = list[list[int]]()
    for n in place:
        if runs and order[place[n]] == order[place[runs[-1][-1]]] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs
