import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {temporal} from '@temporalio/proto';
import {describe, expect, test} from 'vitest';
import {HISTORIES} from '../workflows/record.ts';
import {repetitions, type Recorded} from '../../scripts/chaos/repetitions.ts';

const {History} = temporal.api.history.v1;

/** A recorded run and its stages, which nothing disturbed; decoded anew, so that a test may change it. */
function calm(): Recorded[] {
  return ['lifecycle-promoted', 'curate', 'train', 'gauntlet', 'rollout-promoted'].map(of);
}
function of(workflow: string): Recorded {
  return {workflow, events: History.decode(readFileSync(join(HISTORIES, `${workflow}.history`))).events};
}
const event = ({events}: Recorded, has: keyof Recorded['events'][number], nth = 0) =>
  events.filter((one) => one[has])[nth]!;
const at = (time: number) => ({from: time, to: time});
const timeOf = ({eventTime}: Recorded['events'][number]): number =>
  Number(eventTime!.seconds) * 1000 + (eventTime!.nanos ?? 0) / 1e6;

describe('a run that nothing disturbed', () => {
  test('repeats nothing, though its rollout measures again and again', () => {
    const rollout = of('rollout-promoted').events;
    const measured = rollout.filter(
      (one) => one.activityTaskScheduledEventAttributes?.activityType?.name === 'analyseTraffic',
    );
    expect(measured.length).toBeGreaterThan(1);
    expect(repetitions(calm(), [])).toEqual([]);
  });
});

describe('a repetition that was planted', () => {
  test('a stage that ran twice: each of its activities is named', () => {
    const all = calm();
    expect(repetitions([...all, {...all[2]!, workflow: 'train again'}], [])).toEqual(
      ['renderTrainingSet', 'estimateStage', 'trainAdapter', 'checkParity', 'keepStage'].map(
        (activity) => `${activity} in train again was done before: ${activity} in train`,
      ),
    );
  });

  test('a shard that was scheduled twice in one history', () => {
    const all = calm();
    const shards = all[1]!.events.flatMap((one) => {
      const asked = one.activityTaskScheduledEventAttributes;
      return asked?.activityType?.name === 'curateShard' ? [asked] : [];
    });
    shards[1]!.input = shards[0]!.input!;
    expect(repetitions(all, [])).toEqual(['curateShard in curate was done before: curateShard in curate']);
  });

  test('a second attempt is one, unless its work was hit', () => {
    const all = calm();
    const [train] = [all[2]!];
    const started = event(train, 'activityTaskStartedEventAttributes', 2);
    started.activityTaskStartedEventAttributes!.attempt = 2;
    const began = timeOf(event(train, 'activityTaskScheduledEventAttributes', 2));
    const ended = timeOf(event(train, 'activityTaskCompletedEventAttributes', 2));
    const named = ['trainAdapter in train took 2 attempts, though nothing was done to it then'];
    expect(repetitions(all, [])).toEqual(named);
    expect(repetitions(all, [at(began - 5_000), at(ended + 1)])).toEqual(named);
    expect(repetitions(all, [at((began + ended) / 2)])).toEqual([]);
  });

  test('an activity that never completed', () => {
    const all = calm();
    const [curate] = [all[1]!];
    const left = event(curate, 'activityTaskCompletedEventAttributes', 0);
    const events = curate.events.filter((one) => one !== left);
    expect(repetitions([{...curate, events}], [])).toEqual(['shardCount in curate completed 0 times']);
  });
});
