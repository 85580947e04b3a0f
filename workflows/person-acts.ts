import {ApplicationFailure, defineSignal, defineUpdate, setHandler} from '@temporalio/workflow';
import {ErrorType} from '../schemas/errors.ts';
import {ABORT, PROMOTE} from '../schemas/messages.ts';
import type {PersonActs} from '../schemas/messages.ts';

export interface Act extends PersonActs {
  readonly act: 'promote' | 'abort';
}

/**
 * Takes `promote` and `abort`, as Update (which answers) and as Signal. `refusal` says why an act does not fit now, null if
 * it does; what was taken is given to `take`. Anyone can send anything, so shapes are checked by hand.
 */
export function takeActs(refusal: (act: Act['act']) => string | null, take: (act: Act) => void): void {
  for (const [name, act] of [
    [PROMOTE, 'promote'],
    [ABORT, 'abort'],
  ] as const) {
    const judge = (argument: unknown): string | null => misshapenAct(argument) ?? refusal(act);
    const update = defineUpdate<{taken: true}, [PersonActs]>(name);
    setHandler(
      update,
      (argument) => {
        // Two may have passed the validator before the first was taken.
        const reason = judge(argument);
        if (reason !== null) throw notNow(reason);
        take({...argument, act});
        return {taken: true} as const;
      },
      {
        validator: (argument) => {
          const reason = judge(argument);
          if (reason !== null) throw notNow(reason);
        },
      },
    );
    setHandler(defineSignal<[PersonActs]>(name), (argument) => {
      if (judge(argument) === null) take({...argument, act});
    });
  }
}

function notNow(reason: string): ApplicationFailure {
  return ApplicationFailure.create({type: ErrorType.InvalidInput, message: reason, nonRetryable: true});
}

/** What is wrong with the shape of PersonActs; null if nothing is. */
export function misshapenAct(argument: unknown): string | null {
  const expected = 'expected {by, comment}: two texts of at most 200 and 2,000 characters';
  if (typeof argument !== 'object' || argument === null || Object.keys(argument).length !== 2)
    return expected;
  const {by, comment} = argument as Record<string, unknown>;
  const fits = (value: unknown, limit: number): boolean =>
    typeof value === 'string' && value.length <= limit && value.isWellFormed();
  return fits(by, 200) && by !== '' && fits(comment, 2000) ? null : expected;
}
