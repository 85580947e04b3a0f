"""A base named by its id: loaded at its commit, by transformers' own client, from a server that behaves like the Hub."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import torch
from ratchet_trainer import base_model
from tiny import TRAINER, Bench

ID, COMMIT, BRANCH_HEAD = "org/tiny", "c0" * 20, "d1" * 20


class Loading(unittest.TestCase):
    def test_an_ids_revision_is_handed_on_and_a_folder_has_none(self) -> None:
        for revision, expected in [("c" * 40, {"revision": "c" * 40}), (None, {})]:
            with (
                self.subTest(revision=revision),
                mock.patch.object(base_model.AutoTokenizer, "from_pretrained") as tokenizer,
                mock.patch.object(base_model.AutoModelForCausalLM, "from_pretrained") as model,
            ):
                base_model.load_tokenizer("org/model", revision)
                base_model.load_model("org/model", torch.float32, torch.device("cpu"), 64, revision)
                tokenizer.assert_called_once_with("org/model", **expected)
                model.assert_called_once_with("org/model", dtype=torch.float32, attn_implementation="eager", **expected)


class Hub(unittest.TestCase):
    """Both runs in one process, which has its environment before it imports transformers' client: that reads it then."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.bench = Bench(folder)
        cls.asked: list[str] = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), stand_in(cls.bench.model_dir, cls.asked))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        specs = [
            str(cls.bench.spec(job, {"max_steps": 4}, base={"kind": "hf", "path_or_id": ID, "revision": revision}))
            for job, revision in (("gone", BRANCH_HEAD), ("id", COMMIT))
        ]
        code = f"from ratchet_trainer.__main__ import main\nfor spec in {specs!r}: main([spec])"
        environment = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "HF_TOKEN")}
        environment |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_XET": "1"}
        environment |= {"NO_PROXY": "127.0.0.1", "PYTHONPATH": str(TRAINER)}
        cls.said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stderr

    def test_trains_the_same_as_from_the_folder(self) -> None:
        self.assertEqual(self.bench.exit("id")["code"], 0, self.said)
        self.assertEqual(self.bench.run("folder", {"max_steps": 4}), 0)
        by_id, by_folder = self.bench.adapter("id"), self.bench.adapter("folder")
        self.assertEqual(by_id["adapter_model.safetensors"], by_folder["adapter_model.safetensors"])
        self.assertEqual(by_id["adapter.gguf"], by_folder["adapter.gguf"])
        config = json.loads(by_id["adapter_config.json"])
        self.assertEqual((config["base_model_name_or_path"], config["revision"]), (ID, COMMIT))
        revisions = {path.partition("/resolve/")[2].partition("/")[0] for path in self.asked if "/resolve/" in path}
        self.assertEqual(revisions, {COMMIT, BRANCH_HEAD}, "of either run, its own")

    def test_a_revision_that_is_not_there_is_the_inputs_fault(self) -> None:
        ended = self.bench.exit("gone")
        self.assertEqual((ended["code"], ended["type"]), (2, "InvalidInput"), self.said)
        self.assertIn(f"the base model {ID} cannot be loaded", ended["message"])


def stand_in(model: Path, asked: list[str]) -> type[BaseHTTPRequestHandler]:
    """What the Hub answers about one public model with one commit."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            prefix = f"/{ID}/resolve/{COMMIT}/"
            file = model / path.removeprefix(prefix)
            if path.startswith(prefix) and file.is_file():
                body = file.read_bytes()
                self.answer(200, body, {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT})
            elif path.startswith(prefix):
                self.answer(404, b"Entry not found", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            elif path in (f"/api/models/{ID}", f"/api/models/{ID}/revision/{COMMIT}"):
                names = [{"rfilename": file.name} for file in sorted(model.iterdir())]
                self.answer(200, json.dumps({"id": ID, "modelId": ID, "sha": COMMIT, "tags": [], "siblings": names}).encode(), {})
            elif path.startswith(f"/api/models/{ID}/tree/{COMMIT}"):
                self.answer(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            else:
                self.answer(404, b"Invalid rev id", {"X-Error-Code": "RevisionNotFound"})

        do_HEAD = do_GET

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    unittest.main()
