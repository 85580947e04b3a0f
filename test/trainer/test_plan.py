"""Order, rate and intervals are functions of the step, so that a resumed run goes the same way."""

import unittest
from collections import Counter

from ratchet_trainer.batches import Plan, micro_batches, rows_each
from ratchet_trainer.errors import TrainerError
from ratchet_trainer.rows import Example
from ratchet_trainer.schedule import every, learning_rate, max_steps
from ratchet_trainer.spec import Config


def examples(count: int) -> list[Example]:
    return [Example(f"r{i}", "t", [0] * (3 + i * 7 % 20), [1]) for i in range(count)]


def plan(count: int = 50, seed: int = 7, grouped: bool = True) -> Plan:
    return Plan(examples(count), 8, seed, grouped)


def ids(steps: list[list[Example]]) -> list[list[str]]:
    return [[example.id for example in step] for step in steps]


class Order(unittest.TestCase):
    def test_every_row_comes_once_an_epoch_and_only_one_step_is_short(self) -> None:
        for grouped in (True, False):
            steps = plan(grouped=grouped).epoch(0)
            self.assertEqual(len(steps), plan().steps_per_epoch)
            self.assertEqual(Counter(id for step in ids(steps) for id in step), Counter(f"r{i}" for i in range(50)))
            self.assertEqual(sorted(map(len, steps)), [2, 8, 8, 8, 8, 8, 8])

    def test_the_same_seed_and_epoch_give_the_same_order_and_others_another(self) -> None:
        self.assertEqual(ids(plan().epoch(3)), ids(plan().epoch(3)))
        self.assertNotEqual(ids(plan().epoch(3)), ids(plan().epoch(4)))
        self.assertNotEqual(ids(plan().epoch(3)), ids(plan(seed=8).epoch(3)))

    def test_grouping_by_length_saves_padding(self) -> None:
        def padded(steps: list[list[Example]]) -> int:
            return sum(max(len(example.tokens) for example in step) * len(step) for step in steps)

        self.assertLess(padded(plan().epoch(0)), 0.75 * padded(plan(grouped=False).epoch(0)))

    def test_processes_share_a_step_without_loss_or_double(self) -> None:
        step = examples(13)
        for world in (1, 2, 3):
            shares = [micro_batches(step, 2, rank, world) for rank in range(world)]
            seen = Counter(example.id for share in shares for _, micro in share for example in micro)
            self.assertEqual(seen, Counter(example.id for example in step))
            self.assertTrue(all(len(micro) <= 2 for share in shares for _, micro in share))

    def test_a_micro_batch_has_the_same_number_and_rows_whoever_has_it(self) -> None:
        def numbered(world: int) -> dict[int, list[str]]:
            shares = [share for rank in range(world) for share in micro_batches(examples(12), 2, rank, world)]
            return {number: [example.id for example in micro] for number, micro in shares}

        self.assertEqual([numbered(world) for world in (2, 3, 6)], [numbered(1)] * 3)

    def test_processes_share_the_rows_of_a_step_evenly(self) -> None:
        # (rows a step, micro_batch_size, processes) → rows of one forward pass
        cases = {(16, 8, 1): 8, (16, 8, 2): 8, (16, 8, 4): 4, (12, 4, 2): 3, (12, 4, 3): 4, (8, 8, 8): 1, (12, 6, 1): 6}
        self.assertEqual({case: rows_each(*case) for case in cases}, cases)
        with self.assertRaisesRegex(TrainerError, "5 devices cannot share a step of 12 rows .* evenly: make it a multiple of 5, or use fewer"):
            rows_each(12, 4, 5)


class Rate(unittest.TestCase):
    def rates(self, **config: object) -> list[float]:
        return [learning_rate(Config(learning_rate=1.0, **config), step, 10) for step in range(10)]

    def test_linear_falls_from_the_full_rate_towards_zero(self) -> None:
        self.assertEqual([round(rate, 3) for rate in self.rates()], [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])

    def test_warm_up_rises_to_the_full_rate(self) -> None:
        self.assertEqual(self.rates(warmup_steps=3, lr_scheduler="constant"), [0.25, 0.5, 0.75] + [1] * 7)

    def test_warm_up_is_a_share_of_all_steps_rounded_up(self) -> None:
        self.assertEqual(self.rates(warmup_ratio=0.21), self.rates(warmup_steps=3))
        self.assertEqual(self.rates(warmup_ratio=0.0), self.rates())

    def test_cosine_is_half_way_down_in_the_middle(self) -> None:
        rates = self.rates(lr_scheduler="cosine")
        self.assertEqual((rates[0], round(rates[5], 6)), (1.0, 0.5))
        self.assertEqual(rates, sorted(rates, reverse=True))


class Intervals(unittest.TestCase):
    def test_max_steps_wins_over_epochs(self) -> None:
        self.assertEqual(max_steps(Config(num_epochs=1.5), 7), 11)
        self.assertEqual(max_steps(Config(num_epochs=1.5, max_steps=3), 7), 3)

    def test_steps_win_over_times_an_epoch(self) -> None:
        self.assertEqual([every(5, 2, 64), every(None, 2, 64), every(None, None, 64), every(None, 100, 64)], [5, 32, 64, 1])


if __name__ == "__main__":
    unittest.main()
