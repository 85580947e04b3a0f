"""The base model: a GGUF file turned once into a cached Hugging Face folder, or a folder or id as it is."""

import json
import os
import shutil
import uuid
import warnings
from pathlib import Path
from typing import Any

import torch
from peft import prepare_model_for_kbit_training
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from transformers.utils import logging

from .cache import cache_root
from .durable import fsync_dir, sha256_file, write_json
from .errors import TrainerError, bad_input
from .spec import Base

# Progress and deprecations of other people's code are not what this run has to say.
logging.disable_progress_bar()
logging.set_verbosity_error()
warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")


def load_tokenizer(location: str, revision: str | None = None) -> Any:
    """`revision`: of an id, which commit, tag or branch of it."""
    return _or_bad_input(location, lambda: AutoTokenizer.from_pretrained(location, **_at(revision)))


def load_model(
    location: str,
    dtype: torch.dtype,
    device: torch.device,
    sequence_len: int,
    revision: str | None = None,
    in_4bit: bool = False,
) -> Any:
    """`revision`: of an id, which commit, tag or branch of it. `in_4bit`: quantised by bitsandbytes, as QLoRA has it."""
    # On a CPU, torch's fused attention has a slow backward: plain matrix products are faster by a fifth of the
    # whole step, as long as their quadratic memory is small.
    attention = "eager" if device.type == "cpu" and sequence_len <= 1024 else "sdpa"
    load = {"dtype": dtype, "attn_implementation": attention} | _at(revision)
    if in_4bit:
        # NF4 with double quantisation (Dettmers et al. 2023); norms and the rest as peft's preparation wants them.
        quantised = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
        )
        load |= {"quantization_config": quantised, "device_map": {"": device}}
        model = _or_bad_input(location, lambda: AutoModelForCausalLM.from_pretrained(location, **load))
        # On some CPUs an evaluation would turn the weights for good into a layout whose kernel passes no gradient on:
        # what is trained after it would be silently wrong.
        for module in model.modules():
            if hasattr(module, "support_avx512bf16_for_cpu"):
                module.support_avx512bf16_for_cpu = False
        return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    return _or_bad_input(location, lambda: AutoModelForCausalLM.from_pretrained(location, **load)).to(device)


def load_config(location: str, revision: str | None = None) -> Any:
    """The language model's part of config.json, where there are others: what kind of model it is, in no time."""
    return _or_bad_input(location, lambda: AutoConfig.from_pretrained(location, **_at(revision))).get_text_config()


def _at(revision: str | None) -> dict[str, str]:
    return {} if revision is None else {"revision": revision}


def resolve(base: Base) -> tuple[str, bool]:
    """Where transformers can load `base` from, and whether it was found in the cache.

    Raises DigestMismatch if a GGUF's bytes are not those that its sha256 names.
    """
    if base.kind == "hf":
        return base.location, True
    got = sha256_file(Path(base.location))
    if got != base.sha256:
        raise bad_input(f"{base.location} hashes to {got[:12]}…, the spec says {base.sha256[:12]}…: fetch the model again", type="DigestMismatch")
    folder = cache_root() / "models" / f"hf-{got[:12]}"
    if _is_whole(folder):
        return str(folder), True
    _dequantise(Path(base.location), folder)
    return str(folder), False


def _is_whole(folder: Path) -> bool:
    """The folder holds every file of its manifest, byte for byte."""
    try:
        files = json.loads((folder / "manifest.json").read_text())["files"]
        return all(sha256_file(folder / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError):
        return False


def _dequantise(gguf: Path, folder: Path) -> None:
    """Make `folder` from `gguf`, in fp32 (Q4 values are not exact in bf16); it appears whole, by one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
    try:
        load = {"gguf_file": gguf.name}
        model = _or_bad_input(str(gguf), lambda: AutoModelForCausalLM.from_pretrained(str(gguf.parent), dtype=torch.float32, **load))
        # Loaded from GGUF, the model thinks that it is still quantised, and refuses to be saved.
        model.hf_quantizer = None
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(beside)
        AutoTokenizer.from_pretrained(str(gguf.parent), **load).save_pretrained(beside)
        write_json(beside / "manifest.json", {"files": {path.name: sha256_file(path) for path in sorted(beside.iterdir())}})
        if folder.exists() and not _is_whole(folder):
            shutil.rmtree(folder)
        try:
            os.rename(beside, folder)
        except OSError:
            if not _is_whole(folder):  # else another trainer was faster
                raise
        fsync_dir(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _or_bad_input(location: str, load: Any) -> Any:
    """Broken model files make the loaders fail in any way; only the machine's own errors are not the model's fault."""
    try:
        return load()
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        first = (str(error).splitlines() or [type(error).__name__])[0][:300]
        if "connect" in first.lower():
            raise TrainerError("Unavailable", f"the base model {location} cannot be reached: {first}") from error
        raise bad_input(f"the base model {location} cannot be loaded: {first}") from error
