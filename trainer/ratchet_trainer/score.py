"""`score`: the loss that transformers and peft give to each row's completion, to hold another engine against."""

import json
from typing import Any

import torch

from . import batches, lora, rows
from .base_model import load_model, load_tokenizer, resolve
from .device import open_device
from .durable import write_bytes
from .events import EventLog
from .loss import token_nll
from .rows import Example
from .spec import ScoreSpec


def score(spec: ScoreSpec, events: EventLog) -> int:
    """Write `out_file`: one JSON line a row, in the rows' order (see score_examples). fp32 unless config.bf16 is true."""
    raw = rows.read_rows(spec.rows_file)
    on = open_device(spec.config.bf16 is True, spec.threads)
    location, _ = resolve(spec.base)
    examples = rows.tokenise(raw, load_tokenizer(location), spec.config.sequence_len)
    model = load_model(location, on.dtype, on.device, spec.config.sequence_len).eval()
    if spec.adapter is not None:
        model = lora.open_adapter(model, spec.adapter)
    events.emit("loaded", device=str(on.device), validation_rows=len(examples))
    scores = score_examples(model, examples, spec.config.micro_batch_size, on.device)
    write_bytes(spec.out_file, "".join(json.dumps(line) + "\n" for line in scores).encode())
    tokens = sum(line["tokens"] for line in scores)
    events.emit("finished", rows=len(scores), nll_per_token=sum(line["nll"] for line in scores) / tokens if tokens else None)
    return 0


@torch.no_grad()
def score_examples(model: Any, examples: list[Example], batch_size: int, device: torch.device) -> list[dict[str, Any]]:
    """{id, task, nll, tokens, token_ids, token_nll} for each example: nats, over its supervised tokens only."""
    by_id: dict[int, dict[str, Any]] = {}
    for batch in batches.micro_batches(examples, batch_size):
        parts = token_nll(model, batch, device).double().cpu().split([example.supervised for example in batch])
        for example, part in zip(batch, parts, strict=True):
            by_id[id(example)] = {
                "id": example.id,
                "task": example.task,
                "nll": round(part.sum().item(), 6),
                "tokens": len(part),
                "token_ids": example.tokens[example.supervised_from :],
                "token_nll": [round(value, 6) for value in part.tolist()],
            }
    return [by_id[id(example)] for example in examples]
