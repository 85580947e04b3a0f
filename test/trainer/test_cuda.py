"""What is claimed of a GPU, shown on one; skipped elsewhere."""

import tempfile
import unittest
from pathlib import Path

import torch
from tiny import Bench


@unittest.skipUnless(torch.cuda.is_available(), "there is no CUDA device here")
class OnCuda(unittest.TestCase):
    def test_two_runs_in_bf16_with_fused_attention_give_the_same_bytes(self) -> None:
        bench = Bench(Path(self.enterContext(tempfile.TemporaryDirectory())))
        for job in ("one", "other"):
            self.assertEqual(bench.run(job, {"bf16": True}, devices=1), 0)
        self.assertEqual(bench.digests("one"), bench.digests("other"))


if __name__ == "__main__":
    unittest.main()
