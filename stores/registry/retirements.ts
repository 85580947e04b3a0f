import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {proofOf, unsigned, type Sign} from '../audit/act-proof.ts';
import {AuditChain} from '../audit/audit.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {Deployment} from '../../schemas/deployment.ts';

/** A release that may not answer any more, whoever asks. */
export const Retirement = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  release: Digest,
  at: z.string(),
  by: z.string(),
  why: z.string(),
});
export type Retirement = z.infer<typeof Retirement>;

export async function retirementOf(
  store: ObjectStore,
  project: string,
  release: string,
): Promise<Retirement | null> {
  return (await readDocument(store, retiredKey(project, release), Retirement))?.value ?? null;
}

/**
 * Retires a release (whole digest), for good: no move names it any more, a rollback neither. Audited, with what `sign` gives. The same again changes
 * nothing. Throws InvalidInput for one that answers now, as stable, canary or shadow.
 */
export async function retireRelease(
  store: ObjectStore,
  {project, release, by, why, sign = unsigned}: Omit<Retirement, 'v' | 'at'> & {readonly sign?: Sign},
): Promise<Retirement> {
  const known = await retirementOf(store, project, release);
  if (known) return known;
  await refuseServing(store, project, release);
  const retirement: Retirement = {v: 1, project, release, at: new Date().toISOString(), by, why};
  const key = retiredKey(project, release);
  const {status} = await writeDocument(store, key, Retirement, retirement, {ifNoneMatch: '*'});
  try {
    // A move that was under way did not see it yet.
    await refuseServing(store, project, release);
  } catch (error) {
    if (status === 'written') await store.delete(key);
    throw error;
  }
  const data = {release, why, ...proofOf(sign({release}))};
  await new AuditChain(store, project).append({kind: 'retired', actor: by, data}, (entry) =>
    entry.kind === 'retired' && entry.data['release'] === release ? 'skip' : 'look',
  );
  return (await retirementOf(store, project, release))!;
}

/** Why a move may not name a release; null where it may. */
export async function retiredAmong(
  store: ObjectStore,
  project: string,
  releases: readonly (string | undefined)[],
): Promise<string | null> {
  for (const release of new Set(releases.filter((one) => one !== undefined))) {
    const retired = await retirementOf(store, project, release);
    if (retired)
      return `release ${short(release)} was retired at ${retired.at} by ${retired.by}: ${retired.why}`;
  }
  return null;
}

/** Of releases that were stable, newest last: the newest that may answer again; null if none may. */
export async function latestNotRetired(
  store: ObjectStore,
  project: string,
  former: readonly string[],
): Promise<string | null> {
  for (const release of former.toReversed())
    if ((await retirementOf(store, project, release)) === null) return release;
  return null;
}

async function refuseServing(store: ObjectStore, project: string, release: string): Promise<void> {
  const found = await readDocument(store, `pointers/${keySegment(project)}/deployment.json`, Deployment);
  if (found === null) return;
  const {stable, canary, shadow} = found.value;
  const role =
    stable === release
      ? 'stable'
      : canary?.release === release
        ? 'canary'
        : shadow?.release === release
          ? 'shadow'
          : null;
  if (role === null) return;
  throw new RatchetError(
    'InvalidInput',
    `release ${short(release)} is ${role} of ${project} and answers now: ${role === 'stable' ? 'promote or roll back to another first' : 'end its rollout first, `ratchet abort`'}`,
  );
}

function retiredKey(project: string, release: string): string {
  return `retired/${keySegment(project)}/${release}.json`;
}
