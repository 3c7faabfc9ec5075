"""A question and the passages found for it go in; their sentences, scored for the question, come out."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence

import numpy as np

from advisor.question import TOPIC_EVIDENCE, Question, roles_in, stems
from corpus import Hit, Passage, Sentence

_FIGURE = re.compile(r"\d")
_ASKS_FIGURE = re.compile(r"\bhow (?:much|many|long|big|fast|often)\b|percent|%|\bfigures?\b|\bnumbers?\b|\brange\b|\brate\b|\$", re.I)


@dataclasses.dataclass(frozen=True)
class Scored:
    sentence: Sentence
    passage: Passage
    features: tuple[float, ...]


NAMES = ("cos", "pcos", "rrf", "overlap", "headoverlap", "role_hit", "role_miss", "topic", "headtopic", "figure", "fragment","pbest","short","poverlap","lead")


def idf(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5)) / math.log(1 + (total + 0.5) / 0.5)


def features(question: Question, hits: Sequence[Hit], total: int) -> list[Scored]:
    out = []
    asks_figure = bool(_ASKS_FIGURE.search(question.asking))
    weights = [(t, t.weight * idf(t.found_in, total)) for t in question.terms]
    norm = sum(w for _, w in weights) or 1.0
    evidence = [TOPIC_EVIDENCE[t] for t in question.topics]
    top = max((h.score for h in hits), default=1)
    for hit in hits:
        roles = frozenset()
        heading = " ".join(hit.passage.headings)
        hstems = stems(heading)
        hroles = roles_in(hit.passage.headings[-1]) if hit.passage.headings else frozenset()
        pbest = max(c for _, c in hit.sentences)
        pst = stems(hit.passage.content)
        pover = _overlap(weights, pst) / norm
        for n, (s, cos) in enumerate(hit.sentences):
            st = stems(s.statement)
            named = roles_in(s.statement)
            roles = named or (hroles if len(hroles) == 1 else roles or hroles)
            over = _overlap(weights, st) / norm
            hover = _overlap(weights, hstems) / norm
            rh = len(question.roles & roles) / len(question.roles) if question.roles else 0.0
            rm = 1.0 if question.roles and roles and not question.roles & roles else 0.0
            top_ = sum(bool(e & st) for e in evidence) / len(evidence) if evidence else 0.0
            htop = sum(bool(e & hstems) for e in evidence) / len(evidence) if evidence else 0.0
            fig = 1.0 if asks_figure and _FIGURE.search(s.text) else 0.0
            frag = 1.0 if s.text.endswith(":") or s.text[:1].islower() or re.match(r"(This|The following) (article|guide)", s.text) or s.text.endswith("?") else 0.0
            out.append(Scored(s, hit.passage, (cos, hit.similarity, hit.score / top, over, hover, rh, rm, top_, htop, fig, frag, pbest, 1.0 if len(st) < 6 else 0.0, pover, 1.0 if n == 0 else 0.0)))
    return out


def _overlap(weights, st) -> float:
    return sum(w * (1.0 if t.stem in st else 0.6 if t.same & st else 0.0) for t, w in weights)
