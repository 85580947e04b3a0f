import {isKnownKind} from '../../schemas/audit.ts';
import {markAmiss} from '../access/access.ts';
import type {AuditBreak, AuditVerification} from './audit.ts';
import {ChainHistory} from './chain-history.ts';
import {alarmOf, inWords, isBreakGlass} from './move-entry.ts';
import type {Stores} from '../stores.ts';
import {verifyContent, type Content} from './verify-content.ts';

export interface ProjectVerification extends AuditVerification {
  /** What no chain can prove, though nothing speaks against it: who it was, where no admin had signed a policy. */
  readonly unproved: readonly AuditBreak[];
  /** What is permitted, and was an emergency: rollbacks by break-glass, for people to look at. */
  readonly alarms: readonly AuditBreak[];
  /** How many entries are of kinds that only a newer Ratchet writes: they explain nothing and permit nothing. */
  readonly newer: number;
  /** A move whose entry is still to come, since its process is about to write it or died; the next move adds it. Null if none. */
  readonly owed: string | null;
}

/**
 * The whole chain of a project, decided anew: its links, its signatures, every quorum from the signed decisions and the
 * policy then in force, every move from those, and that the deployment is what the moves come to. Reads only: what adds an
 * entry is a move, so a check can neither repair nor bless what it finds. With `content`, what the deployment's releases are
 * made of is read and hashed too; null leaves that out.
 */
export async function verifyAudit(
  stores: Pick<Stores, 'artifacts' | 'audit' | 'objects' | 'pointers' | 'registry' | 'rowKey'>,
  project: string,
  content: Content | null = null,
): Promise<ProjectVerification> {
  const chain = stores.audit(project);
  const history = new ChainHistory(stores.rowKey);
  const unproved: AuditBreak[] = [];
  const alarms: AuditBreak[] = [];
  let newer = 0;
  let next = 0;
  const verified = await chain.verify((entry) => {
    next = entry.seq + 1;
    if (!isKnownKind(entry.kind)) newer += 1;
    const found = history.take(entry);
    if (found.alarm !== null) alarms.push({seq: entry.seq, reason: found.alarm});
    if (found.unproved !== null) unproved.push({seq: entry.seq, reason: found.unproved});
    return found.amiss;
  });
  const breaks = [...verified.breaks];
  const rewritten = await markAmiss(stores, project);
  if (rewritten !== null) breaks.push(rewritten);
  const result = {...verified, breaks, unproved, alarms, newer, owed: null};
  // A run is recorded behind the bootstrap's entry; asked again, for the first run may have begun since.
  if (verified.entries === 0 && (await hasRuns(stores, project)) && (await chain.last()) === null) {
    const emptied = {seq: 0, reason: 'the chain is empty, though runs of the project are recorded'};
    return {...result, breaks: [...breaks, emptied]};
  }
  const {pointers} = history;
  const amiss = (reason: string): ProjectVerification => ({
    ...result,
    breaks: [...breaks, {seq: pointers.entry, reason: `deployment: ${reason}`}],
  });
  // A move's entry comes behind it: what the chain tells by now the deployment has seen, so it can never lag.
  const deployment = await stores.pointers.read(project);
  const told = pointers.last;
  if (deployment === null) return told === null ? result : amiss(`it is gone, expected ${inWords(told)}`);
  if (told !== null && deployment.seq < told.seq)
    return amiss(`it was set back to ${inWords(deployment)}, expected ${inWords(told)}`);
  // … and it may have moved since the chain was read: what came behind is read too, up to the deployment's own move.
  if (told === null || deployment.seq > told.seq)
    for await (const entry of chain.entries({from: next})) {
      history.take(entry);
      if (pointers.last?.seq === deployment.seq) break;
    }
  const standing = history.standing(deployment);
  if (standing.status === 'amiss') return amiss(standing.reason);
  if (content !== null) {
    const approvalOf = (release: string) => pointers.approvalOf(release);
    for (const reason of await verifyContent(stores, deployment, {content, approvalOf}))
      breaks.push({seq: pointers.entry, reason});
  }
  if (standing.status === 'owed' && isBreakGlass(deployment))
    alarms.push({seq: pointers.entry + 1, reason: alarmOf(deployment)});
  return {...result, owed: standing.status === 'owed' ? inWords(deployment) : null};
}

async function hasRuns({registry}: Pick<Stores, 'registry'>, project: string): Promise<boolean> {
  for await (const _run of registry.runs(project)) return true;
  return false;
}
