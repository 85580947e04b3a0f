import {blockLength} from '../evaluation/statistics/serial-correlation.ts';
import type {Random} from '../evaluation/statistics/random.ts';

/** What a column compares: one item an answer, in order of time, and who asked. */
export interface Series {
  /** The figure as a vector: of 1 for a rank, one-hot for a category. */
  readonly vectors: readonly ArrayLike<number>[];
  /** Nothing where nobody knows. */
  readonly units: readonly (string | null | undefined)[];
}

/** Fewer blocks than this in a window can be dealt in so few ways that no difference would be significant. */
export const LEAST_BLOCKS = 8;
/** A permutation p that will not be small is known to be large after so many at least as extreme (Besag and Clifford 1991). */
const ENOUGH = 20;

/**
 * The items of two windows in blocks that are close to independent: places in the pooled windows, the reference first. One
 * item a block where neither neighbours in time nor answers of one user are alike; else stretches of time, or the answers
 * of one user, whichever reach further in either window. `length`: items of the longest block; `fewest`: blocks of the window
 * that has fewer.
 */
export function blocksOf(
  reference: Series,
  current: Series,
): {readonly blocks: readonly (readonly number[])[]; readonly length: number; readonly fewest: number} {
  const both = [reference, current];
  const byTime = Math.max(...both.map(({vectors}) => blockLength(vectors)));
  const byUser = Math.max(
    ...both.map(({vectors, units}) => blockLength((byUnit(units) ?? []).flat().map((i) => vectors[i]!))),
  );
  const length = Math.max(byTime, byUser);
  const cutOf = ({vectors, units}: Series): number[][] =>
    byUser > byTime
      ? (byUnit(units) ?? vectors.map((_, i) => [i])).flatMap((of) => cut(of, byUser))
      : cut(
          vectors.map((_, i) => i),
          byTime,
        );
  const [a, b] = [cutOf(reference), cutOf(current)];
  const shift = reference.vectors.length;
  return {
    blocks: [...a, ...b.map((block) => block.map((i) => i + shift))],
    length,
    fewest: Math.min(a.length, b.length),
  };
}

/**
 * p of a difference between two windows, their blocks dealt anew: how often is `distance` of such a deal at least `observed`? Never 0 (Phipson and Smyth 2010).
 */
export function blockPermutation(about: {
  readonly blocks: readonly (readonly number[])[];
  readonly observed: number;
  /** Of a deal: all places, those of the first sample first. */
  readonly distance: (order: readonly number[]) => number;
  readonly permutations: number;
  readonly random: Random;
}): number {
  const {observed, distance, permutations, random} = about;
  const dealt = [...about.blocks];
  let extreme = 0;
  for (let i = 1; i <= permutations; i++) {
    random.shuffle(dealt);
    if (distance(dealt.flat()) >= observed - 1e-12) extreme++;
    if (extreme === ENOUGH) return ENOUGH / i;
  }
  return (1 + extreme) / (1 + permutations);
}

/** Places of each unit's items, in the order in which units first asked; null where no unit asked twice. */
function byUnit(units: Series['units']): number[][] | null {
  const places = new Map<string, number[]>();
  units.forEach((unit, i) => {
    const name = unit ?? `\0${i}`;
    const of = places.get(name);
    if (of === undefined) places.set(name, [i]);
    else of.push(i);
  });
  return places.size === units.length ? null : [...places.values()];
}

function cut(places: readonly number[], length: number): number[][] {
  const blocks: number[][] = [];
  for (let from = 0; from < places.length; from += length) blocks.push(places.slice(from, from + length));
  return blocks;
}
