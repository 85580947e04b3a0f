import {z} from 'zod';
import {ProvedAct} from '../schemas/access.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {actAmiss} from './access-history.ts';
import type {ResolvedApprover} from './keys.ts';

/** What the audit chain says of who started a run, each once: signed by a person, or seen to be a retrain that nobody asked for. */
export const RUN_START = 'run_start';
export const RUN_ORIGIN = 'run_origin';

/** Whoever started a run, as the rules of an approval know them. */
export interface Starter {
  readonly startedBy: string;
  /** Key id, '' for one that is no person. */
  readonly starterKey: string;
}

const SignedStart = z.looseObject({run: z.string(), signed: ProvedAct});
const Origin = z.looseObject({run: z.string(), reason: z.string()});

/**
 * Who started the run, by an entry of its start; null for any other entry. `amiss`: why the entry proves nothing. The name is
 * that of the key's owner now, since the rules go by present names.
 */
export function starterOf(
  entry: AuditEntry,
  run: string,
  people: readonly ResolvedApprover[],
): Starter | {readonly amiss: string} | null {
  if (entry.data['run'] !== run) return null;
  if (entry.kind === RUN_ORIGIN) {
    const {data} = Origin.safeParse(entry.data);
    return data ? {startedBy: data.reason, starterKey: ''} : {amiss: 'it says of no reason'};
  }
  if (entry.kind !== RUN_START) return null;
  const {data} = SignedStart.safeParse(entry.data);
  if (!data) return {amiss: 'it holds no signed act'};
  const {signed} = data;
  const {act, key} = signed.payload;
  // A retrain is signed before anybody knows what its run will be called.
  const {project} = entry;
  const expected = act === 'retrain' ? {act, project} : {act: 'run', project, about: {run}};
  const amiss = actAmiss(signed, expected);
  if (amiss !== null) return {amiss};
  const owner = people.find(({id}) => id === key);
  return {startedBy: owner?.name ?? entry.actor, starterKey: key};
}
