"""The GGUF adapter holds the trained weights in the layout of llama.cpp's own converter."""

import math
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import gguf
import numpy as np
import torch
from ratchet_trainer.gguf_adapter import largest_difference, permute_heads, unpermute_heads, write_gguf
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

CONFIG = SimpleNamespace(model_type="llama", num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2)
OUT = {"self_attn.q_proj": 32, "self_attn.k_proj": 16, "self_attn.v_proj": 16, "self_attn.o_proj": 32, "mlp.down_proj": 32}


def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    state = {}
    for module, rows in OUT.items():
        columns = 48 if module == "mlp.down_proj" else 32
        stem = f"base_model.model.model.layers.0.{module}"
        state[f"{stem}.lora_A.weight"] = torch.randn((4, columns), generator=generator)
        state[f"{stem}.lora_B.weight"] = torch.randn((rows, 4), generator=generator)
    return state


def ggml_rope(heads: np.ndarray, position: int) -> np.ndarray:
    """Rotary embedding as ggml computes it for llama: neighbouring pairs (x[2i], x[2i+1]). heads: (n, size)."""
    size = heads.shape[1]
    angle = position * 10000.0 ** (-np.arange(0, size, 2) / size)
    even, odd = heads[:, 0::2], heads[:, 1::2]
    turned = np.empty_like(heads)
    turned[:, 0::2] = even * np.cos(angle) - odd * np.sin(angle)
    turned[:, 1::2] = even * np.sin(angle) + odd * np.cos(angle)
    return turned


class Permutation(unittest.TestCase):
    def test_gives_ggml_the_attention_scores_of_transformers(self) -> None:
        heads, size, hidden = 2, 8, 12
        rng = np.random.default_rng(0)
        q_weight, k_weight = rng.normal(size=(2, heads * size, hidden))
        q_input, k_input = rng.normal(size=(2, hidden))
        q_position, k_position = 9, 4

        angles = torch.tensor([[q_position], [k_position]]) * 10000.0 ** (-torch.arange(0, size, 2) / size)
        cos, sin = (torch.cat([table, table], -1)[None].double() for table in (angles.cos(), angles.sin()))
        both = torch.stack([torch.tensor(q_weight @ q_input), torch.tensor(k_weight @ k_input)]).view(1, 2, heads, size).transpose(1, 2)
        turned, _ = apply_rotary_pos_emb(both, both, cos, sin)
        want = (turned[0, :, 0] * turned[0, :, 1]).sum(-1).numpy()

        q = ggml_rope((permute_heads(q_weight, heads) @ q_input).reshape(heads, size), q_position)
        k = ggml_rope((permute_heads(k_weight, heads) @ k_input).reshape(heads, size), k_position)
        np.testing.assert_allclose((q * k).sum(-1), want, rtol=1e-5)

    def test_is_undone(self) -> None:
        weight = np.arange(64.0).reshape(32, 2)
        self.assertFalse(np.array_equal(permute_heads(weight, 4), weight))
        np.testing.assert_array_equal(unpermute_heads(permute_heads(weight, 4), 4), weight)


class File(unittest.TestCase):
    def setUp(self) -> None:
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "adapter.gguf"

    def test_keys_and_tensor_names_are_llama_cpps(self) -> None:
        self.assertIsNone(write_gguf(self.path, weights(), CONFIG, 8))
        reader = gguf.GGUFReader(self.path)
        keys = {key: reader.fields[key].contents() for key in ("general.type", "general.architecture", "adapter.type", "adapter.lora.alpha")}
        self.assertEqual(keys, {"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora", "adapter.lora.alpha": 8.0})
        shapes = {tensor.name: [int(side) for side in tensor.shape] for tensor in reader.tensors}
        # ggml counts from the fastest axis: A is (in, r), B is (r, out).
        self.assertEqual(shapes["blk.0.attn_k.weight.lora_a"], [32, 4])
        self.assertEqual(shapes["blk.0.attn_k.weight.lora_b"], [4, 16])
        self.assertEqual(shapes["blk.0.ffn_down.weight.lora_a"], [48, 4])
        self.assertEqual(len(shapes), 10)

    def test_only_b_of_q_and_k_is_permuted(self) -> None:
        state = weights()
        write_gguf(self.path, state, CONFIG, 8)
        read = {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(self.path).tensors}
        stem = "base_model.model.model.layers.0.self_attn"
        np.testing.assert_array_equal(read["blk.0.attn_q.weight.lora_b"], permute_heads(state[f"{stem}.q_proj.lora_B.weight"].numpy(), 4))
        np.testing.assert_array_equal(read["blk.0.attn_k.weight.lora_b"], permute_heads(state[f"{stem}.k_proj.lora_B.weight"].numpy(), 2))
        np.testing.assert_array_equal(read["blk.0.attn_q.weight.lora_a"], state[f"{stem}.q_proj.lora_A.weight"].numpy())
        np.testing.assert_array_equal(read["blk.0.attn_v.weight.lora_b"], state[f"{stem}.v_proj.lora_B.weight"].numpy())

    def test_reads_back_to_the_trained_weights_and_sees_a_changed_one(self) -> None:
        state = weights()
        write_gguf(self.path, state, CONFIG, 8)
        self.assertEqual(largest_difference(self.path, state, CONFIG), 0.0)
        name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
        changed = state | {name: state[name].clone()}
        changed[name][0, 0] += 0.5
        self.assertAlmostEqual(largest_difference(self.path, changed, CONFIG), 0.5, places=6)
        self.assertEqual(largest_difference(self.path, {name: state[name]}, CONFIG), math.inf)

    def test_the_same_weights_give_the_same_bytes(self) -> None:
        write_gguf(self.path, weights(), CONFIG, 8)
        first = self.path.read_bytes()
        write_gguf(self.path, dict(reversed(weights().items())), CONFIG, 8)
        self.assertEqual(self.path.read_bytes(), first)

    def test_says_why_there_is_none_for_an_unknown_architecture(self) -> None:
        other = SimpleNamespace(**vars(CONFIG) | {"model_type": "mamba"})
        self.assertRegex(write_gguf(self.path, weights(), other, 8), "mamba")
        self.assertFalse(self.path.exists())


if __name__ == "__main__":
    unittest.main()
