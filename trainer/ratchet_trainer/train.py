"""One training run: load, resume, step, evaluate, save, export. Bit for bit the same however often it is interrupted."""

import hashlib
import json
import math
import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from . import batches, checkpoints, export, gguf_adapter, gguf_metadata, lora, packing, rows, schedule, selection, sharding
from .base_model import load_config, load_model, load_tokenizer, resolve
from .checkpoints import Checkpoint, Progress
from .device import Device, close_device, open_device
from .durable import sha256_file
from .errors import TrainerError, bad_input
from .events import EventLog
from .extras import require
from .loss import token_nll
from .rows import Example
from .spec import OPERATIONAL, Spec

STOPPED = 143  # 128 + SIGTERM, as a shell would say it


@dataclass(frozen=True)
class Ending:
    """How a run ended: 0 at its end or at the rung it was asked for, 143 stopped on SIGTERM or `stop_file` after a step."""

    code: int
    rung: int | None = None


def train(spec: Spec, events: EventLog, given: rows.Input) -> Ending:
    """Run `spec` over `given` to its end, or to `until_step`, or until it is asked to stop."""
    with _stop_flag(spec) as stop_asked:
        run = _Run(spec, events, given)
        try:
            return run.to_the_end(stop_asked)
        finally:
            close_device()


def leading_tokens(spec: Spec, tokenizer: Any) -> list[int]:
    """What the engine puts in front of every prompt: llama.cpp as the GGUF file says, others as the tokenizer does."""
    if spec.engine == "llama.cpp" and spec.base.kind == "gguf":
        return gguf_metadata.leading_tokens(Path(spec.base.location))
    return rows.leading_tokens(tokenizer)


class _Run:
    def __init__(self, spec: Spec, events: EventLog, given: rows.Input):
        began = time.perf_counter()
        self.spec, self.events, self.config = spec, events, spec.config
        self.on: Device = open_device(self.config.bf16, spec.threads)
        cached = True
        if self.on.rank == 0:
            location, cached = resolve(spec.base)
        self.on.wait()
        if self.on.rank > 0:
            location, _ = resolve(spec.base)
        if spec.gguf == "required":
            self._require_gguf(load_config(location, spec.base.revision))
        tokenizer = load_tokenizer(location, spec.base.revision)
        lead = leading_tokens(spec, tokenizer)
        self.training = self._tokenise(given.train, tokenizer, lead)
        self.validation = self._tokenise(given.validation, tokenizer, lead)
        # An engine is asked for the completion's tokens alone: no end-of-text token, whatever the row ends with.
        scored_rows = [row | {"eos": False} for row in rows.first_of_each_task(given.validation, spec.score_rows or 0)]
        self.scored = rows.tokenise(scored_rows, tokenizer, self.config.sequence_len, lead=lead)
        self.location = location
        # Where the base is spread over the processes, it comes to their devices in shards.
        where = torch.device("cpu") if self.config.fsdp else self.on.device
        if self.config.load_in_4bit:
            require("bitsandbytes", "qlora", "load_in_4bit")
        base = load_model(location, self.on.dtype, where, self.config.sequence_len, spec.base.revision, self.config.load_in_4bit)
        self.model = lora.attach(base, self.config)
        if spec.gguf == "required":
            self._require_gguf(self.model.config, lora.weights(self.model))
        self.trainable = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        if self.config.fsdp:
            sharding.share_base(self.model, self.trainable, self.on)
        if self.config.sample_packing:
            self._refuse_mixing()
        self.optimizer = torch.optim.AdamW(self.trainable, lr=self.config.learning_rate, weight_decay=self.config.weight_decay)

        # Neither steps nor their rows depend on the number of processes: each takes its share.
        rows_per_step = self.config.micro_batch_size * self.config.gradient_accumulation_steps
        self.rows_each = batches.rows_each(rows_per_step, self.config.micro_batch_size, self.on.world)
        packed = packing.pack(self.training, self.config.sequence_len, self.config.seed) if self.config.sample_packing else self.training
        self.plan = batches.Plan(packed, rows_per_step, self.config.seed, self.config.group_by_length)
        per_epoch = self.plan.steps_per_epoch
        self.max_steps = schedule.max_steps(self.config, per_epoch)
        self.eval_every = schedule.every(self.config.eval_steps, self.config.evals_per_epoch, per_epoch)
        self.save_every = schedule.every(self.config.save_steps, self.config.saves_per_epoch, per_epoch)
        self.progress, self.best = Progress(), {}
        self._saved_at = time.monotonic()
        self._evaluated: tuple[int, float] | None = None
        self.load_seconds = time.perf_counter() - began
        events.emit(
            "loaded",
            seconds=self.load_seconds,
            base_cached=cached,
            device=str(self.on.device),
            processes=self.on.world,
            dtype=str(self.on.dtype).removeprefix("torch."),
            bf16=self.on.bf16,
            trainable_parameters=sum(parameter.numel() for parameter in self.trainable),
            train_rows=len(self.training),
            validation_rows=len(self.validation),
            max_steps=self.max_steps,
        )

    def _require_gguf(self, model_config: Any, state: Iterable[str] = ()) -> None:
        reason = gguf_adapter.why_not(model_config, state)
        if reason is not None:
            raise gguf_adapter.required(reason)

    def _tokenise(self, raw: list[dict[str, Any]], tokenizer: Any, lead: list[int]) -> list[Example]:
        return rows.tokenise(raw, tokenizer, self.config.sequence_len, self.config.train_on_inputs, lead)

    def to_the_end(self, stop_asked: Any) -> Ending:
        self._resume()
        self._tick()
        if self.progress.val_loss_start is None and self.validation:
            self.progress.val_loss_start = self._mean(self._evaluate())
        until = self.spec.until_step
        while self.progress.step < self.max_steps and not self.progress.stopped_early:
            if until is not None and self.progress.step >= until:
                return self._rung()
            # A save by time comes here, where a step's evaluation is done, too.
            stop, due = self.on.any(stop_asked(), time.monotonic() - self._saved_at >= self.config.save_minutes * 60)
            if stop:
                return self._stop()
            if due:
                self._save()
            self._step()
            # A checkpoint comes after the evaluation of its step, so a resumed run repeats neither.
            last = self.progress.step == self.max_steps
            if self.validation and (last or self.progress.step % self.eval_every == 0):
                self._note_validation(self._evaluate())
            if last or self.progress.stopped_early or self.progress.step % self.save_every == 0:
                self._save()
        if self.on.rank == 0 or self.config.fsdp:
            export.write_outputs(self)
        self.on.wait()
        return Ending(0)

    def _resume(self) -> None:
        root = self.spec.job_dir / "checkpoints"
        if not self.spec.resume:
            if self.on.rank == 0:
                checkpoints.forget_checkpoints(root)
            self.on.wait()
            return
        # The first process chooses, and hands it to the others: none may go on from what only it can read, or from nothing.
        found, passed_over = self.on.share(checkpoints.latest_checkpoint(root, self.fingerprint()) if self.on.rank == 0 else None)
        if found is not None:
            lora.put_weights(self.model, found.adapter)
            checkpoints.put_optimizer_tensors(self.optimizer, found.optimizer)
            self.progress, self.best = found.progress, found.best
        if found is not None or passed_over:
            self.events.emit("resumed", step=self.progress.step, max_steps=self.max_steps, passed_over=passed_over)

    def fingerprint(self) -> str:
        """What must be the same for a checkpoint to be gone on with: everything that the weights depend on."""
        config = self.config
        settings = {key: value for key, value in asdict(config).items() if key not in OPERATIONAL}
        init = config.init_adapter and sha256_file(os.path.join(config.init_adapter, "adapter_model.safetensors"))
        parts = [
            self.spec.base.name,
            *([] if self.spec.base.revision is None else [self.spec.base.revision]),
            settings | {"init_adapter": init},
            rows.digest(self.training),
            rows.digest(self.validation),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _step(self) -> None:
        began, progress = time.perf_counter(), self.progress
        epoch, index = divmod(progress.step, self.plan.steps_per_epoch)
        batch = self._epoch(epoch)[index]
        supervised = sum(example.supervised for example in batch)
        rate = schedule.learning_rate(self.config, progress.step, self.max_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        total = self.repeatably(lambda: self._gradients(batch, supervised))
        loss = self.on.sum(total).item() / supervised
        if not loss < float("inf"):
            raise TrainerError("TrainerFailed", f"the loss is {loss} at step {progress.step + 1}: lower learning_rate", exit_code=1)
        self._sum_gradients()
        torch.nn.utils.clip_grad_norm_(self.trainable, self.config.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

        progress.step += 1
        progress.train_loss = loss
        progress.tokens += sum(len(example.tokens) for example in batch)
        progress.supervised_tokens += supervised
        self._tick()
        self.events.emit(
            "step",
            step=progress.step,
            max_steps=self.max_steps,
            epoch=progress.step / self.plan.steps_per_epoch,
            loss=loss,
            lr=rate,
            tokens=progress.tokens,
            supervised_tokens=progress.supervised_tokens,
            seconds=progress.seconds,
            step_seconds=time.perf_counter() - began,
        )

    def _gradients(self, batch: list[Example], supervised: int) -> torch.Tensor:
        """This process's share of the step's gradients, and of its summed loss."""
        self.optimizer.zero_grad(set_to_none=True)
        self.model.train()
        total = torch.zeros((), device=self.on.device)
        for number, micro, weight in self._share(batch):
            # Dropout draws from (seed, step, micro-batch) alone: no generator state needs to be saved, and it is the same
            # whichever process has the micro-batch.
            torch.manual_seed(random.Random(f"dropout:{self.config.seed}:{self.progress.step}:{number}").getrandbits(63))
            with self.on.autocast():
                nll = token_nll(self.model, micro, self.on.device).sum()
            # Divided by the whole step's tokens: the mean is over them all, however the step is cut up.
            (nll * (weight / supervised)).backward()
            total += nll.detach() * weight
        return total

    def _share(self, rows: list[Example]) -> list[tuple[int, list[Example], int]]:
        """This process's micro-batches, with their numbers and weight 1. Where the base is spread over the processes, all
        take part in each forward pass: one without a micro-batch computes another's, with weight 0."""
        mine = [(number, micro, 1) for number, micro in batches.micro_batches(rows, self.rows_each, self.on.rank, self.on.world)]
        if not self.config.fsdp:
            return mine
        every = batches.micro_batches(rows, self.rows_each)
        return mine + [(*every[0], 0)] * (math.ceil(len(every) / self.on.world) - len(mine))

    @torch.no_grad()
    def _refuse_mixing(self) -> None:
        """Two rows in one sequence must have the loss that each has alone: not every architecture keeps them apart."""
        rows = sorted(self.training, key=lambda example: len(example.tokens))[:2]
        if len(rows) < 2 or sum(len(row.tokens) for row in rows) > self.config.sequence_len:
            return
        self.model.eval()
        with self.on.autocast():
            alone = torch.cat([token_nll(self.model, [row], self.on.device) for row in rows])
            together = token_nll(self.model, [packing.join(rows)], self.on.device)
        apart = (alone - together).abs().mean().item()
        if apart > (0.1 if self.on.dtype == torch.bfloat16 else 1e-3):
            raise bad_input(
                f"sample_packing: packed rows of {self.model.config.model_type} see each other (their losses differ by {apart:.3g}"
                " nats a token from those alone): set it to false"
            )

    def repeatably(self, compute: Callable[[], Any]) -> Any:
        """`compute`, as deterministically as it can be done here (device.py)."""
        while True:
            try:
                return compute()
            except RuntimeError as error:
                if not self.on.determinism.relax(error):
                    raise

    def _epoch(self, number: int) -> list[list[Example]]:
        if getattr(self, "_epoch_number", None) != number:
            self._epoch_number, self._epoch_steps = number, self.plan.epoch(number)
        return self._epoch_steps

    def _sum_gradients(self) -> None:
        """Data parallelism: an adapter's gradients are few enough to travel as one flat tensor."""
        if self.on.world == 1:
            return
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.trainable]
        flat = self.on.sum(torch.cat([part.flatten() for part in parts]))
        for parameter, part in zip(self.trainable, flat.split([p.numel() for p in self.trainable]), strict=True):
            parameter.grad = part.view_as(parameter)

    @torch.no_grad()
    def _evaluate(self) -> list[float]:
        """The summed NLL of each validation row's completion; their mean a token goes into the event."""
        self.model.eval()
        place = {id(example): index for index, example in enumerate(self.validation)}
        sums = torch.zeros(len(self.validation), dtype=torch.float64, device=self.on.device)
        for _, micro, weight in self._share(self.validation):
            with self.on.autocast():
                nll = self.repeatably(lambda micro=micro: token_nll(self.model, micro, self.on.device)).double()
            for example, part in zip(micro, nll.split([example.supervised for example in micro]), strict=True):
                if weight:
                    sums[place[id(example)]] = part.sum()
        by_row = self.on.sum(sums).tolist()
        self._evaluated = (self.progress.step, self._mean(by_row))
        self._tick()
        self.events.emit(
            "eval",
            step=self.progress.step,
            max_steps=self.max_steps,
            val_loss=self._mean(by_row),
            val_loss_by_task={task: float(f"{self._mean(by_row, task):.6g}") for task in sorted({row.task for row in self.validation})},
            seconds=self.progress.seconds,
        )
        return by_row

    def _mean(self, by_row: list[float], task: str | None = None) -> float:
        rows_of_task = [(nll, row.supervised) for nll, row in zip(by_row, self.validation, strict=True) if task in (None, row.task)]
        return sum(nll for nll, _ in rows_of_task) / sum(count for _, count in rows_of_task)

    def _note_validation(self, by_row: list[float]) -> None:
        """Keep these weights if none were clearly better; stop early after `early_stopping_patience` times without a new low."""
        progress, val_loss = self.progress, self._mean(by_row)
        if progress.val_loss_lowest is None or val_loss < progress.val_loss_lowest:
            progress.val_loss_lowest, progress.lowest_step, progress.lowest_by_row = val_loss, progress.step, by_row
            progress.evals_since_lowest = 0
        else:
            progress.evals_since_lowest += 1
        if selection.no_worse(by_row, progress.lowest_by_row, [row.supervised for row in self.validation]):
            progress.val_loss_best, progress.best_step = val_loss, progress.step
            self.best = lora.weights(self.model)
        patience = self.config.early_stopping_patience
        if patience is not None and progress.evals_since_lowest >= patience and progress.step < self.max_steps:
            progress.stopped_early = True
            self.events.emit(
                "early_stop",
                step=progress.step,
                max_steps=self.max_steps,
                lowest_step=progress.lowest_step,
                best_step=progress.best_step,
                val_loss=progress.val_loss_best,
            )

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        if self.on.rank == 0:
            began = time.perf_counter()
            state = Checkpoint(self.progress, lora.weights(self.model), checkpoints.optimizer_tensors(self.optimizer), self.best)
            folder = checkpoints.save_checkpoint(self.spec.job_dir / "checkpoints", state, self.fingerprint())
            path = str(folder.relative_to(self.spec.job_dir))
            self.events.emit("checkpoint", step=self.progress.step, max_steps=self.max_steps, path=path, save_seconds=time.perf_counter() - began)
        self.on.wait()

    def _rung(self) -> Ending:
        """The loss here is for whoever compares runs: it decides neither the weights to be exported nor an early stop."""
        step = self.progress.step
        if self._evaluated is None or self._evaluated[0] != step:
            self._evaluate()
        self._save()
        self.events.emit("rung", step=step, max_steps=self.max_steps, val_loss=self._evaluated[1], seconds=self.progress.seconds)
        return Ending(0, rung=step)

    def _stop(self) -> Ending:
        self._save()
        self.events.emit("stopped", step=self.progress.step, max_steps=self.max_steps, seconds=self.progress.seconds)
        return Ending(STOPPED)

    def _tick(self) -> None:
        """Add the time since the last tick to the run's own, which lives on over restarts."""
        wall, cpu = time.perf_counter(), time.process_time()
        if hasattr(self, "_ticked"):
            self.progress.seconds += wall - self._ticked[0]
            self.progress.cpu_seconds += cpu - self._ticked[1]
        self._ticked = (wall, cpu)


@contextmanager
def _stop_flag(spec: Spec) -> Iterator[Any]:
    """A function that says whether someone asked this run to stop. A signal only sets the flag: steps are never torn."""
    asked = []
    former = {number: signal.signal(number, lambda *_: asked.append(True)) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(asked) or (spec.stop_file is not None and spec.stop_file.exists())
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
