"""Where and in what precision a run computes, and its group of processes when there are several devices."""

import os
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
import torch.distributed as dist

from .errors import bad_input


class Determinism:
    """Strict for as long as torch has deterministic kernels; what had none is said in the run's figures.

    Only strict mode makes flash attention's backward deterministic: with torch's `warn_only` it warns and adds its
    gradients in any order. Where a kernel has no deterministic form, CUDA's attention is first done by plain matrix
    products; if that was not it, determinism is given up for the rest of this process.
    """

    def __init__(self) -> None:
        self.without: str | None = None
        """What had no deterministic form, in torch's words; None: nothing."""
        self._math_attention = not torch.cuda.is_available()
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs a percent

    def relax(self, error: RuntimeError) -> bool:
        """Whether the same work may be tried again, after an error that says that there is no deterministic form."""
        if self.without is not None or "deterministic" not in str(error):
            return False
        if not self._math_attention:
            self._math_attention = True
            for backend in (torch.backends.cuda.enable_flash_sdp, torch.backends.cuda.enable_mem_efficient_sdp, torch.backends.cuda.enable_cudnn_sdp):
                backend(False)
            return True
        self.without = str(error).splitlines()[0][:200]
        torch.use_deterministic_algorithms(True, warn_only=True)
        print(f"not deterministic from here on: {self.without}", file=sys.stderr)
        return True


@dataclass(frozen=True)
class Device:
    device: torch.device
    bf16: Literal["native", "emulated", "off"]
    rank: int = 0
    world: int = 1
    determinism: Determinism = field(default_factory=Determinism)

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32 if self.bf16 == "off" else torch.bfloat16

    def autocast(self) -> Any:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16 != "off")

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """Sum over all processes, in place; the order is fixed, so the result is the same every time."""
        if self.world > 1:
            dist.all_reduce(values)
        return values

    def any(self, *flags: bool) -> list[bool]:
        """Each true everywhere when it is true in one process: all must agree on the step they stop or save at."""
        return [total > 0 for total in self.sum(torch.tensor([float(flag) for flag in flags], device=self.device)).tolist()]

    def share(self, value: Any) -> Any:
        """What the first process has, in all of them."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, device=self.device)
        return box[0]

    def wait(self) -> None:
        if self.world > 1:
            dist.barrier()


def open_device(bf16: str | bool, threads: int) -> Device:
    """CUDA if there is one, else the CPU. `bf16` "auto" means: where the hardware multiplies it, else fp32.

    True on a CPU that has no bf16 is computed all the same, emulated and slow: for comparing runs; it stands in the
    run's figures. Under torchrun (WORLD_SIZE > 1) each process takes its LOCAL_RANK's device and joins the group.
    """
    torch.set_num_threads(threads)
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    precision = _precision(bf16, cuda)
    if world > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    return Device(device, precision, rank, world)


def close_device() -> None:
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def _precision(bf16: str | bool, cuda: bool) -> Literal["native", "emulated", "off"]:
    # torch counts what it emulates as supported, unless it is asked not to.
    native = torch.cuda.is_bf16_supported(including_emulation=False) if cuda else _cpu_has_bf16()
    if bf16 is False or (bf16 == "auto" and not native):
        return "off"
    if cuda and not native:
        raise bad_input("config.bf16 is true, but this GPU has no bf16: set auto or false")
    return "native" if native else "emulated"


def _cpu_has_bf16() -> bool:
    flags = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(flags.get("avx512_bf16") or flags.get("amx_bf16"))
