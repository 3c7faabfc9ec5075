"""Vectors of questions and sentences, and which answers which, go in; a QueryAdapter comes out.

Contrastive training (InfoNCE over all sentences, with several right ones) of a low-rank map, question side only, so
that the index need not be made anew. It is then taken half way: the full map gains a little more on the articles it
was trained on and loses on others (measured by leaving one article out).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.embed import QueryAdapter

RANK = 32
SCALE = 0.5
_EPOCHS = 8
_BATCH = 64
_TEMPERATURE = 0.05
_DROPOUT = 0.2
_RATE, _DECAY = 3e-3, 1e-2


def train(
    questions: NDArray[np.float32], sentences: NDArray[np.float32], gold: NDArray[np.bool_], seed: int = 0
) -> QueryAdapter:
    """Train on questions of shape (n, d), sentences (m, d), gold (n, m) with a right one in every row."""
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    asked, told, right = torch.tensor(questions), torch.tensor(sentences), torch.tensor(gold)
    size = questions.shape[1]
    up = torch.nn.Parameter(torch.randn(size, RANK) * 0.01)
    down = torch.nn.Parameter(torch.randn(RANK, size) * 0.05)
    optimizer = torch.optim.AdamW([up, down], lr=_RATE, weight_decay=_DECAY)
    for _ in range(_EPOCHS):
        for batch in torch.split(torch.randperm(len(asked)), _BATCH):
            vectors = functional.dropout(asked[batch], _DROPOUT)
            moved = functional.normalize(vectors + vectors @ down.T @ up.T, dim=1)
            log = torch.log_softmax(moved @ told.T / _TEMPERATURE, dim=1)
            good = right[batch]
            # Half for any right sentence, half for all of them.
            any_right = torch.logsumexp(log.masked_fill(~good, -torch.inf), dim=1)
            all_right = log.masked_fill(~good, 0).sum(1) / good.sum(1)
            loss = -(any_right + all_right).mean() / 2
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
    return QueryAdapter(down.detach().numpy().copy(), up.detach().numpy().copy(), SCALE)
