"""Several devices: what a kill of the launcher leaves running."""

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

from ratchet_trainer.errors import TrainerError
from ratchet_trainer.launch import processes_wanted
from ratchet_trainer.spec import Base, Config, Spec
from tiny import TRAINER

# The worker stands for one that torchrun starts: in a session of its own.
WORKER = "import time; from ratchet_trainer.launch import end_with_parent; end_with_parent(); print('up', flush=True); time.sleep(120)"
TORCHRUN = (
    "import subprocess, sys\n"
    f"worker = subprocess.Popen([sys.executable, '-c', {WORKER!r}], start_new_session=True, stdout=subprocess.PIPE)\n"
    "worker.stdout.readline()\n"
    "import os; print(os.getpid(), worker.pid, flush=True)\n"
    "worker.wait()\n"
)
LAUNCHER = f"import sys; from ratchet_trainer.launch import start_child; start_child([sys.executable, '-c', {TORCHRUN!r}]).wait()"


@unittest.skipUnless(sys.platform == "linux", "prctl(2) is Linux's")
class Launch(unittest.TestCase):
    def test_a_kill_of_the_launcher_ends_torchrun_and_its_workers(self) -> None:
        env = os.environ | {"PYTHONPATH": str(TRAINER)}
        with subprocess.Popen([sys.executable, "-c", LAUNCHER], stdout=subprocess.PIPE, env=env, text=True) as launcher:
            started = [int(pid) for pid in launcher.stdout.readline().split()]
            self.assertEqual([runs(pid) for pid in started], [True, True])
            launcher.send_signal(signal.SIGKILL)
            deadline = time.monotonic() + 30
            while any(runs(pid) for pid in started) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual([runs(pid) for pid in started], [False, False])


class Processes(unittest.TestCase):
    def wanted(self, available: int, devices: int | None = None, **config: int) -> int:
        spec = Spec(Path(), Base("hf", "m"), Config(**config), Path(), devices=devices)
        with mock.patch("torch.cuda.device_count", lambda: available), mock.patch.dict(os.environ):
            os.environ.pop("WORLD_SIZE", None)
            return processes_wanted(spec)

    def test_as_many_as_can_share_a_steps_rows_evenly(self) -> None:
        batch = {"micro_batch_size": 4, "gradient_accumulation_steps": 3}
        self.assertEqual([self.wanted(n, **batch) for n in (0, 1, 2, 5, 8, 16)], [1, 1, 2, 4, 6, 12])
        self.assertEqual(self.wanted(0, 3, **batch), 3)
        with self.assertRaisesRegex(TrainerError, "5 devices cannot share a step of 12 rows"):
            self.wanted(8, 5, **batch)


def runs(pid: int) -> bool:
    """Whether there is such a process; one that nobody has waited for yet counts as gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    unittest.main()
