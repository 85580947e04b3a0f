import {contentHash} from '../../core/curation/exact.ts';
import type {Pause} from '../../core/curation/pause.ts';
import {rowText} from '../../core/curation/row-text.ts';
import {groupBy} from '../../core/evaluation/group.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {referenceAnswer, renderTraining, type RenderedExample} from '../../core/prompts/render.ts';
import {chooseRows} from '../../core/training/choose-rows.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {DatasetRow, Split} from '../../schemas/row.ts';
import type {RowCounts} from '../../schemas/training.ts';
import {sweep} from '../../schemas/stages/sweep.ts';
import {train as trainStage, type trainingSettings} from '../../schemas/stages/train.ts';
import type {TrainingSet} from '../../schemas/training-set.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {DatasetRows} from '../curate/dataset-rows.ts';
import {FEEDBACK_SOURCE} from '../../stores/traces/feedback-records.ts';
import {pauses} from '../pause.ts';
import {baseTokenizer} from './base-tokenizer.ts';

/** One line of train.jsonl: final strings, as the gateway and the gauntlet render them too. */
interface Line {
  readonly id: string;
  readonly task: string;
  readonly prompt: string;
  readonly completion: string;
  readonly eos: boolean;
  readonly spans?: RenderedExample['spans'];
}

/**
 * A dataset version's train and validation rows as prompts and completions, for all tasks. Which rows, where a task takes
 * fewer than there are: corrections and confirmations of users first, up to `feedback_share`, then the sources' own, each by
 * the hash of id, task and seed; class-even where the task says so. The order of the file is by that hash, too. The same
 * dataset and settings give the same bytes. Throws GoldenOverlap for a row that says what a golden row says, EmptySource.
 */
export const renderTrainingSet = stageActivity(
  [trainStage, sweep],
  'cpu',
  {},
  async ({request}, context, activity): Promise<TrainingSet> => {
    const {artifacts, registry} = context.stores;
    const {tasks, training, base, date} = request.settings;
    const version = await registry.dataset(request.project, request.inputs.dataset);
    const tokenizer = await baseTokenizer({base, baseModel: request.operation.baseModel}, context);
    const pause = pauses(activity);
    const rows = await DatasetRows.open(context.stores, version, context.rowKey);
    const golden = new GoldenContents();
    for await (const row of rows.of('golden')) {
      await pause();
      golden.add(row);
    }
    const rendering = new Rendering({
      tasks,
      prompts: promptsFromConfig({tasks}, date),
      tokenizer,
      seed: training.seed,
      everyAnswer: training.roles_to_train !== undefined,
      pause,
    });
    const render = async (split: Split): Promise<RenderedSplit> =>
      rendering.render(split, await otherRows(rows, split, golden, pause));
    const train = await render('train');
    const validation = await render('validation');
    golden.refuseOverlap();
    if (train.lines.length === 0 || validation.lines.length === 0) {
      const none = train.lines.length === 0 ? 'train' : 'validation';
      throw new RatchetError(
        'EmptySource',
        `dataset ${version.digest.slice(0, 12)} has no row for any task in its ${none} split: add rows, or change curation.split`,
      );
    }
    return {
      train: (await artifacts.putLines(train.lines)).ref,
      validation: (await artifacts.putLines(validation.lines)).ref,
      trainRows: train.lines.length,
      validationRows: validation.lines.length,
      rows: {train: train.counts, validation: validation.counts},
      golden: await artifacts.putBytes(golden.ids.map((id) => `${id}\n`).join(''), 'text/plain'),
    };
  },
);

/** A split's rows, compared with the golden ones. */
async function otherRows(
  dataset: DatasetRows,
  split: Split,
  golden: GoldenContents,
  pause: Pause,
): Promise<DatasetRow[]> {
  const rows: DatasetRow[] = [];
  for await (const row of dataset.of(split)) {
    await pause();
    golden.compare(row);
    rows.push(row);
  }
  return rows;
}

interface RenderedSplit {
  readonly lines: readonly Line[];
  readonly counts: RowCounts;
}
interface Chosen {
  readonly row: DatasetRow;
  readonly rendered: RenderedExample;
}

interface RenderingParts {
  readonly tasks: ReturnType<typeof trainingSettings>['tasks'];
  readonly prompts: ReturnType<typeof promptsFromConfig>;
  readonly tokenizer: Awaited<ReturnType<typeof baseTokenizer>>;
  readonly seed: number;
  readonly everyAnswer: boolean;
  readonly pause: Pause;
}

/** Chooses rows for each task and renders them. */
class Rendering {
  readonly #about: RenderingParts;

  constructor(about: RenderingParts) {
    this.#about = about;
  }

  async render(split: Split, rows: readonly DatasetRow[]): Promise<RenderedSplit> {
    const {tasks, seed} = this.#about;
    const counts: RowCounts = {};
    const lines: {readonly order: string; readonly line: Line}[] = [];
    for (const task of Object.keys(tasks)) {
      const chosen = await this.#choose(task, rows, split);
      counts[task] = Object.fromEntries(
        [...groupBy(chosen, ({row}) => row.label ?? '')].map(([label, all]) => [label, all.length]),
      );
      for (const {row, rendered} of chosen)
        lines.push({order: mixed(row.id, `order ${task}`, seed), line: {id: row.id, task, ...rendered}});
    }
    lines.sort((a, b) => (a.order < b.order ? -1 : 1));
    return {lines: lines.map(({line}) => line), counts};
  }

  /**
   * Chosen before they are rendered, which costs more than all else. A row whose answer turns out to be empty is none; the
   * choice is made again without it.
   */
  async #choose(task: string, rows: readonly DatasetRow[], split: Split): Promise<Chosen[]> {
    const {tasks, pause} = this.#about;
    const {train} = tasks[task]!;
    const rendered = new Map<DatasetRow, RenderedExample | null>();
    let usable = await this.#usable(task, rows);
    for (;;) {
      const chosen = chooseRows(usable, {
        wanted: (split === 'train' ? train.rows : train.validation_rows) ?? usable.length,
        feedbackShare: train.feedback_share,
        classOf: train.balance === 'class' ? (row) => row.label ?? '' : null,
        isFeedback: (row) => row.source === FEEDBACK_SOURCE,
      });
      for (const row of chosen) {
        await pause();
        if (!rendered.has(row)) rendered.set(row, this.#example(task, row));
      }
      if (chosen.every((row) => rendered.get(row) !== null))
        return chosen.map((row) => ({row, rendered: rendered.get(row)!}));
      usable = usable.filter((row) => rendered.get(row) !== null);
    }
  }

  /** Rows with an answer to the task, in the order in which they are taken. */
  async #usable(task: string, rows: readonly DatasetRow[]): Promise<DatasetRow[]> {
    const {prompts, seed, pause} = this.#about;
    const ranked: {readonly row: DatasetRow; readonly rank: string}[] = [];
    for (const row of rows) {
      await pause();
      if (referenceAnswer(prompts[task]!, row) !== null) ranked.push({row, rank: mixed(row.id, task, seed)});
    }
    ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    return ranked.map(({row}) => row);
  }

  #example(task: string, row: DatasetRow): RenderedExample | null {
    const {prompts, tokenizer, everyAnswer} = this.#about;
    return renderTraining(prompts[task]!, row, tokenizer, {everyAnswer});
  }
}

/** What the golden rows say, whatever their ids: no other row may say it. */
class GoldenContents {
  readonly ids: string[] = [];
  readonly #idOf = new Map<string, string>();
  readonly #overlaps: {readonly id: string; readonly golden: string}[] = [];

  add(row: DatasetRow): void {
    this.ids.push(row.id);
    this.#idOf.set(contentHash(rowText(row)), row.id);
  }

  compare(row: DatasetRow): void {
    const golden = this.#idOf.get(contentHash(rowText(row)));
    if (golden !== undefined) this.#overlaps.push({id: row.id, golden});
  }

  refuseOverlap(): void {
    const [first] = this.#overlaps;
    if (first === undefined) return;
    throw new RatchetError(
      'GoldenOverlap',
      `${this.#overlaps.length} row(s) say what a golden row says, the first is ${first.id} (golden row ${first.golden}): take them out of train and validation`,
    );
  }
}

function mixed(id: string, use: string, seed: number): string {
  return sha256Hex(`${id}\0${use}\0${seed}`);
}
