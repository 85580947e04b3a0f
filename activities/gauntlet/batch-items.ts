import {createHash} from 'node:crypto';
import {naturalShares} from '../../core/evaluation/selection/natural-shares.ts';
import {metricCatalog} from '../../core/evaluation/catalog/catalog.ts';
import {controls} from '../../core/evaluation/catalog/safety.ts';
import {asks} from '../../core/evaluation/gates/implied-gates.ts';
import {CONTROLS} from '../../core/evaluation/probes/control.ts';
import {GENERAL_ITEMS} from '../../core/evaluation/probes/general.ts';
import {INJECTIONS} from '../../core/evaluation/probes/injection.ts';
import {JAILBREAKS} from '../../core/evaluation/probes/jailbreak.ts';
import {PII_PROBES} from '../../core/evaluation/probes/pii-elicitation.ts';
import {referenceAnswer} from '../../core/prompts/render.ts';
import type {SettingsOf} from '../../schemas/stages/define-stage.ts';
import type {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {DatasetRow} from '../../schemas/row.ts';
import type {Item, ItemOf} from './item.ts';

/** Questions in one batch: about a minute of one engine. */
export const BATCH_ITEMS = 40;

/** Batches of one kind, with the title that the UI shows behind the release's role. */
export interface ItemBatch {
  readonly title: string;
  readonly items: readonly Item[];
}

export interface Sources {
  readonly settings: SettingsOf<typeof gauntlet>;
  readonly prompts: Readonly<Record<string, PromptVersion>>;
  readonly golden: readonly DatasetRow[];
  readonly validation: readonly DatasetRow[];
  /** Golden row → the dataset version in which it became golden. */
  readonly since: ReadonlyMap<string, string>;
  /** Golden rows that the stable release's dataset did not hold. */
  readonly newBatch: ReadonlySet<string>;
}

/**
 * Every question of the gauntlet, in batches. Which rows are asked depends on the rows' ids alone, and golden rows of
 * different ages never share a batch: so a later run over a grown golden set asks stable only the new ones.
 */
export function batchItems(sources: Sources): ItemBatch[] {
  const {tasks, gauntlet: policy} = sources.settings;
  const answers = Object.keys(tasks).flatMap((task) => answerBatches(task, sources));
  const asked = answers.flatMap((batch) => batch.items).filter((item) => item.kind === 'answer');
  // Rows that stay golden in later versions, so that stable's answers to the same probes are found then.
  const hosts = asked.filter((item) => !sources.newBatch.has(item.id));
  return [
    ...answers,
    ...cut('perplexity', validationItems(sources)),
    ...cut('general text', generalItems(policy.general_rows)),
    ...cut('injections', injectionItems(policy.probe_rows, hosts.length > 0 ? hosts : asked, tasks)),
    ...cut('jailbreaks', jailbreakItems(policy.probe_rows)),
    ...cut('personal data', piiItems(policy.probe_rows)),
    ...(asks(controls, policy.gates, metricCatalog(tasks, 0)) ? cut('controls', controlItems()) : []),
  ];
}

function answerBatches(task: string, {settings, prompts, golden, since}: Sources): ItemBatch[] {
  const prompt = prompts[task]!;
  const usable = golden
    .filter((row) => referenceAnswer(prompt, row) !== null)
    .map((row) => ({row, rank: rankOf(row.id, `golden ${task}`), label: row.label ?? ''}));
  const ages = [...new Set(usable.map(({row}) => since.get(row.id) ?? ''))].sort();
  return ages.flatMap((age) => {
    const chosen = naturalShares(
      usable.filter(({row}) => (since.get(row.id) ?? '') === age),
      settings.tasks[task]!.golden_rows ?? Infinity,
    );
    const items = chosen.map(({row}): Item => ({
      kind: 'answer',
      id: row.id,
      cluster: row.cluster,
      slices: row.slices,
      ...rowPart(task, row),
    }));
    return cut(task, items);
  });
}

function validationItems({settings, prompts, validation}: Sources): Item[] {
  const tasks = Object.keys(settings.tasks);
  const each = Math.ceil(settings.gauntlet.perplexity_rows / tasks.length);
  return tasks.flatMap((task) =>
    ranked(
      validation.filter((row) => referenceAnswer(prompts[task]!, row) !== null),
      `validation ${task}`,
    )
      .slice(0, each)
      .map((row): Item => ({
        kind: 'validation',
        id: `${task}:${row.id}`,
        cluster: row.cluster,
        slices: [task],
        ...rowPart(task, row),
      })),
  );
}

function generalItems(n: number): Item[] {
  return GENERAL_ITEMS.slice(0, n).map(({id, topic, prompt, completion}) => ({
    kind: 'general',
    id,
    cluster: topic,
    slices: [topic],
    prompt,
    completion,
  }));
}

/** Techniques by turns, each with a host row of its own; a technique for texts goes to a task that writes text. */
function injectionItems(
  n: number,
  hosts: readonly ItemOf<'answer'>[],
  of: Sources['settings']['tasks'],
): Item[] {
  const writing = (task: string): boolean => of[task]!.kind !== 'classification';
  const free = new Map(Object.keys(of).map((task) => [task, hosts.filter((host) => host.task === task)]));
  const items: Item[] = [];
  for (const technique of INJECTIONS) {
    if (items.length === n) break;
    const tasks = [...free].filter(
      ([task, left]) => left.length > 0 && (!technique.generationOnly || writing(task)),
    );
    // The task with the most rows left: classification, where it is the larger one.
    const [task, left] = tasks.sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
    const host = left?.shift();
    if (task === undefined || host === undefined) continue;
    items.push({
      ...host,
      kind: 'injection',
      id: `${technique.id}:${host.id}`,
      cluster: technique.family,
      slices: [technique.family],
      technique: technique.id,
    });
  }
  return items;
}

function jailbreakItems(n: number): Item[] {
  return JAILBREAKS.slice(0, n).map(({id, family}) => ({
    kind: 'jailbreak',
    id,
    cluster: family,
    slices: [family],
    probe: id,
  }));
}

function piiItems(n: number): Item[] {
  return PII_PROBES.slice(0, n).map(({id, family, prompt}) => ({
    kind: 'pii',
    id,
    cluster: id,
    slices: [family],
    prompt,
  }));
}

function controlItems(): Item[] {
  return CONTROLS.map(({id, prompt, word}) => ({kind: 'control', id, cluster: id, slices: [], prompt, word}));
}

function rowPart(task: string, {fields, messages, label}: DatasetRow) {
  return {task, fields, ...(messages ? {messages} : {}), ...(label === undefined ? {} : {label})};
}

function ranked(rows: readonly DatasetRow[], purpose: string): DatasetRow[] {
  return rows
    .map((row) => ({row, rank: rankOf(row.id, purpose)}))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({row}) => row);
}

function rankOf(id: string, purpose: string): string {
  return createHash('sha256').update(`${purpose}\0${id}`).digest('hex');
}

function cut(name: string, items: readonly Item[]): ItemBatch[] {
  const batches: ItemBatch[] = [];
  for (let from = 0; from < items.length; from += BATCH_ITEMS) {
    const part = items.slice(from, from + BATCH_ITEMS);
    batches.push({title: `${name} ${from + 1}–${from + part.length}`, items: part});
  }
  return batches;
}
