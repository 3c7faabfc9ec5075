"""Labelled claims go in; the verifier's entailment model (`advisor/verify/model/`) and its weights come out.

A cross-encoder over the bundled MiniLM, trained in two stages: on pairs on any subject (`--data`), and on claims over
many libraries with some of the former and of the pairs about careers mixed in. Four writers' pairs are left out of
both: on them the weights of `advisor/verify/signals.py` are fitted, on what the model has not seen.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from advisor.models.fitted import Fitted
from advisor.verify.entailment import BUNDLED, MAX_TOKENS, open_entailment
from advisor.verify.lines import read_pieces
from advisor.verify.signals import SIGNS, SUPPORTED, WEIGHTS
from advisor.verify.verifier import Verifier
from corpus import Library
from corpus.weights import bundled_weights
from evals.agree import CLAIMS, read_pairs
from evals.learn.export import export_int8, smooth
from evals.learn.fitted import write_fitted
from evals.learn.pairs import (
    Example,
    Labelled,
    examples_of,
    load_general,
    load_labelled,
    load_of_libraries,
    padded,
    verbatim,
)

CALIBRATION = ("g", "x", "w7", "w36")  # writers whose pairs the model does not see; w7's are over TUNED_ON
_RATE = 1e-4  # of learning, at its height
_BATCH = 32
_WARM_UP = 0.06  # share of the steps in which the rate rises
_SMOOTHING = 0.03  # of the labels, as some are wrong
_ON_ANY, _ON_CAREERS = 6_000, 3_000  # pairs on any subject, and on careers, in each epoch of the second stage
_SEEN = 300  # pairs from which the export takes its ranges
_PADDED = 0.2  # of the short evidence
_TUNING_COUNTS = 2.0  # how much a tuning claim weighs beside a writer's
_FALSE_ACCEPTS = 0.18  # of the unsupported claims of the calibration set that no rule refuses: where the cut is put
_SEED = 0


def train_verifier(data: Sequence[Path], base: Path | None, libraries: Path, out: Path, epochs: int) -> str:
    """Train both stages (from `base` the second alone), export, fit; returns the figures of the fit."""
    library = Library.open()
    library.sync()
    verifier = Verifier(library.embedder)
    careers, general = load_labelled(library.articles()), [pair for path in data for pair in load_general(path)]
    over = load_of_libraries(libraries)
    known = examples_of(_taught(careers), verifier, random.Random(_SEED))
    read = [
        example
        for number, name in enumerate(sorted(over))
        for example in examples_of(_taught(over[name]), verifier, random.Random(number))
    ]
    model, tokenizer = _open(base or bundled_weights())
    if general and base is None:
        _train(model, tokenizer, lambda g: padded(general, _PADDED, g), 1, _RATE)

    def mixed(generator: random.Random) -> list[Example]:
        some = [*_some(general, _ON_ANY, generator), *_some(known, _ON_CAREERS, generator)]
        return padded([*read, *verbatim(read, generator), *some], _PADDED, generator)

    _train(model, tokenizer, mixed, epochs, _RATE)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    export(out, _some(read, _SEEN, random.Random(_SEED)))
    return fit(Verifier(library.embedder, open_entailment()), [*careers, *chain.from_iterable(over.values())])


def _taught(labelled: Sequence[Labelled]) -> list[Labelled]:
    return [pair for pair in labelled if pair.writer not in CALIBRATION]


def _some(pairs: Sequence[Example], count: int, generator: random.Random) -> list[Example]:
    return generator.sample(pairs, min(count, len(pairs)))


def export(source: Path, examples: Sequence[Example]) -> None:
    """Write a trained model as the bundled int8 ONNX, its ranges taken from what it reads of some examples."""
    BUNDLED.mkdir(exist_ok=True)
    head, (_, tokenizer) = _head(source), _open(source)
    batches = [_tokens(tokenizer, examples[at : at + _BATCH]) for at in range(0, len(examples), _BATCH)]
    smooth(head, head.model.bert, batches)
    export_int8(lambda: head, BUNDLED / "model.onnx", "logit", shapes=False)


def fit(verifier: Verifier, labelled: Sequence[Labelled]) -> str:
    """Fit the weights on the pairs that no rule refuses, of CALIBRATION and of the evals' tuning claims; store them."""
    rows = [(pair.claim, pair.passages, pair.label, 1.0) for pair in labelled if pair.writer in CALIBRATION]
    tuning = [pair for pair in read_pairs(CLAIMS / "articles.jsonl") if not pair.held_out]
    rows += [(pair.claim, read_pieces(pair.evidence), pair.label, _TUNING_COUNTS) for pair in tuning]
    read = [
        ([v[name] for name in SIGNS], label, weight)
        for claim, found, label, weight in rows
        if (v := verifier.weighed(claim, found)) is not None
    ]
    values, labels, weights = (np.array(column) for column in zip(*read, strict=True))
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    signals = (values - mean) / scale
    found, intercept = _regression(signals, labels, weights)
    logits = signals @ found + intercept
    cut = float(np.quantile(logits[~labels], 1 - _FALSE_ACCEPTS))
    slope = found / scale
    weights_by_name = dict(zip(SIGNS, slope, strict=True))
    write_fitted(WEIGHTS, {SUPPORTED: Fitted(weights_by_name, intercept - cut - float(slope @ mean))})
    lines = [f"{name:34} {weight:+.2f}" for name, weight in zip(SIGNS, found, strict=True)]
    kept = float((logits[labels] >= cut).mean())
    return "\n".join([*lines, f"supported claims accepted at the cut: {kept:.2f} of {int(labels.sum())}"])


def _regression(
    values: NDArray[np.float32], labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Weights and intercept of a logistic regression, without the signals that would count against their SIGNS."""
    signs = np.array(list(SIGNS.values()))
    found, kept = np.zeros(len(signs)), np.arange(len(signs))
    while True:
        model = LogisticRegression(max_iter=2000).fit(values[:, kept], labels, sample_weight=weights)
        right = model.coef_[0] * signs[kept] >= 0
        if right.all():
            found[kept] = model.coef_[0]
            return found, float(model.intercept_[0])
        kept = kept[right]


def _open(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    return AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1), AutoTokenizer.from_pretrained(
        folder
    )


def _train(
    model: Any, tokenizer: Any, pairs_of: Callable[[random.Random], Sequence[Example]], epochs: int, rate: float
) -> None:
    """AdamW with warm-up and linear decay, bf16 where the device has it; the word embeddings stay as they are."""
    import torch
    from tqdm import tqdm

    torch.manual_seed(_SEED)
    generator = random.Random(_SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    for parameter in model.bert.embeddings.parameters():
        parameter.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    total = epochs * math.ceil(len(pairs_of(random.Random(_SEED))) / _BATCH)
    with tqdm(total=total, desc="Training", unit="batch") as bar:
        for batch in (b for _ in range(epochs) for b in _batches(list(pairs_of(generator)), generator)):
            for group in optimizer.param_groups:
                group["lr"] = rate * min((bar.n + 1) / (_WARM_UP * total), max(0.0, 1 - bar.n / total), 1.0)
            inputs = _tokens(tokenizer, batch)
            labels = torch.tensor([abs(pair.label - _SMOOTHING / 2) for pair in batch], device=device)
            with torch.autocast(device, dtype=torch.bfloat16):
                logits = model(**inputs.to(device)).logits.squeeze(-1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)


def _tokens(tokenizer: Any, pairs: Sequence[Example]) -> Any:
    texts = ([pair.evidence for pair in pairs], [pair.claim for pair in pairs])
    return tokenizer(*texts, truncation="only_first", max_length=MAX_TOKENS, padding=True, return_tensors="pt")


def _batches(pairs: list[Example], generator: random.Random) -> Iterator[list[Example]]:
    """Batches of like lengths, which saves padding, in random order."""
    generator.shuffle(pairs)
    for at in range(0, len(pairs), 50 * _BATCH):
        block = sorted(pairs[at : at + 50 * _BATCH], key=lambda pair: len(pair.evidence) + len(pair.claim))
        batches = [block[start : start + _BATCH] for start in range(0, len(block), _BATCH)]
        generator.shuffle(batches)
        yield from batches


def _head(source: Path) -> Any:
    """The trained model as a torch module that gives the logit."""
    import torch
    from transformers import AutoModelForSequenceClassification

    class Head(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModelForSequenceClassification.from_pretrained(source).eval()

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits

    return Head()
