"""Graded questions over many libraries go in; the embedding model that ships (`corpus/model`) comes out.

Contrastive training (InfoNCE, with several right ones) of all-MiniLM-L6-v2. A passage is encoded once and each of its
sentences pooled from it, as `corpus/embed.py` does, so that a step compares every question of a batch with every
sentence and every passage in it. A batch is of one library, so that what is wrong is near what is right; and some
passages that the model so far takes for right ones are added.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus.embed import MAX_TOKENS, sentence_spans
from corpus.weights import bundled_weights
from evals.learn.export import export_int8, smooth
from evals.learn.graded import Graded, Texts, load_libraries
from evals.learn.halves import Halves

_BATCH, _HARD = 20, 10  # questions of a batch, and passages added that are near but wrong
_NEAR = 12  # ranks from which those are taken
_TEMPERATURE = 0.05
_RATE, _WARM_UP, _DECAY = 5e-5, 0.1, 0.01
_AVERAGED = 0.998  # of the weights that come out, each step keeps as much
_OTHER_TURN = 0.1  # of the questions follow, in training, a turn that they do not lean on
_QUESTION_TOKENS = 256  # a conversation asks at its end
_MEASURED = 64  # passages that tell the ranges that int8 is to hold
_SEED = 0


def train_embedder(folder: Path, out: Path, epochs: int, most: int, base: Path | None = None) -> str:
    """Train on every library but those left out, and export; from all-MiniLM-L6-v2, or what was trained before.

    Of a library, at most so many questions in an epoch, and as many long messages. `out` has the torch model and the
    `model.onnx` that could be shipped. Returns a line on what was done.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(_SEED)
    source = base or bundled_weights()
    options = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "attn_implementation": "eager"}
    model = AutoModel.from_pretrained(source, add_pooling_layer=False, **options)
    tokenizer = AutoTokenizer.from_pretrained(source)
    trained = Trained(model, tokenizer, most)
    libraries = [
        dataclasses.replace(one, questions=tuple(q for q in one.questions if q.within is None))
        for one in load_libraries(folder)
    ]
    trained.train(libraries, epochs)
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    _export(out, tokenizer, libraries, out / "model.onnx")
    return f"trained on {sum(len(one.questions) for one in libraries)} questions over {len(libraries)} libraries"


class Trained:
    """A model in training."""

    def __init__(self, model: Any, tokenizer: Any, most: int) -> None:
        self.model = model
        self._tokenizer = tokenizer
        self._most = most
        for parameter in model.embeddings.parameters():
            parameter.requires_grad = False

    def train(self, libraries: Sequence[Texts], epochs: int) -> None:
        """AdamW with warm-up and linear decay."""
        from tqdm import tqdm

        generator = random.Random(_SEED)
        near = {one.name: self._near(one) for one in tqdm(libraries, desc="Reading", unit="library")}
        halves = Halves(self.model.train(), _RATE, _DECAY, _AVERAGED)
        total = epochs * len(list(_batches(libraries, self._most, random.Random(_SEED))))
        with tqdm(total=total, desc="Training", unit="batch") as bar:
            for texts, numbers in (b for _ in range(epochs) for b in _batches(libraries, self._most, generator)):
                share = min((bar.n + 1) / (_WARM_UP * total), 1 - bar.n / total)
                halves.step(self._loss(texts, numbers, near[texts.name], generator), min(share, 1.0))
                bar.update()
        halves.finish()

    def _loss(
        self, texts: Texts, numbers: Sequence[int], near: Sequence[Sequence[int]], generator: random.Random
    ) -> Any:
        """Of one batch: any vital sentence, all of them, and their passages, against everything else in it."""
        import torch

        asked = [texts.questions[number] for number in numbers]
        places = {texts.sentences[generator.choice(sorted(one.vital))][0] for one in asked}
        for number in generator.sample(list(numbers), min(_HARD, len(numbers))):
            places |= set(generator.sample(near[number][:_NEAR], 1)) if near[number] else set()
        chosen = sorted(places)
        questions = self._questions([_conversation(one, asked, generator) for one in asked])
        passages, sentences = self._passages(texts, chosen)
        ids = [texts.first[p] + i for p in chosen for i in range(len(texts.passages[p].sentences))]
        vital = torch.tensor([[id_ in one.vital for id_ in ids] for one in asked])
        welcome = torch.tensor([[id_ in one.welcome for id_ in ids] for one in asked])
        log = torch.log_softmax((questions @ sentences.T / _TEMPERATURE).masked_fill(welcome, -1e4), dim=1)
        any_vital = torch.logsumexp(log.masked_fill(~vital, -1e4), dim=1)
        all_vital = (log * vital).sum(dim=1) / vital.sum(dim=1)
        held = [{texts.sentences[id_][0] for id_ in one.vital} for one in asked]
        right = torch.tensor([[p in one for p in chosen] for one in held])
        whole = torch.log_softmax(questions @ passages.T / _TEMPERATURE, dim=1)
        of_passages = torch.logsumexp(whole.masked_fill(~right, -1e4), dim=1)
        return -(any_vital + all_vital / 2).mean() / 1.5 - of_passages.mean() / 2

    def _near(self, texts: Texts) -> list[list[int]]:
        """For each question the passages nearest to it that hold nothing that answers it."""
        import torch

        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            parts = [
                self._passages(texts, range(at, min(at + 16, len(texts.passages)))) for at in _steps(texts.passages)
            ]
            sentences = torch.cat([part[1] for part in parts])
            asked = [one.query.conversation for one in texts.questions]
            questions = torch.cat([self._questions(asked[at : at + 16]) for at in _steps(asked)])
        found = []
        for one, row in zip(texts.questions, questions @ sentences.T, strict=True):
            held = {texts.sentences[id_][0] for id_ in one.vital | one.welcome}
            order = dict.fromkeys(texts.sentences[id_][0] for id_ in row.argsort(descending=True).tolist()[:200])
            found.append([place for place in order if place not in held])
        return found

    def _questions(self, asked: list[str]) -> Any:
        """Vectors of conversations, shape (len(asked), dimensions)."""
        import torch

        inputs = self._tokenizer(asked, truncation=True, max_length=_QUESTION_TOKENS, padding=True, return_tensors="pt")
        states, mask = self.model(**inputs).last_hidden_state, inputs["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((states * mask).sum(dim=1).float() / mask.sum(dim=1), dim=-1)

    def _passages(self, texts: Texts, chosen: Sequence[int]) -> tuple[Any, Any]:
        """Vectors of passages, and of all their sentences, both of shape (count, dimensions)."""
        import torch

        passages = [texts.passages[number] for number in chosen]
        contents = [passage.content for passage in passages]
        options = {"truncation": True, "max_length": MAX_TOKENS, "padding": True, "return_tensors": "pt"}
        inputs = self._tokenizer(contents, return_offsets_mapping=True, **options)
        offsets = inputs.pop("offset_mapping")
        mask = inputs["attention_mask"]
        count = max(len(passage.sentences) for passage in passages)
        shares = torch.zeros(len(passages), count, mask.shape[1])
        is_one = torch.zeros(len(passages), count, dtype=torch.bool)
        for row, passage in enumerate(passages):
            begins, ends = offsets[row, :, 0], offsets[row, :, 1]
            for index, (start, end) in enumerate(sentence_spans(passage)):
                within = ((ends > start) & (begins < end) & (ends > begins)).float()
                within = within if within.any() else mask[row].float()
                shares[row, index], is_one[row, index] = within / within.sum(), True
        states = self.model(**inputs).last_hidden_state
        whole = (states * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        sentences = torch.bmm(shares.to(states.dtype), states)[is_one]
        return tuple(torch.nn.functional.normalize(one.float(), dim=-1) for one in (whole, sentences))  # type: ignore[return-value]


def _batches(libraries: Sequence[Texts], most: int, generator: random.Random) -> Iterator[tuple[Texts, list[int]]]:
    """Numbers of answered questions, some of one library at a time, in random order."""
    batches = []
    for texts in libraries:
        numbers = []
        for is_long in (False, True):
            ofs = [n for n, one in enumerate(texts.questions) if one.vital and one.is_long == is_long]
            numbers += generator.sample(ofs, min(most, len(ofs)))
        generator.shuffle(numbers)
        batches += [(texts, numbers[at : at + _BATCH]) for at in range(0, len(numbers), _BATCH)]
    generator.shuffle(batches)
    yield from batches


def _conversation(one: Graded, others: Sequence[Graded], generator: random.Random) -> str:
    asked = one.query.conversation
    is_alone = not one.query.before and generator.random() < _OTHER_TURN
    return f"{generator.choice(others).query.text}; {asked}" if is_alone else asked


def _export(folder: Path, tokenizer: Any, libraries: Sequence[Texts], out: Path) -> None:
    """As int8, by the ranges that passages and questions have."""
    generator = random.Random(_SEED)
    texts = [passage.content for one in libraries for passage in one.passages]
    asked = [question.query.conversation for one in libraries for question in one.questions]
    module = _states(folder)
    options = {"truncation": True, "max_length": MAX_TOKENS, "return_tensors": "pt"}
    measured = generator.sample(texts, min(_MEASURED, len(texts))) + generator.sample(asked, min(_MEASURED, len(asked)))
    smooth(module, module.model, (tokenizer(text, **options) for text in measured))
    export_int8(lambda: module, out, "states", shapes=False)


def _steps(values: Sequence[Any]) -> range:
    return range(0, math.ceil(len(values) / 16) * 16, 16)


def _states(source: Path) -> Any:
    """The trained model as a torch module that gives the tokens' states."""
    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(source, add_pooling_layer=False).eval()

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            inputs = {"attention_mask": attention_mask, "token_type_ids": token_type_ids}
            return self.model(input_ids=input_ids, **inputs).last_hidden_state

    return States()
