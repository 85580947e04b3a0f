"""What the declared version of the stage `train` stands for: losses of a small training change only with it."""

import json
import os
import re
import tempfile
import unittest
from pathlib import Path

from safetensors.torch import load_file
from tiny import Bench

ROOT = Path(__file__).resolve().parents[2]
STAGE = ROOT / "schemas/stages/train.ts"
GOLDEN = ROOT / "test/stages/golden/trainer.json"
# Matrix products round otherwise on another processor; a changed schedule, mask, order or start moves far more.
TOLERANCE = 2e-3


class Golden(unittest.TestCase):
    def test_the_same_version_gives_the_same_losses(self) -> None:
        version = int(re.search(r"^  version: (\d+),", STAGE.read_text(), re.MULTILINE)[1])
        bench = Bench(Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.assertEqual(bench.run("golden", {"max_steps": 6, "lora_dropout": 0, "seed": 7}), 0)
        weights = load_file(bench.folder / "golden/out/adapter_model.safetensors")
        now = {
            "version": version,
            "losses": [event["loss"] for event in bench.events("golden", "step")],
            "validation": [event["val_loss"] for event in bench.events("golden", "eval")],
            "tokens": bench.events("golden", "step")[-1]["tokens"],
            "norms": {name: round(float(weight.norm()), 6) for name, weight in sorted(weights.items())},
        }
        kept = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"version": 0}
        if os.environ.get("RATCHET_WRITE_GOLDEN") is not None and kept["version"] < version:
            GOLDEN.write_text(json.dumps(now, indent=2) + "\n")
            return
        said = f"not those of version {version}: raise it in {STAGE.relative_to(ROOT)}, then RATCHET_WRITE_GOLDEN=1 npm test -- trainer"
        self.assertEqual((now["version"], now["tokens"]), (kept["version"], kept["tokens"]), said)
        self.assertEqual(now["norms"].keys(), kept["norms"].keys(), said)
        for name in ("losses", "validation"):
            for got, want in zip(now[name], kept[name], strict=True):
                self.assertAlmostEqual(got, want, delta=TOLERANCE * abs(want), msg=said)
        for name, want in kept["norms"].items():
            self.assertAlmostEqual(now["norms"][name], want, delta=10 * TOLERANCE * abs(want) + 1e-6, msg=said)
