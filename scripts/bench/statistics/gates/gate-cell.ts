import type {Measure, Observation} from '../../../../core/evaluation/gates/measure.ts';
import type {Random} from '../../../../core/evaluation/statistics/random.ts';
import {type GateSpec} from '../../../../schemas/report.ts';
import {type Cell, type Shape} from '../cell.ts';
import {correlated, observed, single, type Grouping} from '../draws.ts';

export interface Sides {
  readonly candidate: readonly Observation[];
  readonly stable?: readonly Observation[];
}

export interface GateCell {
  readonly decision: string;
  readonly measure: Measure;
  readonly gate: Pick<GateSpec, 'test'> & Partial<GateSpec>;
  readonly shape: Shape;
  readonly samples: string;
  readonly sizes: readonly number[];
  readonly draw: (n: number, random: Random) => Sides;
  /** What is counted; `pass` by default. */
  readonly verdict?: 'pass' | 'fail';
  /** Of a gate that should pass: its least share. Otherwise the cell is of errors. */
  readonly power?: number;
  readonly trials?: Cell['trials'];
  /** Share of answers that may fail; 0 by default. */
  readonly maxErrorShare?: number;
}

export const TRIALS = {bench: 2000, test: 60};
/** Cells that a wrong interval fails by far. */
export const TELLING = {bench: 2000, test: 250};
export const CLASSES = {bench: 1000, test: 30};
export const SLOW = {bench: 400, test: 10};

/** Both sides from paired values. */
export function paired(
  pairs: readonly (readonly [stable: number[], candidate: number[]])[],
  clusters: readonly string[],
  strata: readonly string[] = [],
): Sides {
  return {
    stable: observed(
      pairs.map(([stable]) => stable),
      clusters,
      strata,
    ),
    candidate: observed(
      pairs.map(([, candidate]) => candidate),
      clusters,
      strata,
    ),
  };
}

/** Differences of −1, 0 and 1 with a mean of `mean` and `differing` of them not 0, as right and wrong answers. */
export function flips(
  n: number,
  mean: number,
  differing: number,
  {grouping = single, together = 0}: {grouping?: Grouping; together?: number},
  random: Random,
): Sides {
  const clusters = grouping(n, random);
  const [gain, loss] = [(differing + mean) / 2, (differing - mean) / 2];
  const draw = (): number => {
    const at = random.next();
    return at < gain ? 1 : at < gain + loss ? -1 : 0;
  };
  const differences = correlated(clusters, together, draw, random);
  return paired(
    differences.map((difference) => [[difference === -1 ? 1 : 0], [difference === 1 ? 1 : 0]]),
    clusters,
  );
}
