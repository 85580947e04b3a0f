import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {customScores, type CustomScoring} from '../../../activities/gauntlet/custom-scores.ts';
import {metricCatalog} from '../../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../../core/evaluation/catalog/metric.ts';
import {estimateOf} from '../../../core/evaluation/gates/decide.ts';
import {gateNames} from '../../../core/evaluation/gates/gate-names.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {CustomMetric} from '../../../schemas/custom-metric.ts';
import {quiet} from './gauntlet-world.ts';

const TASKS = {triage: {kind: 'classification', labels: ['a', 'b']}, reply: {kind: 'generation'}} as const;
const polite = CustomMetric.parse({file: 'polite.ts', range: [0, 2]});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-metric-'));
});
afterAll(() => rm(folder, {recursive: true}));

const sample = (item: string, output: string, more: Partial<MeasuredSample> = {}): MeasuredSample => ({
  release: 'r',
  task: 'reply',
  item,
  cluster: item,
  slices: [],
  expected: null,
  output,
  scores: {},
  promptTokens: 1,
  completionTokens: 1,
  error: null,
  ...more,
});
const SAMPLES = [
  sample('1', 'please wait'),
  sample('2', 'please, thank you'),
  sample('3', 'go away'),
  sample('4', '', {error: 'no answer'}),
  sample('5', 'please', {task: 'triage'}),
];

async function scored(code: string, change: Partial<CustomScoring> = {}) {
  await writeFile(path.join(folder, 'polite.ts'), code);
  return customScores(
    {candidate: SAMPLES},
    {
      metrics: {polite},
      digests: {polite: sha256Hex(code)},
      tasks: TASKS,
      folder,
      inputs: new Map([['reply/1', 'May I come in?']]),
      ...change,
    },
    quiet(),
  );
}

it('a metric of the project’s own has its figure like any other', async () => {
  const {samples, unmeasured} = await scored(`
    interface Answer { readonly output: string; readonly input: string }
    export default ({output}: Answer): number => output.match(/please|thank/g)?.length ?? 0;`);
  expect(unmeasured).toEqual({});
  expect(samples.candidate.map(({scores}) => scores)).toEqual([
    {custom_polite: 1},
    {custom_polite: 2},
    {custom_polite: 0},
    {},
    {},
  ]);
  const metric = metricCatalog(TASKS, 0, {polite}).get('reply_polite')!;
  const estimate = estimateOf(
    metric.measure,
    samples.candidate.flatMap((one) => metric.observe(one) ?? []),
  )!;
  expect(estimate).toMatchObject({value: 1, n: 3});
});

it('it sees what the model was shown', async () => {
  const {samples} = await scored('export default ({input}) => (input === "May I come in?" ? 1 : 0);');
  expect(samples.candidate.slice(0, 2).map(({scores}) => scores['custom_polite'])).toEqual([1, 0]);
});

it('no number is no value', async () => {
  const {samples, unmeasured} = await scored(
    'export default ({item}) => ({1: NaN, 2: "two", 3: null})[item];',
  );
  expect(unmeasured).toEqual({});
  expect(samples.candidate.every(({scores}) => scores['custom_polite'] === undefined)).toBe(true);
});

it.each([
  ['throws', 'export default () => { throw new Error("no dictionary"); };', 'no dictionary'],
  ['exports no function', 'export const score = 1;', 'its default export is no function'],
  ['does not end', 'export default () => { for (;;); };', 'it took longer than 0.5 s'],
])('one that %s leaves its gates open, with the reason', async (_, code, reason) => {
  const {samples, unmeasured} = await scored(code, {deadlineMs: 500});
  expect(unmeasured).toEqual({reply_polite: expect.stringContaining(`polite.ts: ${reason}`) as string});
  expect(samples.candidate).toEqual(SAMPLES);
});

it('code that the run was not started with is not run', async () => {
  const digests = {polite: 'a'.repeat(64)};
  await expect(scored('export default () => 1;', {digests})).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(
      /polite\.ts on this worker hashes to [0-9a-f]{12}, the run was started with aaaaaaaaaaaa/,
    ) as string,
  });
  const gone = {...polite, file: 'gone.ts'};
  await expect(scored('', {metrics: {polite: gone}})).rejects.toThrow('gone.ts on this worker is not there');
});

it('gates name it, and no task that it is not of', () => {
  const of = {tasks: TASKS, input: {format: 'record', fields: []}, gauntlet: {metrics: {polite}}};
  const {metrics} = gateNames(of as never);
  expect([...metrics.keys()].filter((name) => name.endsWith('_polite'))).toEqual(['reply_polite']);
});
