import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Training} from '../../../activities/train/backend.ts';
import {Checkpoints} from '../../../activities/train/checkpoints.ts';
import {jobObjectName} from '../../../activities/train/kubernetes/job-manifest.ts';
import type {TrainingJob} from '../../../schemas/training-job.ts';
import {kubernetesKind} from './backends.ts';
import {count, fakeTrainer, storeBed, toTheEnd, until, type TrainingBed} from './training-bed.ts';

let bed: TrainingBed;
let kind: ReturnType<typeof kubernetesKind>;
let opened: Training[];
beforeEach(async () => {
  bed = await storeBed(fakeTrainer);
  kind = kubernetesKind();
  await kind.open(bed);
  opened = [];
});
afterEach(async () => {
  for (const training of opened) training.close();
  await kind.close();
  await bed.remove();
});

async function attach(job: TrainingJob): Promise<Training> {
  const training = await kind.backend().attach(job, 'worker');
  opened.push(training);
  return training;
}
/** From now on trainers come to their end. */
const finish = () => writeFile(path.join(bed.folder, 'end'), '');
const lastStep = ({project, key}: TrainingJob) => new Checkpoints(bed.stores, project, key).lastStep();

describe('a training Job that Kubernetes ends for others’ sake', () => {
  test.each(['PreemptionByScheduler', 'EvictionByEvictionAPI'] as const)(
    'by %s saves, is replaced without a worker, and goes on from there',
    async (reason) => {
      const job = bed.job('disrupted');
      const training = await attach(job);
      await training.start();
      await until(training, 'checkpoint');
      kind.cluster.disrupt(reason);
      const {said} = await until(training, 'resumed');
      // The step that it saved on SIGTERM.
      expect(said.find(({event}) => event === 'resumed')).toMatchObject({step: 2});
      await finish();
      expect((await toTheEnd(training)).status).toEqual({state: 'ended', code: 0});
      expect(kind.starts(job)).toBe(2);
      expect(await training.outputs()).toMatchObject({metrics: {steps: 10}});
    },
  );

  test('with its node goes on from the last checkpoint that was stored', async () => {
    const job = bed.job('node lost');
    const training = await attach(job);
    await training.start();
    await until(training, 'checkpoint');
    kind.cluster.disrupt('DeletionByTaintManager');
    const {said} = await until(training, 'resumed');
    expect(said.find(({event}) => event === 'resumed')).toMatchObject({step: 1});
    await finish();
    expect((await toTheEnd(training)).status).toEqual({state: 'ended', code: 0});
    expect(kind.starts(job)).toBe(2);
  });
});

test('the way to each rung is a Job of its own, from the checkpoint of the one before, and so is the rest', async () => {
  const whole = bed.job('rungs');
  for (const step of [3, 7]) {
    const training = await attach({...whole, until_step: step});
    await training.start();
    const {status, events} = await toTheEnd(training);
    expect(status).toEqual({state: 'ended', code: 0, rung: step});
    expect(events.find(({event}) => event === 'rung')).toMatchObject({step, val_loss: 1 / step});
    expect(await lastStep(whole)).toBe(step);
  }
  const training = await attach(whole);
  // What the last rung came to is no end.
  expect(await training.status()).toEqual({state: 'ended', code: 0, rung: 7});
  await training.start();
  await finish();
  const {status, events} = await toTheEnd(training);
  expect(status).toEqual({state: 'ended', code: 0});
  expect(events.find(({event}) => event === 'resumed')).toMatchObject({step: 7});
  expect(await training.outputs()).toMatchObject({metrics: {steps: 10}});
  expect(kind.cluster.started).toHaveLength(3);
});

test('one that is out of memory is lost, with the reason, and started anew by whoever asks', async () => {
  const training = await attach(bed.job('oom'));
  await training.start();
  await until(training, 'checkpoint');
  kind.cluster.killContainer();
  const {status} = await toTheEnd(training);
  expect(status).toEqual({
    state: 'lost',
    message: expect.stringMatching(/BackoffLimitExceeded: OOMKilled, exit code 137/) as string,
  });
  await training.start();
  expect((await training.status()).state).toBe('running');
});

test('a Job of the same name that was made of something else is left alone, and named', async () => {
  const job = bed.job('twice');
  await (await attach(job)).start();
  const other = await attach({...job, score_rows: 3});
  await expect(other.start()).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(
      new RegExp(`^Job ${jobObjectName(job)} in namespace ratchet was made of document [0-9a-f]{12}, this`),
    ) as string,
  });
  expect(kind.cluster.jobs.objects.size).toBe(1);
});

test('two workers that start it at once start it once', async () => {
  const job = bed.job('race');
  const both = [await attach(job), await attach(job)];
  await Promise.all(both.map((training) => training.start()));
  expect(kind.cluster.started).toHaveLength(1);
});

test('where no node has a device, the status says so until one has', async () => {
  kind.cluster.nodes = false;
  const training = await attach(bed.job('waiting'));
  await training.start();
  expect(await training.status()).toEqual({
    state: 'running',
    note: 'waits for a node: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
  });
  kind.cluster.addNode();
  await finish();
  expect((await toTheEnd(training)).status).toEqual({state: 'ended', code: 0});
});

test('a token that the kubelet replaced is used from then on; one that is not taken is said', async () => {
  const training = await attach(bed.job('token'));
  await training.start();
  kind.cluster.token = 'the next one';
  expect((await training.status()).state).toBe('running');
  kind.refuse();
  await expect(training.status()).rejects.toMatchObject({
    type: 'AccessDenied',
    message: expect.stringContaining(
      "the service account's token is expired or of another cluster",
    ) as string,
  });
});

test('a watch whose version was forgotten (410) is listed anew and goes on', async () => {
  const training = await attach(bed.job('gone'));
  await training.start();
  await until(training, 'checkpoint');
  const {lists} = kind.cluster.jobs;
  kind.cluster.jobs.compact();
  kind.cluster.pods.compact();
  await expect.poll(() => kind.cluster.jobs.lists, {timeout: 20_000}).toBeGreaterThan(lists);
  await finish();
  expect((await toTheEnd(training)).status).toEqual({state: 'ended', code: 0});
});

test('what was said comes out once and whole, however often the log breaks', async () => {
  kind.cluster.logBreaksAfter = 1;
  const training = await attach(bed.job('log'));
  await training.start();
  await until(training, 'started');
  await finish();
  const {said} = await toTheEnd(training);
  expect([count(said, 'started'), count(said, 'checkpoint'), count(said, 'finished')]).toEqual([1, 1, 1]);
});

test('a Job that was collected after its end is found by what it left; a cancelled one leaves nothing to find', async () => {
  const job = bed.job('collected');
  const training = await attach(job);
  await training.start();
  await finish();
  await toTheEnd(training);
  kind.cluster.collectFinished();
  const later = await attach(job);
  expect(await later.status()).toEqual({state: 'ended', code: 0});
  expect((await later.events(0)).events.map(({event}) => event)).toEqual([
    'started',
    'checkpoint',
    'finished',
  ]);
  expect(await later.outputs()).toEqual(await training.outputs());

  await rm(path.join(bed.folder, 'end'));
  const cancelled = bed.job('cancelled');
  const other = await attach(cancelled);
  await other.start();
  await until(other, 'checkpoint');
  await other.cancel();
  expect(await other.status()).toEqual({state: 'absent'});
  expect(kind.cluster.jobs.objects.size).toBe(0);
  expect(await lastStep(cancelled)).toBe(2);
});

test('what the pod cannot do is told with its type, not as a loss', async () => {
  const job = bed.job('bytes exchanged');
  await writeFile(path.join(bed.folder, 'store', job.train.uri), 'x'.repeat(job.train.bytes));
  const training = await attach(job);
  await training.start();
  expect((await toTheEnd(training)).status).toMatchObject({state: 'ended', code: 1, type: 'DigestMismatch'});
});
