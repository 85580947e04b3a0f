import type {Readable, Writable} from 'node:stream';
import {isCancel, select} from '@clack/prompts';
import {RatchetError} from '../../schemas/errors.ts';

/** A question was left (Ctrl-C): what holds then stands in the message. */
export class Unanswered extends RatchetError {
  constructor(message: string) {
    super('DecisionRefused', message);
  }
}

export interface Question<T extends string> {
  readonly message: string;
  /** What may be answered, and how it is shown. */
  readonly answers: Readonly<Record<T, string>>;
  /** Resolves when somebody else has settled it, as by the command line; gives up when the signal says so. */
  readonly settled: (signal: AbortSignal) => Promise<unknown>;
  /** What holds if nothing is answered (Ctrl-C), and what to do then. */
  readonly unanswered: string;
}

/** A person's answer at the terminal; null where the question settled itself meanwhile. Throws Unanswered on Ctrl-C. */
export async function askPerson<T extends string>(
  {message, answers, settled, unanswered}: Question<T>,
  terminal: {readonly input?: Readable; readonly output?: Writable} = {output: process.stderr},
): Promise<T | null> {
  const over = new AbortController();
  const answered = new AbortController();
  // A watch that fails leaves the question as it is.
  void settled(answered.signal).then(
    () => over.abort(),
    () => undefined,
  );
  const chosen = await select<string>({
    message,
    options: Object.entries<string>(answers).map(([value, label]) => ({value, label})),
    signal: over.signal,
    ...terminal,
  });
  answered.abort();
  if (over.signal.aborted) return null;
  if (isCancel(chosen)) throw new Unanswered(unanswered);
  return chosen as T;
}
