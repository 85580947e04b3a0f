import {transformRecord} from '../../core/curation/transform.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {renderTraining} from '../../core/prompts/render.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {openTokenizer} from '../../serving/clients/tokenizer/open-tokenizer.ts';
import {mailsOf} from '../../cli/demo/mailbox.ts';

/** A line of the trainer's JSONL. */
export interface TrainerRow {
  readonly id: string;
  readonly task: string;
  readonly prompt: string;
  readonly completion: string;
  readonly eos: boolean;
}

/**
 * The first `count` mails that a project's sources give, as many of each source, rendered for its tasks in turn by the same
 * code as in the train stage. What they are not: deduplicated and split, which does not change what a step costs.
 */
export async function trainerRows(
  config: ProjectConfig,
  {folder, model, count}: {readonly folder: string; readonly model: string; readonly count: number},
): Promise<TrainerRow[]> {
  const rowKey = Buffer.alloc(32, 7);
  const tokenizer = await openTokenizer(model);
  const prompts = Object.entries(promptsFromConfig(config));
  const sources = config.sources.map((source) => ({
    ...source,
    limit: Math.ceil(count / config.sources.length),
  }));
  const rows: TrainerRow[] = [];
  for (const {row: id, content, label} of await mailsOf(sources, {config, folder, rowKey})) {
    const {pii} = config.curation;
    const read = await transformRecord(content, {format: 'mail', fields: ['subject', 'body'], pii}, rowKey);
    if (read.status === 'drop') continue;
    const [task, prompt] = prompts[rows.length % prompts.length]!;
    const rendered = renderTraining(prompt, {fields: read.value.fields, label}, tokenizer);
    if (rendered) rows.push({id, task, ...rendered});
  }
  return rows;
}
