"""Whole runs on a tiny model: what they leave, and that interruptions leave no trace in it."""

import itertools
import json
import os
import resource
import shutil
import signal
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
from peft import PeftModel
from ratchet_trainer import device, export, train
from ratchet_trainer.errors import TrainerError
from safetensors.torch import load_file
from tiny import Bench, make_rows, make_tokenizer, write_rows
from transformers import AutoModelForCausalLM, OlmoConfig, OlmoForCausalLM


class Runs(unittest.TestCase):
    """All runs share the config of tiny.Bench: 12 steps, dropout, evaluations at 4, 8, 12, checkpoints at 3, 6, 9, 12."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.bench = Bench(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))
        assert cls.bench.run("whole", score_rows=2) == 0
        cls.whole = cls.bench.digests("whole")

    def kill_at(self, job: str, before: str) -> None:
        done = self.bench.run_apart(self.bench.spec(job), before)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        self.assertFalse((self.bench.folder / job / "exit.json").exists())

    def stop_after(self, step: int, job: str, **more: object) -> int:
        """Run `job`, with a real SIGTERM in the middle of step `step`."""
        torn = train.token_nll

        def nll(*arguments: object) -> torch.Tensor:
            if torch.is_grad_enabled() and len(self.bench.events(job, "step")) == step - 1:
                os.kill(os.getpid(), signal.SIGTERM)
            return torn(*arguments)

        with mock.patch.object(train, "token_nll", nll):
            return self.bench.run(job, **more)

    def test_leaves_the_adapter_its_figures_and_the_events(self) -> None:
        kinds = [event["event"] for event in self.bench.events("whole")]
        self.assertEqual(kinds[:3], ["started", "loaded", "eval"])
        self.assertEqual(kinds[-3:], ["exported", "parity", "finished"])
        steps = self.bench.events("whole", "step")
        self.assertEqual([event["step"] for event in steps], list(range(1, 13)))
        self.assertEqual([event["step"] for event in self.bench.events("whole", "eval")], [0, 4, 8, 12])
        self.assertEqual([event["step"] for event in self.bench.events("whole", "checkpoint")], [3, 6, 9, 12])
        metrics = json.loads((self.bench.folder / "whole/out/metrics.json").read_text())
        self.assertLess(metrics["val_loss_best"], metrics["val_loss_start"] - 0.4)  # random layers can be taught no more
        self.assertEqual((metrics["steps"], metrics["tokens"]), (12, steps[-1]["tokens"]))
        self.assertGreater(metrics["cpu_seconds"], 0)
        self.assertEqual(self.bench.exit("whole")["code"], 0)

    def test_a_second_run_gives_the_same_bytes_and_another_seed_gives_others(self) -> None:
        self.assertEqual(self.bench.run("again"), 0)
        self.assertEqual(self.bench.digests("again"), self.whole)
        self.assertEqual(self.bench.run("seed", {"seed": 8}), 0)
        self.assertNotEqual(self.bench.digests("seed"), self.whole)

    def test_two_threads_give_the_same_bytes_every_time(self) -> None:
        # Not those of one thread: matrix products sum in another order.
        short = {"max_steps": 4}
        self.assertEqual(self.bench.run("threads", short, threads=2), 0)
        self.assertEqual(self.stop_after(2, "threads-stopped", config=short, threads=2), 143)
        self.assertEqual(self.bench.run("threads-stopped", short, threads=2), 0)
        self.assertEqual(self.bench.digests("threads-stopped"), self.bench.digests("threads"))

    def test_exports_what_peft_reads(self) -> None:
        rows, scores = make_rows(7, seed=1)[:4], self.bench.scores("whole")  # two of each task
        self.assertEqual([(score["id"], score["task"]) for score in scores], [(row["id"], row["task"]) for row in rows])
        self.assertEqual([score["tokens"] for score in scores], [len(row["completion"]) for row in rows], "a byte is a token, and none ends the text")
        for score, want in zip(scores, self.peft_nll("whole", rows), strict=True):
            self.assertAlmostEqual(score["nll"], want, places=4)

    def peft_nll(self, job: str, rows: list[dict]) -> list[float]:
        """What PeftModel with the exported adapter gives to each completion, on the base in the run's precision."""
        dtype = getattr(torch, self.bench.events(job, "loaded")[0]["dtype"])
        base = AutoModelForCausalLM.from_pretrained(self.bench.model_dir, dtype=dtype).float()
        model = PeftModel.from_pretrained(base, self.bench.folder / job / "out").eval()
        nll = []
        for row in rows:
            tokens, count = make_tokenizer()(row["prompt"] + row["completion"])["input_ids"], len(row["completion"])
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
            nll.append(-sum(logits[at - 1, tokens[at]].item() for at in range(len(tokens) - count, len(tokens))))
        return nll

    def test_killed_before_the_manifest_goes_on_from_the_checkpoint_before(self) -> None:
        self.kill_at(
            "killed",
            "import os, signal, ratchet_trainer.checkpoints as c\n"
            "write = c.write_json\n"
            "def dying(path, value):\n"
            "    if path.name == 'manifest.json' and value['step'] == 6: os.kill(os.getpid(), signal.SIGKILL)\n"
            "    write(path, value)\n"
            "c.write_json = dying",
        )
        self.assertTrue((self.bench.folder / "killed/checkpoints/step-000006").is_dir())
        self.assertEqual(self.bench.run("killed"), 0)
        resumed = self.bench.events("killed", "resumed")[0]
        self.assertEqual((resumed["step"], resumed["passed_over"]), (3, ["step-000006"]))
        self.assertEqual(self.bench.digests("killed"), self.whole)

    def test_killed_in_the_middle_of_a_file_goes_on_from_the_checkpoint_before(self) -> None:
        self.kill_at(
            "torn",
            "import os, signal, ratchet_trainer.checkpoints as c\n"
            "write = c.write_bytes\n"
            "def dying(path, data):\n"
            "    if path.name == 'optimizer.safetensors' and path.parent.name == 'step-000006':\n"
            "        path.write_bytes(data[: len(data) // 2])\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "    write(path, data)\n"
            "c.write_bytes = dying",
        )
        self.assertEqual(self.bench.run("torn"), 0)
        self.assertEqual(self.bench.events("torn", "resumed")[0]["step"], 3)
        self.assertEqual(self.bench.digests("torn"), self.whole)

    def test_rungs_on_the_way_leave_no_trace(self) -> None:
        # Neither at a checkpoint nor at an evaluation of the run's own; the last one at a checkpoint.
        for rung in (2, 5, 9):
            self.assertEqual(self.bench.run("rungs", score_rows=2, until_step=rung), 0)
            ended, said = self.bench.exit("rungs"), self.bench.events("rungs")[-1]
            self.assertEqual((ended["code"], ended["rung"]), (0, rung))
            self.assertEqual((said["event"], said["step"], said["max_steps"]), ("rung", rung, 12))
            self.assertFalse((self.bench.folder / "rungs/out").exists())
        for name in ("adapter", "optimizer", "best"):
            file = f"checkpoints/step-000009/{name}.safetensors"
            self.assertEqual((self.bench.folder / "rungs" / file).read_bytes(), (self.bench.folder / "whole" / file).read_bytes())
        self.assertEqual(self.bench.run("rungs", score_rows=2, until_step=9), 0, "asked again, it says the same")
        losses = [event["val_loss"] for event in self.bench.events("rungs", "rung")]
        self.assertEqual(losses[2], losses[3])
        self.assertEqual(self.bench.run("rungs", score_rows=2), 0)
        self.assertNotIn("rung", self.bench.exit("rungs"))
        self.assertEqual(self.bench.digests("rungs"), self.whole)
        self.assertEqual(self.bench.scores("rungs"), self.bench.scores("whole"))
        self.assertEqual([event["step"] for event in self.bench.events("rungs", "step")], list(range(1, 13)))
        self.assertEqual([event["lr"] for event in self.bench.events("rungs", "step")], [event["lr"] for event in self.bench.events("whole", "step")])

    def test_a_rung_behind_the_end_is_the_end(self) -> None:
        self.assertEqual(self.bench.run("beyond", score_rows=2, until_step=12), 0)
        self.assertEqual(self.bench.digests("beyond"), self.whole)

    def test_events_say_what_the_process_used(self) -> None:
        for clock in ("process_seconds", "process_cpu_seconds"):
            read = [event[clock] for event in self.bench.events("whole")]
            self.assertEqual(read, sorted(read))
            self.assertGreater(read[-1], read[0])

    def test_sigterm_saves_after_the_step_and_the_next_run_ends_the_same(self) -> None:
        self.assertEqual(self.stop_after(5, "stopped", score_rows=2), 143)
        self.assertEqual(self.bench.exit("stopped")["code"], 143)
        self.assertEqual([event["step"] for event in self.bench.events("stopped", "checkpoint")], [3, 5])
        self.assertEqual(self.bench.events("stopped")[-1]["event"], "stopped")
        self.assertEqual(self.bench.run("stopped", score_rows=2), 0)
        self.assertEqual(self.bench.events("stopped", "resumed")[0]["step"], 5)
        self.assertEqual(self.bench.digests("stopped"), self.whole)
        self.assertEqual(self.bench.scores("stopped"), self.bench.scores("whole"))
        steps = [event["step"] for event in self.bench.events("stopped", "step")]
        self.assertEqual(steps, list(range(1, 13)), "no step was done twice")

    def test_a_stop_file_stops_before_the_first_step_and_the_next_run_ends_the_same(self) -> None:
        stop = self.bench.folder / "stop"
        stop.touch()
        self.assertEqual(self.bench.run("halted", stop_file=str(stop)), 143)
        self.assertEqual(self.bench.events("halted")[-1]["step"], 0)
        stop.unlink()
        self.assertEqual(self.bench.run("halted", stop_file=str(stop)), 0)
        self.assertEqual(self.bench.digests("halted"), self.whole)

    def test_a_finished_run_does_no_step_again(self) -> None:
        shutil.copytree(self.bench.folder / "whole", self.bench.folder / "twice")
        self.assertEqual(self.bench.run("twice"), 0)
        self.assertEqual(len(self.bench.events("twice", "finished")), 2)
        self.assertEqual(len(self.bench.events("twice", "step")), 12)
        self.assertEqual(self.bench.digests("twice"), self.whole)

    def test_does_not_go_on_from_a_checkpoint_of_other_data(self) -> None:
        self.assertEqual(self.bench.run("other", {"max_steps": 3}), 0)
        train_file = write_rows(self.bench.folder / "other.jsonl", make_rows(40, seed=5))
        self.assertEqual(self.bench.run("other", {"max_steps": 3}, train_file=str(train_file)), 0)
        self.assertEqual(self.bench.events("other", "resumed")[0]["step"], 0)
        self.assertEqual(len(self.bench.events("other", "step")), 6)

    def test_resume_never_starts_again(self) -> None:
        self.assertEqual(self.bench.run("never", {"max_steps": 3}), 0)
        self.assertEqual(self.bench.run("never", {"max_steps": 3}, resume="never"), 0)
        self.assertEqual(len(self.bench.events("never", "step")), 6)

    def test_stops_early_when_validation_gets_no_better(self) -> None:
        harder_by, evaluate, nll = [0, -1, -2, 1, 2], train._Run._evaluate, train.token_nll

        def evaluate_harder(training: train._Run) -> list[float]:
            def harder(*given: object) -> torch.Tensor:
                return nll(*given) + harder_by[training.progress.step]

            with mock.patch.object(train, "token_nll", harder):
                return evaluate(training)

        config = {"lr_scheduler": "constant", "max_steps": 6, "eval_steps": 1, "early_stopping_patience": 2}
        with mock.patch.object(train._Run, "_evaluate", evaluate_harder):
            self.assertEqual(self.bench.run("early", config, score_rows=1), 0)
        losses = [event["val_loss"] for event in self.bench.events("early", "eval")]
        self.assertEqual(len(losses), 5)
        stop = self.bench.events("early", "early_stop")[0]
        self.assertEqual((stop["lowest_step"], stop["best_step"], stop["step"]), (2, 2, 4))
        self.assertEqual(round(losses[2], 5), round(stop["val_loss"], 5))
        self.assertEqual(self.bench.events("early", "exported")[0]["step"], 2)
        # The weights and the scores are those of step 2, not of the last.
        self.assertEqual(self.bench.run("two", config | {"max_steps": 2}), 0)
        self.assertEqual(self.bench.digests("early"), self.bench.digests("two"))
        self.assertAlmostEqual(self.bench.scores("early")[0]["nll"], self.peft_nll("early", make_rows(1, seed=1))[0], places=3)

    def test_starts_from_another_adapter(self) -> None:
        init = str(self.bench.folder / "whole/out")
        self.assertEqual(self.bench.run("warm", {"init_adapter": init, "max_steps": 1}), 0)
        best = self.bench.events("whole", "finished")[0]["val_loss_best"]
        self.assertAlmostEqual(self.bench.events("warm", "eval")[0]["val_loss"], best, places=5)
        self.assertEqual(self.bench.run("misfit", {"init_adapter": init, "lora_target_modules": ["q_proj"]}), 2)
        self.assertIn("lora_A", self.bench.exit("misfit")["message"])

    def test_starts_from_no_adapter_of_another_scale(self) -> None:
        init = str(self.bench.folder / "whole/out")
        was = json.loads((Path(init) / "adapter_config.json").read_text())
        others = {"lora_r": 8, "lora_alpha": 2 * was["lora_alpha"], "peft_use_rslora": True, "peft_use_dora": True}
        for setting, value in others.items():
            with self.subTest(setting):
                self.assertEqual(self.bench.run(f"scale-{setting}", {"init_adapter": init, setting: value, "max_steps": 1}), 2)
                message = self.bench.exit(f"scale-{setting}")["message"]
                self.assertRegex(message, f"^config.{setting}: expected .*, as the adapter has that training goes on from, got {json.dumps(value)}")
                self.assertIn("warm_start: false", message)

    def test_all_linear_layers_get_an_adapter_and_the_embeddings_none(self) -> None:
        self.assertEqual(self.bench.run("linear", {"max_steps": 1, "lora_target_linear": True}), 0)
        names = load_file(self.bench.folder / "linear/out/adapter_model.safetensors")
        modules = {name.split(".")[-3] for name in names}
        self.assertEqual(modules, {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"})

    def test_gradient_accumulation_is_the_same_step_in_smaller_pieces(self) -> None:
        steps = {}
        for job, pieces in (("whole-step", (4, 1)), ("in-pieces", (1, 4))):
            config = {"micro_batch_size": pieces[0], "gradient_accumulation_steps": pieces[1], "lora_dropout": 0, "bf16": False, "max_steps": 3}
            self.assertEqual(self.bench.run(job, config), 0)
            steps[job] = [event["loss"] for event in self.bench.events(job, "step")]
        for one, other in zip(steps["whole-step"], steps["in-pieces"], strict=True):
            self.assertAlmostEqual(one, other, places=4)

    def test_gradient_checkpointing_is_the_same_training(self) -> None:
        self.assertEqual(self.bench.run("checkpointed", {"gradient_checkpointing": True, "max_steps": 3, "bf16": False}), 0)
        self.assertEqual(self.bench.run("unsaved", {"max_steps": 3, "bf16": False}), 0)
        steps = [[event["loss"] for event in self.bench.events(job, "step")] for job in ("checkpointed", "unsaved")]
        for one, other in zip(*steps, strict=True):
            self.assertAlmostEqual(one, other, places=5)

    def test_a_base_without_a_gguf_layout_is_refused_before_the_first_step_where_one_is_required(self) -> None:
        folder = self.bench.folder / "olmo"
        sizes = {"vocab_size": 258, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2}
        OlmoForCausalLM(OlmoConfig(**sizes, eos_token_id=256, pad_token_id=None)).save_pretrained(folder)
        make_tokenizer().save_pretrained(folder)
        base = {"kind": "hf", "path_or_id": str(folder)}
        self.assertEqual(self.bench.run("refused", base=base, gguf="required"), 2)
        self.assertEqual([event["event"] for event in self.bench.events("refused")], ["started", "error"])
        last = self.bench.exit("refused")
        self.assertEqual(last["type"], "InvalidInput")
        self.assertEqual(
            last["message"],
            "no GGUF layout is known for olmo, and the engine needs the adapter as GGUF: expected a base of type gemma2, gemma3_text,"
            " llama, mistral, qwen2, qwen3 with its linear layers as targets, or vLLM servers as engine.target",
        )
        self.assertEqual(self.bench.run("without", {"max_steps": 1}, base=base), 0)
        self.assertEqual(self.bench.events("without", "exported")[0]["no_gguf"], "no GGUF layout is known for olmo")
        self.assertFalse((self.bench.folder / "without/out/adapter.gguf").exists())
        self.assertTrue((self.bench.folder / "without/out/adapter_model.safetensors").exists())

    def test_bad_input_ends_with_code_2_and_one_line(self) -> None:
        rows = make_rows(4)
        long = rows[2] | {"prompt": "x" * 70}
        empty = rows[1] | {"completion": "", "eos": False}
        golden = self.bench.folder / "golden.txt"
        golden.write_text(rows[3]["id"])
        model = self.bench.folder / "model.gguf"
        model.write_bytes(b"GGUF")
        broken = self.bench.folder / "broken"
        broken.mkdir()
        cases = {
            "long": ({"rows": [long]}, "InvalidInput", long["id"]),
            "empty": ({"rows": [empty]}, "ZeroSupervisedTokens", empty["id"]),
            "norows": ({"rows": []}, "ZeroSupervisedTokens", "no row"),
            "golden": ({"rows": rows, "golden_digests_file": str(golden)}, "GoldenOverlap", rows[3]["id"]),
            "swapped": ({"rows": rows, "base": {"kind": "gguf", "path": str(model), "sha256": "0" * 64}}, "DigestMismatch", "model.gguf"),
            "nomodel": ({"rows": rows, "base": {"kind": "hf", "path_or_id": str(broken)}}, "InvalidInput", "broken"),
        }
        for job, (more, type, word) in cases.items():
            with self.subTest(job):
                more["train_file"] = str(write_rows(self.bench.folder / f"{job}.jsonl", more.pop("rows")))
                self.assertEqual(self.bench.run(job, **more), 2)
                error, last = self.bench.events(job)[-1], self.bench.exit(job)
                self.assertEqual((error["event"], error["type"]), ("error", type))
                self.assertEqual((last["code"], last["type"], last["message"]), (2, type, error["message"]))
                self.assertIn(word, last["message"])

    def test_golden_rows_are_refused_among_the_validation_rows_too(self) -> None:
        golden = self.bench.folder / "golden-validation.txt"
        golden.write_text("row-1-6\n")
        self.assertEqual(self.bench.run("golden-validation", golden_digests_file=str(golden)), 2)
        self.assertEqual(self.bench.exit("golden-validation")["type"], "GoldenOverlap")

    def test_a_full_disk_ends_with_one_line_and_loses_nothing(self) -> None:
        self.assertEqual(self.stop_after(4, "full"), 143)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # Events still fit, weights don't.
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
        try:
            self.assertEqual(self.bench.run("full"), 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        last = self.bench.exit("full")
        self.assertEqual((last["code"], last["type"]), (1, "DiskFull"))
        self.assertIn("step-000006", last["message"])
        self.assertEqual(self.bench.run("full"), 0)
        self.assertEqual(self.bench.events("full", "resumed")[-1]["step"], 4)
        self.assertEqual(self.bench.digests("full"), self.whole)

    def test_half_an_event_line_is_cut_before_the_next(self) -> None:
        folder = self.bench.folder / "half"
        folder.mkdir()
        (folder / "events.jsonl").write_text('{"event": "started"}\n{"event": "st')
        self.assertEqual(self.bench.run("half", {"max_steps": 1}), 0)
        self.assertEqual([event["event"] for event in self.bench.events("half")][:3], ["started", "started", "loaded"])

    def test_the_number_of_processes_changes_neither_steps_nor_rows_and_a_run_may_change_it(self) -> None:
        config = {"bf16": False, "max_steps": 4, "save_steps": 4, "eval_steps": 2}
        self.assertEqual(self.bench.run("single", config), 0)
        done = self.bench.run_apart(self.bench.spec("pair", config, devices=2))
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.bench.events("pair", "loaded")[0]["processes"], 2)
        # One process, then two, of which the second cannot read a checkpoint, then one.
        self.assertEqual(self.bench.run("moved", config, until_step=1), 0)
        blind = (
            "import os, ratchet_trainer.checkpoints as c\n"
            "def unreadable(*_): raise AssertionError('only the first process reads a checkpoint')\n"
            "if os.environ['RANK'] == '1': c.latest_checkpoint = unreadable\n"
        )
        done = self.bench.run_on_two(self.bench.spec("moved", config, until_step=3), blind)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual(self.bench.run("moved", config), 0)
        self.assertEqual([event["step"] for event in self.bench.events("moved", "resumed")], [1, 3])
        self.assertEqual([event["processes"] for event in self.bench.events("moved", "loaded")], [1, 2, 1])
        single = self.bench.events("single", "step")
        for job in ("pair", "moved"):
            steps = self.bench.events(job, "step")
            self.assertEqual([(one["step"], one["tokens"]) for one in steps], [(one["step"], one["tokens"]) for one in single])
            for one, other in zip(steps, single, strict=True):
                self.assertAlmostEqual(one["loss"], other["loss"], places=4)
            self.assert_same_weights(job, "single")

    def assert_same_weights(self, job: str, other: str, rtol: float = 1e-3, atol: float = 1e-4) -> None:
        """But for the order of sums."""
        mine, theirs = (load_file(self.bench.folder / name / "out/adapter_model.safetensors") for name in (job, other))
        self.assertEqual(mine.keys(), theirs.keys())
        for name in mine:
            torch.testing.assert_close(mine[name], theirs[name], rtol=rtol, atol=atol)

    def test_saves_by_time_whatever_the_steps_say_and_the_weights_are_the_same(self) -> None:
        clock = itertools.count(0, 61)
        with mock.patch.object(train.time, "monotonic", lambda: next(clock)):
            self.assertEqual(self.bench.run("timed", {"save_steps": 1000, "save_minutes": 3}), 0)
        saved = [event["step"] for event in self.bench.events("timed", "checkpoint")]
        self.assertEqual(saved[-1], 12)
        self.assertGreater(len(saved), 3)
        self.assertLess(len(saved), 12)
        self.assertEqual(self.bench.digests("timed"), self.whole)
        # Where a run is saved is no part of what it is: others may be gone on with.
        self.assertEqual(self.bench.run("timed", {"save_steps": 2}), 0)
        self.assertEqual(len(self.bench.events("timed", "step")), 12)

    def test_a_base_in_bf16_stays_so_and_is_never_copied_whole(self) -> None:
        widest = []
        forward = torch.nn.Linear.forward

        def counting(module: torch.nn.Linear, value: torch.Tensor) -> torch.Tensor:
            base = [p for name, p in model[0].named_parameters() if "lora_" not in name]
            widest.append(len({id(p) for p in base if p.dtype == torch.float32}))
            return forward(module, value)

        model = []
        scores = export.score_examples

        def scored(given: torch.nn.Module, *rest: object) -> list[dict]:
            model.append(given)
            with mock.patch.object(torch.nn.Linear, "forward", counting):
                return scores(given, *rest)

        with mock.patch.object(export, "score_examples", scored):
            self.assertEqual(self.bench.run("narrow", {"max_steps": 1, "bf16": True}, score_rows=2), 0)
        dtypes = {p.dtype for name, p in model[0].named_parameters() if "lora_" not in name}
        self.assertEqual(dtypes, {torch.bfloat16})
        self.assertEqual(set(widest), {0, 1}, "adapters compute beside one widened layer at most")
        rows = make_rows(7, seed=1)[:4]
        for score, want in zip(self.bench.scores("narrow"), self.peft_nll("narrow", rows), strict=True):
            self.assertAlmostEqual(score["nll"], want, places=4)

    def test_bf16_that_the_processor_has_not_is_not_picked_and_said_where_it_is_asked_for(self) -> None:
        with mock.patch.object(device, "_cpu_has_bf16", lambda: False):
            for job, bf16, dtype, said in (("auto", "auto", "float32", "off"), ("asked", True, "bfloat16", "emulated")):
                self.assertEqual(self.bench.run(job, {"max_steps": 1, "bf16": bf16}), 0)
                metrics = json.loads((self.bench.folder / job / "out/metrics.json").read_text())
                self.assertEqual((metrics["dtype"], metrics["bf16"]), (dtype, said))
                self.assertEqual(self.bench.events(job, "loaded")[0]["bf16"], said)
        asked = mock.Mock(return_value=False)
        with mock.patch("torch.cuda.is_bf16_supported", asked), self.assertRaisesRegex(TrainerError, "this GPU has no bf16"):
            device._precision(True, cuda=True)
        asked.assert_called_with(including_emulation=False)

    def test_what_has_no_deterministic_form_is_computed_all_the_same_and_said(self) -> None:
        torn = train.token_nll

        def scattered(*arguments: object) -> torch.Tensor:
            torch.zeros(3).put_(torch.tensor([1]), torch.tensor([1.0]))
            return torn(*arguments)

        with mock.patch.object(train, "token_nll", scattered):
            self.assertEqual(self.bench.run("scattered"), 0)
        metrics = {job: json.loads((self.bench.folder / job / "out/metrics.json").read_text()) for job in ("scattered", "whole")}
        self.assertEqual([metrics[job]["deterministic"] for job in ("scattered", "whole")], [False, True])
        self.assertIn("put_", metrics["scattered"]["not_deterministic"])
        self.assertEqual(self.bench.digests("scattered"), self.whole, "dropout is drawn anew where a step is tried again")


if __name__ == "__main__":
    unittest.main()
