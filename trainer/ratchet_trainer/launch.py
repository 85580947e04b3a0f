"""Several devices: the same command again under torchrun, one process a device."""

import json
import os
import signal
import subprocess
import sys

from .events import write_exit
from .spec import Spec


def processes_wanted(spec: Spec) -> int:
    """How many processes to start from here; 1 also inside one that torchrun started."""
    if "WORLD_SIZE" in os.environ:
        return 1
    if spec.devices is not None:
        return spec.devices
    import torch

    return max(1, torch.cuda.device_count())


def run_under_torchrun(spec_path: str, spec: Spec, processes: int) -> int:
    """Start `processes` of this program, hand SIGTERM on to them, and return the code that they left in exit.json."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    child = subprocess.Popen([*command, "-m", "ratchet_trainer", spec_path])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    code = child.wait()
    try:
        return int(json.loads((spec.job_dir / "exit.json").read_text())["code"])
    except (OSError, ValueError, KeyError):
        write_exit(spec.job_dir, 1, "TrainerFailed", f"torchrun ended with code {code} before any process could say why")
        return 1
