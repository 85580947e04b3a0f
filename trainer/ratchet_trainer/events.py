"""What a run tells the one who started it: lines in events.jsonl while it runs, exit.json as its last word."""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .durable import write_json


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_BEGAN = time.perf_counter()


class EventLog:
    """Append-only JSONL; a line is one write(2), so that a reader never sees half of one.

    Each says how long this process has run and how much CPU time it used: what a killed one spent is known, too.

    Only rank 0 writes: the others hold an EventLog with no file.
    """

    def __init__(self, path: Path | None):
        self._fd: int | None = None
        self.listener: Callable[[dict[str, object]], None] | None = None
        """Hears each event that is written."""
        if path is not None:
            _cut_partial_line(path)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def emit(self, event: str, **fields: object) -> None:
        if self._fd is None:
            return
        spent = {"process_seconds": time.perf_counter() - _BEGAN, "process_cpu_seconds": time.process_time()}
        line = {"t": now(), "event": event} | {key: _short(value) for key, value in (fields | spent).items() if value is not None}
        os.write(self._fd, (json.dumps(line) + "\n").encode())
        if self.listener is not None:
            self.listener(line)


def _short(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _cut_partial_line(path: Path) -> None:
    """A run killed in the middle of a write, or on a full disk, may have left half a line."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)


def write_exit(job_dir: Path, code: int, type: str | None = None, message: str | None = None, rung: int | None = None) -> None:
    """Write exit.json, the last thing a run does; on a disk too full even for that, say so on stderr."""
    word = {"code": code, "type": type, "message": message, "rung": rung, "at": now()}
    try:
        write_json(job_dir / "exit.json", {key: value for key, value in word.items() if value is not None})
    except OSError as error:
        print(f"exit.json could not be written: {error}", file=sys.stderr)
