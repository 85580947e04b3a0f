import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {AccessHistory, AccessState} from './access-history.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {sealHolds, sealOf} from '../audit/seal.ts';
import type {Stores} from '../stores.ts';

/**
 * access/PROJECT.json: how far the chain has been read for people and policies, so that nobody reads it from its first entry
 * again. It names who may do what, so it is believed only with its seal: an HMAC that takes the project's row key, which is
 * never in the store. Where a process has no row key, or the seal does not hold, the chain is read.
 */
const SealedMark = z.strictObject({
  v: z.literal(2),
  seq: z.int().nonnegative(),
  hash: Digest,
  state: AccessState,
  seal: Digest,
});
type SealedMark = z.infer<typeof SealedMark>;
/** The first format had no seal: it counts as a mark that is not there. */
export const AccessMark = z.looseObject({v: z.literal([1, 2])});

const SEAL = 'access mark';

/** A mark is moved once so many entries lie behind it, or another policy came into force. */
const MOVE_AFTER = 200;

export interface Access {
  readonly history: AccessHistory;
  /** The last entry that was read, -1 for an empty chain. */
  readonly seq: number;
}

type AccessStores = Pick<Stores, 'audit' | 'objects' | 'rowKey'>;

/** How far this process has read a chain, and how far the mark of the store is by what it saw of it. */
interface Read {
  readonly seq: number;
  readonly hash: string;
  readonly state: AccessState;
  readonly marked: {readonly seq: number; readonly policies: number};
}
const NOTHING: Read = {
  seq: -1,
  hash: '',
  state: new AccessHistory().state,
  marked: {seq: -1, policies: 0},
};
const known = new WeakMap<ObjectStore, Map<string, Read>>();

/**
 * Policies and delegations of a project by its audit chain, up to its present end. What this process has read it does not
 * forget: throws NotPermitted where the chain no longer holds it.
 */
export async function readAccess(stores: AccessStores, project: string): Promise<Access> {
  const {audit, objects} = stores;
  const chain = audit(project);
  const before = known.get(objects)?.get(project);
  if (before !== undefined && before.seq >= 0 && (await chain.entry(before.seq))?.hash !== before.hash)
    throw new RatchetError(
      ErrorType.NotPermitted,
      `the audit chain of ${project} no longer holds entry ${before.seq} as this process read it: it was cut or rewritten; ` +
        'run audit verify, and start this process again once the chain is what it should be',
    );
  const start = before ?? (await fromMark(stores, project)) ?? NOTHING;
  const history = new AccessHistory(start.state);
  let {seq, hash} = start;
  for await (const entry of chain.entries({from: seq + 1})) {
    history.take(entry);
    [seq, hash] = [entry.seq, entry.hash];
  }
  const {state} = history;
  let {marked} = start;
  if (seq - marked.seq >= MOVE_AFTER || state.policies.length !== marked.policies)
    if (await keepMark(stores, project, {seq, hash, state})) marked = {seq, policies: state.policies.length};
  remember(objects, project, {seq, hash, state, marked});
  return {history, seq};
}

/** Why the chain is not the one that a process of this project read and sealed; null if it is, or nothing is sealed. */
export async function markAmiss(
  stores: AccessStores,
  project: string,
): Promise<{readonly seq: number; readonly reason: string} | null> {
  const mark = await readMark(stores, project);
  if (mark === null || (await stores.audit(project).entry(mark.seq))?.hash === mark.hash) return null;
  const reason = `it is not the one that stood there when ${keyOf(project)} was sealed: the chain was cut or rewritten`;
  return {seq: mark.seq, reason};
}

function remember(objects: ObjectStore, project: string, read: Read): void {
  let projects = known.get(objects);
  if (projects === undefined) known.set(objects, (projects = new Map<string, Read>()));
  if (read.seq >= (projects.get(project)?.seq ?? -1)) projects.set(project, read);
}

async function fromMark(stores: AccessStores, project: string): Promise<Read | null> {
  const mark = await readMark(stores, project);
  if (mark === null || (await stores.audit(project).entry(mark.seq))?.hash !== mark.hash) return null;
  const {seq, hash, state} = mark;
  return {seq, hash, state, marked: {seq, policies: state.policies.length}};
}

/** The mark of the store, if its seal holds. */
async function readMark({objects, rowKey}: AccessStores, project: string): Promise<SealedMark | null> {
  if (rowKey === undefined) return null;
  try {
    const found = await readDocument(objects, keyOf(project), AccessMark);
    const {data: mark} = SealedMark.safeParse(found?.value);
    if (mark === undefined) return null;
    const {seq, hash, state, seal} = mark;
    return sealHolds(rowKey, SEAL, {project, seq, hash, state}, seal) ? mark : null;
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return null;
    throw error;
  }
}

/** A convenience for the next reader: whoever may not write, or has nothing to seal with, reads all the same. */
async function keepMark(
  {objects, rowKey}: AccessStores,
  project: string,
  mark: Omit<SealedMark, 'v' | 'seal'>,
): Promise<boolean> {
  if (rowKey === undefined || mark.seq < 0) return false;
  const seal = sealOf(rowKey, SEAL, {project, ...mark});
  try {
    await writeDocument(objects, keyOf(project), SealedMark, {v: 2, ...mark, seal});
    return true;
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.AccessDenied) return false;
    throw error;
  }
}

function keyOf(project: string): string {
  return `access/${keySegment(project)}.json`;
}
