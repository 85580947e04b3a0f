import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Checkpoints} from '../../../activities/train/checkpoints.ts';
import type {TrainingOutputs} from '../../../schemas/training-job.ts';
import {kubernetesKind, processKind} from './backends.ts';
import {count, python, STEPS, toTheEnd, trainingBed, until, type TrainingBed} from './training-bed.ts';

/** The adapter's digests: of an undisturbed training, and the same after every interruption on every backend. */
const digests = ({safetensors, config, gguf}: TrainingOutputs) =>
  [safetensors, config, gguf].map((ref) => ref?.sha256);

describe.skipIf(python === undefined)('a training backend', {timeout: 400_000}, () => {
  let bed: TrainingBed;
  let undisturbed: (string | undefined)[];
  beforeAll(async () => {
    bed = await trainingBed();
    const kind = processKind();
    await kind.open(bed);
    const training = await kind.backend().attach(bed.job('undisturbed'), 'reference');
    await training.start();
    expect((await toTheEnd(training)).status).toEqual({state: 'ended', code: 0});
    undisturbed = digests(await training.outputs());
  }, 240_000);
  afterAll(() => bed.remove());

  const kubernetes = kubernetesKind();
  describe.each([processKind(), kubernetes])('over $name', (kind) => {
    beforeAll(() => kind.open(bed));
    afterAll(() => kind.close());

    test('starts a training once, whoever asks, and hands over what it made', async () => {
      const job = bed.job(`once ${kind.name}`);
      const first = await kind.backend().attach(job, 'first');
      expect(await first.status()).toEqual({state: 'absent'});
      expect(await first.events(0)).toEqual({events: [], cursor: 0});
      await first.start();
      await first.start();
      await until(first, 'checkpoint');
      first.close();

      // Another worker, or another attempt.
      const second = await kind.backend().attach(job, 'second');
      await second.start();
      const {status, said} = await toTheEnd(second);
      expect(status).toEqual({state: 'ended', code: 0});
      expect([count(said, 'started'), count(said, 'step'), count(said, 'finished')]).toEqual([1, STEPS, 1]);
      const {cursor} = await second.events(0);
      expect(await second.events(cursor)).toEqual({events: [], cursor});
      expect(kind.starts(job)).toBe(1);
      const outputs = await second.outputs();
      expect(digests(outputs)).toEqual(undisturbed);
      expect(outputs.metrics).toMatchObject({steps: STEPS});
      for (const ref of [outputs.safetensors, outputs.config, outputs.events, outputs.scores])
        expect(await bed.stores.artifacts.exists(ref)).toBe(true);
      second.close();
    });

    test('stops it at a checkpoint, which is in the store, and goes on from there', async () => {
      const job = bed.job(`cancelled ${kind.name}`);
      const training = await kind.backend().attach(job, 'one');
      await training.start();
      await until(training, 'checkpoint');
      await training.cancel();
      expect((await training.status()).state).not.toBe('running');
      training.close();
      const kept = await new Checkpoints(bed.stores, job.project, job.key).lastStep();
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThan(STEPS);

      const again = await kind.backend().attach(job, 'two');
      await again.start();
      const {status, events} = await toTheEnd(again);
      expect(status).toEqual({state: 'ended', code: 0});
      expect(events.find(({event}) => event === 'resumed')).toMatchObject({step: kept});
      expect(digests(await again.outputs())).toEqual(undisturbed);
      again.close();
    });

    test('says that it is lost where it died without a word, and goes on from the last stored checkpoint', async () => {
      const job = bed.job(`killed ${kind.name}`);
      const training = await kind.backend().attach(job, 'one');
      await training.start();
      const {said} = await until(training, 'checkpoint');
      const stored = said.find(({event}) => event === 'checkpoint')!.step!;
      kind.loseMachine(job);
      expect((await toTheEnd(training)).status).toMatchObject({state: 'lost'});
      await training.start();
      const {status, events} = await toTheEnd(training);
      expect(status).toEqual({state: 'ended', code: 0});
      expect(events.find(({event}) => event === 'resumed')!.step).toBeGreaterThanOrEqual(stored);
      expect(digests(await training.outputs())).toEqual(undisturbed);
      expect(kind.starts(job)).toBe(2);
      training.close();
    });

    test('hands on the trainer’s own reason where it refuses', async () => {
      const golden = await bed.stores.artifacts.putBytes(`${bed.goldenId}\n`, 'text/plain');
      const training = await kind.backend().attach(bed.job(`golden ${kind.name}`, {golden}), 'one');
      await training.start();
      const {status, said} = await toTheEnd(training);
      expect(status).toMatchObject({
        state: 'ended',
        code: 2,
        type: 'GoldenOverlap',
        message: expect.stringContaining(bed.goldenId) as string,
      });
      expect(count(said, 'step')).toBe(0);
      training.close();
    });
  });
});
