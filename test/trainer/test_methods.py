"""What a trainer that people switch to has: packing, rsLoRA, DoRA, a merged export, 4 bits, a base spread over processes."""

import json
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import gguf
import torch
from peft import PeftModel
from ratchet_trainer import extras, lora
from ratchet_trainer.base_model import load_model
from ratchet_trainer.loss import token_nll
from ratchet_trainer.packing import join, pack
from ratchet_trainer.rows import tokenise
from ratchet_trainer.spec import Config
from safetensors.torch import load_file
from tiny import Bench, make_model, make_rows, make_tokenizer
from transformers import AutoModelForCausalLM

FOLDER = extras.folder_of("qlora")
HAS_4_BITS = find_spec("bitsandbytes") is not None or (FOLDER is not None and (FOLDER / "bitsandbytes").is_dir())
SHORT = {"max_steps": 2, "bf16": False, "eval_steps": 2}


class Packing(unittest.TestCase):
    def test_rows_come_once_and_sequences_are_full(self) -> None:
        rows = tokenise(make_rows(40), make_tokenizer(), 64)
        packed = pack(rows, 64, 7)
        self.assertEqual(sorted(id for one in packed for id in one.id.split(",")), sorted(row.id for row in rows))
        self.assertLessEqual(max(len(one.tokens) for one in packed), 64)
        self.assertEqual(sum(one.supervised for one in packed), sum(row.supervised for row in rows))
        self.assertLess(len(packed), 1.2 * sum(len(row.tokens) for row in rows) / 64 + 1)
        self.assertEqual([one.tokens for one in pack(rows, 64, 7)], [one.tokens for one in packed])
        self.assertNotEqual([one.id for one in pack(rows, 64, 8)], [one.id for one in packed])

    def test_a_packed_row_has_the_loss_that_it_has_alone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = make_model(Path(folder))
        rows = tokenise(make_rows(6), make_tokenizer(), 64)
        with torch.no_grad():
            alone = torch.cat([token_nll(model, [row], torch.device("cpu")) for row in rows])
            for attention in ("eager", "sdpa"):
                model.set_attn_implementation(attention)
                together = token_nll(model, [join(rows[:2]), join(rows[2:])], torch.device("cpu"))
                torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


class Methods(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.bench = Bench(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))

    def metrics(self, job: str) -> dict:
        return json.loads((self.bench.folder / job / "out/metrics.json").read_text())

    def test_packed_training_sees_every_row_in_fewer_steps(self) -> None:
        config = SHORT | {"max_steps": None, "num_epochs": 1}
        for job, packing in (("apart", False), ("packed", True)):
            self.assertEqual(self.bench.run(job, config | {"sample_packing": packing}), 0)
        apart, packed = (self.metrics(job) for job in ("apart", "packed"))
        self.assertEqual(packed["supervised_tokens"], apart["supervised_tokens"])
        self.assertLess(packed["steps"], apart["steps"])

    def test_an_architecture_that_mixes_packed_rows_is_refused(self) -> None:
        def mixing(model: torch.nn.Module, batch: list, device: torch.device) -> torch.Tensor:
            return token_nll(model, [type(row)(row.id, row.task, row.tokens, row.targets) for row in batch], device)

        with mock.patch("ratchet_trainer.train.token_nll", mixing):
            self.assertEqual(self.bench.run("mixing", SHORT | {"sample_packing": True}), 2)
        self.assertIn("sample_packing: packed rows of llama see each other", self.bench.exit("mixing")["message"])

    def nll(self, model: torch.nn.Module, row: dict) -> float:
        example = tokenise([row], make_tokenizer(), 64)[0]
        with torch.no_grad():
            return token_nll(model.eval(), [example], torch.device("cpu")).sum().item()

    def test_rslora_dora_and_the_merged_base_are_what_was_trained(self) -> None:
        row = make_rows(1, seed=1)[0] | {"eos": False}
        for job, method in (("rslora", "peft_use_rslora"), ("dora", "peft_use_dora")):
            with self.subTest(job):
                self.assertEqual(self.bench.run(job, SHORT | {method: True, "merge_lora": True, "lora_dropout": 0}, score_rows=1), 0)
                out = self.bench.folder / job / "out"
                self.assertTrue(json.loads((out / "adapter_config.json").read_text())[method.replace("peft_", "")])
                base = AutoModelForCausalLM.from_pretrained(self.bench.model_dir)
                score = self.bench.scores(job)[0]["nll"]
                self.assertAlmostEqual(self.nll(PeftModel.from_pretrained(base, out), row), score, places=4)
                self.assertAlmostEqual(self.nll(AutoModelForCausalLM.from_pretrained(out / "merged"), row), score, places=4)
        self.assertEqual(self.bench.events("dora", "exported")[0]["no_gguf"], "llama.cpp knows no DoRA")
        written = gguf.GGUFReader(self.bench.folder / "rslora/out/adapter.gguf")
        # llama.cpp divides by r = 4, peft by its root.
        self.assertEqual(written.fields["adapter.lora.alpha"].contents(), 8 * 2)
        self.assertEqual(self.bench.run("dora-served", SHORT | {"peft_use_dora": True}, gguf="required"), 2)
        self.assertIn("llama.cpp knows no DoRA", self.bench.exit("dora-served")["message"])
        self.assertEqual(self.bench.events("dora-served", "step"), [])

    def test_a_base_spread_over_two_processes_trains_as_one_that_lies_whole(self) -> None:
        # Of 40 rows in steps of 24 every second has three micro-batches: one too few for both.
        rows = {"micro_batch_size": 6, "gradient_accumulation_steps": 4}
        config = SHORT | rows | {"max_steps": 3, "save_steps": 3, "lora_dropout": 0}
        self.assertEqual(self.bench.run("whole", config, score_rows=2), 0)
        done = self.bench.run_on_two(self.bench.spec("spread", config | {"fsdp": True}, devices=2, score_rows=2, until_step=2))
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        done = self.bench.run_on_two(self.bench.spec("spread", config | {"fsdp": True}, devices=2, score_rows=2))
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertEqual(self.bench.events("spread", "resumed")[0]["step"], 2)
        mine, theirs = (load_file(self.bench.folder / job / "out/adapter_model.safetensors") for job in ("spread", "whole"))
        for name in theirs:
            torch.testing.assert_close(mine[name], theirs[name], rtol=1e-3, atol=1e-4)
        for one, other in zip(self.bench.scores("spread"), self.bench.scores("whole"), strict=True):
            self.assertAlmostEqual(one["nll"], other["nll"], places=3)
        self.assertEqual(self.bench.run("alone", config | {"fsdp": True}), 2)
        self.assertIn("expected more than one process, got 1", self.bench.exit("alone")["message"])

    def test_a_base_in_4_bits_needs_bitsandbytes_and_says_so_before_anything_is_loaded(self) -> None:
        with mock.patch.object(extras, "folder_of", lambda _: None), mock.patch.dict("sys.modules", {"bitsandbytes": None}):
            self.assertEqual(self.bench.run("without", SHORT | {"adapter": "qlora"}), 2)
        message = self.bench.exit("without")["message"]
        self.assertIn("load_in_4bit needs bitsandbytes, which is not installed", message)
        self.assertIn("setup --only qlora", message)
        self.assertEqual([event["event"] for event in self.bench.events("without")], ["started", "error"])
        self.assertEqual(self.bench.run("both", SHORT | {"adapter": "qlora", "fsdp": True}), 2)

    @unittest.skipUnless(HAS_4_BITS, "bitsandbytes is not installed: node launcher/launch.js setup --only qlora")
    def test_an_evaluation_changes_no_gradient_of_a_base_in_4_bits(self) -> None:
        extras.require("bitsandbytes", "qlora", "load_in_4bit")
        folder = self.bench.folder / "even"
        make_model(folder, intermediate_size=128)  # whole blocks of 64, which bitsandbytes' inference kernel takes
        model = lora.attach(load_model(str(folder), torch.float32, torch.device("cpu"), 64, in_4bit=True), Config(lora_r=4))
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
        rows = tokenise(make_rows(2), make_tokenizer(), 64)

        def gradients() -> list[torch.Tensor]:
            model.zero_grad()
            token_nll(model.train(), rows, torch.device("cpu")).sum().backward()
            return [parameter.grad.clone() for parameter in model.parameters() if parameter.requires_grad]

        before = gradients()
        with torch.no_grad():
            token_nll(model.eval(), rows, torch.device("cpu"))
        self.assertGreater(min(gradient.abs().max().item() for gradient in before), 0)
        for one, other in zip(gradients(), before, strict=True):
            torch.testing.assert_close(one, other)

    @unittest.skipUnless(HAS_4_BITS, "bitsandbytes is not installed: node launcher/launch.js setup --only qlora")
    def test_a_base_in_4_bits_is_trained_on(self) -> None:
        self.assertEqual(self.bench.run("quantised", SHORT | {"adapter": "qlora", "merge_lora": True}, score_rows=1), 0)
        self.assertEqual(self.bench.run("unquantised", SHORT), 0)
        four, full = (self.bench.events(job, "eval")[0]["val_loss"] for job in ("quantised", "unquantised"))
        self.assertNotEqual(four, full)
        self.assertAlmostEqual(four, full, places=1)
        merged = AutoModelForCausalLM.from_pretrained(self.bench.folder / "quantised/out/merged")
        self.assertEqual({p.dtype for p in merged.parameters()}, {torch.float32}, "the base as it was")


if __name__ == "__main__":
    unittest.main()
