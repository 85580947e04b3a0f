import {z} from 'zod';
import {Digest} from '../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {AccessHistory, AccessState} from './access-history.ts';
import {readDocument, writeDocument} from './documents.ts';
import {keySegment} from './object-key.ts';
import type {Stores} from './stores.ts';

/**
 * access/PROJECT.json: how far the chain has been read for people and policies: saves reading it from its first entry. The chain is what counts;
 * a mark that does not fit its entry is not used.
 */
export const AccessMark = z.strictObject({
  v: z.literal(1),
  seq: z.int().nonnegative(),
  hash: Digest,
  state: AccessState,
});

/** A mark is moved once so many entries lie behind it. */
const MOVE_AFTER = 200;

export interface Access {
  readonly history: AccessHistory;
  /** The last entry that was read, -1 for an empty chain. */
  readonly seq: number;
}

/** Policies and delegations of a project by its audit chain, up to its present end. */
export async function readAccess(
  {audit, objects}: Pick<Stores, 'audit' | 'objects'>,
  project: string,
): Promise<Access> {
  const chain = audit(project);
  const key = `access/${keySegment(project)}.json`;
  const mark = await readMark(objects, key);
  const good = mark !== null && (await chain.entry(mark.seq))?.hash === mark.hash;
  const history = new AccessHistory(good ? mark.state : undefined);
  let seq = good ? mark.seq : -1;
  let hash = '';
  const from = seq;
  for await (const entry of chain.entries({from: seq + 1})) {
    history.take(entry);
    [seq, hash] = [entry.seq, entry.hash];
  }
  // A convenience for the next reader: whoever may not write reads all the same.
  if (seq - from >= MOVE_AFTER)
    await writeDocument(objects, key, AccessMark, {v: 1, seq, hash, state: history.state}).catch(
      (error: unknown) => {
        if (!(error instanceof RatchetError) || error.type !== ErrorType.AccessDenied) throw error;
      },
    );
  return {history, seq};
}

async function readMark(objects: Stores['objects'], key: string): Promise<z.infer<typeof AccessMark> | null> {
  try {
    return (await readDocument(objects, key, AccessMark))?.value ?? null;
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return null;
    throw error;
  }
}
