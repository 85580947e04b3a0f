"""Training rows: final strings in, token ids with a completion mask out. Nothing is cut here."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import bad_input
from .spec import Spec


@dataclass(frozen=True)
class Example:
    """One tokenised row, or several packed one behind the other (packing.py).

    `targets` are the positions, ascending and from 1, of the tokens that carry loss; there is at least one. `starts` are
    those at which a row begins.
    """

    id: str
    task: str
    tokens: list[int]
    targets: list[int]
    starts: tuple[int, ...] = (0,)

    @property
    def supervised(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Input:
    """Rows as they stand in the files."""

    train: list[dict[str, Any]]
    validation: list[dict[str, Any]]


def read_input(spec: Spec) -> Input:
    """A run's rows, with all that can be checked of them without the model: before torch is imported, which takes seconds."""
    given = Input(read_rows(spec.train_file), read_rows(spec.validation_file) if spec.validation_file else [])
    if not given.train:
        raise bad_input(f"{spec.train_file} holds no row: nothing to train on", type="ZeroSupervisedTokens")
    refuse_golden(given.train + given.validation, spec.golden_digests_file)
    return given


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSONL rows {id, task, prompt, completion, eos?, spans?}. Errors name the line, never its text.

    `spans`: [from, to] of the prompt's parts that carry loss like the completion, in code points.
    """
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
            if not strings or not isinstance(row.get("eos", True), bool) or not _are_spans(row.get("spans", []), row["prompt"]):
                raise bad_input(
                    f"{path.name} line {number}: expected strings id, task, prompt, completion and perhaps eos: true | false,"
                    " spans: [[from, to], …] within the prompt"
                )
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


def _are_spans(spans: Any, prompt: str) -> bool:
    """Pairs of code points of the prompt, in order, none over another."""
    edges = [edge for span in spans for edge in span] if isinstance(spans, list) and all(isinstance(s, list) and len(s) == 2 for s in spans) else [-1]
    if not all(isinstance(edge, int) and not isinstance(edge, bool) and 0 <= edge <= len(prompt) for edge in edges):
        return False
    return edges == sorted(edges) and all(start < end for start, end in spans)


def tokenise(
    rows: list[dict[str, Any]], tokenizer: Any, sequence_len: int, train_on_inputs: bool = False, lead: list[int] | None = None
) -> list[Example]:
    """Prompt and completion as one text, behind `lead`, the tokens that the engine puts in front of every prompt.

    What carries loss is found by where a token ends and begins in the text: a token across the border between prompt
    and completion counts as completion, as it does where an engine's losses are read (completion-span.ts).
    Raises InvalidInput for a row over `sequence_len` tokens, ZeroSupervisedTokens for one that would teach nothing.
    """
    if not rows:
        return []
    if not getattr(tokenizer, "is_fast", False):
        raise bad_input("the base's tokenizer does not tell where its tokens stand in the text: expected one with a tokenizer.json")
    lead = lead or []
    texts = [row["prompt"] + row["completion"] for row in rows]
    encoded = tokenizer(texts, add_special_tokens=False, return_attention_mask=False, return_offsets_mapping=True)
    examples = []
    for row, text, offsets in zip(rows, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        tokens = lead + text
        if row.get("eos", True):
            if tokenizer.eos_token_id is None:
                raise bad_input(f"row {row['id']} ends with the end-of-text token, and this tokenizer has none: set eos: false")
            tokens.append(tokenizer.eos_token_id)
        if len(tokens) > sequence_len:
            raise bad_input(f"row {row['id']} has {len(tokens)} tokens, sequence_len is {sequence_len}: cut its prompt or raise sequence_len")
        carries = [len(lead) + at for at in ([*range(len(text))] if train_on_inputs else _carrying(offsets, row))]
        carries += range(len(lead) + len(text), len(tokens))
        # The first token of a text has nothing before it to be predicted from.
        targets = [at for at in carries if at > 0]
        if not targets:
            raise bad_input(
                f"row {row['id']} has no supervised token: its completion is empty (or its prompt is, before a single token)",
                type="ZeroSupervisedTokens",
            )
        examples.append(Example(row["id"], row["task"], tokens, targets))
    return examples


def _carrying(offsets: list[tuple[int, int]], row: dict[str, Any]) -> list[int]:
    """Tokens that end behind a span's beginning and begin before its end; the last span is the completion."""
    end = len(row["prompt"])
    completion = next((at for at, (_, stop) in enumerate(offsets) if stop > end), len(offsets))
    inside = [at for at, (start, stop) in enumerate(offsets[:completion]) if any(stop > a and start < b for a, b in row.get("spans", []))]
    return [*inside, *range(completion, len(offsets))]


def leading_tokens(tokenizer: Any) -> list[int]:
    """What the tokenizer itself, and so vLLM, puts in front of every text: its BOS token, or nothing."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    at = next((at for at in range(len(whole)) if whole[at : at + len(bare)] == bare), 0)
    return whole[:at]


def digest(examples: list[Example]) -> str:
    """sha256 over ids, tokens and masks in order: what a checkpoint may be resumed with."""
    total = hashlib.sha256()
    for example in examples:
        total.update(json.dumps([example.id, example.tokens, example.targets]).encode() + b"\n")
    return total.hexdigest()
