"""Cross-entropy of the tokens that carry loss."""

from typing import Any

import torch
import torch.nn.functional as F

from .rows import Example


def token_nll(model: Any, batch: list[Example], device: torch.device) -> torch.Tensor:
    """Negative log-likelihood (nats) of every supervised token of `batch`, row after row: shape (supervised,), fp32.

    Rows are padded on the right, where causal attention never looks, so no attention mask is needed; and the
    output layer, a fifth of a small model's work, runs on the supervised positions alone. Packed rows are told apart by
    their positions, from which transformers makes a mask for each.
    """
    length = max(len(example.tokens) for example in batch)
    tokens = torch.zeros((len(batch), length), dtype=torch.long)
    predicts = torch.zeros((len(batch), length), dtype=torch.bool)
    for i, example in enumerate(batch):
        tokens[i, : len(example.tokens)] = torch.tensor(example.tokens)
        predicts[i, torch.tensor(example.targets) - 1] = True
    targets = tokens[:, 1:][predicts[:, :-1]]
    packed = {"position_ids": _positions(batch, length).to(device)} if any(len(example.starts) > 1 for example in batch) else {}
    logits = model(input_ids=tokens.to(device), logits_to_keep=predicts.to(device), use_cache=False, **packed).logits
    return F.cross_entropy(logits.float(), targets.to(device), reduction="none")


def _positions(batch: list[Example], length: int) -> torch.Tensor:
    """Each row's from 0, and so the padding's."""
    positions = torch.arange(length).repeat(len(batch), 1)
    for i, example in enumerate(batch):
        for start in (*example.starts, len(example.tokens)):
            positions[i, start:] = torch.arange(length - start)
    return positions
