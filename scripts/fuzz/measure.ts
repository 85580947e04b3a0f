import type {JobResult} from '../../threads/deadline-threads.ts';
import type {Shape} from './shapes.ts';

export interface Run {
  readonly surface: string;
  readonly shape: Shape;
  readonly length: number;
}
/** CPU time of one run, in milliseconds. */
export type Measure = (run: Run) => Promise<JobResult<number>>;

export interface Finding {
  readonly surface: string;
  readonly shape: string;
  readonly lengths: readonly number[];
  /** Milliseconds, by length; those behind the first that did not end are missing. */
  readonly times: readonly number[];
  /** Microseconds a character, at the longest length that ended. */
  readonly perCharacter: number;
  /** What is wrong, null if nothing is. */
  readonly fault: string | null;
}

/** Shorter times are noise. */
const NOISE_MS = 250;
/** Four times the length may take so much longer: linear time, caches and garbage. The square takes 16. */
const GROWTH_OF_FOUR = 10;
/** What grew too much is measured so often: a thread's time holds compiling and collecting garbage, now in one run, now in another. */
const LOOKS = 3;
/** A character may take so long, in microseconds. */
export const MOST_PER_CHARACTER = 40;

/** How the time of one surface grows with the length of one shape. `lengths` rise. */
export async function grow(
  measure: Measure,
  surface: string,
  shape: Shape,
  lengths: readonly number[],
): Promise<Finding> {
  const times: number[] = [];
  let fault: string | null = null;
  for (const length of lengths) {
    const result = await measure({surface, shape, length});
    if (result.status !== 'done') {
      fault = result.status === 'ended' ? `ended by ${result.why} at ${length}` : 'not measured';
      break;
    }
    times.push(result.value);
    for (let look = 1; look < LOOKS && growthFault(lengths, times) !== null; look++) {
      const again = await measure({surface, shape, length});
      if (again.status === 'done') times.push(Math.min(times.pop()!, again.value));
    }
  }
  const perCharacter = times.length === 0 ? Infinity : (1000 * times.at(-1)!) / lengths[times.length - 1]!;
  const growth = fault === null ? growthFault(lengths, times) : null;
  if (growth !== null && (await goesOn(measure, {surface, shape, length: lengths.at(-1)!}, times.at(-1)!)))
    fault = growth;
  fault ??= perCharacter > MOST_PER_CHARACTER ? 'slow' : null;
  return {surface, shape: shape.name, lengths, times, perCharacter, fault};
}

/**
 * Whether time grows as much once more at twice the length. A step that garbage collection or the thread's own clock made does
 * not; nor does a text that is refused there, whose time says nothing.
 */
async function goesOn(measure: Measure, run: Run, last: number): Promise<boolean> {
  const twice = await measure({...run, length: 2 * run.length});
  if (twice.status !== 'done' || twice.value < NOISE_MS / 4) return true;
  return growthFault([run.length, 2 * run.length], [last, twice.value]) !== null;
}

/** Whether the last step up took more than its length says. */
export function growthFault(lengths: readonly number[], times: readonly number[]): string | null {
  const [before, last] = times.slice(-2);
  if (last === undefined || last < NOISE_MS) return null;
  const factor = lengths[times.length - 1]! / lengths[times.length - 2]!;
  const most = GROWTH_OF_FOUR ** (Math.log(factor) / Math.log(4));
  const growth = last / Math.max(before!, NOISE_MS / 16);
  return growth > most ? `${growth.toFixed(1)} times for ${factor} times the length` : null;
}
