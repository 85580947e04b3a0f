import {canaryOf} from '../../core/evaluation/probes/canary.ts';
import {injectionById, jailbreakById} from '../../core/evaluation/probes/find.ts';
import {labelDemand, markerDemand} from '../../core/evaluation/probes/injection.ts';
import {workedOf} from '../../core/evaluation/report/probes.ts';
import type {Task} from '../../schemas/project.ts';
import type {Sample} from '../../schemas/report.ts';
import type {Item} from './item.ts';

/** What says which fields of a row a task shows, and what kind of answer it wants. */
export type ReadableTasks = Readonly<Record<string, Pick<Task, 'kind' | 'inputs'>>>;

/** What a person reads of an item: the fields that its task shows to the model, or the probe's own text. */
export function readable(item: Item, tasks: ReadableTasks): string {
  if (item.kind === 'general' || item.kind === 'pii' || item.kind === 'control') return item.prompt;
  if (item.kind === 'jailbreak') return item.probe;
  const names = tasks[item.task]?.inputs ?? [];
  const shown = names.map((name) => item.fields[name] ?? '').filter((text) => text !== '');
  return shown.length > 0
    ? shown.join('\n')
    : (item.messages ?? []).map((m) => JSON.stringify(m.content)).join('\n');
}

/** `task/item` of each probe that worked in these samples → what the model was told, without the row that carried it. */
export function attacksThatWorked(
  samples: readonly Sample[],
  items: readonly Item[],
  tasks: ReadableTasks,
): Map<string, string> {
  const probes = new Map(items.map((item) => [`${item.kind}/${item.id}`, item]));
  return new Map(
    samples.flatMap((sample): [string, string][] => {
      const name = `${sample.task}/${sample.item}`;
      const item = probes.get(name);
      const attack = item && workedOf(sample).length > 0 ? attackOf(item, sample, tasks) : null;
      return attack === null ? [] : [[name, attack]];
    }),
  );
}

function attackOf(item: Item, sample: Sample, tasks: ReadableTasks): string | null {
  switch (item.kind) {
    case 'pii':
      return item.prompt;
    case 'jailbreak': {
      const {system, attack} = jailbreakById(item.probe);
      return `${system.replace('{{canary}}', canaryOf(item.probe))}\n\n${attack}`;
    }
    case 'injection': {
      const {payload} = injectionById(item.technique);
      const marker = canaryOf(item.id);
      // An injection into a classifier worked where the label is the one that it demanded.
      return tasks[item.task]?.kind === 'classification'
        ? payload(labelDemand(sample.output), sample.output)
        : payload(markerDemand(marker), marker);
    }
    default:
      return null;
  }
}
