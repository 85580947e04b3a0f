"""Rows in, tokens and completion masks out; what cannot be trained on is refused by its id."""

import tempfile
import unittest
from pathlib import Path

import gguf
import torch
from ratchet_trainer import gguf_metadata
from ratchet_trainer.errors import TrainerError
from ratchet_trainer.loss import token_nll
from ratchet_trainer.rows import Example, leading_tokens, read_rows, refuse_golden, tokenise
from tiny import make_model, make_rows, make_tokenizer, write_rows
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast


def row(**fields: object) -> dict:
    return {"id": "r1", "task": "triage", "prompt": "ab", "completion": "cd"} | fields


class Tokenising(unittest.TestCase):
    def setUp(self) -> None:
        self.tokenizer = make_tokenizer()

    def only(self, **fields: object) -> Example:
        return tokenise([row(**fields)], self.tokenizer, 16)[0]

    def text(self, tokens: list[int]) -> str:
        return self.tokenizer.decode(tokens)

    def test_supervises_the_completion_and_the_end_of_text(self) -> None:
        example = self.only()
        self.assertEqual(self.text(example.tokens[:2]), "ab")
        self.assertEqual(self.text([example.tokens[at] for at in example.targets]), "cd<|end|>")
        self.assertEqual(example.supervised, 3)

    def test_leaves_the_end_of_text_out_where_the_row_says_so(self) -> None:
        example = self.only(eos=False)
        self.assertEqual(self.text(example.tokens), "abcd")
        self.assertEqual(example.supervised, 2)

    def test_supervises_everything_but_the_first_token_with_train_on_inputs(self) -> None:
        self.assertEqual(tokenise([row()], self.tokenizer, 16, train_on_inputs=True)[0].targets, [1, 2, 3, 4])

    def test_an_empty_prompt_leaves_nothing_to_predict_the_first_token_from(self) -> None:
        self.assertEqual(self.only(prompt="").supervised, 2)

    def test_refuses_a_row_without_supervised_tokens(self) -> None:
        for fields in ({"completion": "", "eos": False}, {"prompt": "", "completion": "c", "eos": False}):
            with self.assertRaises(TrainerError) as caught:
                self.only(**fields)
            self.assertEqual((caught.exception.type, caught.exception.exit_code), ("ZeroSupervisedTokens", 2))
            self.assertIn("r1", str(caught.exception))

    def test_refuses_a_row_over_sequence_len_and_names_it(self) -> None:
        self.assertEqual(len(self.only(prompt="a" * 13).tokens), 16)
        with self.assertRaisesRegex(TrainerError, "row r1 has 17 tokens, sequence_len is 16") as caught:
            self.only(prompt="a" * 14)
        self.assertEqual(caught.exception.type, "InvalidInput")

    def test_refuses_an_end_of_text_that_the_tokenizer_lacks(self) -> None:
        self.tokenizer.eos_token = None
        with self.assertRaisesRegex(TrainerError, "row r1 .* eos: false"):
            self.only()


CORPUS = ["Answer: spam", "Answer: ham", "Is this e-mail spam or ham? Answer: spam", "the subject is hello world", "a café\n\n\n"] * 20
QUESTION = "Is this e-mail spam or ham? Answer:"


def llama3_like() -> PreTrainedTokenizerFast:
    """Byte-level BPE whose post-processor puts BOS in front."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|begin_of_text|>", "<|eot_id|>"]
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet))
    tokenizer.post_processor = processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")


def mistral_like() -> PreTrainedTokenizerFast:
    """SentencePiece BPE as tokenizer.json has it: a text gets a space in front, spaces become ▁."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")  # SentencePiece learns no merge over words
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"]))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


class AsTheEngineDoes(unittest.TestCase):
    def only(self, tokenizer: PreTrainedTokenizerFast, **fields: object) -> Example:
        return tokenise([row(**({"eos": False} | fields))], tokenizer, 64, lead=leading_tokens(tokenizer))[0]

    def test_a_prompt_begins_as_it_is_served(self) -> None:
        for tokenizer in (llama3_like(), mistral_like()):
            example = self.only(tokenizer, prompt=QUESTION, completion=" spam")
            served = tokenizer(QUESTION)["input_ids"]
            self.assertEqual(served[0], tokenizer.bos_token_id)
            self.assertEqual(example.tokens[: len(served)], served)
            self.assertEqual(example.tokens, tokenizer(QUESTION + " spam")["input_ids"])
            self.assertEqual(example.targets, list(range(len(served), len(example.tokens))))
            self.assertEqual(tokenizer.decode([example.tokens[at] for at in example.targets]).strip(" ▁"), "spam")

    def test_a_completion_without_a_space_gets_none(self) -> None:
        tokenizer = mistral_like()
        example = self.only(tokenizer, prompt="hello", completion="world")
        completion = tokenizer.convert_ids_to_tokens([example.tokens[at] for at in example.targets])
        self.assertEqual("".join(completion), "world")

    def test_a_token_across_the_border_counts_as_completion(self) -> None:
        tokenizer = llama3_like()
        self.assertEqual(len(tokenizer("\n\n", add_special_tokens=False)["input_ids"]), 1)
        example = self.only(tokenizer, prompt="Answer:\n", completion="\n")
        self.assertEqual(tokenizer.decode([example.tokens[at] for at in example.targets]), "\n\n")
        self.assertEqual(example.tokens, tokenizer("Answer:\n\n")["input_ids"])

    def test_characters_of_several_bytes_and_bytes_of_their_own(self) -> None:
        for tokenizer in (llama3_like(), mistral_like()):
            example = self.only(tokenizer, prompt="世界 café:", completion=" é世")
            before = tokenizer("世界 café:")["input_ids"]
            self.assertEqual(example.tokens[: len(before)], before)
            self.assertEqual(example.targets, list(range(len(before), len(example.tokens))))

    def test_spans_of_the_prompt_carry_loss_too(self) -> None:
        prompt = "hello world Answer: spam the subject"
        at = prompt.index(" spam")
        tokenizer = llama3_like()
        example = self.only(tokenizer, prompt=prompt, completion=" ham", spans=[[at, at + 5]])
        self.assertEqual(tokenizer.decode([example.tokens[at] for at in example.targets]), " spam ham")
        with self.assertRaisesRegex(TrainerError, "line 1: expected .*spans"), tempfile.TemporaryDirectory() as folder:
            read_rows(write_rows(Path(folder) / "rows.jsonl", [row(spans=[[3, 9]])]))

    def test_a_tokenizer_without_bos_gets_none(self) -> None:
        self.assertEqual(leading_tokens(make_tokenizer()), [])

    def test_a_gguf_file_says_whether_llama_cpp_puts_bos_in_front(self) -> None:
        cases: list[tuple[dict, list[int]]] = [
            ({"model": "gpt2", "pre": "smollm", "bos_token_id": 1, "add_bos_token": False}, []),
            ({"model": "gpt2", "pre": "smollm", "bos_token_id": 1}, []),
            ({"model": "gpt2", "pre": "llama-bpe", "bos_token_id": 128000}, [128000]),
            ({"model": "gpt2", "pre": "qwen2", "bos_token_id": 7, "add_bos_token": True}, [7]),
            ({"model": "llama", "bos_token_id": 2}, [2]),
            ({"model": "llama"}, [1]),
            ({"model": "llama", "bos_token_id": 2, "add_bos_token": False}, []),
        ]
        with tempfile.TemporaryDirectory() as folder:
            for number, (keys, lead) in enumerate(cases):
                path = Path(folder) / f"{number}.gguf"
                writer = gguf.GGUFWriter(path, "llama")
                writer.add_array("tokenizer.ggml.tokens", ["<s>", "▁spam", "ham"])
                writer.add_array("tokenizer.ggml.scores", [0.0, -1.0, -2.0])
                for key, value in keys.items():
                    getattr(writer, {str: "add_string", int: "add_uint32", bool: "add_bool"}[type(value)])(f"tokenizer.ggml.{key}", value)
                writer.write_header_to_file()
                writer.write_kv_data_to_file()
                writer.close()
                with self.subTest(keys):
                    self.assertEqual(gguf_metadata.leading_tokens(path), lead)
            path.write_bytes(path.read_bytes()[:60])
            with self.assertRaisesRegex(TrainerError, "cannot be read as GGUF"):
                gguf_metadata.leading_tokens(path)


class Loss(unittest.TestCase):
    def test_equals_transformers_own_masked_loss_row_by_row(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = make_model(Path(folder))
        examples = tokenise(make_rows(6), make_tokenizer(), 64)
        with torch.no_grad():
            together = token_nll(model, examples, torch.device("cpu")).split([example.supervised for example in examples])
            for example, nll in zip(examples, together, strict=True):
                tokens = torch.tensor([example.tokens])
                labels = tokens.clone()
                labels[0, : example.targets[0]] = -100
                self.assertAlmostEqual(nll.mean().item(), model(input_ids=tokens, labels=labels).loss.item(), places=4)

    def test_does_not_look_at_the_prompt_tokens(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = make_model(Path(folder))
        example = tokenise([row()], make_tokenizer(), 64)[0]
        self.assertEqual(token_nll(model, [example], torch.device("cpu")).shape, (3,))


class Reading(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_names_the_line_of_a_malformed_row_and_not_its_text(self) -> None:
        for bad in ('{"id": "secret', '{"id": "a", "task": "t", "prompt": "secret"}', '["secret"]'):
            path = self.folder / "rows.jsonl"
            write_rows(path, [row()])
            with open(path, "a") as file:
                file.write(bad + "\n")
            with self.assertRaisesRegex(TrainerError, "rows.jsonl line 2") as caught:
                read_rows(path)
            self.assertNotIn("secret", str(caught.exception))

    def test_refuses_golden_rows(self) -> None:
        golden = self.folder / "golden.txt"
        golden.write_text("r0\nr1\n")
        with self.assertRaisesRegex(TrainerError, "1 row.* r1") as caught:
            refuse_golden([row(), row(id="r2")], golden)
        self.assertEqual((caught.exception.type, caught.exception.exit_code), ("GoldenOverlap", 2))
        refuse_golden([row(id="r2")], golden)
        refuse_golden([row()], None)

    def test_refuses_golden_rows_whose_ids_hold_spaces(self) -> None:
        golden = self.folder / "golden.txt"
        golden.write_text("notes/ticket 17\nnotes/Stra\u00dfe\u202817\n", encoding="utf-8")
        for planted in ("notes/ticket 17", "notes/Stra\u00dfe\u202817"):
            with self.assertRaises(TrainerError) as caught:
                refuse_golden([row(id=planted)], golden)
            self.assertEqual(caught.exception.type, "GoldenOverlap")
        refuse_golden([row(id="17")], golden)


if __name__ == "__main__":
    unittest.main()
