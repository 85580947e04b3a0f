import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {z} from 'zod';
import type {Activity, ActivityContext} from '../../../activities/context.ts';
import type {TrainingSet} from '../../../schemas/training-set.ts';
import {checkParity, renderTrainingSet, trainAdapter} from '../../../activities/train/activities.ts';
import {TrainingConfig} from '../../../schemas/training.ts';
import type {ResolvedProject} from '../../../schemas/resolved-project.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {resolveEnvironment} from '../../../launcher/environment.js';
import {stillRuns} from '../../../host/process-identity.ts';
import {resolveProject} from '../../../models/resolve-project.ts';
import {smallModel} from '../../models/small-model.ts';
import {gauntletWorld, madeRows, quiet, TASKS} from '../gauntlet/gauntlet-world.ts';
import {scriptedEngine} from '../gauntlet/scripted-engine.ts';

const {python} = resolveEnvironment();

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RUN = 'lifecycle/gauntlet-test/20261126T000000Z-aaaaaa';
const Line = z.looseObject({id: z.string(), task: z.string(), completion: z.string()});

let world: Awaited<ReturnType<typeof gauntletWorld>>;
let engine: Awaited<ReturnType<typeof scriptedEngine>>;
let context: ActivityContext;
let request: StageRequest;
let set: TrainingSet;
beforeAll(async () => {
  const script = {choose: () => 'ham', write: () => '', nll: 50};
  engine = await scriptedEngine(script, script);
  const triage = {...TASKS['triage']!, train: {rows: 8, balance: 'class', validation_rows: 4}} as const;
  world = await gauntletWorld({
    engines: [engine.url],
    tasks: {triage},
    rows: madeRows({train: 30, validation: 12, golden: 9, traffic: 0}),
  });
  context = {
    ...world.context,
    environment: {
      ...world.context.environment,
      trainer: join(ROOT, 'trainer'),
      ...(python === undefined ? {} : {python, model: await smallModel()}),
    },
  };
  request = await requestFor({});
  set = await renderTrainingSet({request}, context, quiet());
}, 120_000);
afterAll(async () => {
  await world.remove();
  await engine.close();
});

/** The training stage of this dataset, as small as it goes. */
async function requestFor(
  training: Partial<TrainingConfig>,
  more: Partial<ResolvedProject['config']> = {},
): Promise<StageRequest> {
  const config = {
    ...world.config,
    ...more,
    training: TrainingConfig.parse({
      lora_r: 2,
      lora_alpha: 4,
      lora_target_modules: ['q_proj', 'v_proj'],
      sequence_len: 96,
      micro_batch_size: 2,
      max_steps: 2,
      save_steps: 1,
      eval_steps: 2,
      learning_rate: 1e-4,
      ...training,
    }),
  };
  const options = {folder: world.context.folder, defaultModel: context.environment.model};
  const {ref} = await resolveProject(world.stores.artifacts, config, options);
  return {...world.request({dataset: world.version.digest, init: ''}), stage: 'train', resolved: ref};
}

async function lines(of: TrainingSet['train']): Promise<z.infer<typeof Line>[]> {
  return Array.fromAsync(world.stores.artifacts.lines(of, Line));
}

/** An attempt that is aborted at the first step behind `after` that the trainer reports. */
function abortedAtAStep(after = 0): Activity {
  const abort = new AbortController();
  return {
    ...quiet(),
    signal: abort.signal,
    progress: ({done}) => {
      if (done > after) abort.abort();
    },
  };
}

const jobFile = (key: string, name: string) => join(context.jobFolder, key.slice(0, 16), name);
/** Null until it is there, whole. */
async function read<T>(key: string, name: string): Promise<T | null> {
  return readFile(jobFile(key, name), 'utf8').then(
    (text) => JSON.parse(text) as T,
    () => null,
  );
}
async function events(key: string): Promise<string[]> {
  const text = await readFile(jobFile(key, 'events.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as {event: string}).event);
}
const count = (all: readonly string[], event: string) => all.filter((one) => one === event).length;

describe('the training set', () => {
  it('has the same bytes whenever it is rendered', async () => {
    expect(await renderTrainingSet({request}, context, quiet())).toEqual(set);
  });

  it('holds as many rows as the task asks for, the same number of each class', async () => {
    expect(set).toMatchObject({trainRows: 8, validationRows: 4});
    const classes = (await lines(set.train)).map(({completion}) => completion.trim()).sort();
    expect(classes).toEqual([...Array<string>(4).fill('ham'), ...Array<string>(4).fill('spam')]);
    expect(set.rows!.train).toEqual({triage: {ham: 4, spam: 4}});
  });

  it('holds no golden row, and names them all for the trainer', async () => {
    const golden = (await world.stores.artifacts.getText(set.golden)).split('\n').filter(Boolean);
    expect(golden).toHaveLength(9);
    const ids = [...(await lines(set.train)), ...(await lines(set.validation))].map(({id}) => id);
    expect(ids.filter((id) => golden.includes(id))).toEqual([]);
  });
});

it('refuses a training set that says what a golden row says, under whatever id', async () => {
  const rows = madeRows({train: 30, validation: 12, golden: 9, traffic: 0});
  const golden = rows.find(({split}) => split === 'golden')!;
  // Its text follows from its number and its label.
  const id = `planted-${/\d+$/.exec(golden.id)![0]}`;
  for (const split of ['train', 'validation'] as const) {
    const planted = await world.dataset([...rows, {...golden, id, split}]);
    const asked = {request: {...request, inputs: {...request.inputs, dataset: planted.digest}}};
    await expect(renderTrainingSet(asked, context, quiet())).rejects.toMatchObject({
      type: 'GoldenOverlap',
      retryable: false,
      message: `1 row(s) say what a golden row says, the first is ${id} (golden row ${golden.id}): take them out of train and validation`,
    });
  }
});

/** A context whose trainer ends with what `failure` says now, or with nothing to tell; `starts` counts. */
async function failingTrainer(failure: {type: string; message: string}) {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-trainer-'));
  const [program, exit, log] = ['python', 'exit', 'starts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  // Called as `python -m ratchet_trainer SPEC`.
  await writeFile(
    program,
    `#!/bin/sh\necho start >> ${log}\ncp ${exit} "$(dirname "$3")/exit.json.part"\nmv "$(dirname "$3")/exit.json.part" "$(dirname "$3")/exit.json"\n`,
    {mode: 0o755},
  );
  await writeFile(exit, JSON.stringify({code: 1, ...failure}));
  return {
    context: {...context, environment: {...context.environment, python: program}},
    starts: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean).length,
    remove: () => rm(folder, {recursive: true}),
  };
}
const execution = (runId: string): Activity => ({...quiet(), runId});

describe('a training that failed', {timeout: 60_000}, () => {
  it.each([
    ['e', 'GpuOutOfMemory', 'the GPU has no memory left: free some and run again'],
    ['f', 'DiskFull', 'no space left: free some and run again'],
  ])('%s: is started anew when somebody runs it again (%s), and only then', async (name, type, message) => {
    const key = name.repeat(64);
    const failing = await failingTrainer({type, message});
    const attempt = (activity: Activity) => trainAdapter({request, key, set}, failing.context, activity);
    const failure = {type, message, retryable: false};
    await expect(attempt(execution('first'))).rejects.toMatchObject(failure);
    // The same execution: its worker died before it could tell.
    await expect(attempt(execution('first'))).rejects.toMatchObject(failure);
    expect(await failing.starts()).toBe(1);
    await expect(attempt(execution('second'))).rejects.toMatchObject(failure);
    expect(await failing.starts()).toBe(2);
    await failing.remove();
  });

  it('for a reason that passes is tried again, and given up after three starts', async () => {
    const key = '1'.repeat(64);
    const failing = await failingTrainer({type: 'Unavailable', message: 'the hub does not answer'});
    const attempt = () => trainAdapter({request, key, set}, failing.context, execution('first'));
    for (let i = 0; i < 3; i++)
      await expect(attempt()).rejects.toMatchObject({type: 'Unavailable', retryable: true});
    await expect(attempt()).rejects.toMatchObject({
      type: 'NoProgress',
      message: expect.stringContaining('the hub does not answer') as string,
    });
    expect(await failing.starts()).toBe(3);
    await failing.remove();
  });
});

it('that another attempt follows is not stopped by one that comes back late', {timeout: 60_000}, async () => {
  const key = '2'.repeat(64);
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-trainer-'));
  const program = join(folder, 'python');
  await writeFile(program, '#!/bin/sh\nexec sleep 600\n', {mode: 0o755});
  const long = {...context, environment: {...context.environment, python: program}};
  const attempt = () => {
    const abort = new AbortController();
    const ended = trainAdapter({request, key, set}, long, {...quiet(), signal: abort.signal});
    return {abort: () => abort.abort(), ended: expect(ended).rejects.toThrow('the training was cancelled')};
  };
  const first = attempt();
  const trainer = await vi.waitUntil(
    () => read<Parameters<typeof stillRuns>[0]>(key, 'process.json'),
    30_000,
  );
  const second = attempt();
  await vi.waitUntil(async () => (await read<{token: number}>(key, 'follower.json'))?.token === 2, 30_000);
  first.abort();
  await first.ended;
  expect(stillRuns(trainer)).toBe(true);
  second.abort();
  await second.ended;
  expect(stillRuns(trainer)).toBe(false);
  await rm(folder, {recursive: true});
});

describe.skipIf(python === undefined)('a training', {timeout: 300_000}, () => {
  it('with a golden row planted in it is refused before it begins', async () => {
    const [planted] = (await world.stores.artifacts.getText(set.golden)).split('\n');
    const rows = await lines(set.train);
    const {ref: train} = await world.stores.artifacts.putLines([...rows, {...rows[0]!, id: planted}]);
    const key = 'a'.repeat(64);
    await expect(trainAdapter({request, key, set: {...set, train}}, context, quiet())).rejects.toMatchObject({
      type: 'GoldenOverlap',
      retryable: false,
      message: expect.stringContaining(planted!) as string,
    });
    expect(count(await events(key), 'step')).toBe(0);
  });

  it('outlives its worker; the next attempt goes on with it, and a later one finds what it made', async () => {
    const key = 'b'.repeat(64);
    const long = await requestFor({max_steps: 6});
    const asked = {request: long, key, set};
    const shutdown = new AbortController();
    const worker = {...quiet(), signal: shutdown.signal, shuttingDown: () => true};
    const left = expect(trainAdapter(asked, context, worker)).rejects.toThrow(
      'this worker shuts down; the trainer goes on',
    );
    // Held while it loads: six steps may be over before the worker looks again.
    const {pid} = await vi.waitUntil(() => read<{pid: number}>(key, 'process.json'), 30_000);
    process.kill(pid, 'SIGSTOP');
    shutdown.abort();
    await left;
    process.kill(pid, 'SIGCONT');
    const trained = await trainAdapter(asked, context, quiet());
    expect(trained).toMatchObject({steps: 6, adapter: {dataset: world.version.digest}});
    for (const ref of [trained.adapter.safetensors, trained.adapter.gguf!, trained.adapter.config])
      expect(await world.stores.artifacts.exists(ref)).toBe(true);
    expect(await trainAdapter(asked, context, quiet())).toEqual(trained);
    const said = await events(key);
    expect([count(said, 'started'), count(said, 'step'), count(said, 'finished')]).toEqual([1, 6, 1]);

    // What is served would not be what was trained: this engine's losses are another model's.
    await expect(checkParity({request: long, set, trained}, context, quiet())).rejects.toMatchObject({
      type: 'AdapterNotServed',
      message: expect.stringMatching(
        /^the engine's loss with the adapter differs from the trainer's by \d+\.\d+ nats a token on 4 validation rows of triage/,
      ) as string,
    });
  });

  it('that is cancelled stops; the next one goes on from its checkpoint', async () => {
    const key = 'c'.repeat(64);
    const asked = {request: await requestFor({max_steps: 600}), key, set};
    await expect(trainAdapter(asked, context, abortedAtAStep())).rejects.toThrow(
      'the training was cancelled',
    );
    const identity = JSON.parse(await readFile(jobFile(key, 'process.json'), 'utf8')) as Parameters<
      typeof stillRuns
    >[0];
    expect(stillRuns(identity)).toBe(false);
    const stopped = await events(key);
    expect(count(stopped, 'finished')).toBe(0);
    await expect(trainAdapter(asked, context, abortedAtAStep(count(stopped, 'step')))).rejects.toThrow(
      'the training was cancelled',
    );
    const resumed = await events(key);
    expect(count(resumed, 'resumed')).toBe(1);
    expect(count(resumed, 'step')).toBeGreaterThan(count(stopped, 'step'));
  });

  it('over its budget stops at a checkpoint, stays stopped, and goes on once it is raised', async () => {
    const key = '2'.repeat(64);
    const training = {max_steps: 200, save_steps: 20, eval_steps: 200};
    const of = (workflowId: string) => ({...quiet(), workflowId});
    const spentBy = async (run: string) =>
      (await world.stores.costs.soFar(request.project, {run, workflows: []})).run;
    // Undisturbed, it says what it takes on this machine: loading is less than half of it.
    const alone = {...(await requestFor(training)), run: `${RUN}-undisturbed`};
    const undisturbed = await trainAdapter(
      {request: alone, key: '3'.repeat(64), set},
      context,
      of('train/undisturbed'),
    );
    const limit = Math.ceil(0.7 * (await spentBy(alone.run)).cpuSeconds);
    // 1 USD a CPU second.
    const budget = {prices: {...world.config.prices, cpu_hour: 3600}, budget: {run: limit}};
    const strict = {request: {...(await requestFor(training, budget)), run: RUN}, key, set};
    const attempt = (asked: typeof strict) => trainAdapter(asked, context, of('train/budget'));
    const spent = () => spentBy(RUN);
    const started = async () => count(await events(key), 'started');
    await expect(attempt(strict)).rejects.toMatchObject({
      type: 'BudgetExceeded',
      retryable: false,
      message: expect.stringMatching(
        new RegExp(
          `^[\\d.]+ of ${limit} USD are spent \\(budget\\.run\\): the training (stopped at its checkpoint of step \\d+|did not reach a step); raise budget\\.run in ratchet\\.yaml and \`ratchet run gauntlet-test\` again: it goes on from there$`,
        ),
      ) as string,
    });
    const first = await spent();
    expect(first.cpuSeconds).toBeGreaterThan(1);
    // What is reserved is foreseen by the steps before: on a busy machine the last one may take longer.
    expect(first.cpuSeconds).toBeLessThanOrEqual(1.15 * limit);
    expect(count(await events(key), 'finished')).toBe(0);

    // Another run, whose budget is the same: what was spent on this training is spent.
    const another = {...strict, request: {...strict.request, run: `${RUN}-another`}};
    await expect(attempt(another)).rejects.toMatchObject({type: 'BudgetExceeded'});
    expect([await started(), await spent()]).toEqual([1, first]);

    const raised = await attempt({...strict, request: {...(await requestFor(training)), run: RUN}});
    expect(raised.steps).toBe(200);
    expect(count(await events(key), 'resumed')).toBe(1);
    expect((await spent()).cpuSeconds).toBeGreaterThan(first.cpuSeconds);
    expect(raised.adapter.digest).toBe(undisturbed.adapter.digest);
  });

  it('that ends without a word again and again is given up', async () => {
    const key = 'd'.repeat(64);
    const nothing = {...context, environment: {...context.environment, python: '/bin/true'}};
    await expect(trainAdapter({request, key, set}, nothing, quiet())).rejects.toMatchObject({
      type: 'NoProgress',
      message: expect.stringContaining('3 times without reaching a new checkpoint') as string,
    });
    // Whoever runs it again has mended the cause: three new tries.
    const again = trainAdapter({request, key, set}, nothing, execution('again'));
    await expect(again).rejects.toMatchObject({type: 'NoProgress'});
  });
});
