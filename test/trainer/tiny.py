"""A tiny random llama with a byte tokenizer, rows for it, and runs of the trainer on it: seconds, not minutes."""

import hashlib
import json
import random
import subprocess
from pathlib import Path

import apart
import torch
from ratchet_trainer.__main__ import main
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TRAINER = Path(__file__).resolve().parents[2] / "trainer"
EOS = "<|end|>"
MERGE = ("!", "!")


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, an end-of-text token, and the one merge that a GGUF file must have and no row uses."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate([*alphabet, EOS, "".join(MERGE)])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[MERGE]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=EOS)


def make_model(folder: Path, intermediate_size: int = 96) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=258,
        hidden_size=64,
        intermediate_size=intermediate_size,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        eos_token_id=256,
        bos_token_id=None,
    )
    model = LlamaForCausalLM(config).eval()
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return model


def make_rows(count: int, seed: int = 0) -> list[dict]:
    """Rows whose answer follows from the prompt, of different lengths."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        word = rng.choice(["spam", "ham"])
        rows.append(
            {
                "id": f"row-{seed}-{number}",
                "task": "triage" if number % 2 else "subject",
                "prompt": f"{word[0] * rng.randint(3, 30)}?",
                "completion": f" {word}",
                "eos": number % 3 == 0,
            }
        )
    return rows


def write_rows(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def code_of(spec: Path, before: str = "") -> str:
    """What runs `spec` in a process of its own, after the Python statements `before`."""
    return f"import sys\n{before}\nfrom ratchet_trainer.__main__ import main\nsys.exit(main([{str(spec)!r}]))"


class Bench:
    """A folder with the tiny model and data, and the runs made in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.model_dir = folder / "model"
        self.model = make_model(self.model_dir)
        self.train_file = write_rows(folder / "train.jsonl", make_rows(40))
        self.validation_file = write_rows(folder / "validation.jsonl", make_rows(7, seed=1))

    def spec(self, job: str, config: dict | None = None, **more: object) -> Path:
        base = {
            "lora_r": 4,
            "lora_alpha": 8,
            "lora_dropout": 0.1,
            "sequence_len": 64,
            "micro_batch_size": 2,
            "gradient_accumulation_steps": 2,
            "max_steps": 12,
            "learning_rate": 0.01,
            "warmup_steps": 2,
            "eval_steps": 4,
            "save_steps": 3,
        }
        spec = {
            "v": 1,
            "job_dir": str(self.folder / job),
            "base": {"kind": "hf", "path_or_id": str(self.model_dir)},
            "train_file": str(self.train_file),
            "validation_file": str(self.validation_file),
            "config": base | (config or {}),
        } | more
        path = self.folder / f"{job}.json"
        path.write_text(json.dumps(spec))
        return path

    def run(self, job: str, config: dict | None = None, **more: object) -> int:
        """Run in this process and return the exit code."""
        return main([str(self.spec(job, config, **more))])

    def run_apart(self, spec: Path, before: str = "") -> subprocess.CompletedProcess:
        """Run in a process of its own, after the Python statements `before`: for runs that are to be killed."""
        return apart.run_apart(code_of(spec, before))

    def run_on_two(self, spec: Path, before: str = "") -> subprocess.CompletedProcess:
        """Two processes that share the run, each after the Python statements `before`."""
        return apart.run_on_two(code_of(spec, before))

    def events(self, job: str, kind: str | None = None) -> list[dict]:
        lines = [json.loads(line) for line in (self.folder / job / "events.jsonl").read_text().splitlines()]
        return [line for line in lines if kind in (None, line["event"])]

    def exit(self, job: str) -> dict:
        return json.loads((self.folder / job / "exit.json").read_text())

    def scores(self, job: str) -> list[dict]:
        return [json.loads(line) for line in (self.folder / job / "out/scores.jsonl").read_text().splitlines()]

    def adapter(self, job: str) -> dict[str, bytes]:
        """The bytes of the files that must not depend on how the run went."""
        out = self.folder / job / "out"
        return {name: (out / name).read_bytes() for name in ("adapter_model.safetensors", "adapter_config.json", "adapter.gguf")}

    def digests(self, job: str) -> dict[str, str]:
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.adapter(job).items()}
