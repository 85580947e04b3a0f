import {sha256Hex} from '../../core/identity/digest.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {renderTraining} from '../../core/prompts/render.ts';
import {chooseRows} from '../../core/training/choose-rows.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {DatasetRow, Split} from '../../schemas/row.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {ActivityContext} from '../context.ts';
import type {Activities, TrainingSet} from '../contract.ts';
import {datasetRows} from '../curate/dataset-rows.ts';
import {FEEDBACK_SOURCE} from '../curate/feedback-records.ts';
import {baseTokenizer} from './base-tokenizer.ts';

/** One line of train.jsonl: final strings, as the gateway and the gauntlet render them too. */
interface Line {
  readonly id: string;
  readonly task: string;
  readonly prompt: string;
  readonly completion: string;
  readonly eos: boolean;
}

/**
 * A dataset version's train and validation rows as prompts and completions, for all tasks. Which rows, where a task takes
 * fewer than there are: corrections and confirmations of users first, up to `feedbackShare`, then the sources' own, each by
 * the hash of id, task and seed; class-even where the task says so. The order of the file is by that hash, too. The same
 * dataset and settings give the same bytes.
 */
export async function renderTrainingSet(
  {request}: Parameters<Activities['renderTrainingSet']>[0],
  context: ActivityContext,
): Promise<TrainingSet> {
  const {artifacts, registry} = context.stores;
  const resolved = await artifacts.getJson(request.resolved, ResolvedProject);
  const {config} = resolved;
  const version = await registry.dataset(request.project, request.inputs.dataset!);
  const tokenizer = await baseTokenizer(resolved, context);
  const prompts = promptsFromConfig(config);

  async function render(split: Split): Promise<Line[]> {
    const rows: DatasetRow[] = [];
    for await (const row of datasetRows(artifacts, version, [split])) rows.push(row);
    const lines = Object.entries(config.tasks).flatMap(([task, {train}]) => {
      const usable = rows
        .map((row) => ({
          row,
          rank: mixed(row.id, task, config.training.seed),
          rendered: renderTraining(prompts[task]!, row, tokenizer),
        }))
        .filter((r) => r.rendered !== null)
        .sort((a, b) => (a.rank < b.rank ? -1 : 1));
      const wanted = (split === 'train' ? train.rows : train.validationRows) ?? usable.length;
      const chosen = chooseRows(usable, {
        ...{wanted, feedbackShare: train.feedbackShare},
        classOf: train.balance === 'class' ? ({row}) => row.label ?? '' : null,
        isFeedback: ({row}) => row.source === FEEDBACK_SOURCE,
      });
      return chosen.map(({row, rendered}): Line => ({id: row.id, task, ...rendered!}));
    });
    const order = (line: Line) => mixed(line.id, `order ${line.task}`, config.training.seed);
    return lines.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  const train = await render('train');
  const validation = await render('validation');
  if (train.length === 0 || validation.length === 0) {
    const none = train.length === 0 ? 'train' : 'validation';
    throw new RatchetError(
      'EmptySource',
      `dataset ${version.digest.slice(0, 12)} has no row for any task in its ${none} split: add rows, or change curation.split`,
    );
  }
  const golden: string[] = [];
  for await (const row of datasetRows(artifacts, version, ['golden'])) golden.push(row.id);
  return {
    train: (await artifacts.putLines(train)).ref,
    validation: (await artifacts.putLines(validation)).ref,
    trainRows: train.length,
    validationRows: validation.length,
    golden: await artifacts.putBytes(golden.map((id) => `${id}\n`).join(''), 'text/plain'),
  };
}

function mixed(id: string, use: string, seed: number): string {
  return sha256Hex(`${id}\0${use}\0${seed}`);
}
