import {isCancel, select} from '@clack/prompts';
import type {Question, Wishes} from '../../../core/onboarding/propose.ts';
import {RatchetError} from '../../../schemas/errors.ts';

const WHAT: Readonly<Record<Question['role'], string>> = {
  template: 'What should the model learn?',
  text: 'Which column is the text that it is shown?',
  answer: 'Which column is the right answer?',
};

/** Asks a person what the rules could not tell apart. Without a terminal nobody is asked: the likeliest is taken. */
export async function askOpen(
  open: readonly Question[],
  wishes: Wishes,
  yes: boolean | undefined,
): Promise<Wishes | null> {
  if (open.length === 0 || yes || !process.stdin.isTTY || !process.stderr.isTTY) return null;
  const [{role, options}] = open as [Question];
  const answer = await select({
    message: WHAT[role],
    options: options.map((value) => ({value, label: value})),
    output: process.stderr,
  });
  if (isCancel(answer)) throw new RatchetError('InvalidInput', 'nothing was written');
  return {...wishes, [role]: answer};
}
