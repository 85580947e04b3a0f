"""A GGUF base becomes a Hugging Face folder once, exactly, and a spoilt cache is made anew."""

import os
import signal
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import gguf
import numpy as np
import torch
from apart import run_apart
from ratchet_trainer import base_model
from ratchet_trainer.durable import sha256_file
from ratchet_trainer.errors import TrainerError
from ratchet_trainer.gguf_adapter import permute_heads
from ratchet_trainer.spec import Base
from tiny import MERGE, Bench, make_tokenizer


def write_base(path: Path, model: object) -> Base:
    """The tiny model as a GGUF file, as llama.cpp's converter writes it (fp32)."""
    config, tokenizer = model.config, make_tokenizer()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * 256 + [gguf.TokenType.CONTROL, gguf.TokenType.NORMAL])
    writer.add_token_merges([" ".join(MERGE)])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue  # tied to the embeddings
        weight = tensor.numpy()
        if ".q_proj." in name:
            weight = permute_heads(weight, config.num_attention_heads)
        if ".k_proj." in name:
            weight = permute_heads(weight, config.num_key_value_heads)
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), np.ascontiguousarray(weight))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Base("gguf", str(path), sha256_file(path))


class Gguf(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.bench = Bench(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))
        cls.base = write_base(cls.bench.folder / "tiny.gguf", cls.bench.model)

    def setUp(self) -> None:
        self.cache = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"RATCHET_CACHE": str(self.cache)}))

    def folder(self) -> Path:
        return self.cache / "models" / f"hf-{self.base.sha256[:12]}"

    def test_loads_to_the_very_weights_and_tokens(self) -> None:
        location, cached = base_model.resolve(self.base)
        self.assertEqual((location, cached), (str(self.folder()), False))
        loaded = base_model.load_model(location, torch.float32, torch.device("cpu"), 64).state_dict()
        for name, tensor in self.bench.model.state_dict().items():
            self.assertTrue(torch.equal(loaded[name], tensor), name)
        text = "Subject: où?\n ham"
        tokenizer = base_model.load_tokenizer(location)
        self.assertEqual(tokenizer(text, add_special_tokens=False)["input_ids"], make_tokenizer()(text)["input_ids"])
        self.assertEqual(tokenizer.eos_token_id, 256)

    def test_is_made_once(self) -> None:
        base_model.resolve(self.base)
        with mock.patch.object(base_model, "_dequantise", side_effect=AssertionError("made again")):
            self.assertEqual(base_model.resolve(self.base), (str(self.folder()), True))

    def test_a_spoilt_folder_is_made_anew(self) -> None:
        base_model.resolve(self.base)
        model = self.folder() / "model.safetensors"
        whole = sha256_file(model)
        with open(model, "r+b") as file:
            file.truncate(100)
        self.assertEqual(base_model.resolve(self.base), (str(self.folder()), False))
        self.assertEqual(sha256_file(model), whole)

    def test_a_kill_while_it_is_made_leaves_no_folder(self) -> None:
        code = (
            "import os, signal, ratchet_trainer.base_model as b\n"
            "from ratchet_trainer.spec import Base\n"
            "b.write_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"b.resolve({self.base!r})"
        )
        done = run_apart(code)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        self.assertTrue(any((self.cache / "models").iterdir()), "it was killed before it wrote anything")
        self.assertFalse(self.folder().exists())
        self.assertEqual(base_model.resolve(self.base)[1], False)

    def test_refuses_other_bytes_than_the_digest_names(self) -> None:
        with self.assertRaises(TrainerError) as caught:
            base_model.resolve(Base("gguf", self.base.location, "0" * 64))
        self.assertEqual((caught.exception.type, caught.exception.exit_code), ("DigestMismatch", 2))

    def test_refuses_a_file_that_is_no_model(self) -> None:
        path = self.cache / "broken.gguf"
        path.write_bytes(b"GGUF and no more")
        with self.assertRaisesRegex(TrainerError, "broken.gguf cannot be loaded") as caught:
            base_model.resolve(Base("gguf", str(path), sha256_file(path)))
        self.assertEqual(caught.exception.type, "InvalidInput")
        self.assertEqual(list((self.cache / "models").iterdir()), [])

    def test_trains_the_same_as_from_the_hugging_face_folder(self) -> None:
        base = {"kind": "gguf", "path": self.base.location, "sha256": self.base.sha256}
        self.assertEqual(self.bench.run("gguf", {"max_steps": 4}, base=base), 0)
        self.assertEqual(self.bench.run("hf", {"max_steps": 4}), 0)
        one, other = self.bench.adapter("gguf"), self.bench.adapter("hf")
        self.assertEqual(one["adapter_model.safetensors"], other["adapter_model.safetensors"])
        self.assertEqual(one["adapter.gguf"], other["adapter.gguf"])
        self.assertIn(self.base.sha256.encode(), one["adapter_config.json"])


if __name__ == "__main__":
    unittest.main()
