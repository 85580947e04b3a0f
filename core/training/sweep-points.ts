import type {Sweep, SweepPoint} from '../../schemas/training.ts';
import {seededRandom} from '../evaluation/statistics/random.ts';

type Values = readonly (number | string)[];
type Range = {readonly min: number; readonly max: number; readonly scale: 'linear' | 'log'};

/** So often another draw is tried where one gave what there is already. */
const DRAWS = 1000;

/**
 * The points of a sweep. Lists alone: all their combinations in the order written, or, where these are more than `trials`,
 * so many of them drawn by `seed`. With a range: each trial draws from each list and range (random search: Bergstra and
 * Bengio 2012). No point twice. The same sweep gives the same points.
 */
export function sweepPoints(sweep: Sweep): SweepPoint[] {
  const {trials, seed, ...rest} = sweep;
  const knobs = Object.entries<Values | Range | undefined>(rest)
    .flatMap(([name, from]): [string, Values | Range][] => (from === undefined ? [] : [[name, from]]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = knobs.flatMap(([name, from]): [string, Values][] => (isRange(from) ? [] : [[name, from]]));
  if (lists.length === knobs.length) {
    const grid = combinations(lists);
    if (grid.length <= trials) return grid;
  }
  const random = seededRandom(`sweep ${seed}`);
  const points = new Map<string, SweepPoint>();
  for (let draw = 0; draw < DRAWS && points.size < trials; draw++) {
    const point = Object.fromEntries(
      knobs.map(([name, from]): [string, number | string] => [
        name,
        isRange(from) ? within(from, random.next()) : from[Math.floor(random.next() * from.length)]!,
      ]),
    );
    points.set(JSON.stringify(point), point);
  }
  return [...points.values()];
}

function isRange(from: Values | Range): from is Range {
  return !Array.isArray(from);
}

/** Three significant digits: a name that a person can type, and as good as any. */
function within({min, max, scale}: Range, share: number): number {
  const value =
    scale === 'log'
      ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min)))
      : min + share * (max - min);
  return Math.min(max, Math.max(min, Number(value.toPrecision(3))));
}

function combinations(knobs: readonly (readonly [string, Values])[]): SweepPoint[] {
  let all: SweepPoint[] = [{}];
  for (const [name, values] of knobs)
    all = all.flatMap((point) => [...new Set(values)].map((value) => ({...point, [name]: value})));
  return all;
}
