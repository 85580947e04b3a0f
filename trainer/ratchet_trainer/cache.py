"""Where Ratchet keeps on this machine what can be fetched or made again."""

import os
from pathlib import Path


def cache_root() -> Path:
    given = os.environ.get("RATCHET_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ratchet"
