import {
  ActivityFailure,
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import {misshapenSignedAct} from '../core/approval/act-shape.ts';
import type {ProvedAct} from '../schemas/access.ts';
import {ErrorType} from '../schemas/errors.ts';
import {ABORT, PROMOTE} from '../schemas/messages.ts';
import type {PersonActs} from '../schemas/messages.ts';

export interface Act {
  readonly act: 'promote' | 'abort';
  /** Proved by `signed`, else what the caller said. */
  readonly by: string;
  readonly comment: string;
  readonly signed?: ProvedAct;
  /** Which one it is: it was proved for that alone. */
  readonly next: NextAct;
}

/**
 * Which act of a rollout comes next: a signed one names it. `step` counts from 0, as the rollout's steps do; `number` counts
 * the acts that were taken, the next one included.
 */
export interface NextAct {
  readonly step: string;
  readonly number: string;
}

/** What came of looking at a signature. */
export type Shown =
  | {readonly status: 'proved'; readonly by: string; readonly signed: ProvedAct}
  | {readonly status: 'unsigned'; readonly by: string}
  | {readonly status: 'refused'; readonly reason: string};

/**
 * Takes `promote` and `abort`, as Update (which answers) and as Signal. `refusal` says why an act does not fit now, null if
 * it does; `next` which act it would be, none twice; `prove` has the signature looked at, for exactly that one, so that each
 * counts once; what was taken is given to `take`. Anyone can send anything, so shapes are checked by hand.
 */
export function takeActs({
  refusal,
  next,
  prove,
  take,
}: {
  readonly refusal: (act: Act['act']) => string | null;
  readonly next: () => NextAct;
  readonly prove: (act: Act['act'], next: NextAct, said: PersonActs) => Promise<Shown>;
  readonly take: (act: Act) => void;
}): void {
  for (const [name, act] of [
    [PROMOTE, 'promote'],
    [ABORT, 'abort'],
  ] as const) {
    const judge = (argument: unknown): string | null => misshapenAct(argument) ?? refusal(act);
    const heed = async (said: PersonActs): Promise<void> => {
      refuseIf(judge(said));
      const meant = next();
      const shown = await prove(act, meant, said);
      if (shown.status === 'refused') throw refused(shown.reason);
      // Others may have come while this one was looked at, and the rollout may have gone on: it was proved for that act alone.
      refuseIf(refusal(act));
      const now = next();
      refuseIf(
        now.step === meant.step && now.number === meant.number
          ? null
          : 'the rollout has gone on meanwhile: look again, and sign again',
      );
      const comment = said.signed?.payload.comment ?? said.comment;
      take({
        act,
        by: shown.by,
        comment,
        next: meant,
        ...(shown.status === 'proved' ? {signed: shown.signed} : {}),
      });
    };
    setHandler(
      defineUpdate<{taken: true}, [PersonActs]>(name),
      async (said) => {
        await heed(said);
        return {taken: true} as const;
      },
      {validator: (said) => refuseIf(judge(said))},
    );
    setHandler(defineSignal<[PersonActs]>(name), async (said) => {
      try {
        await heed(said);
      } catch (error) {
        // A signal has no answer, and what anybody can send must not fail the workflow.
        const failed = error instanceof ApplicationFailure || error instanceof ActivityFailure;
        if (!failed || isCancellation(error)) throw error;
      }
    });
  }
}

function refuseIf(reason: string | null): void {
  if (reason !== null) throw refused(reason);
}

function refused(reason: string): ApplicationFailure {
  return ApplicationFailure.create({type: ErrorType.InvalidInput, message: reason, nonRetryable: true});
}

/** What is wrong with the shape of PersonActs; null if nothing is. `signature` judges the text of a signature. */
export function misshapenAct(
  argument: unknown,
  signature?: (value: unknown) => string | null,
): string | null {
  const expected =
    'expected {by, comment}: two texts of at most 200 and 2,000 characters, and where it is signed {by, comment, signed}';
  if (typeof argument !== 'object' || argument === null) return expected;
  const {by, comment, signed, ...others} = argument as Record<string, unknown>;
  if (Object.keys(others).length > 0) return expected;
  const fits = (value: unknown, limit: number): boolean =>
    typeof value === 'string' && value.length <= limit && value.isWellFormed();
  if (!fits(by, 200) || by === '' || !fits(comment, 2000)) return expected;
  const wrong = signed === undefined ? null : misshapenSignedAct(signed, signature);
  return wrong === null ? null : `not a signed act: ${wrong}`;
}
