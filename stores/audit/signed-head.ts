import {signatureHolds, signValue} from '../../core/access/signed-act.ts';
import {keyId} from '../../core/approval/signature.ts';
import {SignedHead} from '../../schemas/access.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {AuditChain} from './audit.ts';
import {readPublicKey, type SigningKey} from '../access/keys.ts';

/** The chain's last entry, signed: kept elsewhere, it proves later that nothing up to it has changed. */
export async function signHead(chain: AuditChain, key: SigningKey): Promise<SignedHead> {
  const last = await chain.last();
  if (last === null)
    throw new RatchetError(
      'Unavailable',
      `the audit chain of ${chain.project} is empty: there is no head to sign yet`,
    );
  const {seq, hash} = last;
  const head = {v: 1 as const, project: chain.project, seq, hash, at: new Date().toISOString()};
  return {...head, publicKey: key.publicText, signature: signValue(head, key.privateKey)};
}

/**
 * Reads a signed head that was kept. Throws NotPermitted, in one line, where it is none, of another project, changed since it
 * was signed, or signed by a key that is not among `trusted` (key ids).
 */
export function readHead(text: string, project: string, trusted: ReadonlySet<string>): SignedHead {
  const {success, data} = SignedHead.safeParse(json(text));
  if (!success) throw no('it is no signed head: expected what `ratchet audit head` prints');
  const {publicKey, signature, ...head} = data;
  if (head.project !== project) throw no(`it is of project ${head.project}, expected ${project}`);
  const raw = keyOf(publicKey);
  if (!signatureHolds(head, signature, raw))
    throw no('it was changed since it was signed, or signed by another key');
  if (!trusted.has(keyId(raw)))
    throw no(`it is signed by key ${keyId(raw)}, which is neither yours nor of the project's people`);
  return data;
}

/** Why a chain does not hold a head that was once its end; null if it does. */
export async function headAmiss(chain: AuditChain, {seq, hash, at}: SignedHead): Promise<string | null> {
  const entry = await chain.entry(seq);
  if (entry === null) return `entry ${seq}, the head of ${at}, is gone: the end was cut off`;
  return entry.hash === hash
    ? null
    : `entry ${seq} is not the one that was the head at ${at}: it, or something before it, was changed`;
}

function keyOf(publicKey: string): ReturnType<typeof readPublicKey> {
  try {
    return readPublicKey(publicKey, 'its key');
  } catch (error) {
    throw no((error as Error).message);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function no(why: string): RatchetError {
  return new RatchetError('NotPermitted', `the head proves nothing: ${why}`);
}
