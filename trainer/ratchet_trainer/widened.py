"""Computing in fp32 with a base in bf16, without a second copy of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def in_fp32(model: Any) -> Iterator[None]:
    """Within, each module computes with an fp32 copy of its own weights that lives for that call alone.

    The numbers are those of `model.float()`, whose memory is half as much again as twice the base's; here it is one
    layer's. Weights of other kinds (quantised ones) are left alone.
    """
    narrow: dict[torch.nn.Module, dict[str, torch.Tensor]] = {}

    def before(module: torch.nn.Module, _: Any) -> None:
        own = {name: p for name, p in module.named_parameters(recurse=False) if p.dtype in (torch.bfloat16, torch.float16)}
        narrow[module] = {name: p.data for name, p in own.items()}
        for parameter in own.values():
            parameter.data = parameter.data.float()

    def after(module: torch.nn.Module, *_: Any) -> None:
        for name, data in narrow.pop(module, {}).items():
            module.get_parameter(name).data = data

    hooks = []
    for module in model.modules():
        if next(module.parameters(recurse=False), None) is not None:
            hooks += [module.register_forward_pre_hook(before), module.register_forward_hook(after, always_call=True)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
