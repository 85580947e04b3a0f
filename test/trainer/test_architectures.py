"""The families that people bring: equal loss row by row, and an adapter that llama.cpp reads, or a clear word why not."""

import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn.functional as F
from ratchet_trainer import gguf_adapter, lora
from ratchet_trainer.errors import TrainerError
from ratchet_trainer.loss import token_nll
from ratchet_trainer.rows import Example
from ratchet_trainer.spec import Config
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

SMALL = {
    **{"vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4},
    **{"num_key_value_heads": 2, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2},
}
HEADS = {"head_dim": 16}
SERVED = {"llama": {}, "mistral": {}, "qwen2": {}, "qwen3": HEADS, "gemma2": HEADS, "gemma3_text": HEADS}
TRAINED = {"phi3": {}, "olmo2": {}, "granite": {}, "starcoder2": {}, "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2}}
REFUSED = {"mamba": {}, "mamba2": {"num_heads": 8, "head_dim": 16, "state_size": 16, "n_groups": 1}}


def model(kind: str, more: dict) -> torch.nn.Module:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**(SMALL | more))).eval()


def examples() -> list[Example]:
    """Of different lengths, so that short ones are padded."""
    generator = torch.Generator().manual_seed(0)
    sizes = [(9, 5), (14, 10), (6, 1), (20, 17)]
    return [Example(str(n), "t", torch.randint(3, 300, (n,), generator=generator).tolist(), list(range(start, n))) for n, start in sizes]


class Architectures(unittest.TestCase):
    def test_a_batch_gives_each_row_the_loss_that_it_has_alone(self) -> None:
        for kind, more in (SERVED | TRAINED | REFUSED).items():
            with self.subTest(kind), torch.no_grad():
                tiny, alone = model(kind, more), []
                for example in examples():
                    logits = tiny(input_ids=torch.tensor([example.tokens]), use_cache=False).logits[0].float()
                    targets = torch.tensor(example.targets)
                    alone.append(F.cross_entropy(logits[targets - 1], torch.tensor(example.tokens)[targets], reduction="none"))
                torch.testing.assert_close(token_nll(tiny, examples(), torch.device("cpu")), torch.cat(alone), rtol=0, atol=2e-6)

    def test_an_adapter_survives_the_way_into_llama_cpps_layout(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for kind, more in SERVED.items():
                with self.subTest(kind):
                    tiny = lora.attach(model(kind, more), Config(lora_r=4))
                    state = {name: torch.randn_like(tensor) for name, tensor in lora.weights(tiny).items()}
                    self.assertEqual(len(state), 2 * 2 * 7, "two tensors for each of seven layers of two blocks")
                    path = Path(folder) / f"{kind}.gguf"
                    self.assertIsNone(gguf_adapter.write_gguf(path, state, tiny.config, 8))
                    self.assertEqual(gguf_adapter.largest_difference(path, state, tiny.config), 0.0)

    def test_others_are_trained_and_have_no_such_layout(self) -> None:
        for kind, more in TRAINED.items():
            with self.subTest(kind):
                tiny = lora.attach(model(kind, more), Config(lora_r=4))
                self.assertEqual(gguf_adapter.why_not(tiny.config, lora.weights(tiny)), f"no GGUF layout is known for {kind}")

    def test_what_peft_cannot_adapt_is_refused_in_one_line(self) -> None:
        for kind, more in REFUSED.items():
            with self.subTest(kind), self.assertRaisesRegex(TrainerError, "(?i)mamba"):
                lora.attach(model(kind, more), Config(lora_r=4))


if __name__ == "__main__":
    unittest.main()
