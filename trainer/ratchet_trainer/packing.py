"""Several rows in one sequence, so that short rows leave no padding. None sees another: attention and positions begin anew."""

import random
from bisect import bisect_left, insort

from .rows import Example


def pack(examples: list[Example], sequence_len: int, seed: int) -> list[Example]:
    """Each row into the sequence that it fills best, in an order drawn from `seed`: the same rows give the same sequences."""
    order = list(examples)
    random.Random(f"pack:{seed}").shuffle(order)
    packed: list[list[Example]] = []
    room: list[tuple[int, int]] = []  # what is left in a sequence, and which
    for example in order:
        size = len(example.tokens)
        at = bisect_left(room, (size, -1))
        left, index = room.pop(at) if at < len(room) else (sequence_len, len(packed))
        if index == len(packed):
            packed.append([])
        packed[index].append(example)
        insort(room, (left - size, index))
    return [join(rows) for rows in packed]


def join(rows: list[Example]) -> Example:
    """One behind the other, each with its own targets: none of them is a row's first token, so no row predicts the next."""
    tokens: list[int] = []
    targets: list[int] = []
    starts: list[int] = []
    for row in rows:
        starts.append(len(tokens))
        targets += [len(tokens) + at for at in row.targets]
        tokens += row.tokens
    return Example(",".join(row.id for row in rows), "packed", tokens, targets, tuple(starts))
