import type {PromptVersion} from '../../schemas/release.ts';
import type {Row, Split} from '../../schemas/row.ts';
import {referenceAnswer, renderPrompt, renderTraining} from '../prompts/render.ts';
import type {Tokenizer} from '../prompts/tokenizer.ts';

/** A row as training and serving render it. */
export interface RenderedRow {
  readonly id: string;
  readonly task: string;
  readonly split: Split;
  readonly prompt: string;
  readonly completion: string;
  /** Inputs were cut at max_input_tokens. */
  readonly truncated: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Null where the row has no answer to this task. */
export function renderRow(
  prompt: PromptVersion,
  {row, split}: {readonly row: Row; readonly split: Split},
  tokenizer: Tokenizer,
): RenderedRow | null {
  const example = renderTraining(prompt, row, tokenizer);
  if (example === null) return null;
  const messages = row.messages ?? [];
  const {truncated} = renderPrompt(
    prompt,
    row.fields,
    tokenizer,
    prompt.kind === 'chat' && messages.length > 0 ? messages.slice(0, -1) : messages,
  );
  return {
    id: row.id,
    task: prompt.task,
    split,
    truncated,
    prompt: example.prompt,
    completion: example.completion,
    promptTokens: tokenizer.encodePrompt(example.prompt).length,
    completionTokens: tokenizer.encodePrompt(example.completion).length + (example.eos ? 1 : 0),
  };
}

/** Rows that answer a task, by split and label ('' where rows have none). */
export type TaskCounts = Readonly<Record<Split, Readonly<Record<string, number>>>>;

export function countRows(
  prompt: PromptVersion,
  rows: readonly {readonly row: Row; readonly split: Split}[],
): TaskCounts {
  const counts: Record<Split, Record<string, number>> = {train: {}, validation: {}, golden: {}, traffic: {}};
  // A class without a row in a split has to be seen as 0.
  for (const split of Object.values(counts))
    for (const label of Object.keys(prompt.choices ?? {})) split[label] = 0;
  for (const {row, split} of rows) {
    if (referenceAnswer(prompt, row) === null) continue;
    const label = prompt.kind === 'classification' ? row.label! : '';
    counts[split][label] = (counts[split][label] ?? 0) + 1;
  }
  return counts;
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** At most `most` of these rows, by label in their natural shares. */
export function capped(counts: Readonly<Record<string, number>>, most: number): Record<string, number> {
  const all = total(counts);
  if (all <= most) return {...counts};
  return Object.fromEntries(
    Object.entries(counts).map(([label, n]) => [label, Math.round((n * most) / all)]),
  );
}
