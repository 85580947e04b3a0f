"""Training rows: final strings in, token ids with a completion mask out. Nothing is cut here."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import bad_input


@dataclass(frozen=True)
class Example:
    """One tokenised row. `tokens[supervised_from:]` carry loss; there is at least one of them."""

    id: str
    task: str
    tokens: list[int]
    supervised_from: int

    @property
    def supervised(self) -> int:
        return len(self.tokens) - self.supervised_from


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSONL rows {id, task, prompt, completion, eos?}. Errors name the line, never its text."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                raise bad_input(f"{path.name} line {number}: expected a JSON object") from None
            strings = isinstance(row, dict) and all(isinstance(row.get(key), str) for key in ("id", "task", "prompt", "completion"))
            if not strings or not isinstance(row.get("eos", True), bool):
                raise bad_input(f"{path.name} line {number}: expected strings id, task, prompt, completion and perhaps eos: true | false")
            rows.append(row)
    return rows


def refuse_golden(rows: list[dict[str, Any]], golden_digests_file: Path | None) -> None:
    """Golden rows never reach training, nor the validation rows that choose its best step."""
    if golden_digests_file is None:
        return
    golden = set(golden_digests_file.read_text(encoding="utf-8").split("\n"))
    overlap = sorted({row["id"] for row in rows} & golden)
    if overlap:
        raise bad_input(
            f"{len(overlap)} row(s) belong to the golden set, the first is {overlap[0]}: take them out of train and validation",
            type="GoldenOverlap",
        )


def first_of_each_task(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The first `count` rows of each task, in the order of the file."""
    seen: Counter[str] = Counter()
    first = []
    for row in rows:
        seen[row["task"]] += 1
        if seen[row["task"]] <= count:
            first.append(row)
    return first


def tokenise(rows: list[dict[str, Any]], tokenizer: Any, sequence_len: int, train_on_inputs: bool = False) -> list[Example]:
    """Prompt and completion are tokenised apart, without special tokens, so the mask's border is exact.

    Raises InvalidInput for a row over `sequence_len` tokens, ZeroSupervisedTokens for one that would teach nothing.
    """
    if not rows:
        return []

    def ids(texts: list[str]) -> list[list[int]]:
        return tokenizer(texts, add_special_tokens=False, return_attention_mask=False)["input_ids"]

    prompts, completions = ids([row["prompt"] for row in rows]), ids([row["completion"] for row in rows])
    examples = []
    for row, prompt, completion in zip(rows, prompts, completions, strict=True):
        if row.get("eos", True):
            if tokenizer.eos_token_id is None:
                raise bad_input(f"row {row['id']} ends with the end-of-text token, and this tokenizer has none: set eos: false")
            completion = completion + [tokenizer.eos_token_id]
        tokens = prompt + completion
        if len(tokens) > sequence_len:
            raise bad_input(f"row {row['id']} has {len(tokens)} tokens, sequence_len is {sequence_len}: cut its prompt or raise sequence_len")
        # The first token of a text has nothing before it to be predicted from.
        supervised_from = 1 if train_on_inputs else max(1, len(prompt))
        if len(tokens) <= supervised_from:
            raise bad_input(
                f"row {row['id']} has no supervised token: its completion is empty (or its prompt is, before a single token)",
                type="ZeroSupervisedTokens",
            )
        examples.append(Example(row["id"], row["task"], tokens, supervised_from))
    return examples


def digest(examples: list[Example]) -> str:
    """sha256 over ids, tokens and masks in order: what a checkpoint may be resumed with."""
    total = hashlib.sha256()
    for example in examples:
        total.update(json.dumps([example.id, example.tokens, example.supervised_from]).encode() + b"\n")
    return total.hexdigest()
