import {z} from 'zod';
import {starterName} from '../../core/approval/judge.ts';
import {SignedDecision} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {entriesBack} from '../../stores/entries-back.ts';
import type {ResolvedApprover} from '../../stores/keys.ts';
import {starterOf, type Starter} from '../../stores/run-starters.ts';
import type {ActivityContext} from '../context.ts';

/** What closeApproval wrote. */
const Closed = z.looseObject({
  status: z.string(),
  run: z.string(),
  startedBy: z.string(),
  starterKey: z.string(),
  /** When the approval began; missing in records from before there were escalations. */
  asked: z.iso.datetime().optional(),
});

/** What the audit chain holds of a run: who started it, the result of its approval, and all that was decided. */
export interface Recorded {
  readonly closed: z.infer<typeof Closed> | null;
  /** The entry that closed it. */
  readonly entry: AuditEntry | null;
  readonly decisions: readonly {readonly entry: AuditEntry; readonly signed: SignedDecision}[];
  /** Everybody who, by a signature, started it; who the run says did, where nobody had to sign. */
  readonly starters: readonly Starter[];
  /** Why an entry of its start proves nothing; null if each does. */
  readonly amiss: string | null;
}

/**
 * Reads the chain backwards to the run's beginning: how many decisions there are is nobody's to say, since one that is left
 * out may be the rejection.
 */
export async function recordedOf(
  {project, runId}: {readonly project: string; readonly runId: string},
  people: readonly ResolvedApprover[],
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<Recorded> {
  let closed: Recorded['closed'] = null;
  let closing: AuditEntry | null = null;
  let amiss: string | null = null;
  const decisions: Recorded['decisions'][number][] = [];
  const starters: Starter[] = [];
  const record = await stores.registry.run(project, runId);
  const since = record === null ? 0 : Date.parse(record.startedAt);
  for await (const entry of entriesBack(stores.audit(project), since)) {
    const starter = starterOf(entry, runId, people);
    if (starter !== null && 'amiss' in starter) amiss = `entry ${entry.seq} of its start: ${starter.amiss}`;
    else if (starter !== null) starters.push(starter);
    if (entry.data['runId'] !== runId) continue;
    if (entry.kind === 'approval' && closed === null) {
      closed = Closed.safeParse(entry.data).data ?? null;
      if (closed !== null) closing = entry;
    }
    if (entry.kind !== 'decision') continue;
    const {payload, signature} = entry.data;
    const signed = SignedDecision.safeParse({payload, signature});
    if (signed.success) decisions.push({entry, signed: signed.data});
  }
  if (starters.length === 0 && closed !== null) {
    const {startedBy, starterKey} = closed;
    starters.push({startedBy: starterName({startedBy, starterKey}, people), starterKey});
  }
  return {closed, entry: closing, decisions, starters, amiss};
}
