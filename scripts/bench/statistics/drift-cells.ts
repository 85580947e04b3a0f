import {CYCLES, sameTimes} from '../../../core/drift/cycle.ts';
import {detectDrift} from '../../../core/drift/detect.ts';
import {spend, type ErrorBudget} from '../../../core/drift/error-budget.ts';
import type {DriftSettings, Observation} from '../../../core/drift/observation.ts';
import type {Random} from '../../../core/evaluation/statistics/random.ts';
import {Monitor} from '../../../schemas/project.ts';
import {ALLOWED, type Cell, type Shape} from './cell.ts';

/** Of the world at one moment. */
interface Now {
  readonly spam?: number;
  /** Mean of the logarithm of the length. */
  readonly length?: number;
  readonly english?: number;
  readonly right?: number;
  /** Of 8; a fresh one each answer where it is missing. */
  readonly topic?: number;
  readonly unit?: string;
}
type Window = (n: number, random: Random) => Observation[];

const SETTINGS: DriftSettings = Monitor.parse({});
const {window: WINDOW} = SETTINGS;
const DIMENSIONS = 48;

/** Windows of the same world, and of one that changed: how often does a look raise an alarm? */
export function driftCells(): Cell[] {
  return [
    same('bounded', 'independent answers', independent({})),
    same('clustered', 'stretches of 2–4 alike answers', stretches(2, 4)),
    same('clustered', 'stretches of 5–14 alike answers', stretches(5, 14)),
    same('clustered', 'stretches of 20–40 alike answers', stretches(20, 40), 600),
    same('clustered', '40 users, each with mail of their own', users(40)),
    cell('false alarm', 'clustered', 'a day–night cycle, at the same hours', (random) => {
      const hour = 24 + random.below(24);
      return [cycle(hour, random), daytime(WINDOW, hour, random)];
    }),
    changed('label share, spam 20 → 40 %', independent({spam: 0.4}), 0.75),
    changed('embedding, a topic of 8 from 12.5 to 35 %', growingTopic, 0.75),
    changed('language, German 5 → 15 %', independent({english: 0.85}), 0.4),
    {
      decision: 'drift',
      shape: 'clustered',
      samples: 'spam 20 → 40 %, found in 6 hourly looks with what a month of looks leaves each',
      n: WINDOW,
      smallest: WINDOW,
      kind: 'power',
      bound: 0.7,
      trials: {bench: 100, test: 1},
      draw: (random) => {
        const reference = independent({})(WINDOW, random);
        let budget: ErrorBudget | null = null;
        let newest: Observation[] = [];
        for (let hour = 0; hour < 46; hour++) {
          const at = new Date(1e12 + hour * 3_600_000).toISOString();
          const look = spend(budget, at, {alpha: SETTINGS.alpha, falseAlarms: 0.5});
          budget = look.budget;
          // Before it changes, looks only spend.
          if (hour < 40) continue;
          newest = [...newest, ...independent({spam: 0.4})(WINDOW / 2, random)].slice(-WINDOW);
          if (newest.length < WINDOW) continue;
          if (alarm([reference, newest], random, look.alpha)) return true;
        }
        return false;
      },
    },
  ];
}

/** Windows that hold some twenty stretches, or users, at least. */
function same(shape: Shape, samples: string, window: Window, n = WINDOW): Cell {
  const of = cell('false alarm', shape, samples, (random) => [window(n, random), window(n, random)]);
  return {...of, n, smallest: n};
}

function changed(samples: string, current: Window, bound: number): Cell {
  const windows = (random: Random) => [independent({})(WINDOW, random), current(WINDOW, random)] as const;
  return {
    ...cell('power', 'bounded', samples, windows),
    kind: 'power',
    bound,
    trials: {bench: 200, test: 6},
  };
}

function cell(
  what: string,
  shape: Shape,
  samples: string,
  windows: (random: Random) => readonly [Observation[], Observation[]],
): Cell {
  return {
    decision: `drift, ${what} of one look`,
    shape,
    samples,
    n: WINDOW,
    smallest: WINDOW / 2,
    kind: 'error',
    bound: ALLOWED,
    trials: {bench: 300, test: 5},
    draw: (random) => alarm(windows(random), random),
  };
}

function alarm(
  [reference, current]: readonly [Observation[], Observation[]],
  random: Random,
  alpha = SETTINGS.alpha,
): boolean {
  const seed = `${random.next()}`;
  return detectDrift({reference, current, settings: {...SETTINGS, alpha}, seed}).drifted;
}

function independent(now: Now): Window {
  return (n, random) => Array.from({length: n}, () => answer(now, random));
}

const growingTopic: Window = (n, random) =>
  Array.from({length: n}, () => answer(random.next() < 0.257 ? {topic: 0} : {}, random));

/** Campaigns, threads, jobs: some answers in a row are of one topic, of one class, of about one length. */
function stretches(least: number, most: number): Window {
  return (n, random) => {
    const answers: Observation[] = [];
    while (answers.length < n) {
      const now = one(random);
      const length = least + random.below(most - least + 1);
      for (let i = 0; i < length; i++) answers.push(answer(now, random));
    }
    return answers.slice(0, n);
  };
}

/** Users who ask in between one another, a few of them most; others in each window. */
function users(count: number): Window {
  return (n, random) => {
    const all = Array.from({length: count}, () => ({...one(random), unit: `${random.next()}`}));
    return Array.from({length: n}, () => answer(all[Math.floor(count * random.next() ** 2)]!, random));
  };
}

function one(random: Random): Now {
  return {
    topic: random.below(8),
    spam: random.next() < 0.2 ? 0.9 : 0.02,
    length: 6 + 0.6 * random.normal(),
  };
}

/** n answers of an hour of a day whose nights differ. */
function daytime(n: number, hour: number, random: Random): Observation[] {
  const wave = (phase: number): number => Math.sin((2 * Math.PI * hour) / 24 + phase);
  return Array.from({length: n}, () => {
    const topic = random.next() < 0.125 * (1 + wave(0)) ? {topic: 0} : {};
    return answer({...topic, spam: 0.2 + 0.1 * wave(0), length: 6 + 0.25 * wave(1)}, random);
  });
}

/** What of a reference of a whole day is compared with this hour. */
function cycle(hour: number, random: Random): Observation[] {
  const HOUR = 3_600_000;
  const spans = sameTimes({from: 0, to: CYCLES.day}, {from: hour * HOUR, to: (hour + 1) * HOUR}, CYCLES.day);
  return spans.flatMap(({from, to}) =>
    daytime(Math.round((WINDOW * (to - from)) / HOUR), from / HOUR, random),
  );
}

const topics = new Map<Random, Float32Array[]>();
function topicsOf(random: Random): Float32Array[] {
  if (!topics.has(random))
    topics.set(
      random,
      Array.from({length: 8}, () => Float32Array.from({length: DIMENSIONS}, () => random.normal())),
    );
  return topics.get(random)!;
}

function answer(now: Now, random: Random): Observation {
  const {spam = 0.2, length = 6, english = 0.95, right = 0.93, topic = random.below(8), unit} = now;
  return {
    chars: Math.round(Math.exp(length + 0.9 * random.normal())),
    language: random.next() < english ? 'en' : 'de',
    vector: topicsOf(random)[topic]!.map((x) => x + 1.5 * random.normal()),
    novelty: Math.max(0, 0.3 + 0.08 * random.normal()),
    fresh: true,
    task: 'triage',
    label: random.next() < spam ? 'spam' : 'ham',
    right: random.next() < right,
    ifSilent: true,
    ...(unit === undefined ? {} : {unit}),
  };
}
