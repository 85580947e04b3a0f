"""The base with the adapter merged into its weights, for engines that load no adapters."""

import shutil
from pathlib import Path

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from .durable import fsync_dir
from .spec import Base


def write_merged(location: str, base: Base, out: Path) -> None:
    """Make out/merged, a Hugging Face folder, of the base as it is stored and the adapter in `out`; it appears whole.

    The base is loaded anew, on the CPU and in its own precision: one that was trained on in 4 bits is merged as it was.
    """
    at = {} if base.revision is None else {"revision": base.revision}
    model = AutoModelForCausalLM.from_pretrained(location, dtype="auto", **at)
    whole = PeftModel.from_pretrained(model, str(out)).merge_and_unload()
    beside = out / ".merged.part"
    shutil.rmtree(beside, ignore_errors=True)
    whole.save_pretrained(beside)
    AutoTokenizer.from_pretrained(location, **at).save_pretrained(beside)
    shutil.rmtree(out / "merged", ignore_errors=True)
    beside.rename(out / "merged")
    fsync_dir(out)
