"""A spec that cannot be used is refused with one line that names the key."""

import errno
import json
import tempfile
import unittest
from pathlib import Path

from ratchet_trainer.errors import TrainerError, classify
from ratchet_trainer.spec import Base, read_spec


class Spec(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "train.jsonl").write_text("")

    def read(self, **changes: object):
        spec = {"v": 1, "job_dir": str(self.folder), "base": {"kind": "hf", "path_or_id": "m"}, "train_file": str(self.folder / "train.jsonl")}
        path = self.folder / "spec.json"
        path.write_text(json.dumps(spec | changes))
        return read_spec(str(path))

    def test_defaults(self) -> None:
        spec = self.read(config={"max_steps": None})
        self.assertEqual((spec.config.lora_r, spec.config.lora_alpha, spec.config.learning_rate), (16, 32, 2e-4))
        self.assertTrue(spec.resume)

    def test_an_id_has_a_revision_and_a_folder_has_none(self) -> None:
        at = {"kind": "hf", "path_or_id": "org/model", "revision": "c" * 40}
        self.assertEqual(self.read(base=at).base, Base("hf", "org/model", revision="c" * 40))
        self.assertEqual(self.read(base={"kind": "hf", "path_or_id": str(self.folder)}).base, Base("hf", str(self.folder)))

    def test_refusals(self) -> None:
        cases = [
            ({"v": 2}, "v = 1"),
            ({"trainfile": "x"}, "spec.trainfile is unknown: did you mean train_file?"),
            ({"config": {"learnin_rate": 1}}, "config.learnin_rate is unknown: did you mean learning_rate?"),
            ({"config": {"lora_r": 0}}, "config.lora_r: expected a whole number ≥ 1, got 0"),
            ({"config": {"lora_r": 8.5}}, "config.lora_r: expected a whole number"),
            ({"config": {"learning_rate": "1e-4"}}, "config.learning_rate: expected a number > 0, got '1e-4'"),
            ({"config": {"lora_dropout": 1}}, "config.lora_dropout: expected a number < 1"),
            ({"config": {"lr_scheduler": "step"}}, "config.lr_scheduler: expected linear, cosine or constant"),
            ({"config": {"bf16": "yes"}}, "config.bf16"),
            ({"config": {"group_by_length": 1}}, "config.group_by_length: expected true or false"),
            ({"config": {"lora_target_linear": False}}, "nothing to train"),
            ({"config": {"lora_target_modules": []}}, "config.lora_target_modules"),
            ({"config": {"init_adapter": "/nowhere"}}, "config.init_adapter"),
            ({"base": {"kind": "onnx"}}, "spec.base: expected"),
            ({"base": {"kind": "gguf", "path": "/nowhere", "sha256": "0" * 64}}, "spec.base.path: expected a file"),
            ({"base": {"kind": "gguf", "path": "/nowhere"}}, "spec.base.sha256"),
            ({"base": {"kind": "hf", "path_or_id": "m", "revision": 3}}, "spec.base.revision: expected a commit, a tag or a branch, got 3"),
            ({"base": {"kind": "hf", "path_or_id": str(self.folder), "revision": "main"}}, "spec.base.revision: expected none for the folder"),
            ({"train_file": "/nowhere"}, "spec.train_file: expected a file, got '/nowhere'"),
            ({"threads": 0}, "spec.threads: expected a whole number"),
            ({"score_rows": 0}, "spec.score_rows: expected a whole number ≥ 1, got 0"),
            ({"score_rows": 12}, "spec.score_rows: expected a validation_file"),
            ({"resume": True}, "spec.resume"),
            ({"gguf": True}, 'spec.gguf: expected "required" or "if_possible", got True'),
            ({"engine": "tgi"}, 'spec.engine: expected "vllm" or "llama.cpp", got \'tgi\''),
            ({"config": {"warmup_ratio": 1.5}}, "config.warmup_ratio: expected a share of the steps ≤ 1, got 1.5"),
            ({"config": {"warmup_ratio": 0.1, "warmup_steps": 3}}, "config: expected warmup_steps or warmup_ratio, got both"),
            ({"config": {"eval_steps": 3, "evals_per_epoch": 2}}, "config: expected eval_steps or evals_per_epoch, got both"),
            ({"config": {"save_steps": 3, "saves_per_epoch": 2}}, "config: expected save_steps or saves_per_epoch, got both"),
            ({"config": {"gradient_checkpointing": 1}}, "config.gradient_checkpointing: expected true or false"),
        ]
        for changes, message in cases:
            with self.subTest(changes), self.assertRaises(TrainerError) as caught:
                self.read(**changes)
            self.assertIn(message, str(caught.exception))
            self.assertEqual((caught.exception.type, caught.exception.exit_code), ("InvalidInput", 2))

    def test_a_spec_that_is_no_json_is_refused(self) -> None:
        (self.folder / "spec.json").write_text("{")
        with self.assertRaisesRegex(TrainerError, "is not JSON"):
            read_spec(str(self.folder / "spec.json"))

    def test_the_bases_name_does_not_tell_where_it_lies(self) -> None:
        self.assertEqual(Base("gguf", "/a/b.gguf", "f" * 64).name, "gguf-sha256:" + "f" * 64)
        self.assertEqual(Base("hf", str(self.folder)).name, self.folder.name)
        self.assertEqual(Base("hf", "org/model").name, "org/model")


class Errors(unittest.TestCase):
    def test_a_full_disk_is_known_by_its_error_number(self) -> None:
        with self.assertRaises(OSError) as caught, open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")
        self.assertEqual(caught.exception.errno, errno.ENOSPC)
        self.assertEqual(classify(caught.exception).type, "DiskFull")

    def test_anything_else_is_one_line(self) -> None:
        error = classify(RuntimeError("first\nsecond"))
        self.assertEqual((error.type, str(error)), ("TrainerFailed", "RuntimeError: first second"))


if __name__ == "__main__":
    unittest.main()
