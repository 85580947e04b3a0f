"""Figures at MLflow and Weights & Biases: what they get, and that nothing there changes a run."""

import contextlib
import io
import os
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from ratchet_trainer import extras
from tiny import Bench

SHORT = {"max_steps": 5}
SERVER = os.environ.get("RATCHET_TEST_PYTHON")
"""An interpreter that has the whole mlflow package, whose server is asked; `npm test` names one."""


def needs(extra: str) -> Callable[[Callable], Callable]:
    """Skips a test where the extra's packages are not installed; `npm test` installs them."""
    folder = extras.folder_of(extra)
    there = folder is not None and (folder / ".ratchet-complete").is_file()
    return unittest.skipUnless(there, f"{extra} is not installed: node launcher/launch.js setup --only {extra}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tracking(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.bench = Bench(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))
        assert cls.bench.run("alone", SHORT) == 0
        # A busy machine sends late.
        cls.enterClassContext(mock.patch("ratchet_trainer.tracking.LAST_SECONDS", 300))

    def test_a_package_that_is_missing_is_said_before_anything_is_loaded(self) -> None:
        for server, where in (("mlflow", {"mlflow_tracking_uri": "http://127.0.0.1:1"}), ("wandb", {"wandb_project": "mail"})):
            with mock.patch.object(extras, "folder_of", lambda _: None), mock.patch.dict("sys.modules", {server: None}):
                self.assertEqual(self.bench.run(f"no-{server}", tracking=where), 2)
            self.assertIn(f"setup --only {server}", self.bench.exit(f"no-{server}")["message"])
            self.assertEqual([event["event"] for event in self.bench.events(f"no-{server}")], ["started", "error"])

    @needs("mlflow")
    def test_a_server_that_is_not_there_changes_nothing(self) -> None:
        tracking = {"mlflow_tracking_uri": f"http://127.0.0.1:{free_port()}"}
        with mock.patch.dict(os.environ, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0"), contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(self.bench.run("deaf", SHORT, tracking=tracking), 0)
        self.assertEqual(said.getvalue().count("tracking stops:"), 1, said.getvalue()[-2000:])
        self.assertEqual(self.bench.digests("deaf"), self.bench.digests("alone"))

    @needs("mlflow")
    @unittest.skipUnless(SERVER, "no MLflow server: RATCHET_TEST_PYTHON names no Python that has mlflow; `npm test` does")
    def test_mlflows_own_server_gets_the_figures_of_one_run_though_it_was_resumed(self) -> None:
        url = self.serve()
        tracking = {"mlflow_tracking_uri": url, "mlflow_experiment_name": "mail", "run_name": "triage"}
        self.assertEqual(self.bench.run("tracked", SHORT, tracking=tracking, until_step=3), 0)
        self.assertEqual(self.bench.run("tracked", SHORT, tracking=tracking), 0)
        self.assertEqual(self.bench.digests("tracked"), self.bench.digests("alone"))
        mlflow = extras.require("mlflow", "mlflow", "")
        client = mlflow.MlflowClient(tracking_uri=url)
        [run] = client.search_runs([client.get_experiment_by_name("mail").experiment_id])
        self.assertEqual((run.info.run_name, run.info.status), ("triage", "FINISHED"))
        self.assertEqual((run.data.params["lora_r"], run.data.params["learning_rate"]), ("4", "0.01"))
        history = client.get_metric_history(run.info.run_id, "loss")
        self.assertEqual([(one.step, one.value) for one in history], [(event["step"], event["loss"]) for event in self.bench.events("tracked", "step")])
        self.assertEqual(run.data.metrics["val_loss_best"], self.bench.events("tracked", "finished")[0]["val_loss_best"])
        self.assertNotIn("row-", str(run.data), "figures and hyperparameters, no rows")

    def serve(self) -> str:
        port, folder = free_port(), self.bench.folder / "mlflow"
        folder.mkdir()
        command = [SERVER, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        store = ["--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", str(folder)]
        # Its job runner is a dozen processes that nobody asks here.
        env = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        log = folder / "server.log"
        with log.open("wb") as out:
            server = subprocess.Popen([*command, *store], stdout=out, stderr=out, start_new_session=True, env=env)
        self.addCleanup(server.wait)
        self.addCleanup(os.killpg, server.pid, 15)
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 240
        while True:
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=5):
                    return url
            except OSError:
                self.assertIsNone(server.poll(), f"the server ended: {log.read_text()[-2000:]}")
                self.assertLess(time.monotonic(), deadline, "the server does not answer")
                time.sleep(0.2)

    @needs("wandb")
    def test_weights_and_biases_gets_them_without_a_network_too(self) -> None:
        spec = self.bench.spec("biased", SHORT, tracking={"wandb_project": "mail"})
        before = "import os; os.environ['WANDB_MODE'] = 'offline'; import ratchet_trainer.tracking as one; one.LAST_SECONDS = 300"
        done = self.bench.run_apart(spec, before)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertNotIn("tracking stops", done.stderr)
        self.assertEqual(self.bench.digests("biased"), self.bench.digests("alone"))
        [written] = (self.bench.folder / "biased/wandb").glob("offline-run-*/*.wandb")
        self.assertIn(b"val_loss", written.read_bytes())


if __name__ == "__main__":
    unittest.main()
