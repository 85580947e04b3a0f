import {describe, expect, it} from 'vitest';
import {advance, lacksSamples, nextAction, reaches, START, stepName} from '../../../core/rollout/steps.ts';
import type {Event, Position} from '../../../core/rollout/steps.ts';
import {RolloutStep} from '../../../schemas/deployment.ts';
import type {Analysis, AnalysisResult} from '../../../schemas/deployment.ts';
import type {Verdict} from '../../../schemas/names.ts';

type Quick = Record<string, unknown>;
const analysis = (change: Quick = {}, metric: Quick = {}): RolloutStep =>
  RolloutStep.parse({
    analysis: {
      minSamples: 20,
      interval: 5,
      count: 3,
      initialDelay: 1,
      metrics: [{name: 'quality', margin: 0.1, ...metric}],
      ...change,
    },
  });
const measured = (verdict: Verdict, n = 100): Event => {
  const estimate = {value: 0, low: 0, high: 0, n};
  const difference = n === 0 ? null : estimate;
  const metric = {
    name: 'quality',
    verdict,
    stable: null,
    canary: null,
    difference,
    reason: `said ${verdict}`,
  };
  const result: AnalysisResult = {verdict, metrics: [metric], samples: {stable: n, canary: n, paired: 0}};
  return {type: 'measured', result};
};
const after = (steps: RolloutStep[], events: Event[], from: Position = START): Position =>
  events.reduce((at, event) => advance(steps, at, event), from);

const STEPS: RolloutStep[] = [
  {setShadow: 100},
  analysis(),
  {setWeight: 10},
  {pause: {seconds: 30}},
  {setWeight: 100},
];

describe('the steps', () => {
  it('go in order and end in promotion', () => {
    const seen: string[] = [];
    let at = START;
    for (;;) {
      const action = nextAction(STEPS, at);
      seen.push(action.do);
      if (action.do === 'promote') break;
      at = advance(STEPS, at, action.do === 'measure' ? measured('pass') : {type: 'done'});
    }
    expect(seen).toEqual(['setShadow', 'measure', 'setWeight', 'pause', 'setWeight', 'promote']);
  });

  it('a pause without an end asks a person', () => {
    const steps: RolloutStep[] = [{pause: {}}, {setWeight: 5}];
    expect(nextAction(steps, START)).toMatchObject({do: 'ask'});
    expect(nextAction(steps, after(steps, [{type: 'resumed'}]))).toEqual({do: 'setWeight', weight: 5});
  });

  it('an abort goes back to stable from anywhere, also while a person is asked', () => {
    const aborted: Event = {type: 'aborted', reason: 'anna: wrong prompt'};
    for (const events of [[], [{type: 'done'}], [{type: 'done'}, measured('inconclusive')]] as Event[][]) {
      expect(nextAction(STEPS, after(STEPS, [...events, aborted]))).toEqual({
        do: 'fallBack',
        reason: 'anna: wrong prompt',
      });
    }
  });

  it('fall back where a metric has failed too often, also by a result that lacks it', () => {
    const steps = [analysis({}, {failureLimit: 1})];
    const result: AnalysisResult = {verdict: 'pass', metrics: [], samples: {stable: 0, canary: 0, paired: 0}};
    const at = (failed: number): Position =>
      advance(steps, {...START, failed: {quality: failed}}, {type: 'measured', result});
    expect(nextAction(steps, at(2))).toMatchObject({
      do: 'fallBack',
      reason: expect.stringContaining('quality: not measured') as string,
    });
    expect(nextAction(steps, at(1))).toMatchObject({do: 'promote'});
  });

  it('have names that people can read', () => {
    expect(STEPS.map(stepName)).toEqual([
      'shadow 100 %',
      'analysis of quality (at least 20 answers)',
      'canary 10 %',
      'pause 30 s',
      'canary 100 %',
    ]);
  });
});

describe('an analysis', () => {
  const one = [analysis()];

  it('waits initialDelay, then interval', () => {
    expect(nextAction(one, START)).toMatchObject({do: 'measure', afterSeconds: 1});
    expect(nextAction(one, after(one, [measured('inconclusive', 0)]))).toMatchObject({
      do: 'measure',
      afterSeconds: 5,
    });
  });

  it('counts a look at a single answer, where one is asked for', () => {
    const quick = [analysis({minSamples: 1})];
    expect(nextAction(quick, after(quick, [measured('fail', 1)]))).toMatchObject({do: 'fallBack'});
    expect(nextAction(quick, after(quick, [measured('inconclusive', 1)]))).toMatchObject({do: 'ask'});
  });

  it('goes on at the first success', () => {
    expect(nextAction(one, after(one, [measured('pass')]))).toEqual({do: 'promote'});
  });

  it('falls back when failures exceed failureLimit', () => {
    expect(nextAction(one, after(one, [measured('fail')]))).toEqual({
      do: 'fallBack',
      reason: 'quality: said fail',
    });
    const lenient = [analysis({}, {failureLimit: 1})];
    expect(nextAction(lenient, after(lenient, [measured('fail')]))).toMatchObject({do: 'measure'});
    expect(nextAction(lenient, after(lenient, [measured('fail'), measured('pass')]))).toEqual({
      do: 'promote',
    });
    expect(nextAction(lenient, after(lenient, [measured('fail'), measured('fail', 150)]))).toMatchObject({
      do: 'fallBack',
    });
  });

  it('asks a person when inconclusive measurements exceed inconclusiveLimit', () => {
    const at = after(one, [measured('inconclusive')]);
    expect(nextAction(one, at)).toEqual({do: 'ask', reason: 'quality: said inconclusive'});
    expect(nextAction(one, after(one, [{type: 'resumed'}], at))).toEqual({do: 'promote'});
    const patient = [analysis({}, {inconclusiveLimit: 1})];
    const events = [measured('inconclusive'), measured('inconclusive', 150)];
    expect(nextAction(patient, after(patient, events.slice(0, 1)))).toMatchObject({do: 'measure'});
    expect(nextAction(patient, after(patient, events))).toMatchObject({do: 'ask'});
  });

  it('counts a look once, however often it is measured', () => {
    const lenient = [analysis({}, {failureLimit: 1, inconclusiveLimit: 1})];
    for (const verdict of ['fail', 'inconclusive'] as const) {
      const same = after(lenient, [measured(verdict), measured(verdict)]);
      expect(nextAction(lenient, same)).toMatchObject({do: 'measure'});
      expect(nextAction(lenient, after(lenient, [measured(verdict, 150)], same))).toMatchObject({
        do: verdict === 'fail' ? 'fallBack' : 'ask',
      });
    }
  });

  it('waits for samples up to count measurements, then asks', () => {
    const few = [measured('inconclusive', 0), measured('inconclusive', 19), measured('inconclusive', 19)];
    expect(nextAction(one, after(one, few.slice(0, 2)))).toMatchObject({do: 'measure'});
    expect(nextAction(one, after(one, few))).toEqual({
      do: 'ask',
      reason: 'no verdict after 3 measurements; quality: said inconclusive',
    });
    expect(nextAction(one, after(one, [...few.slice(0, 2), measured('pass')]))).toEqual({do: 'promote'});
  });

  it('falls back when measurements in a row cannot be taken', () => {
    const steps = [analysis({count: 10}, {consecutiveErrorLimit: 1})];
    const error: Event = {type: 'not_measured', error: 'store away'};
    expect(nextAction(steps, after(steps, [error]))).toMatchObject({do: 'measure'});
    expect(nextAction(steps, after(steps, [error, measured('inconclusive', 0), error]))).toMatchObject({
      do: 'measure',
    });
    expect(nextAction(steps, after(steps, [error, error]))).toEqual({
      do: 'fallBack',
      reason: '2 measurements in a row failed: store away',
    });
  });

  it('starts anew at the next analysis', () => {
    const two = [analysis({}, {failureLimit: 1}), analysis({}, {failureLimit: 1})];
    const at = after(two, [measured('fail'), measured('pass'), measured('fail')]);
    expect(nextAction(two, at)).toMatchObject({do: 'measure'});
  });

  it('fails before it is inconclusive, if two metrics disagree', () => {
    const steps = [
      RolloutStep.parse({
        analysis: {
          minSamples: 1,
          interval: 1,
          count: 1,
          metrics: [
            {name: 'quality', margin: 0.1},
            {name: 'error_rate', margin: 0.1},
          ],
        },
      }),
    ];
    const estimate = {value: 0, low: 0, high: 0, n: 9};
    const of = (name: string, verdict: Verdict) => ({
      name,
      verdict,
      stable: null,
      canary: null,
      difference: estimate,
      reason: verdict,
    });
    const result: AnalysisResult = {
      verdict: 'fail',
      metrics: [of('quality', 'inconclusive'), of('error_rate', 'fail')],
      samples: {stable: 9, canary: 9, paired: 0},
    };
    expect(nextAction(steps, after(steps, [{type: 'measured', result}]))).toMatchObject({do: 'fallBack'});
  });
});

describe('several metrics', () => {
  const two = (quality: Quick = {}, errors: Quick = {}, change: Quick = {}): RolloutStep[] => [
    analysis({
      count: 10,
      ...change,
      metrics: [
        {name: 'quality', margin: 0.1, ...quality},
        {name: 'error_rate', margin: 0.1, ...errors},
      ],
    }),
  ];
  /** What each metric says, by how many answers; null where it was not measured. */
  const said = (...of: [string, Verdict, number | null][]): Event => {
    const metrics = of.map(([name, verdict, n]) => {
      const difference = n === null ? null : {value: 0, low: 0, high: 0, n};
      return {name, verdict, stable: null, canary: null, difference, reason: verdict};
    });
    const samples = {stable: 100, canary: 100, paired: 0};
    return {type: 'measured', result: {verdict: 'inconclusive', metrics, samples}};
  };

  it('have all to pass', () => {
    const steps = two();
    const open = after(steps, [said(['quality', 'pass', 100], ['error_rate', 'inconclusive', 5])]);
    expect(nextAction(steps, open)).toMatchObject({do: 'measure', afterSeconds: 5});
    const passed = after(steps, [said(['quality', 'pass', 100], ['error_rate', 'pass', 100])]);
    expect(nextAction(steps, passed)).toEqual({do: 'promote'});
  });

  it('end it by the strictest of their limits of errors', () => {
    const error: Event = {type: 'not_measured', error: 'store away'};
    for (const steps of [
      two({consecutiveErrorLimit: 0}, {consecutiveErrorLimit: 4}),
      two({consecutiveErrorLimit: 4}, {consecutiveErrorLimit: 0}),
    ])
      expect(nextAction(steps, after(steps, [error]))).toEqual({
        do: 'fallBack',
        reason: '1 measurements in a row failed: store away',
      });
  });

  it('keep the look that they had, through a measurement that says nothing of them', () => {
    const steps = two({failureLimit: 1});
    const failed = said(['quality', 'fail', 100], ['error_rate', 'inconclusive', 5]);
    const silent = said(['quality', 'inconclusive', null], ['error_rate', 'inconclusive', 6]);
    expect(nextAction(steps, after(steps, [failed, silent, failed]))).toMatchObject({do: 'measure'});
    const more = said(['quality', 'fail', 150], ['error_rate', 'inconclusive', 7]);
    expect(nextAction(steps, after(steps, [failed, silent, more]))).toMatchObject({do: 'fallBack'});
  });
});

describe('a measurement that could not be taken', () => {
  it('counts among those that there are at most', () => {
    const steps = [analysis({count: 2}, {consecutiveErrorLimit: 9})];
    const error: Event = {type: 'not_measured', error: 'store away'};
    expect(nextAction(steps, after(steps, [error]))).toMatchObject({do: 'measure'});
    expect(nextAction(steps, after(steps, [error, error]))).toEqual({
      do: 'ask',
      reason: 'no verdict after 2 measurements; the last measurement failed: store away',
    });
  });
});

describe('a metric lacks samples', () => {
  it.each<[verdict: Verdict, n: number | null, lacks: boolean, minSamples?: number]>([
    ['inconclusive', null, true],
    ['inconclusive', 19, true],
    ['inconclusive', 20, false],
    ['fail', 19, false],
    ['pass', 19, false],
    ['inconclusive', null, true, 1],
    ['inconclusive', 1, false, 1],
  ])('%s with %s: %s', (verdict, n, lacks, minSamples = 20) => {
    const difference = n === null ? null : {value: 0, low: 0, high: 0, n};
    const metric = {name: 'quality', verdict, stable: null, canary: null, difference, reason: ''};
    const step = analysis({minSamples}) as {analysis: Analysis};
    expect(lacksSamples(metric, step.analysis)).toBe(lacks);
  });
});

describe('going on', () => {
  const steps: RolloutStep[] = [
    {setWeight: 10},
    {pause: {}},
    {pause: {seconds: 5}},
    {setWeight: 50},
    {pause: {}},
    {pause: {seconds: 5}},
    analysis(),
  ];

  it('leads to stable, unless a later step is sure to wait for a person', () => {
    expect([0, 1, 3, 4, 5].map((index) => reaches(steps, {...START, index}))).toEqual([
      'canary',
      'canary',
      'canary',
      'stable',
      'stable',
    ]);
  });

  it('asks nobody any more once it is ended', () => {
    const waiting = after([analysis()], [measured('inconclusive')]);
    expect(waiting.asks).not.toBeNull();
    expect(advance([analysis()], waiting, {type: 'aborted', reason: 'no'})).toMatchObject({
      asks: null,
      fails: 'no',
    });
  });
});

it('a measurement at a step that measures nothing names the step as people count', () => {
  const steps = [analysis(), RolloutStep.parse({setWeight: 100})];
  expect(() => advance(steps, {...START, index: 1}, measured('pass'))).toThrow(
    new RangeError('step 2 is no analysis: it has nothing to measure'),
  );
});
