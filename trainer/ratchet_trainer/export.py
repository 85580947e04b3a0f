"""What a finished run leaves in out/: the adapter for peft and vLLM, the same for llama.cpp, its figures and its scores."""

import json
import math
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from . import gguf_adapter, lora, merged
from .durable import sha256_file, write_bytes, write_json
from .errors import TrainerError
from .score import score_examples
from .widened import in_fp32

if TYPE_CHECKING:
    from .train import _Run


def write_outputs(run: "_Run") -> None:
    """Write out/ from the weights that validation chose (selection.py), or the last step's if nothing was validated.

    All processes come here where they share the base: each has to take part in a forward pass. The first one writes.
    """
    if run.on.rank > 0:
        if run.spec.score_rows is not None:
            _scores(run, run.on.share(None))
        return
    out = run.spec.job_dir / "out"
    out.mkdir(parents=True, exist_ok=True)
    state = run.best or lora.weights(run.model)
    lora.write_adapter(out, run.model, state, run.spec.base)
    gguf_path = out / "adapter.gguf"
    gguf_path.unlink(missing_ok=True)
    why_not = gguf_adapter.write_gguf(gguf_path, state, run.model.config, _alpha(run))
    write_json(out / "metrics.json", _metrics(run))
    files = sorted(path for path in out.iterdir() if path.name in ("adapter_model.safetensors", "adapter_config.json", "adapter.gguf"))
    run.events.emit(
        "exported",
        step=run.progress.best_step or run.progress.step,
        files={path.name: {"sha256": sha256_file(path), "bytes": path.stat().st_size} for path in files},
        no_gguf=why_not,
    )
    if why_not is None:
        difference = gguf_adapter.largest_difference(gguf_path, state, run.model.config)
        if difference != 0.0:
            raise TrainerError("TrainerFailed", f"adapter.gguf read back differs from the trained weights by {difference:g}")
        run.events.emit("parity", gguf_largest_difference=difference)
    if run.spec.score_rows is not None:
        scores = _scores(run, run.on.share(state) if run.config.fsdp else state)
        write_bytes(out / "scores.jsonl", "".join(json.dumps(line) + "\n" for line in scores).encode())
    if run.config.merge_lora:
        merged.write_merged(run.location, run.spec.base, out)
    run.events.emit("finished", step=run.progress.step, max_steps=run.max_steps, **_metrics(run))


def _alpha(run: "_Run") -> float:
    """llama.cpp scales by alpha / r, rsLoRA by alpha / √r (Kalajdzievski 2023)."""
    return run.config.lora_alpha * (math.sqrt(run.config.lora_r) if run.config.peft_use_rslora else 1)


def _scores(run: "_Run", state: dict[str, torch.Tensor]) -> list[dict[str, object]]:
    """Each of a task's first `score_rows` validation rows with the exported weights: in fp32, where the base lies whole."""
    # The model ends here: it may be given other weights in place.
    model = run.model.eval()
    lora.put_weights(model, state)
    with run.on.autocast() if run.config.fsdp else in_fp32(model):
        return run.repeatably(lambda: score_examples(model, run.scored, run.config.micro_batch_size, run.on.device))


def _metrics(run: "_Run") -> dict[str, object]:
    progress = run.progress
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB on Linux
    return {
        "steps": progress.step,
        "train_loss_last": progress.train_loss,
        "val_loss_start": progress.val_loss_start,
        "val_loss_lowest": progress.val_loss_lowest,
        "val_loss_best": progress.val_loss_best,
        "best_step": progress.best_step,
        "stopped_early": progress.stopped_early,
        "tokens": progress.tokens,
        "supervised_tokens": progress.supervised_tokens,
        "seconds": round(progress.seconds, 3),
        "cpu_seconds": round(progress.cpu_seconds, 3),
        "load_seconds": round(run.load_seconds, 3),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6),
        "device": torch.cuda.get_device_name(run.on.device) if run.on.device.type == "cuda" else "cpu",
        "processes": run.on.world,
        "dtype": str(run.on.dtype).removeprefix("torch."),
        "bf16": run.on.bf16,
        "deterministic": run.on.determinism.without is None,
        "not_deterministic": run.on.determinism.without,
        "threads": run.spec.threads,
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "gguf")} | {"python": platform.python_version()},
    }
