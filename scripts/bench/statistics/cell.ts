import {seededRandom, type Random} from '../../../core/evaluation/statistics/random.ts';

/** What samples look like; every decision is simulated on each of these that its samples can have. */
export const SHAPES = ['bounded', 'binary', 'heavy-tailed', 'clustered', 'tiny'] as const;
export type Shape = (typeof SHAPES)[number];

/**
 * One decision on one kind of samples, at the edge of what it may let through. `error`: the share of draws in which it
 * decides wrongly may not be above `bound`. `power`: the share in which it decides rightly may not be below it.
 */
export interface Cell {
  /** The decision: `non-inferiority of a mean`, `rollout, error rate`, `drift, label share`. */
  readonly decision: string;
  readonly shape: Shape;
  /** The samples, and the truth that they are drawn from: `5 % of answers lose everything, loss = margin .05`. */
  readonly samples: string;
  /** Items (of the smaller side) in one draw. */
  readonly n: number;
  /** The least n that the decision states: below it nothing is decided. */
  readonly smallest: number;
  readonly kind: 'error' | 'power';
  /** Share of draws, 0 … 1. */
  readonly bound: number;
  /** Draws of the bench, and of the regression test. */
  readonly trials: {readonly bench: number; readonly test: number};
  /** One draw; true where it decides wrongly (`error`), or rightly (`power`). */
  draw(random: Random): boolean;
}

/** An error of 5 %, and what may stand above it for the normal approximations that remain. */
export const ALLOWED = 0.06;

/** `non-inferiority of a mean | heavy-tailed | 5 % lose everything | n = 100`: unique, and the seed of its draws. */
export function nameOf({decision, shape, samples, n}: Cell): string {
  return `${decision} | ${shape} | ${samples} | n = ${n}`;
}

/** Draws in which it came out true, of `trials`; the same on every run. */
export function count(cell: Cell, trials: number): number {
  const random = seededRandom(nameOf(cell));
  let hits = 0;
  for (let trial = 0; trial < trials; trial++) if (cell.draw(random)) hits++;
  return hits;
}

/** Three standard deviations of what so many draws can show. */
export function tolerance(bound: number, trials: number): number {
  return 3 * Math.sqrt((bound * (1 - bound)) / trials);
}
