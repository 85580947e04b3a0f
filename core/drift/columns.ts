import {sortedQuantile} from '../evaluation/statistics/quantile.ts';
import {jensenShannonDistance} from '../evaluation/statistics/jensen-shannon.ts';
import {permutationTest} from '../evaluation/statistics/permutation.ts';
import {psi} from '../evaluation/statistics/population-stability.ts';
import type {Random} from '../evaluation/statistics/random.ts';
import {wassersteinNormed} from '../evaluation/statistics/wasserstein.ts';
import {independentDifference} from '../rollout/intervals.ts';
import {energyDistance} from './energy.ts';
import {leastAnswers} from './observation.ts';
import type {DriftSettings, Observation} from './observation.ts';
import {pageHinkley} from './page-hinkley.ts';

/** One column before the p values of all are adjusted. `tested` is false where there was not enough to say anything. */
export interface Measured {
  readonly column: string;
  readonly statistic: string;
  readonly effect: number;
  readonly threshold: number;
  readonly p: number;
  readonly tested: boolean;
  readonly note: string | null;
}

export interface Windows {
  readonly reference: readonly Observation[];
  readonly current: readonly Observation[];
  readonly settings: DriftSettings;
  readonly random: Random;
}

/** Wasserstein-1 of log(1 + characters), by the reference's deviation: lengths of texts have a heavy tail. */
export function inputLength(windows: Windows): Measured {
  const {settings, random} = windows;
  const column = {column: 'input_length', statistic: 'wasserstein_normed', threshold: settings.wasserstein};
  const [a, b] = both(windows, (window) => window.filter((o) => o.fresh).map((o) => Math.log1p(o.chars)));
  return enough(column, settings, a, b, () => {
    const {observed, p} = permutationTest(a, b, wassersteinNormed, settings.permutations, random);
    return {effect: finite(observed), p, note: null};
  });
}

/** Jensen–Shannon distance, base 2, of the shares of languages. */
export function language(windows: Windows): Measured {
  const {settings, random} = windows;
  const column = {column: 'language', statistic: 'jensen_shannon', threshold: settings.jensen_shannon};
  const [a, b] = both(windows, (window) => window.filter((o) => o.fresh).map((o) => o.language));
  return enough(column, settings, a, b, () =>
    categorical(a, b, jensenShannonDistance, settings.permutations, random),
  );
}

/** √H of the energy distance between the embeddings. */
export function embedding(windows: Windows): Measured {
  const {settings, random} = windows;
  const column = {column: 'embedding', statistic: 'energy', threshold: settings.embedding};
  const [a, b] = both(windows, (window) => window.filter((o) => o.fresh && o.vector).map((o) => o.vector!));
  return enough(column, settings, a, b, () => ({
    ...energyDistance(a, b, settings.permutations, random),
    note: null,
  }));
}

/** Wasserstein-1 of the distances to the nearest training row, by the reference's deviation: inputs unlike what was learned. */
export function novelty(windows: Windows): Measured {
  const {settings, random} = windows;
  const column = {column: 'novelty', statistic: 'wasserstein_normed', threshold: settings.wasserstein};
  const [a, b] = both(windows, (window) =>
    window.filter((o) => o.fresh && o.novelty !== null).map((o) => o.novelty!),
  );
  return enough(column, settings, a, b, () => {
    const {observed, p} = permutationTest(a, b, wassersteinNormed, settings.permutations, random);
    const note = `median distance to the nearest training row ${median(a).toFixed(3)} → ${median(b).toFixed(3)}`;
    return {effect: finite(observed), p, note};
  });
}

/** Population stability index of the labels that were answered, one column a task with labels. */
export function labelShare(windows: Windows, task: string, column: string): Measured {
  const {settings, random} = windows;
  const about = {column, statistic: 'psi', threshold: settings.psi};
  const [a, b] = both(windows, (window) =>
    window.filter((o) => o.task === task && o.label !== null).map((o) => o.label!),
  );
  return enough(about, settings, a, b, () => categorical(a, b, psi, settings.permutations, random));
}

/**
 * How much less often the labels are right, by users' word; one-sided, since a gain is no drift to mend. Where users judge
 * nearly every answer, only judged ones count; where they only speak up when something is wrong, silence counts as right,
 * and the difference is one of complaints.
 */
export function accuracy(windows: Windows, task: string, column: string): Measured {
  const {settings, random} = windows;
  const about = {column, statistic: 'difference', threshold: settings.accuracy_drop};
  const labelled = both(windows, (window) => window.filter((o) => o.task === task && o.label !== null));
  const judged = labelled.map((window) => window.filter((o) => o.right !== null));
  if (judged.every((window) => window.length === 0)) {
    return {...about, effect: 0, p: 1, tested: false, note: 'no feedback tells whether answers were right'};
  }
  const complete = judged.every((window, i) => window.length >= NEARLY_ALL * labelled[i]!.length);
  const [a, b] = (complete ? judged : labelled).map((window) =>
    window.map((o): number => ((o.right ?? o.ifSilent) ? 1 : 0)),
  ) as [number[], number[]];
  return enough(about, settings, a, b, () => {
    const [was, is] = [a, b].map((window) => ({successes: sum(window), n: window.length})) as [Share, Share];
    const {observed, p} = permutationTest(a, b, (x, y) => mean(x) - mean(y), settings.permutations, random);
    const {low, high} = independentDifference(was, is);
    const sudden = pageHinkley(b, {expected: mean(a), tolerance: settings.accuracy_drop / 2});
    const basis = complete ? 'judged answers' : 'answers nobody complained about';
    return {
      effect: Math.max(0, observed),
      p,
      note:
        `${basis}: ${percent(mean(a))} → ${percent(mean(b))}, difference ${(-observed).toFixed(3)} ` +
        `[${low.toFixed(3)}, ${high.toFixed(3)}]` +
        (sudden === null ? '' : `; Page–Hinkley signals at answer ${sudden + 1} of ${b.length}`),
    };
  });
}

/** So large a share of judged answers counts as all of them. */
const NEARLY_ALL = 0.8;

interface Share {
  readonly successes: number;
  readonly n: number;
}

function enough(
  about: Pick<Measured, 'column' | 'statistic' | 'threshold'>,
  settings: DriftSettings,
  a: readonly unknown[],
  b: readonly unknown[],
  measure: () => {effect: number; p: number; note: string | null},
): Measured {
  const least = leastAnswers(settings);
  if (a.length >= least && b.length >= least) return {...about, ...measure(), tested: true};
  const note = `not enough samples: ${a.length} and ${b.length}, at least ${least} needed in each window`;
  return {...about, effect: 0, p: 1, tested: false, note};
}

/** A distance of two histograms over the categories of both windows; p by permutation. */
function categorical(
  a: readonly string[],
  b: readonly string[],
  distance: (p: readonly number[], q: readonly number[]) => number,
  permutations: number,
  random: Random,
): {effect: number; p: number; note: string} {
  const names = [...new Set([...a, ...b])].sort();
  const index = new Map(names.map((name, i) => [name, i]));
  const counts = (values: readonly number[]): number[] => {
    const histogram = new Array<number>(names.length).fill(0);
    for (const value of values) histogram[value]!++;
    return histogram;
  };
  const [x, y] = [a, b].map((values) => values.map((value) => index.get(value)!)) as [number[], number[]];
  const {observed, p} = permutationTest(x, y, (s, t) => distance(counts(s), counts(t)), permutations, random);
  const [before, after] = [counts(x), counts(y)];
  const moved = names
    .map((name, i) => ({name, from: before[i]! / x.length, to: after[i]! / y.length}))
    .sort((s, t) => Math.abs(t.to - t.from) - Math.abs(s.to - s.from))
    .slice(0, 3)
    .map(({name, from, to}) => `${name} ${percent(from)} → ${percent(to)}`);
  return {effect: observed, p, note: moved.join(', ')};
}

function both<T>({reference, current}: Windows, pick: (window: readonly Observation[]) => T[]): [T[], T[]] {
  return [pick(reference), pick(current)];
}

/** A reference that is all alike has the deviation 0: anything else is infinitely far, which JSON cannot say. */
const finite = (effect: number): number => (Number.isFinite(effect) ? effect : Number.MAX_VALUE);
const median = (values: readonly number[]): number => sortedQuantile(Float64Array.from(values).sort(), 0.5);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
