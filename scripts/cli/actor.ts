import os from 'node:os';
import {RatchetError} from '../../schemas/errors.ts';
import {listKeys, loadKey, resolveApprovers} from '../../stores/keys.ts';
import type {SigningKey} from '../../stores/keys.ts';
import type {Project} from './project.ts';

/** Who acts: the name the project gives to their key, else `key:ID`, else the user's name on this machine. */
export interface Actor {
  readonly name: string;
  /** Key id, '' if the person has no key. */
  readonly key: string;
}

/**
 * The signing key of this person: --key NAME, else RATCHET_KEY, else the only one there is, else the only one that the
 * project knows as an approver's. Throws InvalidInput if there is none or the choice is open.
 */
export async function signingKey(project: Project, named: string | undefined): Promise<SigningKey> {
  if (named !== undefined) return loadKey(named, {...process.env, RATCHET_KEY: undefined});
  if (process.env['RATCHET_KEY']) return loadKey('RATCHET_KEY');
  const names = await listKeys();
  if (names.length === 0)
    throw new RatchetError(
      'InvalidInput',
      'no key to sign with: make one with `ratchet keys create NAME`, or set RATCHET_KEY to a PEM file',
    );
  if (names.length === 1) return loadKey(names[0]!);
  const approvers = await resolveApprovers(project.config.approval.approvers, project.folder);
  const mine = (await Promise.all(names.map((name) => loadKey(name)))).filter(({id}) =>
    approvers.some((approver) => approver.id === id),
  );
  if (mine.length === 1) return mine[0]!;
  throw new RatchetError('InvalidInput', `several keys (${names.join(', ')}): say which with --key NAME`);
}

/** Who starts or moves something. Needs no key; a key that cannot be used is as good as none. */
export async function actor(project: Project): Promise<Actor> {
  const key = await signingKey(project, undefined).catch((error: unknown) => {
    if (error instanceof RatchetError) return undefined;
    throw error;
  });
  if (!key) return {name: os.userInfo().username, key: ''};
  const approvers = await resolveApprovers(project.config.approval.approvers, project.folder).catch(() => []);
  const known = approvers.find(({id}) => id === key.id);
  return {name: known?.name ?? `key:${key.id}`, key: key.id};
}
