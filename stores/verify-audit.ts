import {payloadDigest, verifyDecision} from '../core/approval/signature.ts';
import {SignedDecision} from '../schemas/approval.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {RatchetError} from '../schemas/errors.ts';
import {ActHistory} from './act-history.ts';
import type {AuditBreak, AuditVerification} from './audit.ts';
import {readPublicKey} from './keys.ts';
import {PointerHistory, formerAfter, inWords, sameMove} from './pointer-history.ts';
import type {Stores} from './stores.ts';

export interface ProjectVerification extends AuditVerification {
  /** A move whose entry is still to come, since its process is about to write it or died; the next move adds it. Null if none. */
  readonly owed: string | null;
}

/**
 * The whole chain of a project: its links, the signatures that it holds, and that the deployment is what its moves come to.
 * Reads only: what adds an entry is a move, so a check can neither repair nor bless what it finds.
 */
export async function verifyAudit(
  stores: Pick<Stores, 'audit' | 'pointers' | 'registry'>,
  project: string,
): Promise<ProjectVerification> {
  const chain = stores.audit(project);
  const history = new PointerHistory();
  const acts = new ActHistory();
  let next = 0;
  const verified = await chain.verify((entry) => {
    next = entry.seq + 1;
    const [move, act] = [history.take(entry), acts.take(entry)];
    return move ?? act ?? signatureAmiss(entry);
  });
  // A run is recorded behind the bootstrap's entry; asked again, for the first run may have begun since.
  if (verified.entries === 0 && (await hasRuns(stores, project)) && (await chain.last()) === null) {
    const emptied = {seq: 0, reason: 'the chain is empty, though runs of the project are recorded'};
    return {...verified, breaks: [...verified.breaks, emptied], owed: null};
  }
  // A move's entry comes behind it: what the chain tells by now the deployment has seen, so it can never lag.
  const deployment = await stores.pointers.read(project);
  const told = history.last;
  const breaks: AuditBreak[] = [...verified.breaks];
  const amiss = (reason: string): number =>
    breaks.push({seq: history.entry, reason: `deployment: ${reason}`});
  if (deployment === null) {
    if (told !== null) amiss(`it is gone, expected ${inWords(told)}`);
    return {...verified, breaks, owed: null};
  }
  if (told !== null && deployment.seq < told.seq) {
    amiss(`it was set back to ${inWords(deployment)}, expected ${inWords(told)}`);
    return {...verified, breaks, owed: null};
  }
  // … and it may have moved since the chain was read: what came behind is read too, up to the deployment's own move.
  if (told === null || deployment.seq > told.seq)
    for await (const entry of chain.entries({from: next})) {
      history.take(entry);
      if (history.last?.seq === deployment.seq) break;
    }
  const last = history.last;
  const written = last !== null && last.seq === deployment.seq;
  const former = written ? last.former : last === null ? [] : formerAfter(last, deployment.stable);
  const reason = !written
    ? history.against(deployment)
    : sameMove(last, deployment)
      ? null
      : `it says ${inWords(deployment)}, expected ${inWords(last)}`;
  if (reason !== null) amiss(reason);
  else if (former.join() !== deployment.former.join())
    amiss('its former releases are not those that have been stable');
  const holds = breaks.length === verified.breaks.length;
  return {...verified, breaks, owed: holds && !written ? inWords(deployment) : null};
}

async function hasRuns({registry}: Pick<Stores, 'registry'>, project: string): Promise<boolean> {
  for await (const _run of registry.runs(project)) return true;
  return false;
}

/** Why the signature of a recorded decision does not hold by the key recorded with it; null if it does, or none is there. */
function signatureAmiss({kind, data}: AuditEntry): string | null {
  if (kind !== 'decision') return null;
  const {payload, signature, publicKey, payloadDigest: digest} = data;
  const signed = SignedDecision.safeParse({payload, signature});
  if (!signed.success || typeof publicKey !== 'string')
    return 'it holds no decision with its signature and public key';
  try {
    if (!verifyDecision(signed.data, readPublicKey(publicKey, 'its public key')))
      return 'its signature is not by its public key over its payload';
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    return error.message;
  }
  return payloadDigest(signed.data.payload) === digest ? null : 'its payload does not hash to its digest';
}
