"""Where and in what precision a run computes, and its group of processes when there are several devices."""

import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist

from .errors import bad_input


@dataclass(frozen=True)
class Device:
    device: torch.device
    bf16: bool
    rank: int = 0
    world: int = 1

    @property
    def dtype(self) -> torch.dtype:
        return torch.bfloat16 if self.bf16 else torch.float32

    def autocast(self) -> Any:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16)

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """Sum over all processes, in place; the order is fixed, so the result is the same every time."""
        if self.world > 1:
            dist.all_reduce(values)
        return values

    def any(self, flag: bool) -> bool:
        """True everywhere when `flag` is true in one process: all must agree on the step they stop at."""
        return bool(self.sum(torch.tensor([float(flag)], device=self.device)).item())

    def wait(self) -> None:
        if self.world > 1:
            dist.barrier()


def open_device(bf16: str | bool, threads: int) -> Device:
    """CUDA if there is one, else the CPU. `bf16` "auto" means: where the hardware multiplies it.

    Under torchrun (WORLD_SIZE > 1) each process takes its LOCAL_RANK's device and joins the group.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs a percent
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    can = torch.cuda.is_bf16_supported() if cuda else _cpu_has_bf16()
    if bf16 is True and cuda and not can:
        raise bad_input("config.bf16 is true, but this GPU has no bf16: set auto or false")
    if world > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    return Device(device, can if bf16 == "auto" else bool(bf16), rank, world)


def close_device() -> None:
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def _cpu_has_bf16() -> bool:
    flags = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(flags.get("avx512_bf16") or flags.get("amx_bf16"))
