"""The adapter as a LoRA GGUF for llama.cpp: metadata keys and tensor names as its own converter writes them."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from .durable import fsync_dir
from .errors import TrainerError, bad_input

# Hugging Face model_type → GGUF architecture, where linear layers keep their layout (but for the permutation below).
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma2": "gemma2", "gemma3_text": "gemma3"}

_NAME = re.compile(r"^base_model\.model\.(.+)\.lora_(A|B)\.weight$")


def permute_heads(weight: np.ndarray, heads: int) -> np.ndarray:
    """Reorder the rows of each head from transformers' rotary layout (two halves) to ggml's (pairs)."""
    rows = weight.shape[0]
    return weight.reshape(heads, 2, rows // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def unpermute_heads(weight: np.ndarray, heads: int) -> np.ndarray:
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def write_gguf(path: Path, state: dict[str, torch.Tensor], model_config: Any, alpha: float) -> str | None:
    """Write `state` (peft's names) to `path`; the same weights give the same bytes.

    Returns None, or why llama.cpp cannot take this adapter, and then writes nothing.
    """
    reason = why_not(model_config, state)
    if reason is not None:
        return reason
    named = _gguf_tensors(state, model_config)
    writer = gguf.GGUFWriter(None, ARCHITECTURES[model_config.model_type])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    for name, tensor in sorted(named.items()):
        writer.add_tensor(name, np.ascontiguousarray(tensor))
    beside = path.with_name(f".{path.name}.part")
    writer.write_header_to_file(beside)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with open(beside, "rb") as file:
        os.fsync(file.fileno())
    os.replace(beside, path)
    fsync_dir(path.parent)
    return None


def largest_difference(path: Path, state: dict[str, torch.Tensor], model_config: Any) -> float:
    """Read the file back, undo names and permutation, and compare with `state`: 0.0 if every weight survived."""
    read = {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(path).tensors}
    names = _gguf_names(state, model_config)
    if set(read) != set(names.values()):
        return float("inf")
    largest = 0.0
    for source, name in names.items():
        got, heads = read[name], _heads(source, model_config)
        got = unpermute_heads(got, heads) if heads else got
        want = state[source].numpy()
        largest = max(largest, float(np.abs(got - want).max()) if got.shape == want.shape else float("inf"))
    return largest


def why_not(model_config: Any, state: Iterable[str] = ()) -> str | None:
    """Why llama.cpp cannot take an adapter of these tensors (peft's names) on this base; None if it can."""
    if model_config.model_type not in ARCHITECTURES:
        return f"no GGUF layout is known for {model_config.model_type}"
    if any(".lora_magnitude_vector" in name for name in state):
        return "llama.cpp knows no DoRA"
    names = _gguf_names(state, model_config)
    unknown = next((name for name in state if name not in names), None)
    return None if unknown is None else f"{unknown} has no GGUF name"


def required(reason: str) -> TrainerError:
    """The refusal of a base whose adapter could not be served."""
    return bad_input(
        f"{reason}, and the engine needs the adapter as GGUF: expected a base of type {', '.join(sorted(ARCHITECTURES))}"
        " with its linear layers as targets, or vLLM servers as engine.target"
    )


def _gguf_tensors(state: dict[str, torch.Tensor], model_config: Any) -> dict[str, np.ndarray]:
    tensors = {}
    for source, name in _gguf_names(state, model_config).items():
        weight, heads = state[source].numpy(), _heads(source, model_config)
        tensors[name] = permute_heads(weight, heads) if heads else weight
    return tensors


def _gguf_names(state: Iterable[str], model_config: Any) -> dict[str, str]:
    arch = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == ARCHITECTURES[model_config.model_type])
    known = gguf.get_tensor_name_map(arch, model_config.num_hidden_layers)
    names = {}
    for source in state:
        match = _NAME.match(source)
        name = known.get_name(match[1]) if match else None
        if match and name:
            names[source] = f"{name}.weight.lora_{match[2].lower()}"
    return names


def _heads(source: str, model_config: Any) -> int:
    """How many heads' rows of this tensor ggml keeps in its own order; 0 for none. Only lora_B has output rows."""
    if ARCHITECTURES[model_config.model_type] != "llama" or not source.endswith("lora_B.weight"):
        return 0
    if ".q_proj." in source:
        return model_config.num_attention_heads
    return model_config.num_key_value_heads if ".k_proj." in source else 0
