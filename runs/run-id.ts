import {randomInt} from 'node:crypto';
import {RatchetError} from '../schemas/errors.ts';
import {lifecycleWorkflowId} from '../schemas/names.ts';

/** Clocks of two machines may differ by so much. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * The ID of a new run of a project. Keep it before you start the run: a call that is repeated with it starts nothing twice.
 *
 * @example newRunId('tickets') // lifecycle/tickets/20261130T150018Z-k3f9qa
 */
export function newRunId(project: string): string {
  return lifecycleWorkflowId(project, compact(new Date()), randomEnd());
}

/** Runs are listed in the order of their times: throws InvalidInput for an ID without one, or with one that has not come yet. */
export function checkRunId(run: string, project: string): void {
  const [, utc = ''] = new RegExp(`^lifecycle/${project}/(\\d{8}T\\d{6}Z)-[a-z0-9]{6}$`).exec(run) ?? [];
  const at = Date.parse(utc.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  if (Number.isNaN(at) || compact(new Date(at)) !== utc)
    throw new RatchetError(
      'InvalidInput',
      `run: expected an ID as newRunId('${project}') makes it, lifecycle/${project}/20261130T150018Z-k3f9qa, got ${JSON.stringify(run)}`,
    );
  if (at > Date.now() + CLOCKS_DIFFER_MS)
    throw new RatchetError(
      'InvalidInput',
      `run: expected the time at which it is started, got ${JSON.stringify(run)}, and it is ${compact(new Date())}`,
    );
}

/** `20021203T114636Z` */
function compact(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-:]/g, '') + 'Z';
}

/** Six letters and digits that cannot be misread. */
function randomEnd(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({length: 6}, () => letters[randomInt(letters.length)]).join('');
}
