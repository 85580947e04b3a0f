"""Checkpoints that a kill at any moment cannot spoil: files first, their manifest last, the newest whole one wins."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save

from .durable import fsync_dir, sha256_file, write_bytes, write_json


@dataclass
class Progress:
    """Where a run stands. Data order, learning rate and random numbers follow from `step` alone."""

    step: int = 0
    tokens: int = 0
    supervised_tokens: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    train_loss: float | None = None
    val_loss_start: float | None = None
    val_loss_lowest: float | None = None
    lowest_step: int | None = None
    lowest_by_row: list[float] = field(default_factory=list)
    evals_since_lowest: int = 0
    val_loss_best: float | None = None
    """Loss and step of the weights to be exported: the last that are no worse than the lowest (selection.py)."""
    best_step: int | None = None
    stopped_early: bool = False


@dataclass
class Checkpoint:
    progress: Progress
    adapter: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """The weights to be exported so far; empty before the first evaluation."""


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """AdamW's moments by the position of their parameter, as tensors only: no pickle is read from a checkpoint."""
    states = optimizer.state_dict()["state"]
    return {f"{index}.{name}": tensor.detach().cpu() for index, state in states.items() for name, tensor in state.items()}


def put_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def save_checkpoint(root: Path, checkpoint: Checkpoint, fingerprint: str, keep: int = 2) -> Path:
    """Write `root/step-NNNNNN` and drop all but the last `keep`. Raises OSError, e.g. on a full disk."""
    folder = root / f"step-{checkpoint.progress.step:06d}"
    if _read(folder, fingerprint) is not None:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_bytes(folder / "adapter.safetensors", save(checkpoint.adapter))
    write_bytes(folder / "optimizer.safetensors", save(checkpoint.optimizer))
    write_bytes(folder / "best.safetensors", save(checkpoint.best))
    write_json(folder / "progress.json", vars(checkpoint.progress))
    files = {path.name: sha256_file(path) for path in sorted(folder.iterdir())}
    write_json(folder / "manifest.json", {"v": 1, "step": checkpoint.progress.step, "fingerprint": fingerprint, "files": files})
    fsync_dir(root)
    for old in _folders(root)[:-keep]:
        # Manifest first: what is half deleted must not look whole.
        (old / "manifest.json").unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)
    return folder


def latest_checkpoint(root: Path, fingerprint: str) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole and of this very run, and the names of newer ones that are not."""
    passed_over = []
    for folder in reversed(_folders(root)):
        if _read(folder, fingerprint) is None:
            passed_over.append(folder.name)
            continue
        progress = Progress(**json.loads((folder / "progress.json").read_text()))
        adapter, optimizer, best = (load_file(folder / f"{name}.safetensors") for name in ("adapter", "optimizer", "best"))
        return Checkpoint(progress, adapter, optimizer, best), passed_over
    return None, passed_over


def forget_checkpoints(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)


def _folders(root: Path) -> list[Path]:
    return sorted(root.glob("step-*")) if root.is_dir() else []


def _read(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """The manifest, if the folder is whole: every file there, and every byte as it was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        whole = all(sha256_file(folder / name) == digest for name, digest in manifest["files"].items())
        return manifest if whole and manifest["fingerprint"] == fingerprint else None
    except (OSError, ValueError, KeyError):
        return None
