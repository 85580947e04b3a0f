"""Python code in processes of its own that start with torch imported: importing it takes longer than most of the runs."""

import atexit
import multiprocessing
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import CompletedProcess

import ratchet_trainer.train  # noqa: F401  all that a run needs, before the fork
from ratchet_trainer.launch import end_with_parent
from torch.distributed import TCPStore

Environment = dict[str, str]
WITHIN_S = 300
"""A run takes a few seconds: one that takes this long waits for a process that never answers."""


def run_apart(code: str) -> CompletedProcess:
    """What `python -c code` does, with this process's environment as it is now."""
    return _run(code, [dict(os.environ)])


def run_on_two(code: str) -> CompletedProcess:
    """The same code in two processes, with the environment and the store that torchrun gives to its workers."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    common = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": store.host, "MASTER_PORT": str(store.port)}
    common |= {"TORCHELASTIC_USE_AGENT_STORE": "True"}
    return _run(code, [os.environ | common | {"RANK": rank, "LOCAL_RANK": rank} for rank in ("0", "1")])


def _run(code: str, environments: Sequence[Environment]) -> CompletedProcess:
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder) / name for name in ("stdout", "stderr")]
        _server.send((code, environments, said))
        returncode = _server.recv()
        return CompletedProcess(code, returncode, *(path.read_text() for path in said))


def _start_server() -> Connection:
    """A copy of this process, which is forked for each run. It stays as it is now: all is imported, and no gradient was
    computed, since torch computes none in a fork of a process that has."""
    ours, theirs = multiprocessing.Pipe()
    pid = os.fork()
    if pid == 0:
        end_with_parent()
        ours.close()
        _serve(theirs)
    theirs.close()
    atexit.register(lambda: (ours.close(), os.waitpid(pid, 0)))
    return ours


def _serve(asked: Connection) -> None:
    while True:
        try:
            code, environments, said = asked.recv()
        except EOFError:
            os._exit(0)
        running = [_fork(code, environment, said) for environment in environments]
        returncode = 0
        while running:
            pid, status = os.wait()
            running.remove(pid)
            # As torchrun does: where one fails, the others would wait for it.
            if status != 0 and returncode == 0:
                returncode = os.waitstatus_to_exitcode(status)
                for other in running:
                    os.kill(other, signal.SIGKILL)
        asked.send(returncode)


def _fork(code: str, environment: Environment, said: Sequence[Path]) -> int:
    pid = os.fork()
    if pid > 0:
        return pid
    returncode = 1
    try:
        end_with_parent()
        signal.alarm(WITHIN_S)
        for number, path in enumerate(said, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        os.environ.clear()
        os.environ.update(environment)
        exec(code, {"__name__": "__main__"})
        returncode = 0
    except SystemExit as end:
        returncode = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(returncode)


_server = _start_server()
