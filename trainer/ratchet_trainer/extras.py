"""Packages that only some runs need: in folders of their own, named by their lock, beside the trainer's environment."""

import hashlib
import importlib
import sys
from pathlib import Path
from typing import Any

from .cache import cache_root
from .errors import bad_input

TRAINER = Path(__file__).resolve().parent.parent


def require(package: str, extra: str, setting: str) -> Any:
    """Import `package`, from the environment or from what the launcher installed for `extra`. Raises InvalidInput."""
    folder = folder_of(extra)
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))  # behind the environment's own: of what both have its version counts
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise bad_input(
            f"{setting} needs {package}, which is not installed ({error}): run node launcher/launch.js setup --only {extra}"
        ) from error


def folder_of(extra: str) -> Path | None:
    """`CACHE/trainer-extras/EXTRA-<first 16 hex digits of its lock's sha256>`; None where there is no lock."""
    lock = TRAINER / f"requirements-{extra}.txt"
    if not lock.is_file():
        return None
    return cache_root() / "trainer-extras" / f"{extra}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
