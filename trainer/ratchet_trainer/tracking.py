"""A run's figures at MLflow or Weights & Biases, beside events.jsonl. What goes wrong there is said once and changes nothing here."""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .durable import write_json
from .extras import require
from .spec import Config, Tracking

WAITING = 1000
"""Events that may wait for a slow server; later ones are left out."""
LAST_SECONDS = 20.0
"""So long a run waits at its end for what is still to be sent."""
_FIGURES = {
    "step": ("loss", "lr", "tokens", "supervised_tokens", "seconds", "step_seconds"),
    "eval": ("val_loss",),
    "finished": ("val_loss_best", "best_step"),
}

Send = Callable[[dict[str, float], int], None]


class Tracker:
    """Takes events and sends their figures from a thread of its own: no step waits for a server."""

    def __init__(self, tracking: Tracking | None, config: Config, job_dir: Path):
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        if tracking is None:
            return
        # Imported here, so that a missing package is said before anything is loaded.
        servers = []
        if tracking.mlflow_tracking_uri is not None:
            servers.append((require("mlflow", "mlflow", "mlflow_tracking_uri"), _mlflow))
        if tracking.wandb_project is not None:
            servers.append((require("wandb", "wandb", "wandb_project"), _wandb))
        known = _Known(job_dir / "tracking.json")
        opens = [lambda module=module, open=open: open(module, tracking, config, known) for module, open in servers]
        self._thread = threading.Thread(target=self._send_all, args=(opens,), daemon=True)
        self._thread.start()

    def heard(self, event: dict[str, Any]) -> None:
        if self._thread is None or event["event"] not in _FIGURES:
            return
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            pass

    def close(self) -> None:
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=LAST_SECONDS)
        except queue.Full:
            return
        self._thread.join(LAST_SECONDS)
        self._thread = None

    def _send_all(self, opens: list[Callable[[], tuple[Send, Callable[[], None]]]]) -> None:
        servers = [opened for opened in (_tolerant(open) for open in opens) if opened is not None]
        while (event := self._queue.get()) is not None:
            wanted = ((name, event.get(name)) for name in _FIGURES[event["event"]])
            figures = {name: float(value) for name, value in wanted if value is not None}
            for server in list(servers):
                if _tolerant(lambda send=server[0]: send(figures, int(event.get("step", 0))) or True) is None:
                    servers.remove(server)
        for _, end in servers:
            _tolerant(end)


def _tolerant(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except Exception as error:  # whatever a client throws, the run goes on
        print(f"tracking stops: {type(error).__name__}: {' '.join(str(error).split())[:300]}", file=sys.stderr)
        return None


class _Known:
    """The ids of the runs at the servers: one that is resumed here goes on there."""

    def __init__(self, path: Path):
        self._path = path

    def get(self, server: str) -> str | None:
        try:
            return json.loads(self._path.read_text()).get(server)
        except (OSError, ValueError):
            return None

    def put(self, server: str, id: str) -> None:
        try:
            known = json.loads(self._path.read_text())
        except (OSError, ValueError):
            known = {}
        write_json(self._path, known | {server: id})


def _mlflow(mlflow: Any, tracking: Tracking, config: Config, known: _Known) -> tuple[Send, Callable[[], None]]:
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    client = mlflow.MlflowClient(tracking_uri=tracking.mlflow_tracking_uri)
    run_id = known.get("mlflow")
    if run_id is None:
        name = tracking.mlflow_experiment_name
        experiment = client.get_experiment_by_name(name)
        id = client.create_experiment(name) if experiment is None else experiment.experiment_id
        run_id = client.create_run(id, run_name=tracking.run_name, tags={"ratchet.job": tracking.run_name}).info.run_id
        known.put("mlflow", run_id)
        for key, value in _parameters(config).items():
            client.log_param(run_id, key, value)

    def send(figures: dict[str, float], step: int) -> None:
        for name, value in figures.items():
            client.log_metric(run_id, name, value, step=step)

    return send, lambda: client.set_terminated(run_id)


def _wandb(wandb: Any, tracking: Tracking, config: Config, known: _Known) -> tuple[Send, Callable[[], None]]:
    id = known.get("wandb") or wandb.util.generate_id()
    run = wandb.init(
        project=tracking.wandb_project,
        entity=tracking.wandb_entity,
        name=tracking.run_name,
        id=id,
        resume="allow",
        dir=str(known._path.parent),
        config=_parameters(config),
        settings=wandb.Settings(silent=True, console="off"),
    )
    known.put("wandb", id)
    return lambda figures, step: run.log(figures, step=step), lambda: run.finish(quiet=True)


def _parameters(config: Config) -> dict[str, Any]:
    return {key: value for key, value in vars(config).items() if value is not None}
