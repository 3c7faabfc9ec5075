"""Graded questions over many libraries go in; the reader that ships (`advisor/find/model`) comes out.

A cross-encoder over the tuned MiniLM: a question and one sentence in its context, as `advisor/find/reader.py` gives
them. Each question brings what answers it, what is welcome, and sentences that the embedding finds near but that are
beside it; one that its library does not answer brings the last alone. Trained on how far a sentence answers, on whether
any of a question's sentences does (cross-entropy both, so that a gate can judge by it), and on a sentence's place in
the list (softmax over the question's sentences).
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from advisor.find.reader import MAX_TOKENS, pair
from corpus.embed import OnnxEmbedder
from evals.learn.export import export_int8, smooth
from evals.learn.graded import Graded, Texts, load_libraries
from evals.learn.halves import Halves

_QUESTIONS = 16  # of a batch
_VITAL, _WELCOME, _NEARER, _FARTHER = 2, 2, 7, 1  # sentences of one question in an epoch, at most
_NEAR, _FAR = 14, 50  # ranks that the last two are taken from
_TARGETS = (1.0, 0.3, 0.0)  # of vital, welcome and other sentences
_BY_LIST = 1.0  # what the place in the list counts
_BY_QUESTION = 0.4  # what it counts whether any sentence of a question answers
_ALL = 1.0  # log-odds of all its sentences together from which one of them is taken to
_RATE, _WARM_UP, _COOL_DOWN, _DECAY = 8e-5, 0.06, 0.55, 0.01  # the middle two as shares of all steps
_DROPPED = 0.1  # of a sequence's channels
_AVERAGED = 0.998  # of the weights that come out, each step keeps as much
_OTHER_TURN = 0.12  # of the questions follow, in training, a turn that they do not lean on
_PARTS = 3  # of a batch, by length, which saves padding
_MEASURED = 40  # questions whose pairs tell the ranges that int8 is to hold
_SEED = 0


def train_reader(folder: Path, base: Path, out: Path, epochs: int, most: int) -> str:
    """Train from the tuned embedding model in `base`, and export.

    Of a library, at most so many questions in an epoch, as many long messages, and as many questions of those written
    to one passage. `out` has the weights and the `model.onnx` that could be shipped. Returns a line on what was done.
    """
    import torch
    from transformers import AutoTokenizer

    torch.manual_seed(_SEED)
    libraries = load_libraries(folder)
    examples = [example for texts in libraries for example in _examples(texts)]
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = _train(scorer(base), tokenizer, examples, epochs, most)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), out / "reader.pt")
    export_reader(model.eval(), tokenizer, examples, out / "model.onnx")
    return f"trained on {len(examples)} questions over {len(libraries)} libraries"


def export_reader(model: Any, tokenizer: Any, examples: Sequence[Example], out: Path) -> None:
    """Export as int8: measured on pairs of some of the examples, smoothed where their ranges are least even."""
    generator = random.Random(_SEED)
    batches = []
    for one in generator.sample(examples, min(_MEASURED, len(examples))):
        asked = one.graded.query.conversation
        batches.append(_tokens(tokenizer, [one.pair(id_, asked) for id_, _ in one.chosen(generator)]))
    smooth(model, model.bert, batches)
    export_int8(lambda: model, out, "logit", shapes=False)


@dataclasses.dataclass(frozen=True)
class Example:
    """One question, and the sentences of its library that it is trained with."""

    graded: Graded
    texts: Texts
    others: tuple[int, ...]  # sentences beside the question, the nearest first

    def chosen(self, generator: random.Random) -> list[tuple[int, float]]:
        """Sentences for one epoch, each with its target."""
        near, far = list(self.others[:_NEAR]), list(self.others[_NEAR:_FAR])
        grades = (
            (sorted(self.graded.vital), _VITAL, _TARGETS[0]),
            (sorted(self.graded.welcome), _WELCOME, _TARGETS[1]),
            (near, _NEARER, _TARGETS[2]),
            (far, _FARTHER, _TARGETS[2]),
        )
        return [(id_, target) for ids, most, target in grades for id_ in generator.sample(ids, min(most, len(ids)))]

    def pair(self, id_: int, asked: str) -> tuple[str, str]:
        """What the reader is given."""
        place, index = self.texts.sentences[id_]
        return pair(asked, self.texts.passages[place], index)


def scorer(base: Path) -> Any:
    """The model: MiniLM's tokens of both texts, their mean, one score."""
    import torch
    from transformers import AutoModel

    class Scorer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            options = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
            # On a CPU the plain attention is trained in two thirds of the time of the fused one.
            self.bert = AutoModel.from_pretrained(base, add_pooling_layer=False, attn_implementation="eager", **options)
            self.head = torch.nn.Linear(self.bert.config.hidden_size, 1)
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.constant_(self.head.bias, -1.0)  # most sentences answer nothing
            for parameter in self.bert.embeddings.parameters():
                parameter.requires_grad = False
            for layer in self.bert.encoder.layer:
                layer.attention.output.dropout = layer.output.dropout = dropout()

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            inputs = {"attention_mask": attention_mask, "token_type_ids": token_type_ids}
            states = self.bert(input_ids=input_ids, **inputs).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            return self.head((states * mask).sum(1) / mask.sum(1))

    return Scorer()


def dropout() -> Any:
    """Dropout of a sequence's channels, the same at all its tokens: random numbers for each take a third of a step."""
    import torch

    class Dropout(torch.nn.Module):
        def forward(self, states: Any) -> Any:
            if not self.training:
                return states
            kept = torch.rand(states.shape[0], 1, states.shape[-1]) >= _DROPPED
            return states * kept.to(states.dtype) / (1 - _DROPPED)

    return Dropout()


def _examples(texts: Texts) -> Iterator[Example]:
    """Each question with the sentences that the shipped embedding finds nearest, without those that answer it.

    One that was graded over a passage alone comes with the sentences of that passage.
    """
    from corpus.embed import MODEL

    embedder = OnnxEmbedder(MODEL)
    found = embedder.encode_passages(texts.passages)
    sentences, passages = np.concatenate([one[1:] for one in found]), np.stack([one[0] for one in found])
    of = np.array([place for place, _ in texts.sentences])
    for graded in texts.questions:
        if graded.within is not None:
            first = texts.first[graded.within]
            told = range(first, first + len(texts.passages[graded.within].sentences))
            yield Example(graded, texts, tuple(id_ for id_ in told if id_ not in graded.vital | graded.welcome))
            continue
        vector = embedder.encode_query(graded.query.conversation)
        near = np.argsort(-(sentences @ vector + (passages @ vector)[of] / 2))[: _FAR + 10].tolist()
        yield Example(graded, texts, tuple(id_ for id_ in near if id_ not in graded.vital | graded.welcome))


def _train(model: Any, tokenizer: Any, examples: Sequence[Example], epochs: int, most: int) -> Any:
    """AdamW with warm-up, a level stretch and linear decay."""
    from tqdm import tqdm

    generator = random.Random(_SEED)
    model.train()
    halves = Halves(model, _RATE, _DECAY, _AVERAGED)
    total = epochs * len(list(_batches(examples, most, random.Random(_SEED))))
    with tqdm(total=total, desc="Training", unit="batch") as bar:
        for batch in (batch for _ in range(epochs) for batch in _batches(examples, most, generator)):
            halves.step(_loss(model, tokenizer, batch, generator), _share((bar.n + 1) / total))
            bar.update()
    return halves.finish()


def _share(done: float) -> float:
    """Of the rate, where so much of the training is done."""
    return max(0.02, min(done / _WARM_UP, (1 - done) / (1 - _COOL_DOWN), 1.0))


def _loss(model: Any, tokenizer: Any, batch: Sequence[Example], generator: random.Random) -> Any:
    import torch

    pairs: list[tuple[str, str]] = []
    targets: list[float] = []
    sizes: list[int] = []
    for example in batch:
        asked = example.graded.query.conversation
        if not example.graded.query.before and not example.graded.is_long and generator.random() < _OTHER_TURN:
            asked = f"{generator.choice(batch).graded.query.text}; {asked}"
        chosen = example.chosen(generator)
        pairs += [example.pair(id_, asked) for id_, _ in chosen]
        targets += [target for _, target in chosen]
        sizes.append(len(chosen))
    logits, wanted = _logits(model, tokenizer, pairs), torch.tensor(targets)
    loss = 1.5 * torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
    rows = list(zip(torch.split(logits, sizes), torch.split(wanted, sizes), strict=True))
    best = torch.stack([torch.logsumexp(row, 0) for row, _ in rows]) - _ALL
    is_answered = torch.tensor([float(goal.max() == _TARGETS[0]) for _, goal in rows])
    loss += _BY_QUESTION * torch.nn.functional.binary_cross_entropy_with_logits(best, is_answered)
    lists = [-(goal / goal.sum() * torch.log_softmax(row, 0)).sum() for row, goal in rows if goal.max() > 0]
    return loss + _BY_LIST * torch.stack(lists).mean() if lists else loss


def _logits(model: Any, tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> Any:
    """The scores of all pairs, shape (len(pairs),)."""
    import torch

    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    size = math.ceil(len(order) / _PARTS)
    logits = torch.empty(len(pairs))
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        logits[rows] = model(**_tokens(tokenizer, [pairs[i] for i in rows])).squeeze(-1).float()
    return logits


def _tokens(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> Any:
    asked, told = zip(*pairs, strict=True)
    options = {"truncation": "longest_first", "max_length": MAX_TOKENS, "padding": True}
    return tokenizer(list(asked), list(told), return_tensors="pt", **options)


def _batches(examples: Sequence[Example], most: int, generator: random.Random) -> Iterator[list[Example]]:
    groups: dict[tuple[str, bool, bool], list[Example]] = {}
    for example in examples:
        kind = (example.texts.name, example.graded.within is None, example.graded.is_long)
        groups.setdefault(kind, []).append(example)
    chosen = [one for group in groups.values() for one in generator.sample(group, min(most, len(group)))]
    generator.shuffle(chosen)
    yield from (chosen[at : at + _QUESTIONS] for at in range(0, len(chosen), _QUESTIONS))
