import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Blow} from '../../scripts/chaos/blow-struck.ts';
import {comparedWith, faults, matrix, randomCase} from '../../scripts/chaos/cases.ts';
import {compareOutcome} from '../../scripts/chaos/compare-outcome.ts';
import {checkpoints, choices, sinceTheLast} from '../../scripts/chaos/killed-run.ts';
import type {Outcome} from '../../scripts/chaos/outcome.ts';
import {markdown} from '../../scripts/chaos/report.ts';
import type {KeptCase} from '../../scripts/chaos/results.ts';

const outcome: Outcome = {
  status: 'promoted',
  dataset: 'd',
  adapter: 'a',
  release: 'r',
  verdict: 'pass',
  samples: ['s'],
};
function blow(seconds: number | null, over: Partial<Blow> = {}): Blow {
  return {
    what: 'cpu worker',
    at: 'train 5 of 18 steps',
    time: 10_000,
    until: 10_000,
    back: 1.5,
    resumed: {by: seconds === null ? 'nothing in work' : 'heartbeat', seconds},
    ...over,
  };
}
const ran = (blows: readonly Blow[]) => ({outcome, blows, wrong: []});

describe('a case', () => {
  test('is as it should be when work went on in time, or there was none', () => {
    expect(compareOutcome({kind: 'kill'}, ran([blow(30)]), outcome)).toEqual([]);
    expect(compareOutcome({kind: 'kill'}, ran([blow(null)]), outcome)).toEqual([]);
    expect(compareOutcome({kind: 's3'}, ran([blow(null, {resumed: null})]), outcome)).toEqual([]);
  });

  test('is not where work went on late, or never', () => {
    expect(compareOutcome({kind: 'kill'}, ran([blow(30.06)]), outcome)).toEqual([
      'what cpu worker had in work went on after 30.1 s, expected 30 s at most',
    ]);
    const never = blow(null, {resumed: {by: 'not within 120 s', seconds: null}});
    expect(compareOutcome({kind: 'random'}, ran([blow(3), never]), outcome)).toEqual([
      'what cpu worker had in work did not go on within 120 s',
    ]);
  });

  test('is not where nothing was done, unless chance may do nothing', () => {
    const nothing = ['nothing was done to it: the run was never there'];
    for (const kind of ['kill', 's3', 'disk', 'stopped'] as const)
      expect(compareOutcome({kind}, ran([]), outcome)).toEqual(nothing);
    expect(compareOutcome({kind: 'random'}, ran([]), outcome)).toEqual([]);
    expect(compareOutcome({kind: 'undisturbed'}, ran([]), null)).toEqual([]);
  });

  test('is not where it came to something else', () => {
    expect(compareOutcome({kind: 'kill'}, ran([blow(3)]), {...outcome, adapter: 'b'})).toEqual([
      'adapter is a, expected b',
    ]);
  });

  test('of the monitor and of a retrain is compared with an undisturbed retrain, all others with a first run', () => {
    const retrains = [...matrix(), ...faults(), randomCase('1', 1)].filter(
      (one) => comparedWith(one) === 'retrain',
    );
    expect(retrains.map(({name}) => name.split(' in ')[1]).sort()).toEqual([
      ...Array<string>(6).fill('monitor'),
      ...Array<string>(7).fill('retrain'),
    ]);
  });
});

describe('random kills', () => {
  test('are the same for the same seed, 2 to 10 s apart, and hit everything', () => {
    const draw = (seed: string) => {
      const choose = choices(seed);
      return Array.from({length: 100}, () => choose());
    };
    expect(draw('1/1')).toEqual(draw('1/1'));
    expect(draw('1/1')).not.toEqual(draw('1/2'));
    const drawn = draw('1/1');
    expect(drawn.every(({pauseMs}) => pauseMs >= 2_000 && pauseMs < 10_000)).toBe(true);
    expect(new Set(drawn.map(({victim}) => victim)).size).toBe(7);
  });

  test('that come again before work went on are what it went on after', () => {
    const first = blow(20, {time: 10_000});
    const second = blow(null, {time: 25_000});
    const third = blow(4, {time: 40_000});
    expect(sinceTheLast([first, second, third]).map(({resumed}) => resumed!.seconds)).toEqual([5, null, 4]);
  });
});

test('checkpoints are counted as trainers announce them', async () => {
  const jobs = await mkdtemp(join(tmpdir(), 'ratchet-jobs-'));
  expect(checkpoints(join(jobs, 'none'))).toBe(-1);
  await mkdir(join(jobs, 'a'));
  const line = (event: string) => `{"t": "2026-11-26T08:00:00.000Z", "event": "${event}"}\n`;
  const events = ['started', 'step', 'checkpoint', 'step', 'checkpoint'].map(line).join('');
  await writeFile(join(jobs, 'a', 'events.jsonl'), events);
  expect(checkpoints(jobs)).toBe(2);
  await rm(jobs, {recursive: true});
});

test('the table of a page names what came of each case', () => {
  const kept: KeptCase = {
    wrong: [],
    inconclusive: null,
    told: '',
    seconds: 61.4,
    outcome: {...outcome, samples: ['s']},
    blows: [blow(16.84)],
  };
  const cases = {
    'cpu worker in train': kept,
    'full disk': {...kept, blows: [], inconclusive: 'no tmpfs'},
    'random 1': {...kept, wrong: ['a | b'], blows: [blow(3), blow(7)]},
  };
  expect(markdown({cases})).toBe(
    [
      '| Case | Faults | During | Back after | Work continued after | Run | Result |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| cpu worker in train | 1 | train 5 of 18 steps | 1.5 s | 16.8 s (heartbeat) | 61 s | as undisturbed |',
      '| full disk | – | – | – | – | – | inconclusive: no tmpfs |',
      '| random 1 | 2 | – | 1.5 s | 7.0 s (heartbeat) | 61 s | a \\| b |',
    ].join('\n'),
  );
});
