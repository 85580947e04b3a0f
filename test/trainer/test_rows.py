"""Rows in, tokens and completion masks out; what cannot be trained on is refused by its id."""

import tempfile
import unittest
from pathlib import Path

import torch
from ratchet_trainer.errors import TrainerError
from ratchet_trainer.loss import token_nll
from ratchet_trainer.rows import Example, read_rows, refuse_golden, tokenise
from tiny import make_model, make_rows, make_tokenizer, write_rows


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
        self.assertEqual(self.text(example.tokens[: example.supervised_from]), "ab")
        self.assertEqual(self.text(example.tokens[example.supervised_from :]), "cd<|end|>")
        self.assertEqual(example.supervised, 3)

    def test_leaves_the_end_of_text_out_where_the_row_says_so(self) -> None:
        example = self.only(eos=False)
        self.assertEqual(self.text(example.tokens), "abcd")
        self.assertEqual(example.supervised, 2)

    def test_supervises_everything_but_the_first_token_with_train_on_inputs(self) -> None:
        self.assertEqual(tokenise([row()], self.tokenizer, 16, train_on_inputs=True)[0].supervised_from, 1)

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
                labels[0, : example.supervised_from] = -100
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
