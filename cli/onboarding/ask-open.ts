import {isCancel, select} from '@clack/prompts';
import type {Column} from '../../core/onboarding/columns.ts';
import {samplesOf} from '../../core/onboarding/project-yaml.ts';
import type {Question, Wishes} from '../../core/onboarding/propose.ts';
import {visibleLine} from '../../telemetry/visible.ts';
import {RatchetError} from '../../schemas/errors.ts';

const WHAT: Readonly<Record<Question['role'], string>> = {
  template: 'What should the model learn?',
  text: 'Which column is the text that it is shown?',
  answer: 'Which column is the right answer?',
};

/** Asks a person what the rules could not tell apart. Without a terminal nobody is asked: the likeliest is taken. */
export async function askOpen(
  open: readonly Question[],
  columns: readonly Column[],
  wishes: Wishes,
  yes: boolean | undefined,
): Promise<Wishes | null> {
  if (open.length === 0 || yes || !process.stdin.isTTY || !process.stderr.isTTY) return null;
  const [{role, options}] = open as [Question];
  const answer = await select({
    message: WHAT[role],
    options: options.map((value) => ({
      value,
      label: visibleLine(value),
      ...hintOf(columns.find(({name}) => name === value)),
    })),
    output: process.stderr,
  });
  if (isCancel(answer)) throw new RatchetError('InvalidInput', 'nothing was written');
  return {...wishes, [role]: answer};
}

/** What tells a column from others: its most frequent values. */
function hintOf(column: Column | undefined): {hint?: string} {
  return column === undefined ? {} : {hint: visibleLine(samplesOf(column))};
}
