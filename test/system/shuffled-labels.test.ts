import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {DatasetRows} from '../../activities/curate/dataset-rows.ts';
import {splitOfCluster} from '../../core/curation/split.ts';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {Report} from '../../schemas/report.ts';
import type {DatasetRow} from '../../schemas/row.ts';
import type {Mail} from '../../cli/demo/users.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {through} from './through.ts';
import {AT_ONCE, replaced, tinyProject, withSmallModel, type TinyProject} from './tiny-project.ts';

const MINUTES = 60_000;
const FILE = 'labelled.jsonl';

let tiny: TinyProject;
let stores: Stores;
/** By row id: what each mail is. */
const truth = new Map<string, string>();
let shuffled: LifecycleResult;
let honest: LifecycleResult;

beforeAll(async () => {
  const mails = madeMails(220);
  tiny = await tinyProject('shuffled', project);
  stores = await openStores(tiny.project.store);
  for (const [i, {label}] of mails.entries()) truth.set(`labelled/${nameOf(i)}`, label);

  // 1. What is learned from has its labels dealt out anew; what is measured on keeps them.
  write(mails, permuted(mails));
  shuffled = await through(tiny, {traffic: mails.slice(0, 40)});

  // 2. The same mails, settings and seed, and every label as it is.
  write(
    mails,
    mails.map(({label}) => label),
  );
  honest = await through(tiny, {traffic: mails.slice(0, 40)});
}, 15 * MINUTES);

afterAll(async () => {
  if (tiny) await bringDown(tiny.project.folder, () => undefined);
}, 2 * MINUTES);

const WORDS = {
  spam: 'winner cash prize casino lottery viagra pills discount free offer money credit loan cheap buy order bonus jackpot dollars guarantee',
  ham: 'kernel patch compiler server mailing thread release bug code script module python linux build branch driver socket parser memory thread',
  both: 'the and with from this that your our about today again before after please here there some more next week day time people know',
} as const;

/** Mails that few training steps can tell apart: half of the words of each are of its class, the others anybody's. */
function madeMails(count: number): Mail[] {
  const random = seededRandom('made mails');
  const word = (of: keyof typeof WORDS): string => {
    const words = WORDS[of].split(' ');
    return words[Math.floor(random.next() * words.length)]!;
  };
  const text = (label: 'spam' | 'ham', length: number): string =>
    Array.from({length}, (_, i) => word(i % 2 === 0 ? label : 'both')).join(' ');
  return Array.from({length: count}, (_, i) => {
    const label = i % 2 === 0 ? 'spam' : 'ham';
    return {row: nameOf(i), label, content: `Subject: ${text(label, 4)}\n\n${text(label, 24)}\n`};
  });
}

/** The tiny project on one file of labelled mails, with a required gate on quality and 60 training steps of the small model. */
async function project(yaml: string): Promise<string> {
  const pieces = [
    [/sources:\n(?: {2}- .*\n)+/.exec(yaml)![0], `sources:\n  - ${SOURCE}\n`],
    [
      'lora_r: 4, lora_alpha: 8, lora_target_modules: [q_proj, v_proj]',
      'lora_r: 8, lora_alpha: 16, lora_target_linear: true',
    ],
    [
      'learning_rate: 1e-3, micro_batch_size: 4, num_epochs: 1',
      'learning_rate: 1e-2, micro_batch_size: 8, num_epochs: 5',
    ],
    ['eval_steps: 6, save_steps: 2', 'eval_steps: 20, save_steps: 60'],
    ['train: {rows: 24,', 'train: {rows: 96,'],
    ['golden_rows: 12', 'golden_rows: 40'],
    ['test: superiority, required: false', 'test: superiority, margin: 0.1, when: first'],
    AT_ONCE,
  ] as const;
  return pieces.reduce((text, [from, to]) => replaced(text, from, to), await withSmallModel(yaml));
}
const SOURCE = `{name: labelled, uri: 'file:${FILE}', format: jsonl, fields: {id: nr, label: class, raw: mail}}`;

const nameOf = (place: number): string => `m${String(place).padStart(4, '0')}`;

function write(mails: readonly Mail[], labels: readonly string[]): void {
  const lines = mails.map(({content}, i) => JSON.stringify({nr: nameOf(i), class: labels[i], mail: content}));
  writeFileSync(path.join(tiny.project.folder, FILE), `${lines.join('\n')}\n`);
}

/** The labels of rows that train or validate, permuted among these rows (Fisher–Yates). */
function permuted(mails: readonly Mail[]): string[] {
  const {split} = tiny.project.config.curation;
  const labels = mails.map(({label}) => label);
  const learned = [...labels.keys()].filter((i) =>
    ['train', 'validation'].includes(splitOfCluster(`labelled/${nameOf(i)}`, split)),
  );
  const random = seededRandom('shuffled labels');
  for (let last = learned.length - 1; last > 0; last--) {
    const [a, b] = [learned[last]!, learned[Math.floor(random.next() * (last + 1))]!];
    [labels[a], labels[b]] = [labels[b]!, labels[a]!];
  }
  return labels;
}

async function rowsOf({data}: LifecycleResult, ...splits: DatasetRow['split'][]): Promise<DatasetRow[]> {
  const version = await stores.registry.dataset('tiny', data.dataset);
  const proven = await DatasetRows.open(stores, version, Buffer.from(tiny.project.rowKey, 'hex'));
  return Array.fromAsync(proven.of(...splits));
}
const wrong = (rows: readonly DatasetRow[]): number =>
  rows.filter(({id, label}) => label !== truth.get(id)).length / rows.length;
const reportOf = ({gauntlet}: LifecycleResult): Promise<Report> =>
  stores.artifacts.getJson(gauntlet.report, Report);

describe('a model that learned from shuffled labels', () => {
  test('learned from wrong ones, and is measured on right ones', async () => {
    expect(wrong(await rowsOf(shuffled, 'train', 'validation'))).toBeGreaterThan(0.25);
    expect(wrong(await rowsOf(shuffled, 'golden'))).toBe(0);
  });

  test('does not pass, and is asked about by nobody', () => {
    expect(['refused', 'inconclusive']).toContain(shuffled.status);
    expect(shuffled).toMatchObject({approval: null, rollout: null});
    expect(shuffled.gauntlet.verdict).not.toBe('pass');
  });

  test('because of the quality gate alone, whose figures say so', async () => {
    const {gates} = await reportOf(shuffled);
    const open = gates.filter(({spec, verdict}) => spec.required && verdict !== 'pass');
    expect(open.map(({spec}) => spec.metric)).toEqual(['triage_balanced_accuracy']);
    const {candidate, difference, bound, spec} = open[0]!;
    expect(candidate!.n).toBeGreaterThan(20);
    expect(difference!.low).toBeLessThan(spec.margin);
    expect(bound!).toBeLessThanOrEqual(spec.margin);
  });

  test('and it is the labels: with the right ones the same training gives a better model, which passes', async () => {
    expect(wrong(await rowsOf(honest, 'train', 'validation', 'golden'))).toBe(0);
    const [worse, better] = [await reportOf(shuffled), await reportOf(honest)].map(
      ({metrics}) => metrics.candidate['triage_balanced_accuracy']!.value,
    ) as [number, number];
    expect(better).toBeGreaterThan(worse + 0.1);
    expect(honest.gauntlet.verdict).toBe('pass');
  });
});
