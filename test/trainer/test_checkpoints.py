"""A checkpoint is whole and of this run, or it is passed over."""

import tempfile
import unittest
from pathlib import Path

import torch
from ratchet_trainer.checkpoints import Checkpoint, Progress, latest_checkpoint, save_checkpoint


def checkpoint(step: int) -> Checkpoint:
    tensors = {"w": torch.full((4,), float(step))}
    return Checkpoint(Progress(step=step, val_loss_best=1 / 3), tensors, {"0.exp_avg": torch.zeros(4)}, tensors)


class Checkpoints(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory())) / "checkpoints"

    def save(self, *steps: int, fingerprint: str = "f") -> None:
        for step in steps:
            save_checkpoint(self.root, checkpoint(step), fingerprint)

    def latest(self, fingerprint: str = "f") -> tuple[int | None, list[str]]:
        found, passed_over = latest_checkpoint(self.root, fingerprint)
        return (found and found.progress.step), passed_over

    def test_comes_back_as_it_was(self) -> None:
        self.save(3)
        found, _ = latest_checkpoint(self.root, "f")
        self.assertEqual(found.progress, checkpoint(3).progress)
        for name in ("adapter", "optimizer", "best"):
            got, want = getattr(found, name), getattr(checkpoint(3), name)
            self.assertTrue(got.keys() == want.keys() and all(torch.equal(got[key], want[key]) for key in want))

    def test_keeps_the_last_two(self) -> None:
        self.save(8, 16, 24)
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), ["step-000016", "step-000024"])

    def test_none_yet(self) -> None:
        self.assertEqual(self.latest(), (None, []))

    def test_passes_over_what_is_not_whole(self) -> None:
        def cut(folder: Path) -> None:
            with open(folder / "optimizer.safetensors", "r+b") as file:
                file.truncate(10)

        def flip(folder: Path) -> None:
            data = bytearray((folder / "adapter.safetensors").read_bytes())
            data[-1] ^= 1
            (folder / "adapter.safetensors").write_bytes(data)

        spoilers = {
            "no manifest": lambda folder: (folder / "manifest.json").unlink(),
            "a file missing": lambda folder: (folder / "best.safetensors").unlink(),
            "a file cut": cut,
            "a bit flipped": flip,
            "half a manifest": lambda folder: (folder / "manifest.json").write_text('{"files": {'),
        }
        for number, (name, spoil) in enumerate(spoilers.items()):
            with self.subTest(name):
                self.root = self.root.with_name(f"case{number}")
                self.save(8, 16)
                spoil(self.root / "step-000016")
                self.assertEqual(self.latest(), (8, ["step-000016"]))
                self.save(16)
                self.assertEqual(self.latest(), (16, []))

    def test_passes_over_another_runs(self) -> None:
        self.save(8)
        self.assertEqual(self.latest("g"), (None, ["step-000008"]))


if __name__ == "__main__":
    unittest.main()
