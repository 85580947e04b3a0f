import {describe, expect, it} from 'vitest';
import type {AnalysisData} from '../../../core/rollout/analysis.ts';
import {analyse} from '../../../core/rollout/analysis.ts';
import {analyseByKeys} from '../../../core/rollout/by-key.ts';
import {Analysis, AnalysisResult} from '../../../schemas/deployment.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {CANDIDATE, says, shadowOf, trace} from './traffic.ts';

const labelTasks = new Set(['triage']);
const quality = Analysis.parse({
  minSamples: 100,
  interval: 1,
  count: 1,
  metrics: [{name: 'quality', margin: 0.1}],
});
let units = 0;
/** Each of another user, as who holds a key may say. */
const of = (key: string | undefined, n: number, change: Partial<Trace> = {}): Trace[] =>
  Array.from({length: n}, () =>
    trace({unit: (units++).toString(16).padStart(16, '0'), ...(key === undefined ? {} : {key}), ...change}),
  );
const canary = (key: string | undefined, n: number) => of(key, n, {release: CANDIDATE, role: 'canary'});
const rated = (traces: readonly Trace[], right: (i: number) => boolean): Feedback[] =>
  traces.map((one, i) => says(one, {rating: right(i) ? 1 : -1}));
const often = (n: number) => (i: number) => i % n !== 0;
const data = (stable: Trace[], candidate: Trace[], feedback: Feedback[]): AnalysisData => ({
  stable,
  candidate,
  feedback,
  labelTasks,
});
function judged(given: AnalysisData, spec = quality) {
  const result = analyseByKeys(given, spec);
  expect(AnalysisResult.parse(result)).toEqual(result);
  return {verdict: result.verdict, reason: result.metrics[0]!.reason};
}

// First in time: looks judge the earliest answers.
const [evil, evilSeen] = [canary('evil', 4000), of('evil', 4000)];
// The candidate answers half of what it is asked rightly, stable nine of ten.
const shop = of('shop', 400);
const shopCanary = canary('shop', 400);
const honest = [...rated(shop, often(10)), ...rated(shopCanary, often(2))];

it('one key that praises a failing canary does not have it pass', () => {
  expect(judged(data(shop, shopCanary, honest)).verdict).toBe('fail');
  const flooded = data(shop, [...evil, ...shopCanary], [...honest, ...rated(evil, () => true)]);
  expect(analyse(flooded, quality).verdict).toBe('pass');
  const {verdict, reason} = judged(flooded);
  expect(verdict).toBe('inconclusive');
  expect(reason).toMatch(/; but not without the 83 % that came with key evil: .*worse than the margin$/);
});

it('nor one that damns stable, too, or speaks of the answers that others got', () => {
  const both = [...rated(evilSeen, () => false), ...rated(evil, () => true)];
  expect(judged(data([...evilSeen, ...shop], [...evil, ...shopCanary], [...honest, ...both])).verdict).toBe(
    'inconclusive',
  );
  // Later words about the same answers, by a key that never asked.
  const later = new Date(Date.parse(shopCanary.at(-1)!.at) + 86_400_000).toISOString();
  const over = shopCanary.map((one) => says(one, {rating: 1, key: 'evil', at: later}));
  const {verdict, reason} = judged(data(shop, shopCanary, [...honest, ...over]));
  expect(verdict).toBe('inconclusive');
  expect(reason).toContain('key evil');
});

it('nor does one key take a good canary back', () => {
  const good = rated(shopCanary, often(10));
  const given = data(
    shop,
    [...evil, ...shopCanary],
    [...rated(shop, often(10)), ...good, ...rated(evil, () => false)],
  );
  expect(analyse(given, quality).verdict).toBe('fail');
  expect(judged(given).verdict).toBe('inconclusive');
});

it('what the others say by themselves, too, stands', () => {
  const [desk, deskCanary] = [of('desk', 400), canary('desk', 400)];
  const given = data(
    [...shop, ...desk],
    [...shopCanary, ...deskCanary],
    [...honest, ...rated(desk, often(10)), ...rated(deskCanary, often(2))],
  );
  expect(analyseByKeys(given, quality)).toEqual(analyse(given, quality));
});

it('where all comes with one key, or practically all, that key’s word is the verdict', () => {
  const alone = data(shop, shopCanary, honest);
  expect(analyseByKeys(alone, quality)).toEqual(analyse(alone, quality));
  const few = of('desk', 20);
  const nearly = data([...shop, ...few], shopCanary, [...honest, ...rated(few, often(10))]);
  expect(analyseByKeys(nearly, quality)).toEqual(analyse(nearly, quality));
});

it('a shadow’s answer belongs to the key whose request it copies', () => {
  const seen = [...of('shop', 400, {output: 'spam'}), ...of('evil', 4000, {output: 'ham'})];
  const candidate = seen.map((one) => shadowOf(one, {output: one.key === 'shop' ? 'ham' : 'spam'}));
  const feedback = seen.map((one) => says(one, {correction: 'spam'}));
  const {verdict, reason} = judged(data(seen, candidate, feedback));
  expect(analyse(data(seen, candidate, feedback), quality).verdict).toBe('pass');
  expect(verdict).toBe('inconclusive');
  expect(reason).toContain('key evil');
});

it('a pass that one key alone speaks for waits until the others gave enough to judge by', () => {
  const loud = [of('evil', 1500), canary('evil', 1500)] as const;
  const others = (n: number) => {
    const [desk, deskCanary] = [of('desk', n), canary('desk', n)];
    const words = [...rated(desk, () => true), ...rated(deskCanary, often(4))];
    return data(
      [...loud[0], ...desk],
      [...loud[1], ...deskCanary],
      [...loud.flatMap((all) => rated(all, () => true)), ...words],
    );
  };
  expect(judged(others(100)).reason).toContain('; but not without the 94 % that came with key evil: ');
  const {verdict, reason} = judged(others(99));
  expect(analyse(others(99), quality).verdict).toBe('pass');
  expect(verdict).toBe('inconclusive');
  expect(reason).toMatch(/; but too few came with other keys than evil: not enough samples: 99 of 100 \(/);
  expect(judged(others(20)).verdict).toBe('inconclusive');
  expect(judged(others(19)).verdict).toBe('pass');
});

describe('errors and latency, which the server itself records', () => {
  const spec = Analysis.parse({
    minSamples: 100,
    interval: 1,
    count: 1,
    metrics: [
      {name: 'error_rate', margin: 0.05},
      {name: 'latency_p50_ms', margin: 1.5},
    ],
  });
  const errors = {...spec, metrics: spec.metrics.slice(0, 1)};
  const failing = (traces: readonly Trace[], n: number) =>
    traces.map((one, i) => (i % n === 0 ? {...one, status: 503, error: 'away'} : one));
  const slow = (traces: readonly Trace[]) =>
    traces.map((one) => ({...one, latencyMs: {total: 300, model: 290}}));

  it('fail though another key saw nothing of it', () => {
    const [desk, deskCanary] = [of('desk', 110), canary('desk', 110)];
    const down = data([...shop, ...desk], [...failing(canary('shop', 761), 1), ...deskCanary], []);
    expect(judged(down, errors)).toEqual({
      verdict: 'fail',
      reason: analyse(down, errors).metrics[0]!.reason,
    });
  });

  it('fail without the key that asked most, however much it asked', () => {
    const diluted = data(shop, [...evil, ...failing(shopCanary, 5)], []);
    expect(analyse(diluted, errors).verdict).toBe('pass');
    const {verdict, reason} = judged(diluted, errors);
    expect(verdict).toBe('fail');
    expect(reason).toMatch(
      /^without the 83 % that came with key evil: errors: .*worse than the margin; of all: /,
    );
    const mixed = Array.from({length: 100}, (_, i) => [
      ...failing(canary('shop', 4), i % 2 === 0 ? 4 : 5),
      ...canary('evil', 16),
    ]);
    const undecided = data(shop, mixed.flat(), []);
    expect(analyse(undecided, errors).verdict).toBe('inconclusive');
    expect(judged(undecided, errors).verdict).toBe('fail');
    const slower = analyseByKeys(data(shop, [...evil, ...slow(shopCanary)], []), spec);
    expect(slower.metrics.map(({verdict: of}) => of)).toEqual(['pass', 'fail']);
    expect(slower.verdict).toBe('fail');
  });

  it('by answers, whoever gave the most words', () => {
    const words = [...rated(shop, () => true), ...rated(shopCanary, () => true)];
    const diluted = data(shop, [...evil.slice(0, 1000), ...failing(shopCanary, 5)], words);
    expect(judged(diluted, errors).verdict).toBe('fail');
  });

  it('pass by one key alone no more than quality does', () => {
    const small = data(shop, [...evil, ...failing(canary('shop', 60), 20)], []);
    expect(analyse(small, errors).verdict).toBe('pass');
    expect(judged(small, errors).reason).toContain('too few came with other keys than evil');
  });
});
