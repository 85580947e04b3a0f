import {gateOutlook, type GateOutlook} from '../../core/evaluation/gates/outlook.ts';
import {estimateRun, type RunEstimate} from '../../core/onboarding/estimate.ts';
import type {FormerRun} from '../../core/onboarding/former-runs.ts';
import {
  capped,
  countRows,
  renderRow,
  total,
  type RenderedRow,
  type TaskCounts,
} from '../../core/onboarding/rendered.ts';
import {usedRows, type UsedRows} from '../../core/onboarding/used-rows.ts';
import {defaultSystem} from '../../core/prompts/default-system.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {referenceAnswer} from '../../core/prompts/render.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {DryCuration} from './dry-curation.ts';
import {ownCommand} from '../own-command.ts';

/** Everything that `validate` says of a project, before anything has run. */
export interface Inspection extends Pick<DryCuration, 'sources' | 'drops' | 'scrubbed'> {
  readonly tasks: Readonly<Record<string, TaskCounts>>;
  /** Null without the base model's tokenizer. */
  readonly lengths: Lengths | null;
  readonly shown: readonly RenderedRow[];
  /** By task. */
  readonly used: Readonly<Record<string, UsedRows>>;
  /** What the model's chat template puts before conversations that name no system prompt; null: nothing that matters here. */
  readonly hiddenSystem: {readonly text: string; readonly tasks: readonly string[]} | null;
  readonly gates: readonly GateOutlook[];
  readonly estimate: RunEstimate;
  /** What a run would stop at, or could not pass. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}
export interface Lengths {
  /** Rows whose tokens were counted. */
  readonly rows: number;
  readonly median: number;
  readonly most: number;
  /** Rows whose inputs are cut at max_input_tokens. */
  readonly cut: number;
  /** Rows longer, prompt and answer together, than training.sequence_len. */
  readonly tooLong: number;
}

/** Rows that are shown, and rows whose tokens are counted. */
const SHOWN = 5;
const COUNTED = 500;
/** A row of this many tokens where no tokenizer is there to count. */
const GUESSED_TOKENS = 150;

export function inspect(
  config: ProjectConfig,
  dry: DryCuration,
  tokenizer: Tokenizer | null,
  former: readonly FormerRun[] = [],
): Inspection {
  const prompts = promptsFromConfig(config);
  const tasks = Object.fromEntries(
    Object.entries(prompts).map(([task, prompt]) => [task, countRows(prompt, dry.rows)]),
  );
  const golden = Object.fromEntries(
    Object.entries(tasks).map(([task, counts]) => [
      task,
      capped(counts.golden, config.tasks[task]!.golden_rows ?? Infinity),
    ]),
  );
  const train = dry.rows.filter(({split}) => split === 'train');
  const rendered =
    tokenizer === null
      ? []
      : Object.values(prompts).flatMap((prompt) =>
          spread(train, COUNTED).flatMap((row) => renderRow(prompt, row, tokenizer) ?? []),
        );
  const {training} = config;
  // Rows that nobody trains on may be of any length.
  const lengths =
    tokenizer === null ? null : lengthsOf(rendered, training === 'none' ? Infinity : training.sequence_len);
  const gates = gateOutlook(config, golden, goldenClusters(prompts, dry));
  const tokens =
    rendered.length === 0
      ? GUESSED_TOKENS
      : rendered.reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0) / rendered.length;
  return {
    sources: dry.sources,
    drops: dry.drops,
    scrubbed: dry.scrubbed,
    tasks,
    lengths,
    gates,
    shown: shownOf(rendered),
    used: Object.fromEntries(
      Object.entries(tasks).map(([task, counts]) => [task, usedRows(config.tasks[task]!, counts)]),
    ),
    hiddenSystem: tokenizer && hiddenSystem(config, tokenizer),
    estimate: estimateRun(
      config,
      Object.fromEntries(
        Object.entries(tasks).map(([task, counts]) => [
          task,
          {
            train: counts.train,
            validation: total(counts.validation),
            golden: total(counts.golden),
          },
        ]),
      ),
      tokens,
      former,
    ),
    problems: problemsOf(config, dry, tasks, gates, lengths),
    warnings: warningsOf(dry, tasks, gates, lengths, tokenizer),
  };
}

function hiddenSystem({tasks}: ProjectConfig, tokenizer: Tokenizer): Inspection['hiddenSystem'] {
  const bare = Object.entries(tasks).filter(
    ([, {format, system}]) => format === 'chat' && system === undefined,
  );
  const text = bare.length === 0 ? null : defaultSystem(tokenizer);
  return text === null ? null : {text, tasks: bare.map(([task]) => task)};
}

/** By task and label, in the order of the rows. */
function goldenClusters(
  prompts: ReturnType<typeof promptsFromConfig>,
  {rows}: DryCuration,
): Record<string, Record<string, string[]>> {
  const golden = rows.filter(({split}) => split === 'golden');
  const ofTask = (prompt: PromptVersion): Record<string, string[]> => {
    const clusters: Record<string, string[]> = {};
    for (const {row, cluster} of golden)
      if (referenceAnswer(prompt, row) !== null)
        (clusters[prompt.kind === 'classification' ? row.label! : ''] ??= []).push(cluster);
    return clusters;
  };
  return Object.fromEntries(Object.entries(prompts).map(([task, prompt]) => [task, ofTask(prompt)]));
}

/** Rows of every task and class in turn, as far as there are few of these; evenly from the whole list. */
function shownOf(rendered: readonly RenderedRow[]): RenderedRow[] {
  const kinds = Map.groupBy(rendered, ({task, completion}) => `${task}\0${completion}`);
  if (kinds.size > SHOWN) return spread(rendered, SHOWN);
  const each = [...kinds.values()].map((rows) => spread(rows, Math.ceil(SHOWN / kinds.size)));
  const inTurn = Array.from({length: SHOWN}, (_, i) => each.flatMap((rows) => rows[i] ?? []));
  return inTurn.flat().slice(0, SHOWN);
}

/** So many items, evenly from the whole list. */
function spread<T>(items: readonly T[], n: number): T[] {
  if (items.length <= n) return [...items];
  return Array.from({length: n}, (_, i) => items[Math.floor((i * items.length) / n)]!);
}

function lengthsOf(rendered: readonly RenderedRow[], sequenceLength: number): Lengths {
  const all = rendered.map((one) => one.promptTokens + one.completionTokens).sort((a, b) => a - b);
  return {
    rows: rendered.length,
    median: all[Math.floor(all.length / 2)] ?? 0,
    most: all.at(-1) ?? 0,
    cut: rendered.filter(({truncated}) => truncated).length,
    tooLong: all.filter((n) => n > sequenceLength).length,
  };
}

function problemsOf(
  {curation, training}: ProjectConfig,
  {sources, drops}: DryCuration,
  tasks: Inspection['tasks'],
  gates: readonly GateOutlook[],
  lengths: Lengths | null,
): string[] {
  const read = sources.reduce((sum, one) => sum + one.read, 0);
  const malformed = drops['malformed'];
  return [
    ...(malformed && malformed.rows > curation.malformed_share * read
      ? [
          `${malformed.rows} of ${read} records are malformed, more than curation.malformed_share (${curation.malformed_share}) allows; the first: ${malformed.first}`,
        ]
      : []),
    ...(['train', 'validation', 'golden'] as const).flatMap((split) =>
      Object.entries(tasks)
        .filter(([, counts]) => total(counts[split]) === 0)
        .map(([task]) => `no row for ${task} in the ${split} split: add rows, or change curation.split`),
    ),
    ...(training !== 'none' && lengths && lengths.tooLong > 0
      ? [
          `${lengths.tooLong} of ${lengths.rows} rows have more than training.sequence_len (${training.sequence_len}) tokens, the longest ${lengths.most}: raise it, or lower max_input_tokens`,
        ]
      : []),
    ...gates
      .filter(({spec, possible}) => spec.required && possible === 'no' && spec.when !== 'retrain')
      .map(
        ({spec, reason}) =>
          `gate ${spec.metric} ${spec.test} cannot pass: ${reason}; add rows, or ask less of the gate`,
      ),
  ];
}

/** From this share on, dropped records are worth a word. */
const MANY_DROPPED = 0.2;

function warningsOf(
  {sources, drops}: DryCuration,
  tasks: Inspection['tasks'],
  gates: readonly GateOutlook[],
  lengths: Lengths | null,
  tokenizer: Tokenizer | null,
): string[] {
  const read = sources.reduce((sum, one) => sum + one.read, 0);
  return [
    ...sources
      .filter(({whole}) => !whole)
      .map(({name, read: n}) => `only the first ${n} records of ${name} were looked at (--rows)`),
    ...Object.entries(drops)
      .filter(([, {rows}]) => rows > MANY_DROPPED * read)
      .map(
        ([rule, {rows, first}]) => `${rows} of ${read} records are dropped as ${rule}; one of them: ${first}`,
      ),
    ...Object.entries(tasks).flatMap(([task, counts]) =>
      Object.entries(counts.train)
        .filter(([, n]) => n < 5)
        .map(([label, n]) => `${task}: ${n} row${n === 1 ? '' : 's'} of ${label || 'it'} to train on`),
    ),
    ...Object.entries(tasks).flatMap(([task, counts]) =>
      (['validation', 'golden'] as const).flatMap((split) =>
        Object.entries(counts[split])
          .filter(([label, n]) => label !== '' && n === 0 && total(counts[split]) > 0)
          .map(
            ([label]) =>
              `${task}: no row of ${label} in the ${split} split: another curation.split.seed deals the rows again`,
          ),
      ),
    ),
    ...gates
      .filter(({spec, possible}) => spec.required && possible === 'no' && spec.when === 'retrain')
      .map(({spec, reason}) => `in a retrain, gate ${spec.metric} ${spec.test} could not pass: ${reason}`),
    ...(lengths && lengths.cut > 0
      ? [`${lengths.cut} of ${lengths.rows} rows are longer than max_input_tokens, and cut`]
      : []),
    ...(tokenizer === null
      ? [
          `the base model is not on this machine yet, so no row is shown and no token counted: \`${ownCommand()} validate\` fetches it`,
        ]
      : []),
  ];
}
