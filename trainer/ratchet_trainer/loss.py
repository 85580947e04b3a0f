"""Completion-only cross-entropy."""

from typing import Any

import torch
import torch.nn.functional as F

from .rows import Example


def token_nll(model: Any, batch: list[Example], device: torch.device) -> torch.Tensor:
    """Negative log-likelihood (nats) of every supervised token of `batch`, row after row: shape (supervised,), fp32.

    Rows are padded on the right, where causal attention never looks, so no attention mask is needed; and the
    output layer, a fifth of a small model's work, runs on the supervised positions alone.
    """
    length = max(len(example.tokens) for example in batch)
    tokens = torch.zeros((len(batch), length), dtype=torch.long)
    predicts = torch.zeros((len(batch), length), dtype=torch.bool)
    for i, example in enumerate(batch):
        tokens[i, : len(example.tokens)] = torch.tensor(example.tokens)
        predicts[i, torch.tensor(example.targets) - 1] = True
    targets = tokens[:, 1:][predicts[:, :-1]]
    logits = model(input_ids=tokens.to(device), logits_to_keep=predicts.to(device), use_cache=False).logits
    return F.cross_entropy(logits.float(), targets.to(device), reduction="none")
