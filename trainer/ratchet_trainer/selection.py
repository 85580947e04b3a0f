"""Which evaluated step's weights are exported."""

import math
from collections.abc import Sequence


def no_worse(new: Sequence[float], lowest: Sequence[float], tokens: Sequence[int]) -> bool:
    """Whether a later step's validation loss is within one standard error of the lowest one's, row by row.

    `new` and `lowest` are each row's summed NLL, `tokens` its supervised tokens. On a few dozen rows the loss
    wavers by more than the steps differ, and an overconfident answer or two outweighs the rest; so of steps that
    cannot be told apart the last wins, whose learning rate has come down furthest (the one-standard-error rule of
    Breiman, Friedman, Olshen and Stone 1984, on paired differences).
    """
    rows, per_row = len(tokens), sum(tokens) / len(tokens)
    differences = [(a - b) / per_row for a, b in zip(new, lowest, strict=True)]
    mean = sum(differences) / rows
    if rows < 2:
        return mean <= 0
    variance = sum((difference - mean) ** 2 for difference in differences) / (rows - 1)
    return mean <= math.sqrt(variance / rows)
