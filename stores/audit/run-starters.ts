import {z} from 'zod';
import {ProvedAct} from '../../schemas/access.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {sealHolds, sealOf} from './seal.ts';

/** What the audit chain says of who started a run, each once: signed by a person, or seen to be a retrain that nobody asked for. */
export const RUN_START = 'run_start';
export const RUN_ORIGIN = 'run_origin';

/** Whoever started a run: a person and the id of their key, or the reason of a retrain and ''. */
export interface Starter {
  readonly name: string;
  readonly key: string;
}

/** A starter's name now: a person is one by each of their keys, whatever a policy calls them since. */
export function nameNow(
  {name, key}: Starter,
  people: readonly {readonly id: string; readonly name: string}[],
): string {
  return people.find(({id}) => id === key)?.name ?? name;
}

const SEAL = 'run origin';
const SignedStart = z.looseObject({run: z.string(), signed: ProvedAct});
const Origin = z.looseObject({run: z.string(), reason: z.string(), seal: z.string().default('')});

interface OriginOf {
  readonly project: string;
  readonly run: string;
  readonly reason: string;
}

/** By which a run's origin counts: no person signs it, so the project's own processes seal it. */
export function originSeal(rowKey: Uint8Array, origin: OriginOf): string {
  const {project, run, reason} = origin;
  return sealOf(rowKey, SEAL, {project, run, reason});
}

/**
 * What an entry says of who started which run; null for any other entry. Judges no signature. `amiss`: why it says nothing.
 * `sealed`: false where there is no row key to check an origin's seal with.
 */
export function startOf(
  entry: AuditEntry,
  rowKey: Uint8Array | undefined,
):
  | {readonly run: string; readonly starter: Starter; readonly sealed: boolean}
  | {readonly run: string | null; readonly amiss: string}
  | null {
  const {kind, data, project, actor} = entry;
  const named = typeof data['run'] === 'string' ? data['run'] : null;
  if (kind === RUN_START) {
    const {data: start} = SignedStart.safeParse(data);
    if (start === undefined) return {run: named, amiss: 'it holds no signed act'};
    return {run: start.run, starter: {name: actor, key: start.signed.payload.key}, sealed: true};
  }
  if (kind !== RUN_ORIGIN) return null;
  const {data: origin} = Origin.safeParse(data);
  if (origin === undefined) return {run: named, amiss: 'it names no run and reason'};
  const {run, reason, seal} = origin;
  if (rowKey !== undefined && !sealHolds(rowKey, SEAL, {project, run, reason}, seal))
    return {run, amiss: 'no process with the project’s row key sealed it'};
  return {run, starter: {name: reason, key: ''}, sealed: rowKey !== undefined};
}
