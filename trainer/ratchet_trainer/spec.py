"""The spec file: what one run is asked to do. Its config has axolotl's key names."""

import difflib
import json
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from .errors import bad_input


@dataclass(frozen=True)
class Base:
    """The base model: a GGUF file with its sha256, a Hugging Face folder, or an id at one revision (a commit)."""

    kind: Literal["gguf", "hf"]
    location: str
    sha256: str | None = None
    revision: str | None = None

    @property
    def name(self) -> str:
        """A name that does not depend on where the file lies: it stands in adapter_config.json."""
        if self.kind == "gguf":
            return f"gguf-sha256:{self.sha256}"
        return Path(self.location).name if os.path.isdir(self.location) else self.location


@dataclass(frozen=True)
class Config:
    """Hyperparameters. Steps are optimizer steps; lengths are tokens; rates are per step."""

    lora_r: int = 16
    lora_alpha: float = 32
    lora_dropout: float = 0.0
    lora_target_linear: bool = True
    lora_target_modules: list[str] | None = None
    sequence_len: int = 512
    train_on_inputs: bool = False
    micro_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    num_epochs: float = 1.0
    max_steps: int | None = None
    learning_rate: float = 2e-4
    lr_scheduler: Literal["linear", "cosine", "constant"] = "linear"
    warmup_steps: int = 0
    warmup_ratio: float | None = None
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    eval_steps: int | None = None
    evals_per_epoch: int | None = None
    save_steps: int | None = None
    saves_per_epoch: int | None = None
    save_minutes: float = 5.0
    """A checkpoint at the latest so long after the last one, whatever the steps say: minutes of wall time."""
    early_stopping_patience: int | None = None
    seed: int = 7
    bf16: Literal["auto"] | bool = "auto"
    group_by_length: bool = True
    gradient_checkpointing: bool = False
    sample_packing: bool = False
    """Several rows in one sequence; micro_batch_size then counts sequences."""
    peft_use_rslora: bool = False
    peft_use_dora: bool = False
    adapter: Literal["lora", "qlora"] = "lora"
    load_in_4bit: bool = False
    """The frozen base in 4 bits, by bitsandbytes; qlora says the same."""
    fsdp: bool = False
    """The frozen base is spread over the processes; each has the whole adapter."""
    merge_lora: bool = False
    """Beside the adapter, the base with it merged in: out/merged/."""
    init_adapter: str | None = None


_AT_LEAST: dict[str, float] = {
    "lora_r": 1,
    "sequence_len": 1,
    "micro_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "max_steps": 1,
    "eval_steps": 1,
    "evals_per_epoch": 1,
    "save_steps": 1,
    "saves_per_epoch": 1,
    "early_stopping_patience": 1,
    "lora_dropout": 0,
    "warmup_steps": 0,
    "warmup_ratio": 0,
    "weight_decay": 0,
    "seed": 0,
}
_FRACTIONS = ("lora_dropout", "weight_decay", "warmup_ratio")
_ABOVE_ZERO = ("lora_alpha", "num_epochs", "learning_rate", "max_grad_norm", "save_minutes")
OPERATIONAL = ("save_steps", "saves_per_epoch", "save_minutes")
"""Keys of the config that no weight depends on: a run may be gone on with under others."""


@dataclass(frozen=True)
class Tracking:
    """Where figures go beside events.jsonl. Nothing that a weight depends on."""

    mlflow_tracking_uri: str | None = None
    mlflow_experiment_name: str = "ratchet"
    wandb_project: str | None = None
    wandb_entity: str | None = None
    run_name: str | None = None


@dataclass(frozen=True)
class Spec:
    job_dir: Path
    base: Base
    config: Config
    train_file: Path
    validation_file: Path | None = None
    golden_digests_file: Path | None = None
    stop_file: Path | None = None
    threads: int = 1
    resume: bool = True
    until_step: int | None = None
    """A rung: stop after so many steps with a checkpoint and the validation loss there. Schedule and data are the whole run's."""
    devices: int | None = None
    """How many processes share each step's rows; if missing as many CUDA devices as can do so evenly, 1 on CPU."""
    score_rows: int | None = None
    """How many of each task's first validation rows are scored with the exported weights; none if missing."""
    gguf: Literal["required", "if_possible"] = "if_possible"
    """Required: a base or target modules that llama.cpp has no layout for are refused before the first step."""
    engine: Literal["llama.cpp", "vllm"] = "vllm"
    """Which engine will serve the adapter: rows get the tokens that it puts in front of a prompt."""
    tracking: Tracking | None = None


def read_spec(path: str) -> Spec:
    raw = _read_object(path)
    _known(raw, {"v", "devices", *(f.name for f in fields(Spec))}, "spec")
    spec = Spec(
        job_dir=_job_dir(raw),
        base=_base(raw),
        config=_config(raw.get("config", {})),
        train_file=_file(raw, "train_file"),
        validation_file=_file(raw, "validation_file", optional=True),
        golden_digests_file=_file(raw, "golden_digests_file", optional=True),
        stop_file=Path(raw["stop_file"]) if raw.get("stop_file") else None,
        threads=_count(raw, "threads", 1),
        resume=_resume(raw),
        until_step=_count(raw, "until_step", None),
        devices=_count(raw, "devices", None),
        score_rows=_count(raw, "score_rows", None),
        gguf=_one_of(raw, "gguf", ("if_possible", "required")),
        engine=_one_of(raw, "engine", ("vllm", "llama.cpp")),
        tracking=_tracking(raw.get("tracking")),
    )
    if spec.score_rows is not None and spec.validation_file is None:
        raise bad_input("spec.score_rows: expected a validation_file to take these rows from")
    if spec.until_step is not None and spec.validation_file is None:
        raise bad_input("spec.until_step: expected a validation_file, whose loss tells what was reached")
    init = spec.config.init_adapter
    for name in ("adapter_model.safetensors", "adapter_config.json") if init is not None else ():
        if not (Path(init) / name).is_file():
            raise bad_input(f"config.init_adapter: expected a folder with {name}, got {init}")
    return spec


def _read_object(path: str) -> dict[str, Any]:
    try:
        raw = json.loads(Path(path).read_text())
    except OSError as error:
        raise bad_input(f"the spec {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise bad_input(f"the spec {path} is not JSON: {error}") from error
    if not isinstance(raw, dict) or raw.get("v") != 1:
        raise bad_input(f"the spec {path}: expected an object with v = 1")
    return raw


def _known(raw: dict[str, Any], names: set[str], where: str) -> None:
    for key in raw:
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            raise bad_input(f"{where}.{key} is unknown" + (f": did you mean {near[0]}?" if near else ""))


def _job_dir(raw: dict[str, Any]) -> Path:
    if not isinstance(raw.get("job_dir"), str):
        raise bad_input("spec.job_dir: expected the folder for everything the run writes")
    return Path(raw["job_dir"])


def _base(raw: dict[str, Any]) -> Base:
    base = raw.get("base")
    if not isinstance(base, dict) or base.get("kind") not in ("gguf", "hf"):
        raise bad_input('spec.base: expected {"kind": "gguf", "path", "sha256"} or {"kind": "hf", "path_or_id", "revision"}')
    if base["kind"] == "hf":
        _known(base, {"kind", "path_or_id", "revision"}, "spec.base")
        if not isinstance(base.get("path_or_id"), str):
            raise bad_input("spec.base.path_or_id: expected a folder or a model id")
        revision = base.get("revision")
        if revision is not None and (not isinstance(revision, str) or not revision):
            raise bad_input(f"spec.base.revision: expected a commit, a tag or a branch, got {revision!r}")
        if revision is not None and os.path.isdir(base["path_or_id"]):
            raise bad_input(f"spec.base.revision: expected none for the folder {base['path_or_id']}, got {revision!r}")
        return Base("hf", base["path_or_id"], revision=revision)
    _known(base, {"kind", "path", "sha256"}, "spec.base")
    if not isinstance(base.get("sha256"), str) or len(base["sha256"]) != 64:
        raise bad_input("spec.base.sha256: expected the 64 hex digits of the GGUF file")
    return Base("gguf", str(_file(base, "path", where="spec.base")), base["sha256"])


def _file(raw: dict[str, Any], key: str, optional: bool = False, where: str = "spec") -> Path | None:
    value = raw.get(key)
    if value is None and optional:
        return None
    if not isinstance(value, str) or not Path(value).is_file():
        raise bad_input(f"{where}.{key}: expected a file, got {value!r}")
    return Path(value)


def _count(raw: dict[str, Any], key: str, default: int | None) -> int | None:
    value = raw.get(key, default)
    if value is default:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise bad_input(f"spec.{key}: expected a whole number ≥ 1, got {value!r}")
    return value


def _resume(raw: dict[str, Any]) -> bool:
    value = raw.get("resume", "auto")
    if value not in ("auto", "never"):
        raise bad_input(f'spec.resume: expected "auto" or "never", got {value!r}')
    return value == "auto"


def _one_of(raw: dict[str, Any], key: str, values: tuple[str, ...]) -> Any:
    """The first one if missing."""
    value = raw.get(key, values[0])
    if value not in values:
        raise bad_input(f"spec.{key}: expected {' or '.join(json.dumps(one) for one in sorted(values, reverse=True))}, got {value!r}")
    return value


def _tracking(raw: Any) -> Tracking | None:
    if raw is None:
        return None
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise bad_input("spec.tracking: expected an object of strings")
    _known(raw, {f.name for f in fields(Tracking)}, "spec.tracking")
    return Tracking(**raw)


def _config(raw: Any) -> Config:
    if not isinstance(raw, dict):
        raise bad_input("spec.config: expected an object")
    _known(raw, {f.name for f in fields(Config)}, "config")
    given = {key: value for key, value in raw.items() if value is not None}
    defaults = Config()
    for key, value in given.items():
        default = getattr(defaults, key)
        number = key in _AT_LEAST or key in _ABOVE_ZERO
        if number:
            whole = key in _AT_LEAST and key not in _FRACTIONS
            low, strict = (0, True) if key in _ABOVE_ZERO else (_AT_LEAST[key], False)
            kind = int if whole else (int, float)
            ok = isinstance(value, kind) and not isinstance(value, bool) and (value > low if strict else value >= low)
            if not ok:
                raise bad_input(f"config.{key}: expected a {'whole ' if whole else ''}number {'>' if strict else '≥'} {low:g}, got {value!r}")
        elif isinstance(default, bool) and not isinstance(value, bool):
            raise bad_input(f"config.{key}: expected true or false, got {value!r}")
    if given.get("lr_scheduler", "linear") not in ("linear", "cosine", "constant"):
        raise bad_input(f"config.lr_scheduler: expected linear, cosine or constant, got {given['lr_scheduler']!r}")
    if given.get("adapter", "lora") not in ("lora", "qlora"):
        raise bad_input(f"config.adapter: expected lora or qlora, got {given['adapter']!r}")
    if given.get("adapter") == "qlora":
        given["load_in_4bit"] = True
    if given.get("load_in_4bit") and given.get("fsdp"):
        raise bad_input("config: expected fsdp or load_in_4bit, got both: a base in 4 bits is not spread over processes here")
    if given.get("bf16", "auto") not in ("auto", True, False):
        raise bad_input(f'config.bf16: expected "auto", true or false, got {given["bf16"]!r}')
    if given.get("lora_dropout", 0) >= 1:
        raise bad_input(f"config.lora_dropout: expected a number < 1, got {given['lora_dropout']!r}")
    if given.get("warmup_ratio", 0) > 1:
        raise bad_input(f"config.warmup_ratio: expected a share of the steps ≤ 1, got {given['warmup_ratio']!r}")
    if "warmup_ratio" in given and given.get("warmup_steps", 0) > 0:
        raise bad_input("config: expected warmup_steps or warmup_ratio, got both")
    for interval, per_epoch in (("eval_steps", "evals_per_epoch"), ("save_steps", "saves_per_epoch")):
        if interval in given and per_epoch in given:
            raise bad_input(f"config: expected {interval} or {per_epoch}, got both")
    targets = given.get("lora_target_modules")
    if targets is not None and (not targets or not all(isinstance(name, str) for name in targets)):
        raise bad_input("config.lora_target_modules: expected a list of module names")
    if targets is None and given.get("lora_target_linear") is False:
        raise bad_input("config: expected lora_target_modules or lora_target_linear: true; without either there is nothing to train")
    return Config(**given)
