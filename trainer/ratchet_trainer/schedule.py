"""Learning rate and the steps at which something happens, as pure functions of the step."""

import math

from .spec import Config


def learning_rate(config: Config, step: int, max_steps: int) -> float:
    """Rate of step `step` (from 0): linear warm-up, then constant, or linear or cosine decay to 0 at `max_steps`."""
    warmup = warmup_steps(config, max_steps)
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    if config.lr_scheduler == "constant":
        return config.learning_rate
    done = (step - warmup) / max(1, max_steps - warmup)
    if config.lr_scheduler == "cosine":
        return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
    return config.learning_rate * (1 - done)


def warmup_steps(config: Config, max_steps: int) -> int:
    """As given, or as a share of all steps, rounded up as transformers does."""
    return config.warmup_steps if config.warmup_ratio is None else math.ceil(config.warmup_ratio * max_steps)


def max_steps(config: Config, steps_per_epoch: int) -> int:
    return config.max_steps or max(1, math.ceil(config.num_epochs * steps_per_epoch))


def every(steps: int | None, per_epoch: int | None, steps_per_epoch: int) -> int:
    """Interval in steps: as given, or so many times an epoch (read_spec refuses both), else once an epoch."""
    return steps or max(1, round(steps_per_epoch / (per_epoch or 1)))
