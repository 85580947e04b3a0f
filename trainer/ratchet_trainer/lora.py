"""The adapter on the base: made, read and written so that the same weights give the same bytes."""

import json
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save

from .durable import write_bytes, write_json
from .errors import bad_input
from .spec import Base, Config


def attach(model: Any, config: Config) -> Any:
    """Add a fresh LoRA (fp32, whatever the base's dtype) to a frozen base; A is seeded, B is 0.

    With `config.init_adapter` it starts from that adapter's weights instead.
    """
    torch.manual_seed(config.seed)
    if config.init_adapter is not None:
        check_same_scale(Path(config.init_adapter), config)
    lora = LoraConfig(
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        use_rslora=config.peft_use_rslora,
        use_dora=config.peft_use_dora,
        target_modules=config.lora_target_modules or "all-linear",
        bias="none",
        task_type="CAUSAL_LM",
    )
    try:
        model = get_peft_model(model, lora)
    except ValueError as error:
        raise bad_input(f"config.lora_target_modules: {error}"[:300]) from error
    if config.gradient_checkpointing:
        # Reentrant checkpoints would need inputs with a gradient, which a frozen embedding does not give.
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if config.init_adapter is not None:
        put_weights(model, load_file(Path(config.init_adapter) / "adapter_model.safetensors"))
    return model


_SCALE = {"r": "lora_r", "lora_alpha": "lora_alpha", "use_rslora": "peft_use_rslora", "use_dora": "peft_use_dora"}
"""What an adapter's weights are multiplied by, alpha / r or alpha / √r, and whether magnitudes stand apart: peft's names and ours."""


def check_same_scale(init: Path, config: Config) -> None:
    """Raise InvalidInput where `init`'s weights count by another scale: training would start from another adapter than that."""
    try:
        given = json.loads((init / "adapter_config.json").read_text())
    except ValueError as error:
        raise bad_input(f"config.init_adapter: its adapter_config.json is not JSON: {error}") from error
    defaults = LoraConfig()
    for name, setting in _SCALE.items():
        was, now = given.get(name, getattr(defaults, name)), getattr(config, setting)
        if was != now:
            raise bad_input(
                f"config.{setting}: expected {json.dumps(was)}, as the adapter has that training goes on from, got {json.dumps(now)}: "
                "set it as it was, or train from the base (warm_start: false)"
            )


def weights(model: Any) -> dict[str, torch.Tensor]:
    """The adapter's weights under peft's file names, fp32, copied to the CPU."""
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: tensor.detach().to("cpu", torch.float32, copy=True).contiguous() for name, tensor in sorted(state.items())}


def put_weights(model: Any, state: dict[str, torch.Tensor]) -> None:
    """Set the adapter's weights. Raises InvalidInput unless names and shapes are those of this adapter."""
    want = {name: tensor.shape for name, tensor in get_peft_model_state_dict(model, save_embedding_layers=False).items()}
    got = {name: tensor.shape for name, tensor in state.items()}
    if want != got:
        name = next(name for name in sorted(want.keys() | got.keys()) if want.get(name) != got.get(name))
        raise bad_input(f"the adapter does not fit this base and config: {name} is {_shape(got, name)}, expected {_shape(want, name)}")
    set_peft_model_state_dict(model, state)


def _shape(shapes: dict[str, torch.Size], name: str) -> str:
    return str(list(shapes[name])) if name in shapes else "missing"


def write_adapter(folder: Path, model: Any, state: dict[str, torch.Tensor], base: Base) -> None:
    """Write adapter_model.safetensors and adapter_config.json as peft and vLLM read them.

    peft's own writer orders sets by their hash and names the base by its path: both differ from run to run.
    """
    write_bytes(folder / "adapter_model.safetensors", save(state, metadata={"format": "pt"}))
    config = model.peft_config["default"].to_dict()
    config["base_model_name_or_path"] = base.name
    config["revision"] = base.revision
    config["inference_mode"] = True
    write_json(folder / "adapter_config.json", {key: _plain(value) for key, value in config.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return getattr(value, "value", value)
