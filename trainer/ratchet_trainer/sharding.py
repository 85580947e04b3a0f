"""A frozen base that is too large for one device, spread over all of them (torch's FSDP2); the adapter is whole everywhere."""

from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from .device import Device
from .errors import bad_input


def share_base(model: Any, trainable: list[torch.nn.Parameter], on: Device) -> None:
    """Shard each of the base's blocks, and the rest, in place. Raises InvalidInput without a group of processes.

    The adapter's parameters are left as they are: so are its gradients' sum, its optimizer and its checkpoints, which fit
    any number of processes, sharded or not.
    """
    if not dist.is_initialized():
        raise bad_input("fsdp spreads the base over several devices: expected more than one process, got 1")
    mesh = init_device_mesh(on.device.type, (on.world,))
    adapter = set(trainable)
    for parameter in trainable:
        parameter.data = parameter.data.to(on.device)
    names = set(getattr(model.get_base_model(), "_no_split_modules", None) or [])
    for module in list(model.modules()):
        if type(module).__name__ in names:
            fully_shard(module, mesh=mesh, ignored_params=adapter)
    fully_shard(model, mesh=mesh, ignored_params=adapter)
