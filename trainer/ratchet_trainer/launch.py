"""Several devices: the same command again under torchrun, one process a device."""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from .batches import rows_each
from .events import write_exit
from .spec import Spec

_PR_SET_PDEATHSIG = 1


def processes_wanted(spec: Spec) -> int:
    """How many processes to start from here; 1 also inside one that torchrun started.

    Where `devices` is not given: as many CUDA devices as can share a step's rows evenly, since a step has the same rows
    however many there are. Raises InvalidInput where those that are asked for cannot.
    """
    if "WORLD_SIZE" in os.environ:
        return 1
    rows = spec.config.micro_batch_size * spec.config.gradient_accumulation_steps
    if spec.devices is not None:
        rows_each(rows, spec.config.micro_batch_size, spec.devices)
        return spec.devices
    import torch

    return max(count for count in range(1, max(1, torch.cuda.device_count()) + 1) if rows % count == 0)


def start_child(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a process that a SIGKILL of this one takes along: nothing goes on writing where the next attempt begins."""
    parent = os.getpid()
    libc = _libc()

    def end_with_parent() -> None:
        _end_with(libc)
        if os.getppid() != parent:  # it was gone before the kernel knew
            os._exit(1)

    return subprocess.Popen(command, preexec_fn=end_with_parent)


def end_with_parent() -> None:
    """For a process that torchrun started, in a session of its own, which no signal to torchrun's group reaches."""
    _end_with(_libc())


def _libc() -> ctypes.CDLL | None:
    # prctl(2) is Linux's; elsewhere torchrun's own handling of SIGTERM is all there is.
    return ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with(libc: ctypes.CDLL | None) -> None:
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run_under_torchrun(spec_path: str, spec: Spec, processes: int) -> int:
    """Start `processes` of this program, hand SIGTERM on to them, and return the code that they left in exit.json."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    child = start_child([*command, "-m", "ratchet_trainer", spec_path])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    code = child.wait()
    try:
        return int(json.loads((spec.job_dir / "exit.json").read_text())["code"])
    except (OSError, ValueError, KeyError):
        write_exit(spec.job_dir, 1, "TrainerFailed", f"torchrun ended with code {code} before any process could say why")
        return 1
