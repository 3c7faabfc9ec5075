"""A question goes in; a friendly boundary comes out where it is none that articles could answer, else None.

Requests to ignore the sources, other languages, and messages without words are met here, before retrieval.
"""

from __future__ import annotations

import re

from advisor.answer import Status

SCOPE = (
    "I answer questions about careers as a machine learning engineer, AI engineer or data scientist: "
    "duties, skills, pay, paths and hiring."
)
_SOURCES = r"(?:source|article|document|instruction|rule|guideline|context|prompt|text|quote|citation|restriction|limit)\w*"
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|bypass|override|skip|drop|without using|set aside|never mind|stop using|don[’']?t use|"
    r"do not use|put away|leave out)\b[^.?!]{0,40}?\b(?:your|the|all|any|these|those|previous|prior|above|every\w*|earlier|"
    r"said|told|ur)\b"
    rf"[^.?!]{{0,30}}?(?:\b{_SOURCES}|\babove\b|\btold\b|\bsaid\b|everything)"
    rf"|\b(?:ignore|disregard|bypass|override)\b[^.?!]{{0,25}}\b{_SOURCES}"
    r"|\b(?:from|use|using|rely on|with) (?:your|ur) (?:own |general |training |prior |internal )*(?:knowledge|memory|data|opinion|training|brain|head|mind)"
    r"|\b(?:from|by) memory\b|\byou are (?:now|no longer)\b|\b(?:pretend|act as|role ?-?play|imagine you|behave as|"
    r"you're now|jailbreak|developer mode|dan mode|unrestricted)\b"
    r"|\b(?:system|hidden|initial|secret|original) (?:prompt|instruction|message|rule)s?\b|\byour (?:prompt|instructions|rules)\b"
    r"|\b(?:no|without|skip the|drop the|don[’']?t (?:use|add|give|show|bother with)) (?:any )?(?:citation|source|quote|reference)s?\b"
    r"|\bwithout (?:quoting|citing)\b"
    r"|\b(?:make|making) (?:something|it|one|up a|up some|a number) ?up\b|\bmake up (?:a|an|some|the)\b|\binvent (?:a|an|some)\b"
    r"|\breply (?:only )?with\b|\brepeat after me\b|\bsay (?:only|exactly)\b|\bprint (?:your|the)\b|<\/?(?:system|script|assistant|user|article|source|instruction)|\bnew instructions?\b|\bapi[ -]?keys?\b"
    r"|\b(?:which|what) (?:language )?model (?:are you|do you run)\b|\byou run on\b",
    re.IGNORECASE,
)
_ENGLISH = frozenset(
    "the a an of to and in is are do does what how which for with i my me it be can should on or as at you your "
    "they that this who why where when if from not about much more need pay job work vs".split()
)
_FOREIGN = frozenset(
    "el la los las un una que qué cómo cuánto cuanto gana ganar para por con es una del como soy trabajo sueldo der "
    "die das und ist ein eine wie viel was verdient ich mit für nicht welche brauche brauch man als zum le les des "
    "est une pour que quel quelle combien gagne comment je dans avec suis il lo gli che per come quanto guadagna di "
    "sono o os um uma quanto ganha eu não em são het een van wat hoe ik de en voor jest jak ile czy zarabia ett och "
    "hur vad är som kya kaise kitna hai mein ka ki ke ho karu chahiye apa bagaimana yang berapa gaji".split()
)


def boundary(text: str) -> tuple[Status, str] | None:
    """The status and the sentence to give instead of an answer, or None for an ordinary question."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words:
        return "off_topic", f"I could not find a question in that. {SCOPE}"
    if _is_foreign(words):
        return "not_covered", "The articles are in English, and I can read only English questions. Please ask in English."
    if _OVERRIDE.search(text):
        return "off_topic", f"I answer only from the articles and always show the source. {SCOPE} Ask me one of those."
    return None


def _is_foreign(words: list[str]) -> bool:
    letters = "".join(words)
    if sum(not char.isascii() for char in letters) > len(letters) / 3:
        return True
    foreign = sum(word in _FOREIGN and word not in _ENGLISH for word in words)
    english = sum(word in _ENGLISH for word in words)
    return foreign >= 2 and foreign > english
