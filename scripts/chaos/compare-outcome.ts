import type {ChaosCase} from './cases.ts';
import {differences, type Outcome} from './outcome.ts';
import type {CaseRun} from './scene.ts';

/** Work that was interrupted must go on by then. */
export const RESUME_SECONDS = 30;

/** What was not as it should be, one line each. `expected` is what the undisturbed run came to; null for that one itself. */
export function compareOutcome(
  {kind}: Pick<ChaosCase, 'kind'>,
  {outcome, blows, wrong}: Pick<CaseRun, 'outcome' | 'blows' | 'wrong'>,
  expected: Outcome | null,
): string[] {
  return [
    ...(expected === null ? [] : differences(expected, outcome)),
    ...wrong,
    ...blows.flatMap(({what, resumed}) => {
      if (resumed === null) return [];
      const {by, seconds} = resumed;
      if (by === 'not within 120 s') return [`what ${what} had in work did not go on within 120 s`];
      if (seconds === null || seconds <= RESUME_SECONDS) return [];
      return [
        `what ${what} had in work went on after ${seconds.toFixed(1)} s, expected ${RESUME_SECONDS} s at most`,
      ];
    }),
    ...(STRUCK.includes(kind) && blows.length === 0
      ? ['nothing was done to it: the run was never there']
      : []),
  ];
}

/** A random run may end before its first blow. */
const STRUCK: readonly ChaosCase['kind'][] = ['kill', 's3', 'disk', 'stopped'];
