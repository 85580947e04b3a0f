import {analyse} from '../../../core/rollout/analysis.ts';
import {lookAt} from '../../../core/rollout/looks.ts';
import type {Random} from '../../../core/evaluation/statistics/random.ts';
import type {Analysis} from '../../../schemas/deployment.ts';
import type {Verdict} from '../../../schemas/names.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {ALLOWED, type Cell, type Shape} from './cell.ts';
import {share, zipf} from './traffic-draws.ts';

interface Answer {
  readonly unit: string;
  readonly error?: boolean;
  readonly ms?: number;
  /** Of a request that both answered: who was right. */
  readonly right?: {readonly stable: boolean; readonly candidate: boolean};
}
type Side = 'stable' | 'candidate';
/** Draws the traffic of one rollout, then its answers one by one. */
type Traffic = (random: Random) => (side: Side, i: number) => Answer;

/** Answers of the candidate in one rollout, which is looked at as they come. */
const MOST = 1000;

/** A rollout whose candidate is worse by exactly the margin: how often does it pass at any of its looks? */
export function rolloutCells(): Cell[] {
  return [
    ...errors(),
    ...pairs(),
    ...latencies('latency_p95_ms'),
    ...latencies('latency_p50_ms'),
    ...harmless(),
  ];
}

/** One metric's analysis, and the traffic that it judges. */
interface Case {
  readonly metric: Analysis['metrics'][number]['name'];
  readonly margin: number;
  /** The least that the analysis judges by: answers of each side. */
  readonly smallest: number;
  readonly shape: Shape;
  /** The traffic in words. */
  readonly samples: string;
  readonly traffic: Traffic;
  /** Answers of each side in all; 1,000 if missing. */
  readonly most?: number;
}

const ERRORS = {metric: 'error_rate', margin: 0.05, smallest: 74} as const;

/** A candidate that is no worse: how often does it pass? */
function harmless(): Cell[] {
  const power = (of: Case): Cell => ({
    ...cell(of),
    samples: `${of.samples}; no harm, margin ${of.margin}`,
    kind: 'power',
    bound: 0.9,
  });
  return [
    power({
      ...ERRORS,
      shape: 'clustered',
      samples: '400 users a side, correlation .1; errors 1 %',
      traffic: (random) => {
        const of = Array.from({length: 400}, () => share(0.01, 0.1, random));
        return (side) => {
          const user = Math.floor(of.length * random.next());
          return {unit: `${side}${user}`, error: random.next() < of[user]!};
        };
      },
    }),
    power({
      metric: 'latency_p95_ms',
      margin: 2,
      smallest: 72,
      shape: 'heavy-tailed',
      samples: 'log-normal, σ 0.5',
      traffic: (random) => (side, i) => ({
        unit: `${side}${i}`,
        ms: Math.exp(5 + 0.5 * random.normal()),
      }),
    }),
  ];
}

function errors(): Cell[] {
  return [...independent(), ...ofUsers(), ...inStretches()].map((of) => cell({...ERRORS, ...of}));
}

type ErrorCase = Omit<Case, 'metric' | 'margin' | 'smallest'> & Partial<Case>;

function independent(): ErrorCase[] {
  const tiny = (margin: number, smallest: number, most: number): ErrorCase => ({
    shape: 'tiny',
    margin,
    smallest,
    most,
    samples: `errors 5 %, ${most} answers in all`,
    traffic: independentErrors(0.05, margin),
  });
  return [
    ...[0.01, 0.05].map((p): ErrorCase => ({
      shape: 'binary',
      samples: `errors ${100 * p} %`,
      traffic: independentErrors(p, ERRORS.margin),
    })),
    tiny(0.25, 15, 40),
    tiny(0.5, 6, 20),
  ];
}

function ofUsers(): ErrorCase[] {
  return [
    {icc: 0.1, users: 30},
    {icc: 0.1, users: 100},
    {icc: 0.1, users: 400},
    {icc: 0.3, users: 10},
    {icc: 0.3, users: 100},
    {icc: 0.9, users: 100},
  ].map(({icc, users}) => ({
    shape: 'clustered',
    samples: `${users} users a side, correlation ${icc}`,
    traffic: (random) => {
      const usersWith = (p: number) => Array.from({length: users}, () => share(p, icc, random));
      const sides = {stable: usersWith(0.05), candidate: usersWith(0.1)};
      const who = zipf(users);
      return (side) => {
        const user = who(random);
        return {unit: `${side}${user}`, error: random.next() < sides[side][user]!};
      };
    },
  }));
}

function inStretches(): ErrorCase[] {
  return [
    {length: 5, icc: 0.3, smallest: 74},
    {length: 20, icc: 0.1, smallest: 400},
    {length: 20, icc: 0.3, smallest: 400},
    {length: 20, icc: 0.9, smallest: 600},
  ].map(({length, icc, smallest}) => ({
    shape: 'clustered',
    smallest,
    most: Math.max(MOST, 5 * smallest),
    samples: `stretches of ${length}, correlation ${icc}`,
    traffic: (random) => {
      const now = {stable: 0, candidate: 0};
      return (side, i) => {
        if (i % length === 0) now[side] = share(side === 'stable' ? 0.05 : 0.1, icc, random);
        return {unit: `${side}${i}`, error: random.next() < now[side]};
      };
    },
  }));
}

function pairs(): Cell[] {
  const quality = {metric: 'quality', margin: 0.1, smallest: 37} as const;
  return [
    cell({
      ...quality,
      shape: 'binary',
      samples: 'pairs, independent',
      traffic: (random) => (_side, i) => {
        const drawn = random.next();
        return {unit: `u${i}`, right: {stable: drawn < 0.9, candidate: drawn >= 0.12 && drawn < 0.92}};
      },
    }),
    ...[30, 100].map((users) =>
      cell({
        ...quality,
        shape: 'clustered',
        samples: `pairs of ${users} users, correlation .1`,
        traffic: (random) => {
          const lost = Array.from({length: users}, () => share(0.12, 0.1, random));
          const who = zipf(users);
          return () => {
            const user = who(random);
            const drawn = random.next();
            const stable = drawn <= 0.98;
            return {unit: `u${user}`, right: {stable, candidate: drawn >= lost[user]!}};
          };
        },
      }),
    ),
  ];
}

function latencies(metric: 'latency_p50_ms' | 'latency_p95_ms'): Cell[] {
  const slower = (side: Side, ms: number): number => (side === 'stable' ? ms : 1.5 * ms);
  const of = (shape: Shape, samples: string, traffic: Traffic, smallest = 72): Cell =>
    cell({metric, margin: 1.5, smallest, shape, samples, traffic});
  return [
    ...[0.5, 1].map((spread) =>
      of('heavy-tailed', `log-normal, σ ${spread}`, (random) => (side, i) => ({
        unit: `${side}${i}`,
        ms: slower(side, Math.exp(5 + spread * random.normal())),
      })),
    ),
    // A look holds four stretches at least: of what lasts as long as the look nothing can be seen.
    ...[5, 20, 60].map((length) =>
      of(
        'clustered',
        `stretches of ${length} share their load`,
        (random) => {
          const now = {stable: 0, candidate: 0};
          return (side, i) => {
            if (i % length === 0) now[side] = random.normal();
            const ms = Math.exp(5 + 0.45 * now[side] + 0.2 * random.normal());
            return {unit: `${side}${i}`, ms: slower(side, ms)};
          };
        },
        Math.max(72, 4 * length),
      ),
    ),
    ...[0.3, 0.6, 0.9].map((rho) =>
      of('clustered', `neighbours correlate by ${rho}`, (random) => {
        const now = {stable: random.normal(), candidate: random.normal()};
        return (side, i) => {
          now[side] = rho * now[side] + Math.sqrt(1 - rho * rho) * random.normal();
          return {unit: `${side}${i}`, ms: slower(side, Math.exp(5 + 0.5 * now[side]))};
        };
      }),
    ),
    of('clustered', 'one stretch of 20 in 12 is slow', (random) => {
      const slow = {stable: false, candidate: false};
      return (side, i) => {
        if (i % 20 === 0) slow[side] = random.next() < 0.08;
        const ms = (slow[side] ? 900 : 100) * Math.exp(0.2 * random.normal());
        return {unit: `${side}${i}`, ms: slower(side, ms)};
      };
    }),
  ];
}

function independentErrors(p: number, margin: number): Traffic {
  return (random) => (side, i) => ({
    unit: `${side}${i}`,
    error: random.next() < (side === 'stable' ? p : p + margin),
  });
}

function cell({metric, margin, smallest, shape, samples, traffic, most = MOST}: Case): Cell {
  const limits = {failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4};
  const spec: Analysis = {
    minSamples: smallest,
    interval: 1,
    count: 1,
    initialDelay: 0,
    metrics: [{name: metric, margin, ...limits}],
  };
  return {
    decision: `rollout, ${metric}`,
    shape,
    samples: `${samples}; harm = margin ${margin}`,
    n: most,
    smallest,
    kind: 'error',
    bound: ALLOWED,
    trials: {bench: 600, test: 12},
    draw: (random) => decided(spec, most, traffic(random)) === 'pass',
  };
}

/** What the rollout decides at the first of its looks with a verdict. */
function decided(spec: Analysis, most: number, answer: (side: Side, i: number) => Answer): Verdict {
  const paired = spec.metrics[0]!.name === 'quality';
  const [stable, candidate, feedback] = [[], [], []] as [Trace[], Trace[], Feedback[]];
  for (let i = 0; i < most; i++) {
    const one = answer('stable', i);
    stable.push(traceOf(i, 'stable', one));
    candidate.push(traceOf(i, paired ? 'shadow' : 'canary', paired ? one : answer('candidate', i)));
    if (paired) feedback.push(wordOn(stable[i]!));
  }
  // Between two of its looks the rollout says the same: those of other sizes are left out.
  for (let [n, last] = [spec.minSamples, 0]; n <= most; n = Math.ceil(n * 1.5)) {
    const {number} = lookAt(n, spec.minSamples)!;
    if (number === last) continue;
    last = number;
    const data = {
      stable: stable.slice(0, n),
      candidate: candidate.slice(0, n),
      feedback: feedback.slice(0, n),
      labelTasks: new Set(['triage']),
    };
    const {verdict} = analyse(data, spec);
    if (verdict !== 'inconclusive') return verdict;
  }
  return 'inconclusive';
}

function traceOf(i: number, role: Trace['role'], {unit, error = false, ms = 100, right}: Answer): Trace {
  const second = role === 'stable' ? 2 * i : 2 * i + 1;
  const correct = right === undefined || (role === 'stable' ? right.stable : right.candidate);
  return {
    v: 1,
    id: `${role === 'stable' ? 'a' : 'b'}${i}`,
    project: 'p',
    task: 'triage',
    release: 'r',
    role,
    at: new Date(1e12 + second * 1000).toISOString(),
    shadowOf: role === 'shadow' ? `a${i}` : null,
    unit,
    fields: {},
    row: null,
    prompt: '',
    output: correct ? 'spam' : 'ham',
    promptTokens: 1,
    completionTokens: 1,
    latencyMs: {total: ms, model: ms},
    cost: 0,
    status: error ? 500 : 200,
    error: error ? 'failed' : null,
  };
}

/** Every answer's truth is known, a moment after both gave one. */
function wordOn({id, at, project}: Trace): Feedback {
  const later = new Date(Date.parse(at) + 1500).toISOString();
  return {v: 1, id: `f${id}`, at: later, project, trace: id, correction: 'spam'};
}
