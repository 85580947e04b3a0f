import {describe, expect, it} from 'vitest';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import {analyse} from '../../../core/rollout/analysis.ts';
import type {AnalysisData} from '../../../core/rollout/analysis.ts';
import {Analysis, AnalysisResult} from '../../../schemas/deployment.ts';
import type {Verdict} from '../../../schemas/names.ts';
import type {Trace} from '../../../schemas/trace.ts';
import {CANDIDATE, says, shadowOf, trace} from './traffic.ts';

const labelTasks = new Set(['triage']);
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({length: n}, (_, i) => make(i));
const spec = (name: 'quality' | 'error_rate' | 'latency_p95_ms', margin: number, minSamples = 50): Analysis =>
  Analysis.parse({minSamples, interval: 1, count: 1, metrics: [{name, margin}]});
const canary = (change: Partial<Trace> = {}): Trace => trace({release: CANDIDATE, role: 'canary', ...change});

function metric(data: Partial<AnalysisData>, by: Analysis) {
  const result = analyse({stable: [], candidate: [], feedback: [], labelTasks, ...data}, by);
  expect(AnalysisResult.parse(result)).toEqual(result);
  expect(result.verdict).toBe(result.metrics[0]!.verdict);
  return result.metrics[0]!;
}

/** n requests with a known truth; `right[i]` says who answered it rightly. */
function paired(n: number, right: (i: number) => {stable: boolean; candidate: boolean}) {
  const stable = many(n, (i) => trace({output: right(i).stable ? 'spam' : 'ham'}));
  const candidate = stable.map((seen, i) => shadowOf(seen, {output: right(i).candidate ? 'spam' : 'ham'}));
  return {stable, candidate, feedback: stable.map((seen) => says(seen, {correction: 'spam'}))};
}

describe('quality, by requests that both answered', () => {
  it('passes a candidate that is as good', () => {
    const data = paired(200, (i) => ({stable: i % 10 !== 0, candidate: i % 10 !== 1}));
    const quality = metric(data, spec('quality', 0.1, 200));
    expect(quality).toMatchObject({
      verdict: 'pass',
      stable: {value: 0.9, n: 200},
      canary: {value: 0.9, n: 200},
    });
    expect(quality.difference).toMatchObject({value: 0, n: 200});
    expect(quality.reason).toContain('200 requests that both answered (20 gained, 20 lost)');
  });

  it('fails one that is worse than the margin', () => {
    const data = paired(200, (i) => ({stable: true, candidate: i % 3 !== 0}));
    expect(metric(data, spec('quality', 0.1))).toMatchObject({verdict: 'fail'});
  });

  it('is inconclusive where the interval holds the margin', () => {
    const data = paired(60, (i) => ({stable: true, candidate: i % 12 !== 0}));
    expect(metric(data, spec('quality', 0.1, 60))).toMatchObject({
      verdict: 'inconclusive',
      difference: {n: 60},
      reason: expect.stringContaining('more answers are needed'),
    });
  });

  it('with fewer than minSamples is inconclusive, however bad', () => {
    const data = paired(49, () => ({stable: true, candidate: false}));
    expect(metric(data, spec('quality', 0.1))).toEqual({
      name: 'quality',
      verdict: 'inconclusive',
      stable: null,
      canary: null,
      difference: null,
      reason: 'not enough samples: 49 of 50 (49 judged pairs; judged answers: stable 49, canary 0)',
    });
  });
});

describe('a row that is asked again', () => {
  it('counts once for quality, in pairs and alone', () => {
    const row = (i: number) => `mails/${i % 10}`;
    const stable = many(100, (i) => trace({row: row(i), output: 'spam'}));
    const candidate = stable.map((seen, i) => shadowOf(seen, {row: row(i), output: 'spam'}));
    const feedback = stable.map((seen) => says(seen, {correction: 'spam'}));
    expect(metric({stable, candidate, feedback}, spec('quality', 0.1)).reason).toContain('10 judged pairs');
    const shown = many(100, (i) => canary({row: row(i)}));
    const said = [...feedback, ...shown.map((one) => says(one, {rating: 1}))];
    const alone = metric({stable, candidate: shown, feedback: said}, spec('quality', 0.1));
    expect(alone.reason).toContain('stable 10, canary 10');
  });
});

describe('quality, by what users said of each', () => {
  const rated = (traces: Trace[], good: (i: number) => boolean) =>
    traces.map((one, i) => says(one, {rating: good(i) ? 1 : -1}));

  it('compares the canary with the concurrent stable', () => {
    const [stable, candidate] = [many(300, () => trace()), many(300, () => canary())];
    const good = [...rated(stable, (i) => i % 10 !== 0), ...rated(candidate, (i) => i % 10 !== 0)];
    expect(metric({stable, candidate, feedback: good}, spec('quality', 0.1)).verdict).toBe('pass');
    const bad = [...rated(stable, (i) => i % 10 !== 0), ...rated(candidate, (i) => i % 2 !== 0)];
    expect(metric({stable, candidate, feedback: bad}, spec('quality', 0.1)).verdict).toBe('fail');
  });

  it('ignores answers that nobody judged', () => {
    const [stable, candidate] = [many(300, () => trace()), many(300, () => canary())];
    const feedback = [...rated(stable, () => true), ...rated(candidate.slice(0, 10), () => true)];
    expect(metric({stable, candidate, feedback}, spec('quality', 0.1)).reason).toContain('10 of 50');
  });
});

describe('error_rate', () => {
  it('counts 5xx and answers that broke off, not what a guardrail refused', () => {
    const broken = [canary({status: 503, error: 'engine away'}), canary({error: 'broke off'})];
    const refused = [canary({status: 400, error: 'blocked'}), canary({status: 429, error: 'slow down'})];
    const candidate = [...broken, ...refused, ...many(96, () => canary())];
    const rate = metric({stable: many(100, () => trace()), candidate}, spec('error_rate', 0.05));
    expect(rate.canary).toMatchObject({value: 0.02, n: 100});
    expect(rate.verdict).toBe('inconclusive');
  });

  it('needs 3.7 / margin answers without error to pass at the first look, more at a later one', () => {
    const stable = many(400, () => trace());
    const verdict = (n: number, minSamples: number) =>
      metric({stable, candidate: many(n, () => canary())}, spec('error_rate', 0.05, minSamples)).verdict;
    expect([verdict(71, 71), verdict(72, 72)]).toEqual(['inconclusive', 'pass']);
    // Looks at 20, 30, 45, 68, 102 and 153.
    expect([verdict(72, 20), verdict(152, 20), verdict(153, 20)]).toEqual([
      ...['inconclusive', 'inconclusive', 'pass'],
    ]);
  });

  it('says the same until the next look, whatever comes meanwhile', () => {
    const [stable, candidate] = [many(200, () => trace()), many(73, () => canary())];
    const rate = (more: Trace[]) =>
      metric({stable, candidate: [...candidate, ...more]}, spec('error_rate', 0.05, 73));
    expect(rate([])).toMatchObject({verdict: 'pass', difference: {n: 73}});
    const errors = (n: number) => many(n, () => canary({status: 500, error: 'x'}));
    expect(rate(errors(36))).toEqual(rate([]));
    expect(rate(errors(37))).toMatchObject({verdict: 'fail', difference: {n: 110}});
  });

  it('looks at both sides up to the moment when the smaller one had enough', () => {
    const [early, candidate] = [many(50, () => trace()), many(20, () => canary())];
    const late = many(50, () => trace({status: 500, error: 'x'}));
    const rate = metric({stable: [...late, ...early], candidate}, spec('error_rate', 0.2, 20));
    expect(rate.stable).toMatchObject({value: 0, n: 50});
  });

  it('fails a candidate whose errors are beyond the margin', () => {
    const candidate = many(100, (i) => (i % 4 === 0 ? canary({status: 500, error: 'x'}) : canary()));
    expect(metric({stable: many(100, () => trace()), candidate}, spec('error_rate', 0.05)).verdict).toBe(
      'fail',
    );
  });
});

describe('latency_p95_ms', () => {
  const random = seededRandom('latency');
  const slow = (factor: number) => () => ({latencyMs: {total: factor * (80 + 40 * random.next()), model: 1}});
  const latency = (factor: number, margin: number) =>
    metric(
      {
        stable: many(200, () => trace(slow(1)())),
        candidate: many(200, () => canary(slow(factor)())),
      },
      spec('latency_p95_ms', margin),
    );

  it('is a ratio with a bootstrap interval', () => {
    const same = latency(1, 1.5);
    expect(same.verdict).toBe('pass');
    expect(same.difference!.value).toBeCloseTo(1, 1);
    expect(same.difference!.low).toBeLessThan(same.difference!.value);
    expect(same.stable).toMatchObject({n: 200});
    expect(latency(3, 1.5).verdict).toBe('fail');
    expect(latency(1.5, 1.5).verdict).toBe('inconclusive');
  });

  it('of fewer than 72 answers is no verdict: the largest of them may lie below the percentile', () => {
    const fast = {latencyMs: {total: 10, model: 1}};
    const [stable, candidate] = [many(200, () => trace()), many(71, () => canary(fast))];
    const of = (more: Trace[]) =>
      metric({stable, candidate: [...candidate, ...more]}, spec('latency_p95_ms', 1.5, 20));
    expect(of([])).toMatchObject({verdict: 'inconclusive', difference: null});
    expect(of([]).reason).toBe('not enough samples: 71 of 72 (answers: stable 200, candidate 71)');
    expect(of([canary(fast)]).verdict).toBe('pass');
  });

  it('says the same twice', () => {
    const [stable, candidate] = [
      many(80, (i) => trace({latencyMs: {total: i, model: i}})),
      many(80, () => canary()),
    ];
    const once = metric({stable, candidate}, spec('latency_p95_ms', 2));
    expect(metric({stable, candidate}, spec('latency_p95_ms', 2))).toEqual(once);
  });
});

/** How often a harm exactly as large as the margin is passed, or failed, at any of the looks while answers come in. */
function everDecided(runs: number, sizes: readonly number[], verdictAt: () => (n: number) => Verdict) {
  const ever = {pass: 0, fail: 0};
  for (let run = 0; run < runs; run++) {
    const verdicts = sizes.map(verdictAt());
    for (const verdict of ['pass', 'fail'] as const) if (verdicts.includes(verdict)) ever[verdict]++;
  }
  return {pass: ever.pass / runs, fail: ever.fail / runs};
}

describe('a harm exactly as large as the margin, looked at 30 times as answers come in,', () => {
  const sizes = many(30, (i) => 20 * (i + 1));
  const random = seededRandom('boundary');

  it('passes, and fails, in at most 5 % by its error rate', () => {
    const ever = everDecided(150, sizes, () => {
      const stable = many(600, () => trace(random.next() < 0.05 ? {status: 500} : {}));
      const candidate = many(600, () => canary(random.next() < 0.15 ? {status: 500} : {}));
      return (n) =>
        metric({stable: stable.slice(0, n), candidate: candidate.slice(0, n)}, spec('error_rate', 0.1, 40))
          .verdict;
    });
    expect(ever.pass).toBeLessThanOrEqual(0.05);
    expect(ever.fail).toBeLessThanOrEqual(0.05);
  });

  it('passes, and fails, in at most 5 % by the quality of pairs', () => {
    const ever = everDecided(60, sizes, () => {
      const {stable, candidate, feedback} = paired(600, () => {
        const drawn = random.next();
        return {stable: drawn < 0.9, candidate: drawn >= 0.12 && drawn < 0.92};
      });
      return (n) =>
        metric(
          {stable: stable.slice(0, n), candidate: candidate.slice(0, n), feedback: feedback.slice(0, n)},
          spec('quality', 0.1, 40),
        ).verdict;
    });
    expect(ever.pass).toBeLessThanOrEqual(0.05);
    expect(ever.fail).toBeLessThanOrEqual(0.05);
  });
});
