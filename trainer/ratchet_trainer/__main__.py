"""`python -m ratchet_trainer SPEC.json` trains; with `--wait-for-go`, once it reads the line `go` on standard input.

Exit codes: 0 done, or at the rung it was asked for, 2 the input is to blame, 143 stopped after a checkpoint, 1 anything else.
"""

import gc
import os
import sys
import threading
import traceback
from pathlib import Path

from .errors import classify
from .events import EventLog, write_exit
from .rows import read_input
from .spec import read_spec

USAGE = "usage: python -m ratchet_trainer SPEC.json [--wait-for-go]"
WAIT_FOR_GO = "--wait-for-go"
# A worker that is frozen before it gives the word holds its end open: then somebody else starts a trainer.
GO_WITHIN_S = 60


def main(arguments: list[str]) -> int:
    if arguments[1:] == [WAIT_FOR_GO]:
        arguments = arguments[:1]
        if not _heard_go():
            return 1
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    rank = int(os.environ.get("RANK", "0"))
    job_dir: Path | None = None
    events = EventLog(None)
    try:
        spec = read_spec(arguments[0])
        spec.job_dir.mkdir(parents=True, exist_ok=True)
        job_dir = spec.job_dir
        _environment(spec.threads)
        # Nothing of the 650,000 objects that the imports make is garbage: looking for it takes a quarter of their time.
        gc.disable()
        if rank == 0:
            (job_dir / "exit.json").unlink(missing_ok=True)
        from .launch import end_with_parent, processes_wanted, run_under_torchrun

        if "WORLD_SIZE" in os.environ:
            end_with_parent()
        processes = processes_wanted(spec)
        if processes > 1:
            return run_under_torchrun(arguments[0], spec, processes)
        events = EventLog(job_dir / "events.jsonl" if rank == 0 else None)
        # Said before torch is imported, which takes seconds: whoever waits sees that the run is alive.
        events.emit("started", pid=os.getpid(), threads=spec.threads)
        given = read_input(spec)
        from .tracking import Tracker
        from .train import train

        gc.freeze()
        gc.enable()
        tracker = Tracker(spec.tracking if rank == 0 else None, spec.config, job_dir)
        events.listener = tracker.heard
        try:
            ending = train(spec, events, given)
        finally:
            tracker.close()
    except (Exception, KeyboardInterrupt) as error:
        return _fail(error, events, job_dir, rank)
    if rank == 0:
        write_exit(job_dir, ending.code, rung=ending.rung)
    return ending.code


def _heard_go() -> bool:
    """Whether whoever started this has written it down and said so; not if they are gone, or silent for a minute."""
    silence = threading.Timer(GO_WITHIN_S, os._exit, [1])
    silence.daemon = True
    silence.start()
    line = sys.stdin.readline()
    silence.cancel()
    return line == "go\n"


def _environment(threads: int) -> None:
    """What has to stand before torch is imported."""
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait must not take the cores of serving processes
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with it
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")


def _fail(error: BaseException, events: EventLog, job_dir: Path | None, rank: int) -> int:
    known = classify(error)
    if known.type == "TrainerFailed" and known is not error:
        traceback.print_exception(error, file=sys.stderr)
    print(f"{known.type}: {known}", file=sys.stderr)
    if job_dir is None:
        return known.exit_code
    try:
        events.emit("error", type=known.type, message=str(known))
    except OSError:
        pass  # the disk that is full holds this file too
    # A process other than the first speaks only where nobody has: its fault takes the others down.
    if rank == 0 or not (job_dir / "exit.json").exists():
        write_exit(job_dir, known.exit_code, known.type, str(known))
    return known.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
