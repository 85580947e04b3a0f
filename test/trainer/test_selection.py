"""The exported step is the last whose validation loss cannot be told from the lowest."""

import unittest

from ratchet_trainer.selection import no_worse

ONES = [1] * 8


class NoWorse(unittest.TestCase):
    def test_a_lower_loss_is_no_worse(self) -> None:
        self.assertTrue(no_worse([0.5] * 8, [1.0] * 8, ONES))
        self.assertTrue(no_worse([1.0] * 8, [1.0] * 8, ONES))

    def test_a_rise_on_every_row_is_worse(self) -> None:
        self.assertFalse(no_worse([1.1] * 8, [1.0] * 8, ONES))

    def test_one_bad_row_among_better_ones_cannot_be_told_apart(self) -> None:
        # mean difference .0625, standard error .1625
        self.assertTrue(no_worse([0.9] * 7 + [2.2], [1.0] * 8, ONES))
        self.assertFalse(no_worse([1.0] * 4 + [1.2] * 4, [1.0] * 8, ONES))  # mean .1, standard error .038

    def test_counts_tokens_not_rows(self) -> None:
        # The long row's gain a token is smaller, but it has 20 times the tokens.
        self.assertTrue(no_worse([1.5, 18.0], [1.0, 20.0], [1, 20]))

    def test_a_single_row_has_no_standard_error(self) -> None:
        self.assertFalse(no_worse([1.01], [1.0], [1]))
        self.assertTrue(no_worse([0.99], [1.0], [1]))


if __name__ == "__main__":
    unittest.main()
