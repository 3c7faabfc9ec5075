"""Files of claims and evidence go in; (evidence text, claim, label) as the verifier's model reads them come out.

`training/claims.jsonl`: `{"claim", "at": [[article, start], ...], "label", "type", "writer"}`, the evidence being the
sentences of the bundled articles that begin there. `training/claims_libraries.jsonl`: the same with `"library"` and
`"passage": [file, start]`, over libraries that are no part of the project or lie in `learn/libraries`, whose sentences
begin at `"at": [start, ...]`. Others: `{"claim", "evidence", "label"}`, plain or gzipped.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from advisor.verify.lines import plain_words, read_lines, read_pieces
from advisor.verify.verifier import Verifier
from corpus import Article, Passage, chunk
from evals.case import CaseError, read_object
from evals.case import read_lines as lines_of_file
from evals.foreign import folder_of, read_foreign

FOLDER = Path(__file__).parent.parent / "training"
_BARE = 0.4  # of the pairs are also read with the cited sentences alone, without headings
_KEY = 0.5  # and with the cited sentences under their headings
_WRONG = 0.2  # of the supported claims are also read against a passage on the same subject that does not state them
_UNLIKE = 0.72  # cosine, above which another passage may well state a claim
_VERBATIM = 0.1  # of the pairs
_SHORTEST = 5  # words of a sentence
_LONGEST = 80  # words of evidence beyond which a pair of other data is left out


@dataclasses.dataclass(frozen=True)
class Labelled:
    """A claim, the passages it cites, which of their sentences, and whether they state it."""

    claim: str
    passages: tuple[Passage, ...]
    cited: frozenset[tuple[int, int]]  # (number of the passage, index of the sentence); empty: all
    label: bool
    type: str
    writer: str


@dataclasses.dataclass(frozen=True)
class Example:
    """What the model is trained on."""

    evidence: str
    claim: str
    label: bool


def load_labelled(articles: Sequence[Article]) -> list[Labelled]:
    """The pairs of `training/claims.jsonl` and `training/claims_elsewhere.jsonl`. Raises CaseError."""
    places = {
        (article.id, sentence.start): (passage, index)
        for article in articles
        for passage in chunk(article)
        for index, sentence in enumerate(passage.sentences)
    }
    found = []
    for where, fields in _objects(FOLDER / "claims.jsonl"):
        try:
            at = [places[article, start] for article, start in fields["at"]]
        except KeyError as exc:
            raise CaseError(f"{where}: no sentence begins at {exc}; the articles were edited since") from exc
        passages = tuple(dict.fromkeys(passage for passage, _ in at))
        cited = frozenset((passages.index(passage), index) for passage, index in at)
        found.append(Labelled(fields["claim"], passages, cited, fields["label"], fields["type"], fields["writer"]))
    for _, fields in _objects(FOLDER / "claims_elsewhere.jsonl"):
        passages = read_pieces([fields["evidence"]])
        found.append(
            Labelled(fields["claim"], passages, frozenset(), fields["label"], fields["type"], fields["writer"])
        )
    return found


def load_of_libraries(folder: Path) -> dict[str, list[Labelled]]:
    """By library the pairs of `training/claims_libraries.jsonl` on those in `folder` and in `learn/libraries`."""
    passages = functools.cache(lambda file: {one.start: one for one in chunk(read_foreign(file))})
    found = defaultdict[str, list[Labelled]](list)
    for _, fields in _objects(FOLDER / "claims_libraries.jsonl"):
        (name, start), library = fields["passage"], fields["library"]
        file = folder_of(library, folder) / name
        if not file.is_file():
            continue
        passage = passages(file)[start]
        cited = frozenset((0, index) for index, one in enumerate(passage.sentences) if one.start in fields["at"])
        pair = Labelled(fields["claim"], (passage,), cited, fields["label"], fields["type"], fields["writer"])
        found[library].append(pair)
    return dict(found)


def load_general(path: Path) -> list[Example]:
    """Pairs on any subject; those with long evidence are left out. Raises CaseError."""
    pairs = [Example(f["evidence"], f["claim"], bool(f["label"])) for _, f in _objects(path)]
    return [pair for pair in pairs if len(pair.evidence.split()) <= _LONGEST]


def padded(pairs: Sequence[Example], share: float, generator: random.Random) -> list[Example]:
    """The pairs; to a share of the short ones another's evidence is added, which changes no label."""
    made = []
    for pair in pairs:
        evidence = pair.evidence
        if len(evidence.split()) < _LONGEST // 2 and generator.random() < share:
            other = " ".join(generator.choice(pairs).evidence.split()[: _LONGEST // 3]).rstrip(".") + "."
            evidence = f"{other} {evidence}" if generator.random() < 0.5 else f"{evidence} {other}"
        made.append(dataclasses.replace(pair, evidence=evidence))
    return made


def verbatim(pairs: Sequence[Example], generator: random.Random) -> list[Example]:
    """Of some pairs a sentence of the evidence as a claim, which the evidence states."""
    made = []
    for pair in pairs:
        sentences = [s for s in pair.evidence.split(". ")[1:] if _SHORTEST < len(s.split()) < _LONGEST // 3]
        if sentences and generator.random() < _VERBATIM:
            made.append(Example(pair.evidence, f"{generator.choice(sentences).rstrip('.')}.", True))
    return made


def examples_of(labelled: Sequence[Labelled], verifier: Verifier, generator: random.Random) -> list[Example]:
    """What the verifier's model would read for each pair, and variants of it; wrong passages beside."""
    made: dict[Example, None] = {}
    library = list(dict.fromkeys(passage for pair in labelled for passage in pair.passages))
    for pair in labelled:
        for text in _texts(pair, verifier, generator):
            made[Example(text, pair.claim, pair.label)] = None
        if pair.label and generator.random() < _WRONG:
            others = [passage for passage in library if passage not in pair.passages]
            like = [p for p in verifier.nearest(pair.claim, others)[:12] if verifier.likeness(pair.claim, p) < _UNLIKE]
            for passage in generator.sample(like, min(1, len(like))):
                made[Example(verifier.windows(pair.claim, read_lines([passage]))[-1].text, pair.claim, False)] = None
    return list(made)


def _texts(pair: Labelled, verifier: Verifier, generator: random.Random) -> Iterator[str]:
    lines = read_lines(pair.passages)
    key = [line for line in lines if (line.passage, line.index) in pair.cited]
    whole = verifier.windows(pair.claim, lines)[-1].text
    if not key:
        yield whole
        return
    cited = verifier.windows(pair.claim, key)[-1].text
    # A supported claim whose sentences did not get into the window would be taught as what it is not.
    yield whole if not pair.label or all(line.text in whole for line in key) else cited
    if generator.random() < _KEY:
        yield cited
    bare = " ".join(line.text for line in key)
    # A heading may say what the sentences under it leave out: whom they are about.
    from_headings = plain_words(pair.claim) & plain_words(" ".join(line.headings for line in key))
    if generator.random() < _BARE and (not pair.label or from_headings <= plain_words(bare)):
        yield bare


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from ((path.name, json.loads(line)) for line in file if line.strip())
        return
    for number, line in enumerate(lines_of_file(path), 1):
        if line.strip():
            yield f"{path.name}:{number}", read_object(line, f"{path.name}:{number}")
