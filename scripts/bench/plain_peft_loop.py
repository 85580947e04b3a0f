"""The yardstick of the trainer: what anyone would write with transformers and peft, on the same rows in the same steps.

    PYTHONPATH=trainer python scripts/bench/plain_peft_loop.py SPEC.json [STEPS]

SPEC is the trainer's own. Prints one JSON line {steps, seconds, cpu_seconds, step_seconds[], losses[], tokens, padded_tokens};
seconds hold the steps only, neither the load nor evaluations nor checkpoints, of which it makes none.
"""

import json
import os
import sys
import time
from contextlib import nullcontext

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from ratchet_trainer.spec import read_spec  # noqa: E402

spec = read_spec(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(spec.threads)

import torch  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402
from ratchet_trainer import batches, rows, schedule  # noqa: E402
from ratchet_trainer.train import leading_tokens  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, get_scheduler  # noqa: E402

config = spec.config
torch.set_num_threads(spec.threads)
torch.manual_seed(config.seed)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
bf16 = config.bf16 is not False
if spec.base.kind == "gguf":
    where, load = os.path.dirname(spec.base.location), {"gguf_file": os.path.basename(spec.base.location)}
else:
    where, load = spec.base.location, {}

tokenizer = AutoTokenizer.from_pretrained(where, **load)
model = AutoModelForCausalLM.from_pretrained(where, dtype=torch.bfloat16 if bf16 else torch.float32, **load)
lora = LoraConfig(
    r=config.lora_r,
    lora_alpha=config.lora_alpha,
    lora_dropout=config.lora_dropout,
    target_modules=config.lora_target_modules or "all-linear",
    task_type="CAUSAL_LM",
)
model = get_peft_model(model, lora).to(device).train()

examples = rows.tokenise(rows.read_rows(spec.train_file), tokenizer, config.sequence_len, lead=leading_tokens(spec, tokenizer))
plan = batches.Plan(examples, config.micro_batch_size * config.gradient_accumulation_steps, config.seed, config.group_by_length)
max_steps = schedule.max_steps(config, plan.steps_per_epoch)
steps = min(max_steps, int(sys.argv[2])) if len(sys.argv) > 2 else max_steps
trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trainable, lr=config.learning_rate, weight_decay=config.weight_decay)
scheduler = get_scheduler(config.lr_scheduler, optimizer, config.warmup_steps, max_steps)


def collate(batch: list[rows.Example]) -> dict[str, torch.Tensor]:
    length = max(len(example.tokens) for example in batch)
    pad = tokenizer.eos_token_id or 0
    input_ids = torch.full((len(batch), length), pad)
    labels = torch.full((len(batch), length), -100)
    attention_mask = torch.zeros((len(batch), length), dtype=torch.long)
    for i, example in enumerate(batch):
        size = len(example.tokens)
        input_ids[i, :size] = torch.tensor(example.tokens)
        labels[i, example.targets] = input_ids[i, example.targets]
        attention_mask[i, :size] = 1
    return {"input_ids": input_ids.to(device), "labels": labels.to(device), "attention_mask": attention_mask.to(device)}


step_seconds, losses, tokens, padded = [], [], 0, 0
began, cpu_began = time.perf_counter(), time.process_time()
for step in range(steps):
    step_began = time.perf_counter()
    epoch, index = divmod(step, plan.steps_per_epoch)
    micro_batches = batches.micro_batches(plan.epoch(epoch)[index], config.micro_batch_size)
    total = 0.0
    for _, micro in micro_batches:
        batch = collate(micro)
        with torch.autocast(device.type, dtype=torch.bfloat16) if bf16 else nullcontext():
            loss = model(**batch).loss / len(micro_batches)
        loss.backward()
        total += loss.item()
        tokens += int(batch["attention_mask"].sum())
        padded += batch["input_ids"].numel()
    torch.nn.utils.clip_grad_norm_(trainable, config.max_grad_norm)
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
    losses.append(round(total, 6))
    step_seconds.append(round(time.perf_counter() - step_began, 4))

print(
    json.dumps(
        {
            "steps": steps,
            "seconds": round(time.perf_counter() - began, 3),
            "cpu_seconds": round(time.process_time() - cpu_began, 3),
            "step_seconds": step_seconds,
            "losses": losses,
            "tokens": tokens,
            "padded_tokens": padded,
        }
    )
)
