import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Client} from '@temporalio/client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {z} from 'zod';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import type {StageProgress} from '../../schemas/messages.ts';
import {adapterOf} from '../../core/releases/models.ts';
import {Report} from '../../schemas/report.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {readStack} from '../../stack/stack-file.ts';
import {RunsClient} from '../../client/runs.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {stillRuns} from '../../host/process-identity.ts';
import {openStores} from '../../stores/stores.ts';
import {readsShards} from '../../scripts/chaos/killed-run.ts';
import {historiesOf} from '../../scripts/chaos/outcome.ts';
import {repetitions} from '../../scripts/chaos/repetitions.ts';
import {through} from './through.ts';
import {AT_ONCE, replaced, tinyProject, withSmallModel, type TinyProject} from './tiny-project.ts';

const MINUTES = 60_000;

let calm: TinyProject;
let hit: TinyProject;
let undisturbed: LifecycleResult;
let disturbed: LifecycleResult;
/** What was killed, how far the run was at that moment, and when that was. */
const killed: {what: string; at: string; time: number}[] = [];

beforeAll(async () => {
  // What of it is compared with is made before its rollout.
  calm = await tinyProject('calm', async (yaml) => replaced(await small(yaml), ...AT_ONCE));
  undisturbed = await through(calm);
  await bringDown(calm.project.folder, () => undefined);
  hit = await tinyProject('hit', small);
  disturbed = await through(hit, {
    meanwhile: (run, client, over) => killOneByOne({folder: hit.project.folder, run, client}, over),
  });
}, 25 * MINUTES);

afterAll(async () => {
  for (const tiny of [calm, hit]) if (tiny) await bringDown(tiny.project.folder, () => undefined);
}, 2 * MINUTES);

/** What the model knows is not asked: a small one, with as many items as it takes to be killed among them. */
async function small(yaml: string): Promise<string> {
  const pieces = [
    ['general_rows: 2', 'general_rows: 20'],
    ['probe_rows: 2', 'probe_rows: 15'],
  ] as const;
  return pieces.reduce((text, [from, to]) => replaced(text, from, to), await withSmallModel(yaml));
}

interface Hit {
  readonly folder: string;
  readonly run: string;
  readonly client: Client;
}

interface Blow {
  readonly what: string;
  /** Says how far the run is, once it is far enough into the work. */
  readonly when: (hit: Hit) => Promise<string | null>;
  readonly pid: (folder: string) => number;
}

/** A stage of the run that is in work, as its workflows say: for work that takes much longer than they need to answer. */
async function stage({run, client}: Hit, name: string): Promise<StageProgress | undefined> {
  for await (const view of new RunsClient({client}).follow(run, {everyMs: 0}))
    return view.stages.find((s) => s.stage === name && s.status === 'running');
  return undefined;
}

function inGauntlet(least: number): Blow['when'] {
  return async (hit) => {
    const {progress} = (await stage(hit, 'gauntlet')) ?? {};
    return progress && progress.done >= least && progress.done < progress.total
      ? `gauntlet ${progress.done} of ${progress.total}`
      : null;
  };
}

const trained = (folder: string): number =>
  Math.max(0, ...events(folder).flatMap((e) => (e.event === 'step' ? [e.step!] : [])));
const part = (name: string) => (folder: string) => readStack(folder)!.pids[name]!.pid;

/** Of the tiny project: a checkpoint every second step. */
const SAVE_STEPS = 2;
const LOOK_MS = 50;

/** In the order of the work. */
const BLOWS: readonly Blow[] = [
  {
    what: 'cpu worker',
    when: async ({client, run}) => ((await readsShards(client, run)) ? 'in curate' : null),
    pid: part('worker-cpu-1'),
  },
  {
    what: 'trainer',
    when: async ({folder}) =>
      events(folder).some((e) => e.event === 'checkpoint') ? `train step ${trained(folder)}` : null,
    pid: (folder) =>
      z.object({pid: z.int()}).parse(JSON.parse(readFileSync(job(folder, 'process.json'), 'utf8'))).pid,
  },
  {
    what: 'gpu worker',
    when: async ({folder}) => {
      const resumed = events(folder).findLastIndex((e) => e.event === 'resumed');
      const since = resumed < 0 ? [] : events(folder).slice(resumed);
      return since.some((e) => e.event === 'step') ? `train step ${trained(folder)}, resumed` : null;
    },
    pid: part('worker-gpu'),
  },
  {what: 'workflow worker', when: inGauntlet(3), pid: part('worker-workflow')},
  {what: 'Temporal server', when: inGauntlet(8), pid: part('temporal')},
  {
    what: 'gateway',
    when: async (hit) => ((await stage(hit, 'rollout')) ? 'in rollout' : null),
    pid: part('gateway'),
  },
];

async function killOneByOne(hit: Hit, over: AbortSignal): Promise<void> {
  for (const {what, when, pid} of BLOWS) {
    let at = await when(hit);
    while (at === null && !over.aborted) {
      await delay(LOOK_MS);
      at = await when(hit);
    }
    if (at === null) return;
    killed.push({what, at, time: Date.now()});
    process.kill(pid(hit.folder), 'SIGKILL');
  }
}

function job(folder: string, file: string): string {
  const jobs = path.join(folder, '.ratchet', 'jobs');
  const [key] = readdirSync(jobs).filter((name) => /^[0-9a-f]{16}$/.test(name));
  return path.join(jobs, key!, file);
}

function events(folder: string): {event: string; step?: number}[] {
  try {
    const lines = readFileSync(job(folder, 'events.jsonl'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as {event: string; step?: number});
  } catch {
    return [];
  }
}

test('each was killed in the middle of its work', () => {
  expect(killed.map(({what}) => what)).toEqual(BLOWS.map(({what}) => what));
});

test('the run ends as the undisturbed one', () => {
  expect(undisturbed.status).toBe('promoted');
  expect(disturbed.status).toBe('promoted');
  expect(disturbed.data).toEqual(undisturbed.data);
  expect(disturbed.release).toBe(undisturbed.release);
  expect(disturbed.gauntlet.verdict).toBe(undisturbed.gauntlet.verdict);
});

test('adapter and samples are the same, byte for byte', async () => {
  const seen = [];
  for (const [{project}, result] of [
    [calm, undisturbed],
    [hit, disturbed],
  ] as const) {
    const stores = await openStores(project.store);
    const adapter = adapterOf(await stores.registry.release('tiny', result.release))!;
    const report = await stores.artifacts.getJson(result.gauntlet.report, Report);
    seen.push({
      adapter: adapter.digest,
      gguf: adapter.gguf!.sha256,
      samples: report.samples,
    });
  }
  expect(seen[1]).toEqual(seen[0]);
});

test('training went on from its checkpoint', () => {
  const all = events(hit.project.folder);
  const resumed = all.filter((e) => e.event === 'resumed');
  expect(resumed).toHaveLength(1);
  // A checkpoint that was whole when the blow came may not have been announced yet.
  const before = all.slice(0, all.indexOf(resumed[0]!));
  const announced = before.findLast((e) => e.event === 'checkpoint')!.step!;
  const reached = before.findLast((e) => e.event === 'step')!.step!;
  const saved = [announced, ...(reached > announced && reached % SAVE_STEPS === 0 ? [reached] : [])];
  expect(saved).toContain(resumed[0]!.step);
  expect(all.filter((e) => e.event === 'finished')).toHaveLength(1);
});

test('no finished step was repeated', async () => {
  const all = await withTemporal(hit.project, (client) => historiesOf(client, 0));
  expect(all.map(({workflow}) => workflow.split('/')[0]).sort()).toEqual([
    'approval',
    'curate',
    'gauntlet',
    'lifecycle',
    'rollout',
    'train',
  ]);
  expect(
    repetitions(
      all,
      killed.map(({time}) => ({from: time, to: time})),
    ),
  ).toEqual([]);
});

test(
  'no process is left when the stack is down',
  async () => {
    const {pids} = readStack(hit.project.folder)!;
    await bringDown(hit.project.folder, () => undefined);
    expect(Object.entries(pids).filter(([, identity]) => stillRuns(identity))).toEqual([]);
  },
  2 * MINUTES,
);
