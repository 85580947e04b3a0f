import {sortedQuantile} from '../evaluation/statistics/quantile.ts';
import {jensenShannonDistance} from '../evaluation/statistics/jensen-shannon.ts';
import {psi} from '../evaluation/statistics/population-stability.ts';
import type {Random} from '../evaluation/statistics/random.ts';
import {ranks} from '../evaluation/statistics/serial-correlation.ts';
import {wassersteinNormed} from '../evaluation/statistics/wasserstein.ts';
import {independentDifference} from '../rollout/intervals.ts';
import {blockPermutation, blocksOf, LEAST_BLOCKS, type Series} from './blocks.ts';
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
  const {wasserstein: threshold} = windows.settings;
  const about = {column: 'input_length', statistic: 'wasserstein_normed', threshold};
  const fresh = both(windows, (window) => window.filter((o) => o.fresh));
  return figures(
    about,
    windows,
    fresh,
    (o) => Math.log1p(o.chars),
    () => null,
  );
}

/** Jensen–Shannon distance, base 2, of the shares of languages. */
export function language(windows: Windows): Measured {
  const {jensen_shannon: threshold} = windows.settings;
  const about = {column: 'language', statistic: 'jensen_shannon', threshold};
  const fresh = both(windows, (window) => window.filter((o) => o.fresh));
  return categories(about, windows, fresh, (o) => o.language, jensenShannonDistance);
}

/** √H of the energy distance between the embeddings. */
export function embedding(windows: Windows): Measured {
  const {settings} = windows;
  const about = {column: 'embedding', statistic: 'energy', threshold: settings.embedding};
  const known = both(windows, (window) => window.filter((o) => o.fresh && o.vector));
  const vectors = (window: readonly Observation[]): Float32Array[] => window.map((o) => o.vector!);
  return enough(
    about,
    windows,
    known,
    (window) => vectors(window),
    () => {
      const {effect, energy, of} = energyDistance(vectors(known[0]), vectors(known[1]));
      return {effect, observed: energy, distance: of, note: null};
    },
  );
}

/** Wasserstein-1 of the distances to the nearest training row, by the reference's deviation: inputs unlike what was learned. */
export function novelty(windows: Windows): Measured {
  const {wasserstein: threshold} = windows.settings;
  const about = {column: 'novelty', statistic: 'wasserstein_normed', threshold};
  const known = both(windows, (window) => window.filter((o) => o.fresh && o.novelty !== null));
  return figures(
    ...([about, windows, known, (o: Observation) => o.novelty!] as const),
    (a, b) => `median distance to the nearest training row ${median(a).toFixed(3)} → ${median(b).toFixed(3)}`,
  );
}

/** Population stability index of the labels that were answered, one column a task with labels. */
export function labelShare(windows: Windows, task: string, column: string): Measured {
  const about = {column, statistic: 'psi', threshold: windows.settings.psi};
  return categories(about, windows, labelledOf(windows, task), (o) => o.label!, psi);
}

/**
 * How much less often the labels are right, by users' word; one-sided, since a gain is no drift. Where users judge nearly
 * every answer, only judged ones count; where they only speak up when something is wrong, silence counts as right, and the
 * difference is one of complaints.
 */
export function accuracy(windows: Windows, task: string, column: string): Measured {
  const {settings} = windows;
  const about = {column, statistic: 'difference', threshold: settings.accuracy_drop};
  const labelled = labelledOf(windows, task);
  const judged = labelled.map((window) => window.filter((o) => o.right !== null)) as [
    Observation[],
    Observation[],
  ];
  if (judged.every((window) => window.length === 0)) {
    return {...about, effect: 0, p: 1, tested: false, note: 'no feedback tells whether answers were right'};
  }
  const complete = judged.every((window, i) => window.length >= NEARLY_ALL * labelled[i]!.length);
  const score = (o: Observation): number => ((o.right ?? o.ifSilent) ? 1 : 0);
  const compared = complete ? judged : labelled;
  return enough(
    about,
    windows,
    compared,
    (window) => window.map((o) => [score(o)]),
    () => {
      const [a, b] = compared.map((window) => window.map(score)) as [number[], number[]];
      const pooled = [...a, ...b];
      const total = sum(pooled);
      const drop = (order: readonly number[]): number => {
        const first = sum(order.slice(0, a.length).map((i) => pooled[i]!));
        return first / a.length - (total - first) / b.length;
      };
      const [was, is] = [a, b].map((window) => ({successes: sum(window), n: window.length})) as [
        Share,
        Share,
      ];
      const {low, high} = independentDifference(was, is);
      const sudden = pageHinkley(b, {expected: mean(a), tolerance: settings.accuracy_drop / 2});
      const basis = complete ? 'judged answers' : 'answers nobody complained about';
      const observed = mean(a) - mean(b);
      return {
        effect: Math.max(0, observed),
        observed,
        distance: drop,
        note:
          `${basis}: ${percent(mean(a))} → ${percent(mean(b))}, difference ${(-observed).toFixed(3)} ` +
          `[${low.toFixed(3)}, ${high.toFixed(3)}]` +
          (sudden === null ? '' : `; Page–Hinkley signals at answer ${sudden + 1} of ${b.length}`),
      };
    },
  );
}

/** So large a share of judged answers counts as all of them. */
const NEARLY_ALL = 0.8;

interface Share {
  readonly successes: number;
  readonly n: number;
}

type About = Pick<Measured, 'column' | 'statistic' | 'threshold'>;
type Two = readonly [readonly Observation[], readonly Observation[]];

/** A difference that was measured, and what it would be for any other deal of the pooled items, the first window's first. */
interface Difference {
  readonly effect: number;
  readonly observed: number;
  readonly distance: (order: readonly number[]) => number;
  readonly note: string | null;
}

/** Measures and tests, if there are enough answers, and enough of them that say something of their own. */
function enough(
  about: About,
  {settings, random}: Windows,
  windows: Two,
  vectorsOf: (window: readonly Observation[]) => readonly ArrayLike<number>[],
  measure: () => Difference,
): Measured {
  const [a, b] = windows;
  const untested = (note: string): Measured => ({...about, effect: 0, p: 1, tested: false, note});
  const least = leastAnswers(settings);
  if (a.length < least || b.length < least)
    return untested(
      `not enough samples: ${a.length} and ${b.length}, at least ${least} needed in each window`,
    );
  const [one, two] = windows.map((window): Series => ({
    vectors: vectorsOf(window),
    units: window.map((o) => o.unit),
  })) as [Series, Series];
  const {blocks, length, fewest} = blocksOf(one, two);
  if (fewest < LEAST_BLOCKS)
    return untested(
      `not enough samples: up to ${length} answers in a row, or of one user, are alike, which leaves ${fewest} that differ; at least ${LEAST_BLOCKS} needed in each window`,
    );
  const {effect, observed, distance, note} = measure();
  const {permutations} = settings;
  const p = blockPermutation({blocks, observed, distance, permutations, random});
  const alike = length > 1 ? `compared by blocks of up to ${length} alike answers` : null;
  return {
    ...about,
    effect,
    p,
    tested: true,
    note: [note, alike].filter((one) => one !== null).join('; ') || null,
  };
}

/** Distance of two samples of figures. */
function figures(
  about: About,
  windows: Windows,
  compared: Two,
  figureOf: (o: Observation) => number,
  note: (a: readonly number[], b: readonly number[]) => string | null,
): Measured {
  const vectors = (window: readonly Observation[]) => ranks(window.map(figureOf)).map((rank) => [rank]);
  return enough(about, windows, compared, vectors, () => {
    const [a, b] = compared.map((window) => window.map(figureOf)) as [number[], number[]];
    const pooled = [...a, ...b];
    const distance = (order: readonly number[]): number => {
      const dealt = order.map((i) => pooled[i]!);
      return wassersteinNormed(dealt.slice(0, a.length), dealt.slice(a.length));
    };
    const observed = wassersteinNormed(a, b);
    return {effect: finite(observed), observed, distance, note: note(a, b)};
  });
}

/** A distance of two histograms over the categories of both windows. */
function categories(
  about: About,
  windows: Windows,
  compared: Two,
  nameOf: (o: Observation) => string,
  between: (p: readonly number[], q: readonly number[]) => number,
): Measured {
  const names = [...new Set(compared.flat().map(nameOf))].sort();
  const index = new Map(names.map((name, i) => [name, i]));
  const oneHot = names.map((_, i) => names.map((__, k) => (i === k ? 1 : 0)));
  const placeOf = (o: Observation): number => index.get(nameOf(o))!;
  return enough(
    about,
    windows,
    compared,
    (window) => window.map((o) => oneHot[placeOf(o)]!),
    () => {
      const [a, b] = compared;
      const pooled = [...a, ...b].map(placeOf);
      const counts = (places: readonly number[]): number[] => {
        const histogram = new Array<number>(names.length).fill(0);
        for (const i of places) histogram[pooled[i]!]!++;
        return histogram;
      };
      const divided = (order: readonly number[]) =>
        [counts(order.slice(0, a.length)), counts(order.slice(a.length))] as const;
      const [before, after] = divided(pooled.map((_, i) => i));
      const observed = between(before, after);
      const moved = names
        .map((name, i) => ({name, from: before[i]! / a.length, to: after[i]! / b.length}))
        .sort((s, t) => Math.abs(t.to - t.from) - Math.abs(s.to - s.from))
        .slice(0, 3)
        .map(({name, from, to}) => `${name} ${percent(from)} → ${percent(to)}`);
      const distance = (order: readonly number[]): number => between(...divided(order));
      return {effect: observed, observed, distance, note: moved.join(', ')};
    },
  );
}

function labelledOf(windows: Windows, task: string): Two {
  return both(windows, (window) =>
    window.filter((o) => o.task === task && o.label !== null && (o.firstAnswer ?? true)),
  );
}

function both(
  {reference, current}: Windows,
  pick: (window: readonly Observation[]) => readonly Observation[],
): Two {
  return [pick(reference), pick(current)];
}

/** A reference that is all alike has the deviation 0: anything else is infinitely far, which JSON cannot say. */
const finite = (effect: number): number => (Number.isFinite(effect) ? effect : Number.MAX_VALUE);
const median = (values: readonly number[]): number => sortedQuantile(Float64Array.from(values).sort(), 0.5);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
