"""The order of the rows: a pure function of seed, epoch and step, so a resumed run needs no position but its step."""

import math
import random
from dataclasses import dataclass

from .errors import bad_input
from .rows import Example


@dataclass(frozen=True)
class Plan:
    """Splits `examples` into steps of `rows_per_step` rows; the last step of an epoch may hold fewer."""

    examples: list[Example]
    rows_per_step: int
    seed: int
    group_by_length: bool

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(len(self.examples) / self.rows_per_step)

    def epoch(self, number: int) -> list[list[Example]]:
        """The steps of epoch `number` (from 0), each a list of rows."""
        order = list(self.examples)
        rng = random.Random(f"order:{self.seed}:{number}")
        rng.shuffle(order)
        size = self.rows_per_step
        if not self.group_by_length:
            return [order[i : i + size] for i in range(0, len(order), size)]
        # Sorting within pools of 8 steps saves most of the padding and keeps steps random mixtures.
        steps = []
        for i in range(0, len(order), size * 8):
            pool = sorted(order[i : i + size * 8], key=lambda example: len(example.tokens))
            steps += [pool[j : j + size] for j in range(0, len(pool), size)]
        rng.shuffle(steps)
        return steps


def rows_each(rows_per_step: int, micro_batch_size: int, world: int) -> int:
    """Rows of one forward pass, where `world` processes share a step: at most `micro_batch_size`, and as even as it goes.

    Raises InvalidInput where they cannot have the same number of rows.
    """
    if rows_per_step % world:
        raise bad_input(
            f"{world} devices cannot share a step of {rows_per_step} rows (micro_batch_size × gradient_accumulation_steps) evenly:"
            f" make it a multiple of {world}, or use fewer devices"
        )
    share = rows_per_step // world
    return math.ceil(share / math.ceil(share / micro_batch_size))


def micro_batches(rows: list[Example], micro_batch_size: int, rank: int = 0, world: int = 1) -> list[tuple[int, list[Example]]]:
    """This process's share of a step, in micro-batches of rows of like length, each with its number within the step."""
    rows = sorted(rows, key=lambda example: len(example.tokens))
    cut = [rows[i : i + micro_batch_size] for i in range(0, len(rows), micro_batch_size)]
    return list(enumerate(cut))[rank::world]
