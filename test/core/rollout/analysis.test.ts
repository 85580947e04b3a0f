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
const spec = (name: Analysis['metrics'][number]['name'], margin: number, minSamples = 50): Analysis =>
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

describe('answers that do not count for quality', () => {
  it('are those of a shadow, where stable and canary are compared by what was said of each', () => {
    const [stable, canaries] = [many(60, () => trace()), many(20, () => canary())];
    // Of requests that nobody else answered, so that they pair with none.
    const shadows = many(60, () => trace({release: CANDIDATE, role: 'shadow', shadowOf: 'f'.repeat(32)}));
    const candidate = [...canaries, ...shadows];
    const feedback = [...stable, ...candidate].map((one) => says(one, {rating: 1}));
    expect(metric({stable, candidate, feedback}, spec('quality', 0.1)).reason).toBe(
      'not enough samples: 20 of 50 (0 judged pairs; judged answers: stable 60, canary 20)',
    );
  });

  it('are those after the first to a row, whatever they are', () => {
    const row = (i: number) => `mails/${i % 60}`;
    const stable = many(60, () => trace());
    const candidate = many(120, (i) => canary({row: row(i)}));
    const rated = candidate.map((one, i) => says(one, {rating: i < 60 ? 1 : -1}));
    const feedback = [...stable.map((one) => says(one, {rating: 1})), ...rated];
    expect(metric({stable, candidate, feedback}, spec('quality', 0.3, 60)).canary).toMatchObject({
      value: 1,
      n: 60,
    });
  });

  it('are those of requests that one side failed', () => {
    const stable = many(60, (i) => trace(i < 20 ? {status: 500, error: 'x'} : {}));
    const shadows = stable.map((seen, i) => shadowOf(seen, i >= 50 ? {status: 500, error: 'x'} : {}));
    const data = {stable, candidate: shadows, feedback: stable.map((one) => says(one, {rating: 1}))};
    expect(metric(data, spec('quality', 0.1)).reason).toContain('30 judged pairs; judged answers: stable 40');
    expect(analyse({...data, labelTasks}, spec('quality', 0.1)).samples).toEqual({
      stable: 60,
      canary: 60,
      paired: 30,
    });
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
      'inconclusive',
      'inconclusive',
      'pass',
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

describe('latency_p50_ms', () => {
  const random = seededRandom('median');
  /** Answers whose neighbours share the load of their moment, ten at a time. */
  const loaded = (n: number, factor: number, make: (change: Partial<Trace>) => Trace) => {
    let load = 0;
    return many(n, (i) => {
      if (i % 10 === 0) load = 100 * Math.exp(0.3 * random.normal());
      return make({latencyMs: {total: factor * load * (1 + 0.01 * random.next()), model: 1}});
    });
  };
  const median = (n: number, factor: number) =>
    metric({stable: loaded(n, 1, trace), candidate: loaded(n, factor, canary)}, spec('latency_p50_ms', 2));

  it('is decided where blocks are too few for a 95th percentile', () => {
    const seen = median(548, 1);
    expect(seen.verdict).toBe('pass');
    expect(seen.reason).toMatch(/^p50 \d+ ms of stable, \d+ ms of the candidate, blocks of \d+ answers/);
    expect(median(548, 4).verdict).toBe('fail');
    const [stable, candidate] = [loaded(548, 1, trace), loaded(548, 1, canary)];
    expect(metric({stable, candidate}, spec('latency_p95_ms', 2)).difference).toBeNull();
  });

  it('takes 72 answers, and 12 blocks of them', () => {
    expect(median(71, 1).reason).toBe('not enough samples: 71 of 72 (answers: stable 71, candidate 71)');
    expect(median(72, 1).reason).toMatch(/^not enough samples: \d of 12 \(72 answers count as \d: blocks of/);
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

  it('leaves out failed answers, which are quick or slow for reasons of their own', () => {
    const failed = many(200, () => canary({status: 500, error: 'x', latencyMs: {total: 9000, model: 1}}));
    const broken = many(200, () => trace({error: 'broke off', latencyMs: {total: 9000, model: 1}}));
    const [stable, candidate] = [many(80, () => trace()), many(80, () => canary())];
    const seen = metric(
      {stable: [...stable, ...broken], candidate: [...candidate, ...failed]},
      spec('latency_p95_ms', 1.5),
    );
    expect(seen).toMatchObject({verdict: 'pass', stable: {value: 100}, canary: {value: 100, n: 72}});
  });

  it('counts answers of one stretch of load as one: forty stretches of ten are no forty hundredth', () => {
    const stretches = many(40, () => 100 * Math.exp(0.5 * random.normal()));
    const loaded = (make: (change: Partial<Trace>) => Trace) =>
      many(400, (i) =>
        make({latencyMs: {total: stretches[Math.floor(i / 10)]! * (1 + 0.01 * random.next()), model: 1}}),
      );
    const seen = metric({stable: loaded(trace), candidate: loaded(canary)}, spec('latency_p95_ms', 2));
    expect(seen).toMatchObject({verdict: 'inconclusive', difference: null});
    expect(seen.reason).toMatch(
      /^not enough samples: \d+ of \d+ \(365 answers count as \d+: blocks of \d\d answers of stable, \d\d of the candidate\)$/,
    );
  });

  it('goes by the side whose answers are more alike, whichever that is', () => {
    const stretches = (make: (change: Partial<Trace>) => Trace) => {
      let load = 0;
      return many(400, (i) =>
        make({latencyMs: {total: i % 20 === 0 ? (load = 100 * Math.exp(random.normal())) : load, model: 1}}),
      );
    };
    const mixed = (make: (change: Partial<Trace>) => Trace) => random.shuffle(stretches(make));
    // By time, as they were made.
    const told = (traces: Trace[]) => {
      const times = traces.map(({at}) => at).sort();
      return traces.map((one, i) => ({...one, at: times[i]!}));
    };
    for (const data of [
      {stable: stretches(trace), candidate: told(mixed(canary))},
      {stable: told(mixed(trace)), candidate: stretches(canary)},
    ])
      expect(metric(data, spec('latency_p95_ms', 50)).reason).toMatch(/^not enough samples: \d of \d+ /);
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

describe('answers of the same users', () => {
  const unit = (i: number, users: number) => `user ${i % users}`;
  const error = {status: 500, error: 'x'};

  it('count as so many users where few or none went wrong: ten without an error may all be lucky', () => {
    const rate = (users: number) =>
      metric(
        {
          stable: many(1000, (i) => trace({unit: unit(i, 200)})),
          candidate: many(1000, (i) => canary({unit: unit(i, users)})),
        },
        spec('error_rate', 0.05, 74),
      );
    expect(rate(10)).toMatchObject({verdict: 'inconclusive'});
    expect(rate(10).reason).toMatch(/by \d+ and 10 users, worth \d+ and 10: /);
    expect(rate(200).verdict).toBe('pass');
  });

  it('are weighed: nobody decides alone, however often they ask', () => {
    const others = many(99, (i) => canary({unit: `other ${i}`}));
    const one = many(900, () => canary({unit: 'busy', ...error}));
    const rate = metric(
      {stable: many(999, () => trace()), candidate: [...others, ...one]},
      spec('error_rate', 0.3, 72),
    );
    // 10 of 109, not 900 of 999.
    expect(rate.canary!.value).toBeGreaterThan(0.08);
    expect(rate.canary!.value).toBeLessThan(0.1);
  });

  it('are looked at again as their users ask more, ten answers of each at most', () => {
    const data = (n: number) => ({
      stable: many(n, (i) => trace({unit: unit(i, 40)})),
      candidate: many(n, (i) => canary({unit: unit(i, 40)})),
    });
    const looked = [39, 40, 80, 400, 4000].map(
      (n) => metric(data(n), spec('error_rate', 0.2, 40)).difference?.n ?? null,
    );
    expect(looked).toEqual([null, 40, 60, 203, 305]);
    expect(metric(data(39), spec('error_rate', 0.2, 40)).reason).toContain('39 of 40');
    const few = metric(data(80), spec('error_rate', 0.2, 200));
    expect(few.reason).toBe(
      'not enough samples: 72 of 200 (answers: stable 80 of 40 users, candidate 80 of 40 users)',
    );
  });

  it('count by user in pairs, too', () => {
    const of = (users: number) => {
      const stable = many(600, (i) => trace({unit: unit(i, users), output: 'spam'}));
      const candidate = stable.map((seen) => shadowOf(seen, {output: 'spam'}));
      const feedback = stable.map((seen) => says(seen, {correction: 'spam'}));
      return metric({stable, candidate, feedback}, spec('quality', 0.1, 37));
    };
    expect(of(8)).toMatchObject({verdict: 'inconclusive', difference: {value: 0}});
    expect(of(8).reason).toContain('168 requests that both answered (0 gained, 0 lost; by 8 users, worth 8)');
    expect(of(150).verdict).toBe('pass');
  });

  it('who are seen to be alike are worth more than one answer each, and those who differ are not', () => {
    const worth = (fails: (i: number) => boolean) => {
      const made = (make: typeof trace) =>
        many(1500, (i) => make({unit: unit(i, 100), ...(fails(i) ? error : {})}));
      const {reason} = metric({stable: made(trace), candidate: made(canary)}, spec('error_rate', 0.2, 74));
      return Number(/worth (\d+)/.exec(reason)![1]);
    };
    const drawn = many(1500, () => random.next() < 0.2);
    expect(worth((i) => drawn[i]!)).toBeGreaterThan(300);
    expect(worth((i) => i % 100 < 20)).toBeLessThan(110);
  });
  const random = seededRandom('users');
});

describe('what the users of one side tell of those who did not come', () => {
  const random = seededRandom('others');
  const worth = (of: readonly boolean[], users: number, margin = 0.5) => {
    const side = (make: typeof trace) => of.map((_, i) => make({unit: `${i % users}`}));
    const [stable, candidate] = [side(trace), side(canary)];
    const feedback = [...stable, ...candidate].map((one, i) =>
      says(one, {rating: of[i % of.length] ? 1 : -1}),
    );
    const {reason} = metric({stable, candidate, feedback}, spec('quality', margin, 20));
    return Number(/worth (\d+)/.exec(reason)![1]);
  };

  it('is that one of them may find all wrong where nearly all is right, and the other way round', () => {
    expect(
      worth(
        many(1500, (i) => i !== 700),
        100,
      ),
    ).toBeLessThan(120);
    expect(
      worth(
        many(1500, (i) => i === 700),
        100,
      ),
    ).toBeLessThan(120);
  });

  it('is nothing where they are fewer than twenty: each counts as one answer', () => {
    const drawn = many(1500, () => random.next() < 0.5);
    expect(worth(drawn, 19)).toBe(19);
    expect(worth(drawn, 25)).toBeGreaterThan(40);
  });
});

it('a harm that may be all there is does not pass, however large the margin', () => {
  const candidate = many(80, () => canary({status: 500, error: 'x'}));
  const all = metric({stable: many(80, () => trace()), candidate}, spec('error_rate', 1));
  expect(all).toMatchObject({verdict: 'inconclusive', difference: {value: 1}});
});

describe('right answers in stretches of time', () => {
  const lostIn = (i: number) => i % 400 >= 200 && i % 400 < 220;

  it('are one event each for a pass by pairs, and count one by one for a failure', () => {
    const pairs = (lost: (i: number) => boolean, gained: (i: number) => boolean, margin: number) => {
      const data = paired(800, (i) => ({stable: !gained(i), candidate: !lost(i)}));
      return metric(data, spec('quality', margin, 400)).verdict;
    };
    const spread = (i: number) => i % 20 === 7;
    const never = () => false;
    expect(pairs(spread, never, 0.1)).toBe('pass');
    expect(pairs(lostIn, never, 0.1)).toBe('inconclusive');
    expect(pairs((i) => i >= 300, never, 0.05)).toBe('fail');
  });

  it('do by what users said of each, too', () => {
    const rated = (wrong: (i: number) => boolean, margin: number) => {
      const [stable, candidate] = [many(800, () => trace()), many(800, () => canary())];
      const feedback = [
        ...stable.map((one, i) => says(one, {rating: i % 20 === 7 ? -1 : 1})),
        ...candidate.map((one, i) => says(one, {rating: wrong(i) ? -1 : 1})),
      ];
      return metric({stable, candidate, feedback}, spec('quality', margin, 400)).verdict;
    };
    expect(rated((i) => i % 20 === 9, 0.07)).toBe('pass');
    expect(rated(lostIn, 0.07)).toBe('inconclusive');
    expect(rated((i) => i >= 300, 0.05)).toBe('fail');
  });
});

describe('errors in stretches of time', () => {
  const burst = (n: number) => (i: number) => Math.floor(i / 20) % 20 === n;
  const side = (make: typeof trace, fails: (i: number) => boolean) =>
    many(800, (i) => make(fails(i) ? {status: 500, error: 'x'} : {}));

  it('are one event each for a pass, whichever side shows them', () => {
    const rate = (stable: (i: number) => boolean, candidate: (i: number) => boolean) =>
      metric({stable: side(trace, stable), candidate: side(canary, candidate)}, spec('error_rate', 0.05, 400))
        .verdict;
    const spread = (i: number) => i % 20 === 7;
    expect(rate(spread, spread)).toBe('pass');
    expect(rate(burst(3), spread)).toBe('inconclusive');
    expect(rate(spread, burst(3))).toBe('inconclusive');
  });

  it('still fail a candidate: who asked then was refused', () => {
    const rate = metric(
      {stable: side(trace, () => false), candidate: side(canary, (i) => i >= 300)},
      spec('error_rate', 0.05, 400),
    );
    expect(rate.verdict).toBe('fail');
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

describe('a harm exactly as large as the margin, looked at as answers come in,', () => {
  // Where there is a new look; between two of them a measurement says the same.
  const sizes = [40, 60, 90, 135, 203, 305, 458];
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
