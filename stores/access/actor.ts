import {createPublicKey} from 'node:crypto';
import os from 'node:os';
import {keyId, rawPublicKey} from '../../core/approval/signature.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {listKeys, loadKey, resolveApprovers} from './keys.ts';
import type {SigningKey} from './keys.ts';
import type {ReadYaml} from './rules.ts';
import type {Signer} from './sign-act.ts';

/** Who acts: the name the project gives to their key, else `key:ID`, else the user's name on this machine. */
export interface Actor {
  readonly name: string;
  /** Key id, '' if the person has no key. */
  readonly key: string;
  /** What they sign with; missing if they have no key. */
  readonly signing?: Signer;
}

/** A container may run under a number that has no name. */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * The signing key of this person: --key NAME, else RATCHET_KEY, else the only one there is, else one that the project
 * knows, where all that it knows are of one approver. Throws InvalidInput if there is none or the choice is open.
 */
export async function signingKey(project: ReadYaml, named: string | undefined): Promise<SigningKey> {
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
  const keys = await Promise.all(names.map((name) => loadKey(name)));
  const mine = approvers.filter(({id}) => keys.some((key) => key.id === id));
  if (new Set(mine.map(({name}) => name)).size === 1) return keys.find(({id}) => id === mine[0]!.id)!;
  throw new RatchetError('InvalidInput', `several keys (${names.join(', ')}): say which with --key NAME`);
}

/**
 * Who starts or moves something. `given` is the name of a key, or a signer. No key is needed, but a person who has one acts under
 * it: otherwise they could approve their own run as somebody else. Throws InvalidInput, as signingKey does, for a key that cannot be used and for an open choice.
 */
export async function actor(project: ReadYaml, given?: string | Signer): Promise<Actor> {
  const without = given === undefined && !process.env['RATCHET_KEY'] && (await listKeys()).length === 0;
  if (without) return {name: userName(), key: ''};
  const signing = typeof given === 'object' ? own(given) : await signingKey(project, given);
  const {id} = signing;
  const approvers = await resolveApprovers(project.config.approval.approvers, project.folder).catch(() => []);
  return {name: approvers.find((one) => one.id === id)?.name ?? `key:${id}`, key: id, signing};
}

/** Throws InvalidInput for a signer under the ID of another key. */
function own(signer: Signer): Signer {
  const id = keyId(rawPublicKey(createPublicKey(signer.privateKey)));
  if (id === signer.id) return signer;
  throw new RatchetError('InvalidInput', `key: the ID of this private key is ${id}, got ${signer.id}`);
}
