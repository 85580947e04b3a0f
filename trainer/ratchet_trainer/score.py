"""The loss that transformers and peft give to each row's completion, to hold another engine against."""

from typing import Any

import torch

from . import batches
from .loss import token_nll
from .rows import Example


@torch.no_grad()
def score_examples(model: Any, examples: list[Example], batch_size: int, device: torch.device) -> list[dict[str, Any]]:
    """{id, task, nll, tokens} for each example, in their order: nats, summed over its supervised tokens."""
    by_id: dict[int, dict[str, Any]] = {}
    for _, batch in batches.micro_batches(examples, batch_size):
        parts = token_nll(model, batch, device).double().cpu().split([example.supervised for example in batch])
        for example, part in zip(batch, parts, strict=True):
            by_id[id(example)] = {"id": example.id, "task": example.task, "nll": round(part.sum().item(), 6), "tokens": len(part)}
    return [by_id[id(example)] for example in examples]
