"""A run's figures at MLflow or Weights & Biases, beside events.jsonl. What goes wrong there is said once and changes nothing here."""

import json
import os
import queue
import sys
import threading
import time
import uuid
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

Figures = list[tuple[int, dict[str, float]]]
"""Steps, and what was measured there."""
Server = tuple[Callable[[Figures], None], Callable[[bool], None]]
"""Sends figures, as many as there are at once; ends, and whether the training has come to its end, too."""


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

    def _send_all(self, opens: list[Callable[[], Server]]) -> None:
        servers = [opened for opened in (_tolerant(open) for open in opens) if opened is not None]
        ended = finished = False
        while not ended:
            waiting = [self._queue.get()]
            while not self._queue.empty():
                waiting.append(self._queue.get())
            ended = None in waiting
            events = [event for event in waiting if event is not None]
            finished = finished or any(event["event"] == "finished" for event in events)
            figures = [(int(event.get("step", 0)), _figures(event)) for event in events]
            for server in list(servers):
                if figures and _tolerant(lambda send=server[0], figures=figures: send(figures) or True) is None:
                    servers.remove(server)
        for _, end in servers:
            _tolerant(lambda end=end: end(finished))


def _figures(event: dict[str, Any]) -> dict[str, float]:
    wanted = ((name, event.get(name)) for name in _FIGURES[event["event"]])
    return {name: float(value) for name, value in wanted if value is not None}


def _tolerant(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except Exception as error:  # whatever a client throws, the run goes on
        print(f"tracking stops: {type(error).__name__}: {' '.join(str(error).split())[:300]}", file=sys.stderr)
        return None


class _Known:
    """The ids of the runs at the servers: one that is resumed here goes on there."""

    def __init__(self, path: Path):
        self._path, self.folder = path, path.parent

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


def _mlflow(mlflow: Any, tracking: Tracking, config: Config, known: _Known) -> Server:
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    client, entities = mlflow.MlflowClient(tracking_uri=tracking.mlflow_tracking_uri), mlflow.entities
    run_id = known.get("mlflow")
    if run_id is None:
        name = tracking.mlflow_experiment_name
        experiment = client.get_experiment_by_name(name)
        id = client.create_experiment(name) if experiment is None else experiment.experiment_id
        run_id = client.create_run(id, run_name=tracking.run_name).info.run_id
        known.put("mlflow", run_id)
        client.log_batch(run_id, params=[entities.Param(key, str(value)) for key, value in _parameters(config).items()])

    def send(figures: Figures) -> None:
        at = int(time.time() * 1000)
        metrics = [entities.Metric(name, value, at, step) for step, measured in figures for name, value in measured.items()]
        for start in range(0, len(metrics), 1000):  # as many as MLflow takes at once
            client.log_batch(run_id, metrics=metrics[start : start + 1000])

    return send, lambda finished: client.set_terminated(run_id) if finished else None


def _wandb(wandb: Any, tracking: Tracking, config: Config, known: _Known) -> Server:
    id = known.get("wandb") or uuid.uuid4().hex[:8]
    run = wandb.init(
        project=tracking.wandb_project,
        entity=tracking.wandb_entity,
        name=tracking.run_name,
        id=id,
        resume="allow",
        dir=str(known.folder),
        config=_parameters(config),
        settings=wandb.Settings(silent=True, console="off"),
    )
    known.put("wandb", id)

    def send(figures: Figures) -> None:
        for step, measured in figures:
            run.log(measured, step=step)

    return send, lambda finished: run.finish(exit_code=0 if finished else 1)


def _parameters(config: Config) -> dict[str, Any]:
    """Hyperparameters; no path of this machine."""
    return {key: value for key, value in vars(config).items() if value is not None and key != "init_adapter"}
